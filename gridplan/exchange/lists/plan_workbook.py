"""A plan.xlsx that gridplan wrote, read back: its grids, who leads them, and its members; households aside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gridplan.errors import InputRefused
from gridplan.exchange.lists.members import read_members
from gridplan.exchange.tables.read import read_all
from gridplan.exchange.tables.source import PLANS_SHEET, Source, Table, parse_source
from gridplan.exchange.workbook import KINDS, ORIGIN_COLUMNS, sheet_to_read_back, title_among
from gridplan.model import Member, PlanOrigin, grid_id
from gridplan.names import numeral, whole_number
from gridplan.words import LANGS, Lang, Message, say, standard

LONGEST_KEY: Final = 16
"""Digits of the key by which a file names a plan."""
WORKBOOKS: Final = {".xlsx", ".xls", ".et", ".ods"}


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row of the sheet of grids as it stands there now: `code` is what gridplan called the grid, `number` its number.

    What the sheet has no column for any more is None.
    """

    village: str
    code: str
    number: int
    label: str | None
    group: str | None
    lead: str | None
    lead_code: str | None
    deputies: str | None

    @property
    def old_number(self) -> int:
        """The number that gridplan gave the grid; the one that stands there where the code does not tell."""
        number = numeral(self.code.rpartition("-")[2])
        return number if number and self.code == grid_id(self.village, number) else self.number


@dataclass(frozen=True, slots=True)
class PlanWorkbook:
    """The sheets of grids and of members of one or several workbooks.

    `lead_of` are the codes of the leads by the codes of their grids, as the sheet of members has them: it tells which
    of the other sheets was edited. `notes` name the rows of members that could not be used.
    """

    grids: tuple[GridRow, ...] = ()
    members: tuple[Member, ...] = ()
    lead_of: Mapping[str, str] | None = None
    notes: tuple[Message, ...] = ()

    @property
    def villages(self) -> frozenset[str]:
        """The villages whose grids it knows."""
        return frozenset(row.village for row in self.grids)


def read_plan_workbook(arguments: Sequence[str | Source]) -> PlanWorkbook:
    """Return what the workbooks among some files say besides their households; nothing if gridplan wrote none of them.

    Raises
    ------
    InputRefused
        A file cannot be read, or nobody on a sheet of members can be made out.
    """
    sources = list(map(parse_source, arguments))
    books = [
        book
        for source in sources
        if source.ending in WORKBOOKS and source.layer is None
        for book in _plan_workbooks(source, read_all([source]))
    ]
    leads: dict[str, str] = {}
    for book in books:
        leads |= book.lead_of or {}
    members = {member.member_id: member for book in books for member in book.members}
    return PlanWorkbook(
        grids=tuple(row for book in books for row in book.grids),
        members=tuple(members.values()),
        lead_of=leads if all(book.lead_of is not None for book in books) else None,
        notes=tuple(note for book in books for note in book.notes),
    )


# ---- a plan of a service that comes back


@dataclass(frozen=True, slots=True)
class ReturnedHome:
    """A household of a sheet that came back, with the number of its grid; None for none."""

    row: int
    village: str
    code: str
    number: int | None


@dataclass(frozen=True, slots=True)
class ReturnedLead:
    """The lead of a grid as a sheet that came back has it: a code, or a name where no code stands; None for none."""

    row: int
    village: str
    number: int
    code: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class ReturnedPlan:
    """What a plan.xlsx of a service says when it comes back, and the rows that cannot be read."""

    origins: Mapping[str, PlanOrigin]
    """By the name of the village."""
    homes: tuple[ReturnedHome, ...]
    leads: tuple[ReturnedLead, ...]
    refused: tuple[Message, ...]


def read_returned_plan(source: Source) -> ReturnedPlan | None:
    """Return what a plan.xlsx says that a service wrote; None for any other file.

    Raises
    ------
    InputRefused
        It is no workbook that can be read.
    """
    tables = read_all([source])
    sheets = {table.sheet: table for table in tables}
    households = sheet_to_read_back(sheets)
    lang = next((lang for lang in LANGS if households == standard("book.sheet.households", lang)), None)
    if households is None or lang is None:
        return None
    try:
        (named,) = read_all([replace(source, layer=PLANS_SHEET)])
    except InputRefused:
        return None
    places = [named.header.index(column) if column in named.header else None for column in ORIGIN_COLUMNS]
    origins = {}
    for row in named.rows:
        village, key, version = ("" if place is None else row[place].strip() for place in places)
        if key.isdecimal() and len(key) <= LONGEST_KEY and (seen := whole_number(version)) is not None:
            origins[village] = PlanOrigin(int(key), seen)
    refused = list[Message]()
    homes = tuple(_returned_homes(sheets[households], lang, refused))
    leads = tuple(_returned_leads(sheets[title_among(sheets, "book.sheet.grids", lang)], lang, refused))
    return ReturnedPlan(origins, homes, leads, tuple(refused))


