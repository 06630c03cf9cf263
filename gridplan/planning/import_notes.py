"""What was understood of a list of households, and what it changes about a plan: as sentences, for `gridplan check`."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from gridplan.coordinates import frame_shown
from gridplan.exchange.lists.households.household_notes import TableReport
from gridplan.exchange.lists.households.households import HouseholdList
from gridplan.exchange.lists.households.packed_households import fields_of
from gridplan.exchange.lists.members import MemberList
from gridplan.exchange.lists.rows.rows import Refusal
from gridplan.exchange.lists.village_doubts import likely_mistake, loud_note, village_doubts
from gridplan.exchange.tables.cells import shown
from gridplan.exchange.tables.columns import field_shown
from gridplan.exchange.tables.source import parse_source
from gridplan.names import hamlet_key, villages_alike
from gridplan.planning.hamlet_places import unplaced_hamlets
from gridplan.planning.inputs import Lists, PlanSources
from gridplan.planning.update.list_changes import ListChanges
from gridplan.words import Message, Series, bracketed, series

NAMED: Final = 5
"""Households, hamlets or rows that a sentence names; the others are counted."""
PAIRS: Final = 20
"""Pairs that may be one household, villages and hamlets, shown one by one."""


def list_notes(listed: HouseholdList) -> Iterator[Message]:
    """Yield how the tables were read, which villages and hamlets there are, and what a planner should check."""
    for table in listed.tables:
        yield from _table(table)
    living = Counter(fields_of(listed.households, "village", "hamlet", "has_place"))
    yield from _villages(listed, living)
    placed = sum(n for (_, _, has_place), n in living.items() if has_place)
    yield Message("check.placed", {"placed": placed, "n": len(listed.households)})
    with_table = {note.code for table in listed.tables for note in table.notes} | {"read.note.near_duplicates"}
    yield from (note for note in listed.notes if note.code not in with_table)
    if pairs := listed.near_duplicates:
        named = series([" = ".join(pair) for pair in pairs], PAIRS)
        yield Message("read.note.near_duplicates", {"n": len(pairs), "pairs": named})


def member_list_notes(file: str, listed: MemberList) -> Iterator[Message]:
    """Yield how many members a file has, and which of its columns are what."""
    yield Message("check.members", {"file": file, "n": len(listed.members), "columns": _columns(listed.columns)})
    used = {*listed.columns.values()}
    yield from _unused([shown(header) for header in listed.header if header.strip() and header not in used])


def unused_column_notes(unused: Mapping[str, Sequence[str]]) -> Iterator[Message]:
    """Yield of other files, by name, which of their columns nothing was taken from."""
    for file, headers in unused.items():
        if headers:
            yield Message("check.unused_of", {"file": file, "columns": series(headers)})


def refusal_notes(refusals: Sequence[Refusal]) -> Iterator[Message]:
    """Yield the first few of the rows that cannot be used, with what to do about each."""
    for refusal in refusals[:NAMED]:
        values = {"table": refusal.table, "row": str(refusal.row), "column": refusal.column, "value": refusal.value}
        yield Message("check.refused", {**values, "reason": refusal.reason, "remedy": refusal.remedy})


def change_notes(changes: ListChanges) -> Iterator[Message]:
    """Yield what a list changes about a plan, or that it changes nothing."""
    yield Message("check.same", {"n": len(changes.same)})
    for name, before in changes.villages.items():
        yield Message("check.village_renamed", {"before": before, "village": name})
    kinds: dict[str, Collection[str | Message]] = {
        "check.new": changes.new,
        "check.gone": changes.gone,
        "check.moved": [_moved(*one) for one in changes.moved.items()],
        "check.renamed": _turned(changes.renamed.items()),
        "check.other_village": _turned(changes.other_village.items()),
        "check.other_hamlet": _turned(changes.other_hamlet.items()),
        "check.amended": changes.amended,
        "check.unsure": [f"{new} = {' / '.join(olds)}?" for new, olds in changes.unsure.items()],
    }
    for code, named in kinds.items():
        if named:
            yield Message(code, {"n": len(named), "households": series(list(named), NAMED)})
    if not changes:
        yield Message("check.nothing_changed")


def village_notes(lists: Lists, sources: PlanSources) -> Iterator[Message]:
    """Yield, as one loud note, what speaks against the villages that households are in, if anything does."""
    homes = lists.households
    listed = Counter(village for (village,) in fields_of(homes.households, "village"))
    if doubts := village_doubts(listed):
        named = {parse_source(sources.villages).name: {one.name for one in lists.villages}} if sources.villages else {}
        yield loud_note(doubts, likely_mistake(doubts, homes.tables, named))


def name_notes(lists: Lists) -> Iterator[Message]:
    """Yield which villages may be one under several names, and which hamlets have no place though they need one."""
    count: Counter[str] = Counter()
    for table in lists.households.tables:
        count.update(table.households)
    named = (*count, *(one.name for one in lists.villages), *(place.village for place in lists.hamlets))
    if alike := [names for names in villages_alike(named) if not count.keys().isdisjoint(names)]:
        together = [" / ".join(f"{name} ({count[name]})" for name in names) for names in alike]
        yield Message("check.villages_alike", {"n": len(alike), "names": series(together, PAIRS)})
    if not all(has_place for (has_place,) in fields_of(lists.households.households, "has_place")):
        yield from unplaced_hamlets(lists.households.households, lists.hamlets)


def table_notes(listed: HouseholdList) -> Iterator[Message]:
    """Yield the notes on a list of households, where it has several tables each with those that it is about."""
    for note in listed.notes:
        names = [table.name for table in listed.tables if any(_counts_the_same(note, own) for own in table.notes)]
        if names and len(listed.tables) > 1:
            yield Message("plan.of_tables", {"tables": series(names, NAMED), "note": note})
        else:
            yield note


def _counts_the_same(note: Message, other: Message) -> bool:
    """Return whether two notes say the same of perhaps other numbers of rows."""
    return note.code == other.code and all(
        isinstance(value, int) or value == other.values.get(name) for name, value in note.values.items()
    )


def _table(table: TableReport) -> Iterator[Message]:
    n = sum(table.households.values())
    yield Message("check.table", {"table": table.name, "n": n})
    if table.encoding:
        yield Message("check.encoding", {"encoding": table.encoding.upper().removesuffix("-SIG")})
    yield Message("check.columns", {"columns": _columns(table.columns)})
    yield from _unused(table.unused)
    if table.blank:
        yield Message("check.blank_columns", {"columns": series(table.blank)})
    if table.frame:
        yield Message("check.frame", {"frame": frame_shown(table.frame)})
    yield from (Message("check.of_table", {"note": note}) for note in table.notes)


def _columns(columns: Mapping[str, str]) -> Series:
    """Return fields with their headers."""
    pairs = ({"field": field_shown(field), "header": shown(header)} for field, header in columns.items())
    return series([Message("check.column", pair) for pair in pairs] or ["–"])


def _unused(headers: Sequence[str]) -> Iterator[Message]:
    """Yield which columns nothing was taken from."""
    if headers:
        yield Message("check.unused", {"columns": series(headers)})


def _villages(listed: HouseholdList, living: Mapping[tuple[str, str | None, bool], int]) -> Iterator[Message]:
    """Yield every village with its households, how it was recognised, and its hamlets with those `living` there."""
    households: Counter[str] = Counter()
    ways = recognised_by(listed)
    for table in listed.tables:
        households.update(table.households)
    hamlets: dict[str, Counter[str]] = defaultdict(Counter)
    for (village, hamlet, _), n in living.items():
        if hamlet:
            hamlets[village][hamlet] += n
    for village, n in islice(households.items(), PAIRS):
        how = ways[village][0] if len(ways[village]) == 1 else Message("check.way.several")
        yield Message("check.village", {"village": village, "n": n, "how": how})
        if inside := hamlets[village]:
            yield Message("check.hamlets", {"n": len(inside), "hamlets": hamlets_shown(inside)})
    if (n := len(households)) > PAIRS:
        yield Message("check.more_villages", {"n": n - PAIRS})


def hamlets_shown(households: Mapping[str, int]) -> Series:
    """Return hamlets in the order of their numbers, each with its households."""
    return series([bracketed(name, str(households[name])) for name in sorted(households, key=hamlet_key)], PAIRS)


def recognised_by(listed: HouseholdList) -> dict[str, list[Message]]:
    """Return the ways in which each village was recognised."""
    ways: dict[str, list[Message]] = defaultdict(list)
    for table in listed.tables:
        way = Message("check.way.found")
        if "village" in table.columns:
            way = Message("check.way.column", {"header": table.columns["village"]})
        elif table.called_after:
            way = Message("check.way.called", {"table": table.name})
        for village in table.households:
            ways[village] += [] if way in ways[village] else [way]
    return ways


def _moved(household: str, way: float) -> str | Message:
    return household if math.isnan(way) else bracketed(household, Message("unit.metres", {"length": f"{way:.0f}"}))


def _turned(changes: Collection[tuple[str, tuple[str | None, str | None]]]) -> list[Message]:
    return [bracketed(household, f"{was or '–'} → {now or '–'}") for household, (was, now) in changes]
