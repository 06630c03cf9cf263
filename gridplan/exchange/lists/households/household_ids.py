"""The ids of households: kept as written, refused where two rows share one, made where a list has none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from typing import Final

from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.tables.cells import refused
from gridplan.exchange.tables.packed import Packed, repeated_keys
from gridplan.names import each_folded, folded, folded_hamlet

RUNNING_NUMBER: Final = re.compile(r"\d{1,4}", re.ASCII)
RESTARTS = 10
"""Rows that must share their number with others before it is taken for one that starts anew in every village."""


def tables_with_running_numbers(lists: Sequence[Rows], village_of: Sequence[str | None]) -> Set[Rows]:
    """Return the tables whose ids are running numbers that start anew in every village, or in every hamlet of it."""
    running = {
        rows: village
        for rows, village in zip(lists, village_of, strict=True)
        if "id" in rows.column_of and all(map(_is_running, _keys(rows, village)))
    }
    times = Counter(rows.cells("id")[at] for rows in running for at in _present(rows))
    sharing = sum(count for count in times.values() if count > 1)
    if sharing < RESTARTS or 2 * sharing <= times.total():
        return frozenset()
    if repeated_keys(key for rows, village in running.items() for key in _keys(rows, village)):
        return frozenset()
    return running.keys()


def _keys(rows: Rows, village: str | None) -> Iterator[tuple[str, str, str, str]]:
    """Walk village, its town and code, hamlet and id of every row."""
    villages, hamlets, ids = (rows.cells(field) for field in ("village", "hamlet", "id"))
    towns, codes = (rows.cells(field) for field in ("town", "village_code"))
    return (
        (
            folded(village or villages[at]),
            f"{folded(towns[at])} {folded(codes[at])}",
            folded_hamlet(hamlets[at]),
            ids[at].strip(),
        )
        for at in _present(rows)
    )


def _is_running(key: tuple[str, str, str, str]) -> bool:
    village, _, _, number = key
    return bool(village and RUNNING_NUMBER.fullmatch(number))


def refuse_repeated_ids(lists: Sequence[Rows]) -> None:
    """Refuse all rows that share an id, in any of the tables."""
    with_ids = [rows for rows in lists if "id" in rows.column_of]
    repeated = set(repeated_keys(rows.cells("id")[at] for rows in with_ids for at in _present(rows)))
    places = ((rows, at) for rows in with_ids for at in _present(rows)) if repeated else iter(())
    suspects = [place for number, place in enumerate(places) if number in repeated]
    sharing: dict[str, list[tuple[Rows, int]]] = {}
    for rows, at in suspects:
        sharing.setdefault(rows.cells("id")[at], []).append((rows, at))
    for rows, at in suspects:
        first, *others = sharing[id_ := rows.cells("id")[at]]
        if not others or not id_.strip() or at in rows.refusals:
            continue
        other, row = others[0] if first == (rows, at) else first
        if other is rows:
            verdict = refused("id", "read.row.repeated_id", "read.remedy.unique_id", other=rows.number(row))
        else:
            where = {"other": other.number(row), "table": other.name}
            verdict = refused("id", "read.row.repeated_id_elsewhere", "read.remedy.unique_id", **where)
        rows.refuse(at, verdict)


def refuse_missing_ids(rows: Rows) -> None:
    """Refuse rows without an id where others of their table have one."""
    if "id" in rows.column_of:
        for at, id_ in zip(rows, rows.good(rows.cells("id")), strict=False):
            if not id_.strip():
                rows.refuse(at, refused("id", "read.row.no_id", "read.remedy.give_id"))


class HouseholdIds:
    """The ids of all households of several tables."""

    def __init__(self, lists: Sequence[Rows], anew: Set[Rows]) -> None:
        self._anew = anew
        self._fronts: dict[tuple[str, str], str] = {}
        self._counted: Counter[str] = Counter()
        some_are_made = any("id" not in rows.column_of for rows in lists)
        self._listed = ids_in_tables([rows for rows in lists if rows not in anew]) if some_are_made else frozenset()

    def of(self, rows: Rows, villages: Sequence[str]) -> Iterator[str]:
        """Walk the ids of the good rows, made where the table has none: village, hamlet and running number."""
        places = zip(villages, rows.good(rows.cells("hamlet")), strict=True)
        if "id" not in rows.column_of:
            rows.note("read.note.made_ids", n=len(villages))
            return (self._make(village, hamlet.strip()) for village, hamlet in places)
        ids = rows.good(rows.cells("id"))
        if rows not in self._anew:
            return ids
        rows.note("read.note.ids_start_anew", n=len(villages))
        return ("-".join(_parts(*place, id_)) for place, id_ in zip(places, ids, strict=True))

    def _make(self, village: str, hamlet: str) -> str:
        front = self._fronts.get((village, hamlet))
        if front is None:
            front = self._fronts[village, hamlet] = "-".join(_parts(village, hamlet, ""))
        while True:
            number = self._counted[front] = self._counted[front] + 1
            made = f"{front}-{number:04d}" if front else f"{number:04d}"
            if made not in self._listed:
                return made


def ids_in_tables(lists: Sequence[Rows]) -> Set[str]:
    """Return the ids of the good rows of all tables that have any."""
    return {id_ for rows in lists if "id" in rows.column_of for id_ in rows.good(rows.cells("id"))}


def similar_ids(ids: Packed[str]) -> list[tuple[str, str]]:
    """Return pairs of ids that differ only in case, width or spaces, each later one with the first."""
    first: dict[str, str] = {}
    suspects = [ids[at] for at in repeated_keys(each_folded(ids.blocks()))]
    return [(one, other) for other in suspects if (one := first.setdefault(folded(other), other)) != other]


def _parts(village: str, hamlet: str, number: str) -> Iterator[str]:
    return (part for part in map(str.strip, (village, hamlet, number)) if part)


def _present(rows: Rows) -> Iterator[int]:
    return (at for at in range(len(rows.table.rows)) if at not in rows.absorbed)
