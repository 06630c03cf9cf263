"""The ids of households: kept as written, refused where two rows share one, made where a list has none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Final

from gridplan.exchange.lists.cells import refused
from gridplan.exchange.lists.rows import Rows
from gridplan.exchange.lists.villages import folded_name
from gridplan.names import folded

RUNNING_NUMBER: Final = re.compile(r"\d{1,4}", re.ASCII)
RESTARTS = 10
"""Rows that must share their number with others before it is taken for one that starts anew in every village."""


def start_anew(lists: Sequence[Rows], village_of: Sequence[str | None]) -> Set[Rows]:
    """Return the tables whose ids are running numbers that start anew in every village, or in every hamlet of it."""
    keys_of = {rows: _keys(rows, village) for rows, village in zip(lists, village_of, strict=True)}
    running = {rows: keys for rows, keys in keys_of.items() if keys and all(map(_is_running, keys))}
    times = _times(list(running))
    sharing = sum(count for count in times.values() if count > 1)
    keys = [key for own in running.values() for key in own]
    if sharing < RESTARTS or 2 * sharing <= times.total() or len(set(keys)) < len(keys):
        return frozenset()
    return running.keys()


def _keys(rows: Rows, village: str | None) -> list[tuple[str, str, str]]:
    """Return village, hamlet and id of every row of a table that has ids."""
    if "id" not in rows.column_of:
        return []
    villages, hamlets, ids = (rows.cells(field) for field in ("village", "hamlet", "id"))
    return [(folded_name(village or villages[at]), hamlets[at].strip(), ids[at].strip()) for at in _present(rows)]


def _is_running(key: tuple[str, str, str]) -> bool:
    village, _, number = key
    return bool(village and RUNNING_NUMBER.fullmatch(number))


def refuse_repeated_ids(lists: Sequence[Rows]) -> None:
    """Refuse all rows that share an id, in any of the tables."""
    times = _times(lists)
    sharing: dict[str, list[tuple[Rows, int]]] = {}
    for rows in lists if max(times.values(), default=0) > 1 else ():
        if "id" in rows.column_of:
            ids = rows.cells("id")
            for at in _present(rows):
                sharing.setdefault(ids[at], []).append((rows, at))
    for id_, places in sharing.items():
        if len(places) == 1 or not id_.strip():
            continue
        for rows, at in places:
            if at in rows.refusals:
                continue
            other, row = places[1] if places[0] == (rows, at) else places[0]
            if other is rows:
                verdict = refused("id", "read.row.repeated_id", "read.remedy.unique_id", other=rows.number(row))
            else:
                where = {"other": other.number(row), "table": other.name}
                verdict = refused("id", "read.row.repeated_id_elsewhere", "read.remedy.unique_id", **where)
            rows.refuse(at, verdict)


def refuse_missing_ids(rows: Rows) -> None:
    """Refuse rows without an id where others of their table have one."""
    if "id" in rows.column_of:
        ids = rows.cells("id")
        for at in list(rows):
            if not ids[at].strip():
                rows.refuse(at, refused("id", "read.row.no_id", "read.remedy.give_id"))


class Ids:
    """The ids of all households of several tables."""

    def __init__(self, lists: Sequence[Rows], anew: Set[Rows]) -> None:
        self._anew = anew
        self._counted: Counter[tuple[str, str]] = Counter()
        self._listed = listed_ids([rows for rows in lists if rows not in anew])

    def of(self, rows: Rows, village_of: Mapping[int, str]) -> dict[int, str]:
        """Return the id of every row; where the table has none: village, hamlet and running number."""
        hamlets = rows.cells("hamlet")
        if "id" not in rows.column_of:
            made = {at: self._make(village, hamlets[at].strip()) for at, village in village_of.items()}
            rows.note("read.note.made_ids", n=len(made))
            return made
        ids = rows.cells("id")
        if rows not in self._anew:
            return {at: ids[at] for at in village_of}
        rows.note("read.note.ids_start_anew", n=len(village_of))
        return {at: "-".join(_parts(village, hamlets[at], ids[at])) for at, village in village_of.items()}

    def _make(self, village: str, hamlet: str) -> str:
        while True:
            self._counted[village, hamlet] += 1
            made = "-".join(_parts(village, hamlet, f"{self._counted[village, hamlet]:04d}"))
            if made not in self._listed:
                return made


def listed_ids(lists: Sequence[Rows]) -> set[str]:
    """Return the ids of the good rows of all tables that have any."""
    return {rows.cells("id")[at] for rows in lists if "id" in rows.column_of for at in rows}


def similar_ids(ids: Sequence[str]) -> list[tuple[str, str]]:
    """Return pairs of ids that differ only in case, width or spaces, each later one with the first."""
    first: dict[str, str] = {}
    return [(one, other) for other in ids if (one := first.setdefault(folded(other), other)) != other]


def _parts(village: str, hamlet: str, number: str) -> Iterator[str]:
    return (part for part in map(str.strip, (village, hamlet, number)) if part)


def _times(lists: Sequence[Rows]) -> Counter[str]:
    """Return how often each id occurs."""
    return Counter(rows.cells("id")[at] for rows in lists if "id" in rows.column_of for at in _present(rows))


def _present(rows: Rows) -> Iterator[int]:
    return (at for at in range(len(rows.table.rows)) if at not in rows.absorbed)
