"""The filters of the lists, each with the values it offers: in all the same village, hamlet, grid and lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.exchange.workbook import KINDS
from gridplan.needs import CATEGORIES
from gridplan.store import needs
from gridplan.store.lists import parts
from gridplan.store.registry import members, villages
from gridplan.store.registry.villages import Scope
from gridplan.store.rows import Row
from gridplan.words import Lang, Message, say

MOST_OFFERED: Final = 500
"""Names that a filter offers; there are no more in a village."""
Options = Mapping[str, str | Message]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a list: the villages they have, their language, and what day it is where."""

    scope: Scope
    lang: Lang
    today: date
    zone: ZoneInfo


def own_name_of_grid(row: Row, lang: Lang) -> str:
    """Return what a grid is called in its village."""
    return row["label"] or say("map.grid", lang, number=row["number"])


def name_of_grid(row: Row, lang: Lang) -> str:
    """Return what a grid is called where those of several villages are named."""
    return f"{row['village']} {own_name_of_grid(row, lang)}"


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter: its name in addresses, and what may be chosen, by the value in the address; "" is none of them."""

    name: str
    options: Options
    every: str = ""
    """The code of what is said where none of them is chosen, if it is not that of its name."""

    @property
    def label(self) -> Message:
        """What it is called."""
        return Message(f"lists.filter.{self.name}")

    @property
    def unset(self) -> Message:
        """What is said where none of them is chosen."""
        return Message(self.every or f"lists.{self.name}.all")


def _choice(name: str, values: Iterable[str], more: Options | None = None) -> Choice:
    """Return a filter of values that have words in the catalogue, and of others."""
    return Choice(name, {value: Message(f"lists.{name}.{value}") for value in values} | dict(more or {}))


def of_households(connection: Connection, reader: Reader, asked: Mapping[str, str]) -> tuple[Choice, ...]:
    """Return what households may be filtered by."""
    village = _village(connection, reader.scope)
    within = _within(village, asked)
    return (
        village,
        _hamlet(connection, reader.scope if within is None else [within]),
        _choice("grid", ("any", "none"), _grids(connection, reader, within, asked)),
        _choice("lead", ("any", "none"), _leads(connection, reader, within, asked)),
        _choice("position", ("exact", "hamlet", "none")),
        _choice("state", ("retired",)),
    )


def of_members(connection: Connection, reader: Reader, asked: Mapping[str, str]) -> tuple[Choice, ...]:
    """Return what members may be filtered by."""
    village = _village(connection, reader.scope)
    within = _within(village, asked)
    kinds = {kind: Message(KINDS[kind]) if kind in KINDS else kind for kind in members.kinds(connection)}
    return (
        Choice("village", dict(village.options) | {"none": Message("lists.village.none")}),
        _hamlet(connection, reader.scope if within is None else [within]),
        _choice("role", ("lead", "deputy", "none")),
        Choice("kind", kinds),
        _choice("state", ("here", "away", "retired")),
    )


def of_grids(connection: Connection, reader: Reader, asked: Mapping[str, str]) -> tuple[Choice, ...]:
    """Return what grids may be filtered by."""
    village = _village(connection, reader.scope)
    leads = _leads(connection, reader, _within(village, asked), asked)
    return (
        village,
        _choice("lead", ("any", "none", "away"), leads),
        _choice("wrong", ("any", "none", "small", "large", "apart")),
    )


def of_villages() -> tuple[Choice, ...]:
    """Return what villages may be filtered by."""
    return (
        _choice("plan", ("any", "none")),
        Choice("lead", {"none": Message("lists.lead.some_without")}),
        Choice("grid", {"none": Message("lists.grid.some_in_none")}),
        Choice("position", {"none": Message("lists.position.some_not_exact")}),
        _choice("state", ("retired",)),
    )


STAGES: Final = ("overdue", "open", "referred", "waiting", "closed")
"""The parts of the list of needs; without one it has all that are not closed."""


def of_needs(connection: Connection, reader: Reader) -> tuple[Choice, ...]:
    """Return what needs may be filtered by."""
    departments = needs.departments(connection, reader.scope)[:MOST_OFFERED]
    owners = {str(id_): name for id_, name in needs.owners_by_id(connection, reader.scope).items()}
    return (
        _choice("stage", STAGES),
        _village(connection, reader.scope),
        Choice("category", {category: Message(f"need.category.{category}") for category in CATEGORIES}),
        Choice("department", {name: name for name in departments}),
        _choice("owner", ("none",), owners),
    )


def _village(connection: Connection, scope: Scope) -> Choice:
    return Choice("village", {str(row["id"]): row["name"] for row in villages.rows(connection, scope)})


def _within(village: Choice, asked: Mapping[str, str]) -> int | None:
    """Return the village whose hamlets, grids and leads are offered: the one that is chosen, or the only one."""
    chosen = asked.get("village", "")
    only = next(iter(village.options)) if len(village.options) == 1 else ""
    return int(chosen) if chosen in village.options else int(only) if only else None


def _hamlet(connection: Connection, scope: Scope) -> Choice:
    return Choice("hamlet", {name: name for name in parts.hamlets_of(connection, scope)[:MOST_OFFERED]})


def _grids(connection: Connection, reader: Reader, within: int | None, asked: Mapping[str, str]) -> Options:
    """Return the grids of the village, or the one that an address names."""
    named = parts.grid_of(asked.get("grid", ""))
    if within is None and named is None:
        return {}
    found = parts.grids(connection, reader.scope, named) if within is None else parts.grids(connection, [within])
    called = name_of_grid if within is None else own_name_of_grid
    return {f"{row['plan_id']}-{row['number']}": called(row, reader.lang) for row in found}


def _leads(connection: Connection, reader: Reader, within: int | None, asked: Mapping[str, str]) -> Options:
    """Return who leads in the village, or the lead that an address names."""
    named = parts.id_of(asked.get("lead", ""))
    if within is None and not named:
        return {}
    found = parts.leads(connection, reader.scope, named) if within is None else parts.leads(connection, [within])
    return {str(id_): name for id_, name in found.items()}
