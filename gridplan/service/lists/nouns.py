"""What is listed: of each noun its columns, once for the page, the workbook and the CSV file, and its filters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Literal, Protocol

from sqlalchemy import Connection

from gridplan.exchange.workbook import KINDS
from gridplan.exchange.xlsx import Cell, CellStyle
from gridplan.needs import CLOSED, is_overdue
from gridplan.service.lists import filters
from gridplan.service.lists.filters import Choice, Reader, name_of_grid
from gridplan.service.town.pages import broken_rules
from gridplan.store.lists import grids, households, members, needs, villages
from gridplan.store.lists.listing import ListQuery
from gridplan.store.rows import Row
from gridplan.words import BETWEEN, Lang, Message, say

Where = Literal["always", "labelled", "retired", "closed"]
"""All lists, those of a town that has names of its own for grids, of the retired, of needs that are closed."""


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column: its key in addresses, the code of its heading, what it shows of a row, and how that is written."""

    key: str
    heading: str
    cell: Callable[[Row, Reader], Cell]
    style: CellStyle = "text"
    where: Where = "always"
    """In which lists it is."""
    is_day: bool = False
    printed: bool = True
    """Whether it is on paper when a workbook is printed; those that are not come last."""
    mark: Callable[[Row], str] | None = None
    """How what it shows is marked on a page, as a class of its style sheet; "" is not at all."""


class ListRows(Protocol):
    """Where the rows of a list come from: looked up in the database (`Listing`), or worked out (`ComputedListing`)."""

    @property
    def order(self) -> Mapping[str, Any]:
        """What rows are sorted by, by the key of a column."""

    def count(self, connection: Connection, query: ListQuery, /) -> int:
        """Return how many rows a query is met by, on all pages."""

    def page(self, connection: Connection, query: ListQuery, /) -> list[Row]:
        """Return the rows of a page."""

    def walk(self, connection: Connection, query: ListQuery, /) -> Iterator[Row]:
        """Yield the rows of all pages."""


@dataclass(frozen=True, slots=True)
class Noun:
    """What is listed, how it is looked up, and what it may be filtered by."""

    name: str
    title: str
    """The code of what a list of it is called."""
    columns: tuple[ListColumn, ...]
    listing: Callable[[Connection, Reader], ListRows]
    choices: Callable[[Connection, Reader, Mapping[str, str]], tuple[Choice, ...]]
    named_by: str = "name"
    """The column that a row is called by."""
    names_people: bool = True
    """Whether a file of it holds names of persons."""
    is_searched: bool = True
    """Whether its rows are searched for a text."""


def _plain(key: str) -> Callable[[Row, Reader], Cell]:
    """Return what shows a field of a row as it is."""
    return lambda row, _: row[key]


def _day(key: str, heading: str, field: str = "", where: Where = "always") -> ListColumn:
    """Return a column of days, or of the days of moments."""

    def cell(row: Row, reader: Reader) -> Cell:
        moment: date | None = row[field or key]
        there = moment.astimezone(reader.zone).date() if isinstance(moment, datetime) else moment
        return there.isoformat() if there else None

    return ListColumn(key, heading, cell, where=where, is_day=True)


def _joined(messages: Iterator[Message], lang: Lang) -> str | None:
    return BETWEEN[lang].join(message.say(lang) for message in messages) or None


RETIRED: Final = _day("retired_on", "lists.retired", where="retired")

# ---- households


def _why_in_no_grid(row: Row, reader: Reader) -> Cell:
    if row["number"] is not None or row["retired_on"]:
        return None
    if row["why"]:
        return str(row["why"].say(reader.lang))
    return say("lists.no_plan" if row["plan_id"] is None else "lists.not_planned", reader.lang)


