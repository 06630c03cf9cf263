"""What makes the villages of lists doubtful: many without a name, small ones, very many. Most likely they are none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from statistics import median
from typing import Final

from gridplan.exchange.lists.households.household_notes import TableReport
from gridplan.exchange.tables.cells import shown
from gridplan.words import Message

MOST_VILLAGES: Final = 300
FEWEST_HOUSEHOLDS: Final = 10
NAMELESS_SHARE: Final = 0.1
NAMELESS: Final = re.compile(
    r"[\W\d_]*|unnamed|unknown|no ?name|nameless|null|none|nan|n/?a|无|无名|无名称|未命名|未知|不详|空", re.IGNORECASE
)
"""What stands where a village has no name: no letter at all, or a word that says so."""
LOUD: Final = "village_doubt.loud"
"""The code of the note that a command line shows last."""


@dataclass(frozen=True, slots=True)
class VillageDoubts:
    """What speaks against the villages of lists, as sentences with numbers, and which of them it is about."""

    facts: tuple[Message, ...]
    villages: frozenset[str]


def is_nameless(village: str) -> bool:
    """Return whether a village is called by no name: a number, a mark, or a word for none."""
    return NAMELESS.fullmatch(unicodedata.normalize("NFKC", village).strip()) is not None


def village_doubts(listed: Mapping[str, int], sizes: Mapping[str, int] | None = None) -> VillageDoubts | None:
    """Return what speaks against villages, None if nothing does.

    Parameters
    ----------
    listed
        By village how many households the lists have there; 0 for one that only a list of villages has.
    sizes
        By village how many households it has in all, where that is more than the lists have.
    """
    nameless = {village for village in listed if is_nameless(village)}
    n, of = sum(listed[village] for village in nameless), sum(listed.values())
    lived_in = [max(count, (sizes or {}).get(village, 0)) for village, count in listed.items() if count]
    facts = []
    empty = sum(not listed[village] for village in nameless)
    if n > NAMELESS_SHARE * of or empty > NAMELESS_SHARE * len(listed):
        values = {"n": n, "of": of, "nameless": len(nameless), "villages": len(listed)}
        facts.append(Message("village_doubt.fact.nameless" if of else "village_doubt.fact.all_nameless", values))
    small = {village for village, count in listed.items() if 0 < count < FEWEST_HOUSEHOLDS}
    if len(lived_in) > 1 and (middle := median(lived_in)) < FEWEST_HOUSEHOLDS:
        few, half = sum(size < FEWEST_HOUSEHOLDS for size in lived_in), f"{middle:g}"
        of_small = {"n": few, "of": len(lived_in), "least": FEWEST_HOUSEHOLDS, "median": half}
        facts.append(Message("village_doubt.fact.small", of_small))
    if len(listed) > MOST_VILLAGES:
        facts.append(Message("village_doubt.fact.many", {"n": len(listed), "most": MOST_VILLAGES}))
    if not facts:
        return None
    codes = {fact.code for fact in facts}
    about = nameless if codes & {"village_doubt.fact.nameless", "village_doubt.fact.all_nameless"} else set()
    return VillageDoubts(tuple(facts), frozenset(about or (small if "village_doubt.fact.small" in codes else ())))


def likely_mistake(
    doubts: VillageDoubts, tables: Sequence[TableReport], files: Mapping[str, Collection[str]]
) -> Message:
    """Return what doubted villages most likely come from: a file of villages (`files`), a column or titles of `tables`.

    The last part of its code is `file`, `column`, `titles`, or `county` where the villages are only very many.
    """
    if not doubts.villages:
        return Message("village_doubt.likely.county")
    for file, inside in files.items():
        if 2 * len(doubts.villages.intersection(inside)) > len(doubts.villages):
            return Message("village_doubt.likely.file", {"file": file})
    of_column = [table for table in tables if "village" in table.columns]
    if of_column:
        worst = max(of_column, key=lambda table: len(doubts.villages.intersection(table.households)))
        return Message("village_doubt.likely.column", {"header": shown(worst.columns["village"]), "file": worst.name})
    return Message("village_doubt.likely.titles")


def way_out(likely: Message) -> Message:
    """Return what to do if `likely_mistake` is right."""
    return Message(f"village_doubt.change.{likely.code.rpartition('.')[2]}")


def loud_note(doubts: VillageDoubts, likely: Message) -> Message:
    """Return all that is to say of doubted villages on a command line, as one note."""
    return Message(LOUD, {"what": reduce(_and_then, (*doubts.facts, likely, way_out(likely)))})


def _and_then(first: Message, then: Message) -> Message:
    return Message("village_doubt.and", {"first": first, "then": then})
