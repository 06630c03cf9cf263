"""The grids a town has already, as its list tells of them: numbered, split by village, with everybody named as a lead.

Of a workbook that gridplan wrote, the numbers are gridplan's own, and its sheet of grids says what the town calls them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gridplan.exchange.lists.plan_workbook import GridRow, PlanWorkbook
from gridplan.model import GridKey, Household, grid_id
from gridplan.names import without_phone
from gridplan.planning.existing.existing_groups import ExistingGroups, existing_groups
from gridplan.planning.existing.labels import DIGITS, folded_label, numbered, numbers_of_labels
from gridplan.rules import Violation
from gridplan.words import Message, series

SEVERAL: Final = re.compile("[、,，;；/](?![^（(]*[)）])")
"""What stands between persons; within brackets it is part of a code."""
NO_BOOK: Final = PlanWorkbook()
NO_GROUPS: Final[Mapping[str, str]] = {}

LabelKey = tuple[str, str]
"""A village and what a list calls a grid in it, by which households are gathered."""


@dataclass(frozen=True, slots=True)
class ExistingGrids:
    """The grids a town has, split by village and numbered: which households, what they are called, who is named."""

    grid_of: Mapping[str, int]
    label_of: Mapping[GridKey, str]
    """What the town calls a grid; nothing where a workbook of gridplan only numbers it."""
    leads_of: Mapping[GridKey, Counter[str]]
    """Everybody named as the lead of a grid, and by how many of its households."""
    violations: tuple[Violation, ...]
    """Grids that were in several villages, and those whose number is not clear."""
    book: PlanWorkbook = NO_BOOK
    row_of: Mapping[GridKey, GridRow] = field(default_factory=dict)
    """The rows of the book by the grids they are about."""
    notes: tuple[Message, ...] = ()
    """What was taken from the book, and what could not be."""
    groups: ExistingGroups = field(default_factory=ExistingGroups)
    """The party groups that the list gives grids."""


def existing_grids(
    households: Iterable[Household],
    grid_of: Mapping[str, str],
    lead_of: Mapping[str, str],
    book: PlanWorkbook = NO_BOOK,
    *,
    group_of: Mapping[str, str] = NO_GROUPS,
) -> ExistingGrids:
    """Return the grids that a list tells of: `grid_of`, `lead_of` and `group_of` are what it says by household.

    A grid has the number in its label if there is just one, in digits or else in Chinese; where several of a village
    claim a number the one with most households has it. The others get the numbers that are free, in list order.

    A household of the `book` may name its grid by its number or by what the town calls it. A grid that got another
    number on the sheet of grids gets it for its households too, unless that number is another grid's.
    """
    homes = [home for home in households if grid_of.get(home.household_id, "").strip()]
    written = {folded_label(text): text for home in reversed(homes) for text in [grid_of[home.household_id].strip()]}
    by_label = {(row.village, folded_label(row.label)): str(row.old_number) for row in book.grids if row.label}
    key_of: dict[str, LabelKey] = {}
    named: dict[LabelKey, Counter[str]] = defaultdict(Counter)
    for home in homes:
        label = folded_label(grid_of[home.household_id])
        if not DIGITS.fullmatch(label):
            label = by_label.get((home.village, label), label)
        key_of[home.household_id] = home.village, label
        named[home.village, label].update(persons(lead_of.get(home.household_id, "")))
    settled = [_settled(row, book, named) for row in book.grids]
    renumbered = {(one.row.village, str(one.row.old_number)): str(one.number) for one in settled if one.moves}
    sizes: dict[str, Counter[str]] = defaultdict(Counter)
    for village, label in key_of.values():
        sizes[village][renumbered.get((village, label), label)] += 1
    numbers = {village: numbers_of_labels(labels) for village, labels in sizes.items()}
    number = {key: numbers[key[0]][renumbered.get(key, key[1])] for key in named}
    leads: dict[GridKey, Counter[str]] = defaultdict(Counter)
    for key, counted in named.items():
        leads[key[0], number[key]].update(counted)
    rows = {(one.row.village, one.number): one.row for one in settled}
    called = {
        (village, n): written[label]
        for village, of in numbers.items()
        for label, n in of.items()
        if not (village in book.villages and DIGITS.fullmatch(label))
    }
    others = {village: labels for village, labels in sizes.items() if village not in book.villages}
    in_grid = {household: number[key] for household, key in key_of.items()}
    groups = existing_groups(homes, in_grid, group_of, rows)
    return ExistingGrids(
        grid_of=in_grid,
        label_of=called | {key: row.label for key, row in rows.items() if row.label},
        leads_of=leads,
        violations=(*_crossings(others, written), *(one.doubt for one in settled if one.doubt)),
        book=book,
        row_of=rows,
        notes=(
            *book.notes,
            *(Message("existing.renumbered", _values(one.row, one.number)) for one in settled if one.moves),
            *groups.notes,
        ),
        groups=groups,
    )


def persons(cell: str) -> Iterator[str]:
    """Yield the persons named in a cell."""
    return filter(None, (part.strip() for part in SEVERAL.split(without_phone(cell))))


@dataclass(frozen=True, slots=True)
class _Settled:
    """A row of the sheet of grids, the number of the grid it is about, and whether its households get that number."""

    row: GridRow
    number: int
    moves: bool = False
    doubt: Violation | None = None


def _settled(row: GridRow, book: PlanWorkbook, named: Mapping[LabelKey, Counter[str]]) -> _Settled:
    old, new = (row.village, str(row.old_number)), (row.village, str(row.number))
    if old == new or old not in named:
        return _Settled(row, row.number)
    lead = next(persons(row.lead or ""), None)
    if new in named and lead and lead in named[new] and lead not in named[old]:
        return _Settled(row, row.number)
    vacated = {(other.village, str(other.old_number)) for other in book.grids if other.number != other.old_number}
    if new not in named or new in vacated:
        return _Settled(row, row.number, moves=True)
    doubt = Violation(Message("existing.number_unclear", _values(row, row.number)), row.village, row.old_number)
    return _Settled(row, row.old_number, doubt=doubt)


def _values(row: GridRow, number: int) -> dict[str, object]:
    return {"grid": grid_id(row.village, row.old_number), "number": number}


def _crossings(sizes: Mapping[str, Counter[str]], written: Mapping[str, str]) -> Iterator[Violation]:
    """Yield the labels that stand in several villages, unless most of the villages that number alike count from 1."""
    stems = {village: [numbered(label) for label in labels] for village, labels in sizes.items()}
    for label in dict.fromkeys(label for labels in sizes.values() for label in labels):
        inside = sorted((village for village in sizes if label in sizes[village]), key=lambda v: -sizes[v][label])
        if len(inside) > 1 and not _counts_anew(numbered(label), stems.values()):
            values = {"label": written[label], "n": len(inside), "villages": series(inside)}
            yield Violation(Message("existing.crosses_villages", values), inside[0])


def _counts_anew(numbered: tuple[str, int | None], villages: Iterable[Sequence[tuple[str, int | None]]]) -> bool:
    """Return whether grids are numbered anew in every village, which one of them may do without its first."""
    stem, number = numbered
    alike = [labels for labels in villages if any(stem == other for other, _ in labels)]
    return number is not None and 2 * sum((stem, 1) in labels for labels in alike) > len(alike)