HOUSEHOLDS: Final = Noun(
    "households",
    "registry.tab.households",
    (
        ListColumn("name", "map.household", lambda row, _: row["name"] or row["door"] or row["code"]),
        ListColumn("village", "registry.village", _plain("village")),
        ListColumn("hamlet", "registry.hamlet", _plain("hamlet")),
        ListColumn("door", "registry.door", _plain("door")),
        ListColumn("code", "registry.code", _plain("code")),
        ListColumn("grid", "book.grid", _plain("number"), "number"),
        ListColumn("label", "book.label", _plain("label"), where="labelled"),
        ListColumn("lead", "map.lead", _plain("lead")),
        ListColumn("position", "map.position", lambda row, to: say(f"map.position.{row['position']}", to.lang)),
        ListColumn("why", "lists.why", _why_in_no_grid),
        RETIRED,
    ),
    lambda connection, reader: households.listing(connection, reader.scope),
    lambda connection, reader, asked: filters.of_households(connection, reader, asked),
)

# ---- members


def _role(row: Row, reader: Reader) -> Cell:
    roles = {"map.lead": row["leads"], "town.deputy": row["deputies"]}
    return _joined((Message(code) for code, n in roles.items() if n), reader.lang)


def _grids(row: Row, reader: Reader) -> Cell:
    return BETWEEN[reader.lang].join(name_of_grid(grid, reader.lang) for grid in row["grids"]) or None


def _kind(row: Row, reader: Reader) -> Cell:
    return say(KINDS[row["kind"]], reader.lang) if row["kind"] in KINDS else row["kind"]


MEMBERS: Final = Noun(
    "members",
    "registry.tab.members",
    (
        ListColumn("name", "registry.name", _plain("name")),
        ListColumn("village", "registry.village", _plain("village")),
        ListColumn("hamlet", "registry.hamlet", _plain("hamlet")),
        ListColumn("kind", "registry.kind", _kind),
        ListColumn("role", "lists.role", _role),
        ListColumn("grids", "registry.grids", _grids),
        ListColumn("max_grids", "registry.max_grids", _plain("max_grids"), "number"),
        _day("excused_until", "registry.excused"),
        ListColumn("code", "registry.code", _plain("code")),
        ListColumn(
            "note", "lists.note", lambda row, to: None if row["available"] else say("registry.not_available", to.lang)
        ),
        RETIRED,
    ),
    lambda connection, reader: members.listing(connection, reader.scope, reader.today),
    lambda connection, reader, asked: filters.of_members(connection, reader, asked),
)

# ---- grids


def _wrong(row: Row) -> Iterator[Message]:
    yield from broken_rules(row, row, row["judged"])
    if row["lead_id"] is None:
        yield Message("town.lead.none")
    elif row["lead_is_away"] and row["excused_until"]:
        yield Message("lists.lead_away_until", {"day": row["excused_until"].isoformat()})
    elif row["lead_is_away"]:
        yield Message("lists.lead_away")


def _walk(row: Row, _: Reader) -> Cell:
    return None if row["walk_m"] is None else round(row["walk_m"])


def _walk_each(row: Row, _: Reader) -> Cell:
    return round(row["walk_m"] / row["size"]) if row["walk_m"] is not None and row["size"] else None


GRIDS: Final = Noun(
    "grids",
    "registry.tab.grids",
    (
        ListColumn("village", "registry.village", _plain("village")),
        ListColumn("grid", "book.grid", _plain("number"), "number"),
        ListColumn("label", "book.label", _plain("label"), where="labelled"),
        ListColumn("lead", "map.lead", _plain("lead")),
        ListColumn(
            "deputies", "map.deputies", lambda row, to: BETWEEN[to.lang].join(one["name"] for one in row["deputies"])
        ),
        ListColumn("size", "book.households", _plain("size"), "amount"),
        ListColumn("living", "town.living", _plain("living"), "amount"),
        ListColumn("walk", "book.walk", _walk, "amount"),
        ListColumn("walk_each", "book.walk_each", _walk_each, "amount"),
        ListColumn("wrong", "lists.wrong", lambda row, to: _joined(_wrong(row), to.lang)),
    ),
    lambda connection, reader: grids.listing(connection, reader.scope, reader.today),
    lambda connection, reader, asked: filters.of_grids(connection, reader, asked),
    named_by="grid",
)

# ---- villages