def _returned_homes(table: Table, lang: Lang, refused: list[Message]) -> Iterator[ReturnedHome]:
    records = _records(table, lang, "book.village", "book.household_code", "book.grid")
    for at, (village, code, cell) in zip(table.numbers, records, strict=True):
        number = whole_number(cell or "")
        if cell and not number:
            refused.append(Message("returned.no_number", {"sheet": table.sheet, "row": at, "value": cell}))
        elif code and cell is not None:
            yield ReturnedHome(at, village or "", code, number)


def _returned_leads(table: Table, lang: Lang, refused: list[Message]) -> Iterator[ReturnedLead]:
    for at, grid in zip(table.numbers, _grids(table, lang, every=True), strict=True):
        if grid.number != grid.old_number:
            values = {"sheet": table.sheet, "row": at, "number": grid.old_number, "value": grid.number}
            refused.append(Message("returned.renumbered", values))
        elif grid.number and grid.lead_code is not None:
            yield ReturnedLead(at, grid.village, grid.number, grid.lead_code or None, grid.lead or None)


# ---- what any of them says


def _plan_workbooks(source: Source, tables: Sequence[Table]) -> Iterator[PlanWorkbook]:
    sheets = {table.sheet: table for table in tables}
    households = sheet_to_read_back(sheets)
    for lang in LANGS:
        if households is None or households != standard("book.sheet.households", lang):
            continue
        members = sheets.get(title_among(sheets, "book.sheet.members", lang))
        people, notes = _members(source, members, lang) if members else ((), ())
        yield PlanWorkbook(
            grids=tuple(_grids(sheets[title_among(sheets, "book.sheet.grids", lang)], lang)),
            members=people,
            lead_of=_leads(members, lang) if members else None,
            notes=notes,
        )


def _records(table: Table, lang: Lang, *codes: str) -> Iterator[list[str | None]]:
    """Walk the cells of a sheet under the headers that gridplan writes; those of a column that is gone are None.

    What stands in brackets behind a header is what a town calls it.
    """
    at = {header.partition("（")[0].partition(" (")[0]: place for place, header in enumerate(table.header)}
    titles = [title_among(at, code, lang) for code in codes]
    places = [None if title is None else at[title] for title in titles]
    for row in table.rows:
        yield [None if place is None else row[place].strip() for place in places]


def _grids(table: Table, lang: Lang, *, every: bool = False) -> Iterator[GridRow]:
    """Walk the rows of the sheet of grids: those that name one, or `every` one of them."""
    place = ("book.village", "book.grid_code", "book.grid", "book.label", "book.group")
    people = ("book.lead", "book.lead_code", "book.grid_deputies")
    for village, code, number, label, group, *who in _records(table, lang, *place, *people):
        called = label or None, group or None
        row = GridRow(village or "", code or "", numeral(number or "") or 0, *called, *who)
        if every or row.number or row.old_number:
            yield row if row.number else replace(row, number=row.old_number)


def _leads(members: Table, lang: Lang) -> dict[str, str]:
    return {
        grid: code or ""
        for code, grids in _records(members, lang, "book.member_code", "book.lead_of")
        for grid in _split_codes(grids or "")
    }


def _split_codes(cell: str) -> Iterable[str]:
    return filter(None, map(str.strip, cell.replace("、", ",").split(",")))


def _members(source: Source, table: Table, lang: Lang) -> tuple[tuple[Member, ...], tuple[Message, ...]]:
    if not any(name for (name,) in _records(table, lang, "book.name")):
        return (), ()
    kind_of = {say(code, spoken): kind for kind, code in KINDS.items() for spoken in LANGS}
    listed = read_members(replace(source, layer=table.sheet))
    members = tuple(replace(one, kind=kind_of.get(one.kind or "", one.kind)) for one in listed.members)
    where = f"{source.name}#{table.sheet}"
    notes = (
        Message("existing.member_refused", {"sheet": where, "row": refusal.row, "reason": refusal.reason})
        for refusal in listed.refused
    )
    return members, tuple(notes)
