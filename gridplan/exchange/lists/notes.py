"""What there is to say of lists of households: how each table was understood, what was noticed, what is doubtful."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from gridplan.coordinates import WGS84
from gridplan.exchange.lists.households.household_ids import similar_ids
from gridplan.exchange.lists.positions.frame_doubts import suspicions
from gridplan.exchange.lists.read_lists import Listed
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS
from gridplan.exchange.tables.packed import Packed, packed
from gridplan.model import Village
from gridplan.words import Message, series

NAMED = 5
"""Households that a note names."""


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table as it was understood: `name` is FILE, or FILE#sheet where a sheet has a name.

    `frame` is what its positions are counted in, None where it has none; `called_after` is the village that the whole
    table stands for; `households` counts those of each village; `notes` are what was noticed about this table. `unused`
    are the columns that none of this was taken from, `blank` those without any content; `doubts` what speaks against
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


def understood(listed: Listed, stated: str | None, villages: Sequence[Village]) -> ReadTable:
    """Return how a table was understood; `stated` is the frame that was stated for all tables."""
    units = listed.units
    if units is None:
        households = Counter(listed.villages)
    else:
        households = Counter()
        for village, at in zip(listed.villages, listed.rows, strict=True):
            households[village] += units[at]
    placed = not np.isnan(listed.lonlat[listed.rows.are_good(), 0]).all()
    return ReadTable(
        name=listed.rows.name,
        encoding=listed.rows.table.encoding,
        columns=columns_of([listed]),
        frame=_read_in(listed, stated) if placed else None,
        called_after=listed.village,
        households=households,
        notes=tuple(listed.rows.notes),
        unused=listed.rows.unused_headers,
        blank=tuple(listed.rows.column(at)[0] for at in listed.rows.blank if listed.rows.table.header[at].strip()),
        doubts=tuple(_doubts([listed], villages, stated)),
    )


def columns_of(lists: Sequence[Listed]) -> dict[str, str]:
    """Return the headers by field, of several tables the first that has one."""
    found: dict[str, str] = {}
    for listed in lists:
        for name in listed.rows.column_of:
            found.setdefault(name, listed.rows.header_of(name))
    return {name: found[name] for name in HOUSEHOLD_FIELDS if name in found}


def notes_on(
    lists: Sequence[Listed],
    ids: Packed[str],
    doubles: Sequence[tuple[str, str]],
    villages: Sequence[Village],
    stated: str | None,
    tables: Sequence[ReadTable],
) -> Iterator[Message]:
    """Yield what was noticed about tables, the ids and near duplicates of their households, and their frames.

    Parameters
    ----------
    lists
        The tables, all that is to be known of them known.
    ids, doubles
        The ids of all households, and pairs of them that may be one.
    villages
        The villages known.
    stated
        The frame stated for all tables, None where each has its own.
    tables
        How each of the tables was understood by itself.
    """
    yield from _added_up(note for listed in lists for note in listed.rows.notes)
    yield from _on_ids(ids, doubles)
    yield from tables[0].doubts if len(tables) == 1 else _doubts(lists, villages, stated)


def _read_in(listed: Listed, stated: str | None) -> str:
    """Return the frame that the positions of a table were read in."""
    return stated or listed.rows.table.source.frame or listed.rows.table.frame or WGS84


def _added_up(notes: Iterable[Message]) -> list[Message]:
    """Return notes once each: those of one code that count the same thing in several tables become one."""
    counted: dict[tuple[str, tuple[tuple[str, str], ...]], dict[str, object]] = {}
    for note in notes:
        same = tuple((name, repr(value)) for name, value in note.values.items() if not _is_count(value))
        so_far = counted.setdefault((note.code, same), {})
        for name, value in note.values.items():
            before = so_far.get(name)
            so_far[name] = value + before if isinstance(value, int) and isinstance(before, int) else value
    return [Message(code, values) for (code, _), values in counted.items()]


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _on_ids(ids: Packed[str], doubles: Sequence[tuple[str, str]]) -> Iterator[Message]:
    pairs_of = {
        "read.note.similar_ids": similar_ids(ids),
        "read.note.near_duplicates": doubles,
    }
    for code, pairs in pairs_of.items():
        if pairs:
            named = series((" = ".join(pair) for pair in pairs), NAMED)
            yield Message(code, {"n": len(pairs), "pairs": named})


def _doubts(lists: Sequence[Listed], villages: Sequence[Village], frame: str | None) -> Iterator[Message]:
    """Yield what speaks against the frames that the positions were read in."""
    boundaries = {village.name: village.boundary for village in villages if village.boundary is not None}
    by_frame: dict[str, list[Listed]] = {}
    for listed in lists:
        by_frame.setdefault(listed.rows.plane or _read_in(listed, frame), []).append(listed)
    for read_in, of_frame in by_frame.items():
        lonlat = np.concatenate([listed.lonlat[listed.rows.are_good()] for listed in of_frame])
        named = list(chain.from_iterable(map(_named_villages, of_frame)))
        numbers = packed(chain.from_iterable(_numbers(listed, several=len(lists) > 1) for listed in of_frame))
        yield from suspicions(lonlat, named, boundaries, read_in, numbers)


def _named_villages(listed: Listed) -> Iterable[str | None]:
    """Return the villages that the good rows name, or their table for them; None for those that name none."""
    if listed.village:
        return listed.villages
    cells = listed.rows.good(listed.rows.cells("village"))
    return (village if cell.strip() else None for village, cell in zip(listed.villages, cells, strict=True))


def _numbers(listed: Listed, *, several: bool) -> Iterator[str]:
    """Walk the numbers of the good rows, of several tables with their names."""
    prefix = f"{listed.rows.name}:" if several else ""
    return (f"{prefix}{number}" for number in listed.rows.good(listed.rows.table.numbers))
