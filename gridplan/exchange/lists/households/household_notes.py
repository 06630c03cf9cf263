"""Notes on lists of households: how each table was understood, what was noticed, what is doubtful."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from gridplan.coordinates import WGS84
from gridplan.exchange.lists.households.household_ids import similar_ids
from gridplan.exchange.lists.households.household_tables import HouseholdTable
from gridplan.exchange.lists.positions.frame_doubts import frame_doubts
from gridplan.exchange.lists.rows.rows import merged_notes
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS
from gridplan.exchange.tables.packed import Packed
from gridplan.model import Village
from gridplan.words import Message, series

NAMED = 5
"""Households that a note names."""


@dataclass(frozen=True, slots=True)
class TableReport:
    """A table as it was understood: `name` is FILE, or FILE#sheet where a sheet has a name.

    `frame` is what its positions are counted in, None where it has none; `called_after` is the village that the whole
    table stands for; `households` counts those of each village; `notes` are what was noticed about this table. `unused`
    are the columns that none of this comes from, `blank` those without any content; `doubts` what speaks against
    the frame of this table alone.
    """

    name: str
    encoding: str | None
    columns: Mapping[str, str]
    frame: str | None
    called_after: str | None
    households: Mapping[str, int]
    notes: tuple[Message, ...]
    unused: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()
    doubts: tuple[Message, ...] = ()


def table_report(table: HouseholdTable, stated: str | None, villages: Sequence[Village]) -> TableReport:
    """Return how a table was understood; `stated` is the frame that was stated for all tables."""
    units = table.units
    if units is None:
        households = Counter(table.villages)
    else:
        households = Counter()
        for village, at in zip(table.villages, table.rows, strict=True):
            households[village] += units[at]
    placed = not np.isnan(table.lonlat[table.rows.are_good(), 0]).all()
    return TableReport(
        name=table.rows.name,
        encoding=table.rows.table.encoding,
        columns=headers_by_field([table]),
        frame=_frame_of(table, stated) if placed else None,
        called_after=table.village,
        households=households,
        notes=tuple(table.rows.notes),
        unused=table.rows.unused_headers,
        blank=tuple(table.rows.column(at)[0] for at in table.rows.blank if table.rows.table.header[at].strip()),
        doubts=tuple(_frame_doubts([table], villages, stated)),
    )


def headers_by_field(lists: Sequence[HouseholdTable]) -> dict[str, str]:
    """Return the headers by field, of several tables the first that has one."""
    found: dict[str, str] = {}
    for table in lists:
        for name in table.rows.column_of:
            found.setdefault(name, table.rows.header_of(name))
    return {name: found[name] for name in HOUSEHOLD_FIELDS if name in found}


def household_notes(
    lists: Sequence[HouseholdTable],
    ids: Packed[str],
    doubles: Sequence[tuple[str, str]],
    villages: Sequence[Village],
    stated: str | None,
    tables: Sequence[TableReport],
) -> Iterator[Message]:
    """Yield what was noticed about tables, the `ids` and near `doubles` of their households, and their frames.

    `stated` is the frame stated for all tables, None where each has its own; `tables` tells how each was understood.
    """
    yield from merged_notes(note for table in lists for note in table.rows.notes)
    yield from _id_notes(ids, doubles)
    yield from tables[0].doubts if len(tables) == 1 else _frame_doubts(lists, villages, stated)


def _frame_of(table: HouseholdTable, stated: str | None) -> str:
    """Return the frame that the positions of a table were read in."""
    return stated or table.rows.table.source.frame or table.rows.table.frame or WGS84


def _id_notes(ids: Packed[str], doubles: Sequence[tuple[str, str]]) -> Iterator[Message]:
    pairs_of = {
        "read.note.similar_ids": similar_ids(ids),
        "read.note.near_duplicates": doubles,
    }
    for code, pairs in pairs_of.items():
        if pairs:
            named = series((" = ".join(pair) for pair in pairs), NAMED)
            yield Message(code, {"n": len(pairs), "pairs": named})


def _frame_doubts(lists: Sequence[HouseholdTable], villages: Sequence[Village], frame: str | None) -> Iterator[Message]:
    """Yield what speaks against the frames that the positions were read in."""
    boundaries = {village.name: village.boundary for village in villages if village.boundary is not None}
    by_frame: dict[str, list[HouseholdTable]] = {}
    for table in lists:
        by_frame.setdefault(table.rows.plane or _frame_of(table, frame), []).append(table)
    for read_in, of_frame in by_frame.items():
        lonlat = np.concatenate([table.lonlat[table.rows.are_good()] for table in of_frame])
        named = list(chain.from_iterable(map(_named_villages, of_frame)))
        yield from frame_doubts(lonlat, named, boundaries, read_in, _row_shown(of_frame, several=len(lists) > 1))


def _named_villages(table: HouseholdTable) -> Iterable[str | None]:
    """Return the villages that the good rows name, or their table for them; None for those that name none."""
    if table.village:
        return table.villages
    cells = table.rows.good(table.rows.cells("village"))
    return (village if cell.strip() else None for village, cell in zip(table.villages, cells, strict=True))


def _row_shown(lists: Sequence[HouseholdTable], *, several: bool) -> Callable[[int], str]:
    """Return what tells the number of one of all good rows, and of several tables which of them it is in."""
    good = [np.flatnonzero(table.rows.are_good()) for table in lists]
    ends = np.cumsum([len(places) for places in good])

    def shown(at: int) -> str:
        which = int(np.searchsorted(ends, at, side="right"))
        rows = lists[which].rows
        number = rows.number(int(good[which][at - ends[which]]))
        return f"{rows.name}:{number}" if several else number

    return shown