def _bounds(row: Row, _: Reader) -> Cell:
    return f"{row['least']}–{row['most']}" if row["plan_id"] else None


def _if_planned(key: str) -> Callable[[Row, Reader], Cell]:
    return lambda row, _: row[key] if row["plan_id"] else None


VILLAGES: Final = Noun(
    "villages",
    "registry.tab.villages",
    (
        ListColumn("name", "registry.village", _plain("name")),
        ListColumn("code", "registry.village_code", _plain("code")),
        ListColumn("households", "book.households", _plain("households"), "amount"),
        ListColumn("placed", "lists.placed", _plain("placed"), "amount"),
        ListColumn("members", "registry.tab.members", _plain("members"), "amount"),
        ListColumn("grids", "registry.grids", _if_planned("grids"), "amount"),
        ListColumn("bounds", "lists.bounds", _bounds),
        ListColumn("without_lead", "town.without_lead", _if_planned("without_lead"), "amount"),
        ListColumn("in_no_grid", "map.in_no_grid", _plain("in_no_grid"), "amount"),
        ListColumn("revision", "lists.revision", _plain("revision"), "number"),
        _day("published", "lists.published", "published_at"),
        ListColumn(
            "boundary", "registry.boundary",
            lambda row, to: say("registry.given" if row["boundary_given"] else "registry.made", to.lang),
            printed=False,
        ),
        replace(_day("notice_day", "registry.notice_day"), printed=False),
        replace(_day("start_day", "registry.start_day"), printed=False),
        replace(RETIRED, printed=False),
    ),
    lambda connection, reader: villages.listing(connection, reader.scope),
    lambda connection, reader, asked: filters.of_villages(),
    names_people=False,
)  # fmt: skip

# ---- needs


def home_of_need(row: Row, lang: Lang) -> str:
    """Return what the household of a need is called; one that lives in another village by now is not."""
    home = row["home"]
    return str(home["name"] or home["door"] or home["code"]) if home else say("need.moved", lang)


def _where(row: Row, _: Reader) -> Cell:
    home = row["home"]
    return " ".join(filter(None, (home["hamlet"], home["door"]))) or None if home else None


def _stands(row: Row, reader: Reader) -> Cell:
    return say(f"need.state.{row['state']}", reader.lang)


def _late(row: Row, reader: Reader) -> Cell:
    late = is_overdue(row["state"], row["deadline"], reader.today)
    return (reader.today - row["deadline"]).days if late else None


def _owner(row: Row, reader: Reader) -> Cell:
    return str(row["owner"]) if row["is_owned"] else say("need.no_owner", reader.lang)


NEEDS: Final = Noun(
    "needs",
    "coverage.tab.needs",
    (
        ListColumn("n", "need.number", _plain("n"), "number"),
        ListColumn("text", "need.text", lambda row, to: row["text"] or say("need.erased", to.lang)),
        ListColumn("category", "need.category", lambda row, to: say(f"need.category.{row['category']}", to.lang)),
        ListColumn("home", "map.household", lambda row, to: home_of_need(row, to.lang)),
        ListColumn("where", "need.where", _where),
        ListColumn("village", "registry.village", _plain("village")),
        ListColumn(
            "state", "need.stands", _stands, mark=lambda row: "good" if row["state"] in CLOSED else "still-open"
        ),
        _day("deadline", "need.deadline"),
        _day("closed", "need.closed_day", "closed_day", where="closed"),
        ListColumn("overdue", "need.days_overdue", _late, "amount", mark=lambda _: "overdue"),
        ListColumn("department", "need.department", _plain("department")),
        ListColumn("owner", "need.owner", _owner),
        _day("raised", "need.raised_day", "raised_day"),
    ),
    lambda connection, reader: needs.listing(reader.scope, reader.today),
    lambda connection, reader, asked: filters.of_needs(connection, reader),
    named_by="n",
)
NOUNS: Final[Mapping[str, Noun]] = {noun.name: noun for noun in (HOUSEHOLDS, MEMBERS, GRIDS, VILLAGES)}
"""The lists of the directory."""
