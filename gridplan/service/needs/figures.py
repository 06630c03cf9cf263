"""How many needs were raised and what became of them, by village: counts alone, for roles that see figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from gridplan.errors import NotFound
from gridplan.exchange.xlsx import Cell, Column, Table
from gridplan.needs import CATEGORIES, Category, NeedCounts, need_counts, together
from gridplan.service.contact.states import about
from gridplan.service.lists.filters import STAGES, Reader
from gridplan.service.lists.nouns import NEEDS
from gridplan.service.lists.page import understood
from gridplan.store import Store, needs
from gridplan.store.lists.listing import ListQuery
from gridplan.store.registry import villages
from gridplan.store.registry.villages import Scope
from gridplan.words import Lang, Message, say

LEAST_FOR_RATE: Final = 30
"""Needs below which a share is told as a count: 3 of 12."""
SHOWN: Final = ("raised", "on_the_spot", "referred", "in_town", "resolved", "open", "waiting", "overdue")
"""The counts that are shown, in this order."""


@dataclass(frozen=True, slots=True)
class NeedFigures:
    """The counts of a scope: by village, of all together, and about how many there are of each category."""

    villages: tuple[tuple[int, str, NeedCounts], ...]
    """Those in which some were raised, by name."""
    others: tuple[str, ...]
    """The names of the others."""
    total: NeedCounts
    categories: Mapping[Category, Message]


def need_figures(store: Store, scope: Scope, today: date, village_id: int | None = None) -> NeedFigures:
    """Return the counts of a scope, or of one of its villages.

    Raises
    ------
    NotFound
        The village is not in the scope.
    """
    with store.read() as connection:
        named = [row for row in villages.rows(connection, scope) if village_id in (None, row["id"])]
        if village_id is not None and not named:
            raise NotFound("entrance.not_here")
        found = needs.standings(connection, {row["id"] for row in named})
    of_villages = tuple(
        (row["id"], row["name"], need_counts((one for of, _, one in found if of == row["id"]), today)) for row in named
    )
    of_categories = Counter(category for _, category, _ in found)
    return NeedFigures(
        tuple(one for one in of_villages if one[2].raised),
        tuple(name for _, name, counts in of_villages if not counts.raised),
        together([counts for _, _, counts in of_villages]),
        {category: about(of_categories[category]) for category in CATEGORIES},
    )


def rate(counts: NeedCounts) -> Message:
    """Return the closed-loop rate in words: of few needs no share, but how many of how many."""
    share = counts.closed_loop_rate
    if share is None:
        return Message("need.no_rate")
    if counts.answerable < LEAST_FOR_RATE:
        return Message("need.rate_of", {"n": counts.looped, "of": counts.answerable})
    return Message("need.rate", {"percent": f"{100 * share:.1f}"})


def figures_table(figures: NeedFigures, today: date, lang: Lang) -> Table:
    """Return the counts by village as a table."""

    def row(name: str, counts: NeedCounts) -> tuple[Cell, ...]:
        return (name, *(float(getattr(counts, one)) for one in SHOWN), rate(counts).say(lang))

    headings = [Column(say(f"need.count.{name}", lang), "amount") for name in SHOWN]
    return Table(
        name=say("need.figures", lang),
        columns=[Column(say("registry.village", lang)), *headings, Column(say("need.closed_loop", lang))],
        rows=[row(name, counts) for _, name, counts in figures.villages],
        empty=say("need.none", lang),
        heading=(f"{say('need.figures', lang)} · {today.isoformat()}",),
        total=row(say("need.total", lang), figures.total),
    )


def stage_counts(store: Store, reader: Reader, asked: Mapping[str, str]) -> dict[str, int]:
    """Return how many rows each part of the list has under the other filters that an address asks for."""
    with store.read() as connection:
        found = understood(connection, NEEDS, reader, asked)
        return {
            stage: found.listing.count(
                connection, replace(found.query, filters={**found.query.filters, "stage": stage})
            )
            for stage in ("", *STAGES)
        }


def overdue_needs(store: Store, reader: Reader) -> int:
    """Return how many needs of a scope are overdue."""
    with store.read() as connection:
        return NEEDS.listing(connection, reader).count(connection, ListQuery({"stage": "overdue"}))
