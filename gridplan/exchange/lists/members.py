"""A list of members into members, and every row that cannot be one into a refusal with its reason."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from math import isnan
from pathlib import Path
from types import MappingProxyType
from typing import Final

from gridplan.errors import InputRefused
from gridplan.exchange.lists.households.village_lookup import table_titles
from gridplan.exchange.lists.positions.positions import fields_to_find, find_positions
from gridplan.exchange.lists.refused_csv import join_refusals, with_corrected_rows, write_refusals
from gridplan.exchange.lists.rows.private_columns import without_private
from gridplan.exchange.lists.rows.row_checks import (
    join_lines,
    refuse_overlong,
    refuse_texts,
    repeated_rows,
    rows_named,
)
from gridplan.exchange.lists.rows.rows import Refusal, Rows, merged_notes
from gridplan.exchange.lists.rows.told_villages import refused_alike
from gridplan.exchange.lists.village_names import ListedVillage, VillageNames
from gridplan.exchange.tables.cells import CellRefused, parse_day, refused
from gridplan.exchange.tables.columns import MEMBER_FIELDS, headers_shown
from gridplan.exchange.tables.read import read_all
from gridplan.exchange.tables.source import Source, Table
from gridplan.model import Member
from gridplan.names import without_phone
from gridplan.words import Lang, Message

TEXTS: Final = ("member_id", "name", "kind", "village", "town", "village_code", "hamlet", "phone")
YES: Final = "yes y true 1 available 是 在岗 在职 在家 在村 可 能 可以 有空 正常 √".split()  # noqa: SIM905
NO: Final = "no n false 0 unavailable away 否 外出 外出务工 流动 不在岗 不在家 不在村 不可 不能 请假 ×".split()  # noqa: SIM905
AGREED: Final = "yes y true 1 是 同意 可 可以 √".split()  # noqa: SIM905
NOT_AGREED: Final = "no n false 0 否 不同意 不可 不可以 ×".split()  # noqa: SIM905
MOST_GRIDS: Final = 99
BETWEEN_TIES: Final = re.compile("[;；、,，]")


@dataclass(frozen=True, slots=True)
class MemberList:
    """The members of a file in its order, the rows refused, and how the file was understood.

    `columns` are the headers by field. Every row of the file is a member, is refused, or is counted in a note.
    """

    members: tuple[Member, ...]
    refused: tuple[Refusal, ...]
    header: tuple[str, ...]
    columns: Mapping[str, str]
    notes: tuple[Message, ...]


def read_members(
    sources: str | Source | Sequence[str | Source], *, columns: Mapping[str, str] = MappingProxyType({})
) -> MemberList:
    """Return the members of FILE, FILE#layer or FILE#layer@FRAME, of all sheets where no layer is named, or of several.

    As `members_in`.
    """
    return members_in(read_all([sources] if isinstance(sources, str | Source) else sources), columns=columns)


def members_in(
    tables: Sequence[Table],
    *,
    columns: Mapping[str, str] = MappingProxyType({}),
    names: VillageNames | None = None,
) -> MemberList:
    """Return the members of lists as they were read.

    Only the fields of a member are read; a home may be missing, and so may everything else but the name. Where a file
    has several sheets, one without a village column is called after its village.

    `columns` are headers by field (member_id, name, kind, village, town, village_code, hamlet, phone, those of
    positions, max_grids, available, excused_until, ties, named_on_maps) that win over what the headers suggest.
    Villages are those of `names`, if there are any; by default they are called what the list calls them.

    Raises
    ------
    InputRefused
        The file or its columns cannot be used, or none of its rows can.
    """
    tables = with_corrected_rows(tables)
    repeated = repeated_rows(tables, range(len(tables)))
    lists = [_rows(table, columns, twice) for table, twice in zip(tables, repeated, strict=True)]
    _refuse_ids(lists)
    called = table_titles(tables) if len(tables) > 1 else [None]
    members = [member for rows, village in zip(lists, called, strict=True) for member in _members(rows, village, names)]
    header, refusals = join_refusals(lists, called)
    if not members:
        refused = next(rows for rows in lists if rows.refusals)
        raise InputRefused(
            "members.all_refused",
            file=refused.name,
            n=len(refused.refusals),
            row=str(refusals[0].row),
            reason=refusals[0].reason,
            names=headers_shown(header),
        )
    notes = merged_notes(note for rows in lists for note in rows.notes)
    if made := sum(not member.member_id for member in members):
        notes.append(Message("read.note.made_ids", {"n": made}))
    return MemberList(
        members=_with_ids(members),
        refused=refusals,
        header=header,
        columns={field: rows.header_of(field) for rows in reversed(lists) for field in rows.column_of},
        notes=tuple(notes),
    )


def write_refused_members(path: Path, members: MemberList, lang: Lang) -> None:
    """Write the refused rows as CSV, to be mended and imported again, with row, column, value, reason and remedy."""
    several = len({refusal.table for refusal in members.refused}) > 1
    write_refusals(path, members.header, members.refused, lang, several=several)


def _rows(table: Table, columns: Mapping[str, str], repeated: Sequence[int]) -> Rows:
    """Return the rows of a table, those refused that can be told from others by their texts alone."""
    columns = {**columns, **table.source.columns}
    kept, dropped = without_private(table, MEMBER_FIELDS, columns)
    rows = Rows(kept, fields_to_find(kept, columns, MEMBER_FIELDS), columns)
    if "name" not in rows.column_of:
        raise InputRefused("members.no_names", file=rows.name, names=headers_shown(kept.header))
    rows.notes[:0] = [*table.notes, *dropped]
    rows.absorb(repeated)
    if repeated:
        rows.note("read.note.repeated", n=len(repeated), rows=rows_named(rows, repeated))
    refuse_overlong(rows)
    join_lines(rows, TEXTS)
    refuse_texts(rows, TEXTS)
    return rows


def _refuse_ids(lists: Sequence[Rows]) -> None:
    """Refuse rows without an id where others of their table have one, and all that share one, in any of the tables."""
    sharing: dict[str, list[tuple[Rows, int]]] = {}
    for rows in (rows for rows in lists if "member_id" in rows.column_of):
        for at in rows:
            if id_ := rows.cells("member_id")[at].strip():
                sharing.setdefault(id_, []).append((rows, at))
            else:
                rows.refuse(at, refused("member_id", "read.row.no_id", "members.remedy.give_id"))
    for places in sharing.values():
        for rows, at in places if len(places) > 1 else ():
            other, row = places[1] if places[0] == (rows, at) else places[0]
            where = {"other": other.number(row), "table": other.name}
            rows.refuse(at, refused("member_id", "read.row.repeated_id_elsewhere", "members.remedy.unique_id", **where))


def _members(rows: Rows, called: str | None, names: VillageNames | None) -> Iterator[Member]:
    """Walk the members of a table; where it has no column for the village, they are of the one it is called after."""
    lonlat = find_positions(rows, optional=True).tolist()
    cells: dict[str, Sequence[str]] = {field: rows.cells(field) for field in MEMBER_FIELDS}
    if "village" not in rows.column_of and called:
        cells["village"] = [called] * len(lonlat)
    cells["name"] = [without_phone(name) for name in rows.cells("name")]
    if n := sum(cells["name"][at] != rows.cells("name")[at].strip() for at in rows):
        rows.note("members.note.phones", n=n)
    for at in rows:
        try:
            cell = {field: column[at].strip() for field, column in cells.items()}
            if names is not None:
                cell["village"] = _village(cell, lonlat[at], names)
            yield _member(cell, *lonlat[at])
        except CellRefused as verdict:
            rows.refuse(at, verdict)


def _village(cell: Mapping[str, str], lonlat: Sequence[float], names: VillageNames) -> str:
    """Return the village of a row of cells by field, as it is called, or what the row calls it if none is known."""
    told = ListedVillage(cell["village"], cell["town"], cell["village_code"])
    found = names.find(told, () if isnan(lonlat[0]) else lonlat)
    if len(found) > 1:
        raise refused_alike(found)
    return found[0].name if found else told.name


def _member(cell: Mapping[str, str], lon: float, lat: float) -> Member:
    """Return the member of a row of cells by field."""
    if not cell["name"]:
        raise refused("name", "members.row.no_name", "members.remedy.give_name")
    ties = (tie.strip() for tie in BETWEEN_TIES.split(cell["ties"]))
    return Member(
        member_id=cell["member_id"],
        name=cell["name"],
        kind=cell["kind"] or None,
        village=cell["village"] or None,
        hamlet=cell["hamlet"] or None,
        phone=cell["phone"] or None,
        lon=None if isnan(lon) else lon,
        lat=None if isnan(lat) else lat,
        max_grids=_max_grids(cell["max_grids"]),
        available=_available(cell["available"]),
        named_on_maps=_is_named_on_maps(cell["named_on_maps"]),
        excused_until=_excused_until(cell["excused_until"]),
        ties=tuple(dict.fromkeys(filter(None, ties))),
    )


def _with_ids(members: Sequence[Member]) -> tuple[Member, ...]:
    """Return the members, those without an id with one of their village and a running number, as no household has."""
    listed = {member.member_id for member in members}
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(1))
    named = []
    for member in members:
        if not member.member_id:
            before = f"{member.village}-" if member.village else ""
            free = (f"{before}M{number:03d}" for number in numbers[before])
            member = replace(member, member_id=next(id_ for id_ in free if id_ not in listed))
        named.append(member)
    return tuple(named)


def _max_grids(cell: str) -> int:
    plain = _plain(cell)
    if not plain:
        return 1
    if not (plain.isascii() and plain.isdecimal() and len(plain) < 4 and 1 <= int(plain) <= MOST_GRIDS):
        raise refused("max_grids", "members.row.max_grids", "members.remedy.max_grids", most=MOST_GRIDS)
    return int(plain)


def _available(cell: str) -> bool:
    plain = _plain(cell).casefold()
    if plain and plain not in (*YES, *NO):
        raise refused("available", "members.row.available", "members.remedy.available")
    return plain not in NO


def _is_named_on_maps(cell: str) -> bool:
    """Return whether a cell says that the member agreed; a blank one does not."""
    plain = _plain(cell).casefold()
    if plain and plain not in (*AGREED, *NOT_AGREED):
        raise refused("named_on_maps", "members.row.named_on_maps", "members.remedy.named_on_maps")
    return plain in AGREED


def _excused_until(cell: str) -> date | None:
    return parse_day("excused_until", cell, "members.remedy.date") if _plain(cell) else None


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip()
