"""The table of villages beside the map, and the pages behind it: a village, a grid, a household, a member."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping

from gridplan import metrics
from gridplan.errors import NotFound
from gridplan.names import door_key, hamlet_key
from gridplan.positions import HamletPositions, NextStep, hamlets_of, next_step
from gridplan.service.contact.states import absence, offered_days
from gridplan.service.redraw.drawing import ensure_drawn
from gridplan.service.registry.households import GridWithRoom, grids_with_room
from gridplan.store import Store
from gridplan.store.contact.states import absent_in_grids, holding
from gridplan.store.plans import assignments, plans
from gridplan.store.plans.households_and_members import (
    assignment_reasons,
    grid_people,
    grids_in_force,
    household_counts,
    household_rows,
    households_in_grid,
    member_counts,
    members_with_grids,
    sizes,
)
from gridplan.store.plans.plan_figures import archived_count, figures_in_force, plan_figures, plans_by_ids
from gridplan.store.registry import households as registered
from gridplan.store.registry import members, villages
from gridplan.store.registry.villages import Scope
from gridplan.store.rows import Row
from gridplan.store.system.town_settings import read_settings
from gridplan.store.tables import household
from gridplan.words import Message

# ---- the table of villages


@dataclass(frozen=True, slots=True)
class VillageRow:
    """A village with its counts; what comes of a plan is None where none is in force."""

    id: int
    name: str
    households: int
    placed: int
    in_no_grid: int
    members: int
    without_card: int
    plan_id: int | None = None
    grids: int | None = None
    without_lead: int | None = None
    walk_m: float | None = None
    exceptions: int | None = None


def village_rows(connection: Connection, scope: Scope) -> tuple[VillageRow, ...]:
    """Return the villages of a scope with their counts, by name."""
    homes = household_counts(connection, scope)
    people = member_counts(connection, scope)
    in_force = figures_in_force(connection, scope)
    return tuple(
        village_row(row, homes.get(row["id"]), people.get(row["id"]), in_force.get(row["id"]))
        for row in villages.rows(connection, scope)
    )


def village_row(
    village: RowMapping, homes: RowMapping | None, people: RowMapping | None, plan: RowMapping | None
) -> VillageRow:
    """Return a village with its counts."""
    row = VillageRow(
        id=village["id"],
        name=village["name"],
        households=homes["households"] if homes else 0,
        placed=homes["placed"] if homes else 0,
        in_no_grid=homes["in_no_grid"] if homes else 0,
        members=people["members"] if people else 0,
        without_card=people["without_card"] if people else 0,
    )
    if plan is None:
        return row
    return replace(
        row,
        plan_id=plan["id"],
        grids=plan["grids"],
        without_lead=plan["without_lead"],
        walk_m=None if plan["not_drawn"] else plan["walk_m"],
        exceptions=plan["exceptions"],
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums over villages."""

    villages: int
    planned: int
    households: int
    placed: int
    in_no_grid: int
    members: int
    without_card: int


def totals(rows: Iterable[VillageRow]) -> Totals:
    """Return the sums over villages."""
    rows = tuple(rows)
    summed = ("households", "placed", "in_no_grid", "members", "without_card")
    return Totals(
        villages=len(rows),
        planned=sum(row.plan_id is not None for row in rows),
        **{name: sum(getattr(row, name) for row in rows) for name in summed},
    )


@dataclass(frozen=True, slots=True)
class VillageTable:
    """The villages of a scope, and the sums over them."""

    rows: tuple[VillageRow, ...]
    totals: Totals


def village_table(store: Store, scope: Scope) -> VillageTable:
    """Return the villages of a scope."""
    with store.read() as connection:
        rows = village_rows(connection, scope)
    return VillageTable(rows, totals(rows))


# ---- the pages


@dataclass(frozen=True, slots=True)
class GridRow:
    """A grid in a list, with who leads it and who stands in."""

    plan_id: int
    number: int
    label: str | None
    size: int
    living: int | None
    """How many of its households live there; None where that is not told."""
    planned: int
    """How many households it had when it was planned."""
    walk_m: float | None
    broken: tuple[Message, ...]
    people: tuple[RowMapping, ...]
    outline: Any

    @property
    def leads(self) -> tuple[RowMapping, ...]:
        """Who leads it."""
        return tuple(person for person in self.people if person["role"] == "lead")

    @property
    def deputies(self) -> tuple[RowMapping, ...]:
        """Who stands in for the lead."""
        return tuple(person for person in self.people if person["role"] == "deputy")


@dataclass(frozen=True, slots=True)
class VillagePage:
    """A village. Without the right to see households, no list of them, of hamlets or of members is filled."""

    row: VillageRow
    village: RowMapping
    plan: RowMapping | None
    gap: float | None
    archived: int
    grids: tuple[GridRow, ...]
    hamlets: tuple[HamletPositions, ...] = ()
    loose: tuple[RowMapping, ...] = ()
    """Living households that are in no grid of the plan in force."""
    exceptions: tuple[RowMapping, ...] = ()
    members: tuple[RowMapping, ...] = ()
    step: NextStep | None = None
    """What to do next about the positions of its households."""


def village_page(store: Store, village_id: int, *, households: bool, day: date | None = None) -> VillagePage:
    """Return a village; with `households` also what names them, and with a `day` how many live in each grid then."""
    scope, day = [village_id], day if households else None
    with store.read() as connection:
        plan = figures_in_force(connection, scope).get(village_id)
        village = villages.by_id(connection, village_id)
        counts = household_counts(connection, scope).get(village_id)
        people = member_counts(connection, scope).get(village_id)
        row = village_row(village, counts, people, plan)
        page = VillagePage(
            row=row,
            village=village,
            plan=plan,
            gap=None if plan is None or row.walk_m is None else metrics.gap(row.walk_m, plan["lower_bound_m"]),
            archived=archived_count(connection, village_id),
            grids=grids_of(connection, plan, day) if plan else (),
        )
        if not households:
            return page
        homes = household_rows(connection, household.c.village_id == village_id)
        number_of = {home["code"]: home["number"] for home in homes}
        hamlets = hamlets_of(map(registered.model_of, homes), number_of)
        return replace(
            page,
            hamlets=hamlets,
            loose=by_door(home for home in homes if home["number"] is None),
            exceptions=tuple(plans.exception_rows(connection, plan["id"])) if plan else (),
            members=tuple(members_with_grids(connection, village_id)),
            step=next_step(village["name"], hamlets),
        )


def grids_of(connection: Connection, plan: RowMapping, day: date | None) -> tuple[GridRow, ...]:
    """Return the grids of a plan with their people; with a `day`, how many households live in each then."""
    people, counted = grid_people(connection, plan["id"]), sizes(connection, [plan["id"]])
    absent = None if day is None else absent_in_grids(connection, [plan["id"]], day)
    counts_living = absent is not None and read_settings(connection).bounds_count == "living"
    rows = [
        (row, size, None if absent is None else size - absent.get((plan["id"], row["number"]), 0))
        for row in plans.grid_rows(connection, plan["id"])
        for size in [counted.get((plan["id"], row["number"]), 0)]
    ]
    return tuple(
        GridRow(
            plan_id=plan["id"],
            number=row["number"],
            label=row["label"],
            size=size,
            living=living,
            planned=row["size"],
            walk_m=row["walk_m"],
            broken=tuple(broken_rules(row, plan, living if counts_living and living is not None else size)),
            people=people.get(row["number"], ()),
            outline=row["outline"],
        )
        for row, size, living in rows
    )


def broken_rules(grid: Row, plan: Row, size: int) -> Iterable[Message]:
    """Yield which rules of a plan a grid breaks of which so many households count."""
    if size < plan["least"]:
        yield Message("map.too_small", {"n": size, "least": plan["least"]})
    if size > plan["most"]:
        yield Message("map.too_large", {"n": size, "most": plan["most"]})
    if not grid["connected"]:
        yield Message("map.not_connected")


def by_door(homes: Iterable[RowMapping]) -> tuple[RowMapping, ...]:
    """Return households in the order of hamlets and doors."""
    return tuple(sorted(homes, key=lambda home: (hamlet_key(home["hamlet"]), door_key(home["door"]), home["code"])))


@dataclass(frozen=True, slots=True)
class GridPage:
    """A grid with its plan, its neighbours in the list, its people, and its households in the order of their doors."""

    plan: RowMapping
    grid: GridRow
    all: tuple[GridRow, ...]
    reasons: Mapping[int, Message]
    """Why its people lead it or stand in, by member."""
    households: tuple[RowMapping, ...] = ()
    offers: tuple[Message, ...] = ()
    step: NextStep | None = None
    """What to do next about positions, for a grid without an outline."""

    @property
    def before(self) -> GridRow | None:
        """The grid before it."""
        place = self.all.index(self.grid)
        return self.all[place - 1] if place else None

    @property
    def after(self) -> GridRow | None:
        """The grid after it."""
        return next(iter(self.all[self.all.index(self.grid) + 1 :]), None)


def grid_page(
    store: Store, plan_id: int, number: int, *, households: bool, drafts: bool, day: date | None = None
) -> GridPage:
    """Return a grid; plans that are not in force only with `drafts`, what names households only with `households`.

    With a `day` it is told how many households live in its grids then.

    Raises
    ------
    NotFound
        There is no such grid, or its plan is not in force and `drafts` is false.
    """
    if drafts:
        ensure_drawn(store, [plan_id])
    with store.read() as connection:
        page = _grid_page(connection, plan_id, number, day, households=households, drafts=drafts)
        if not households or page.grid.outline is not None:
            return page
        village_id = page.plan["village_id"]
        step = next_step(page.plan["village"], hamlets_of(registered.models(connection, [village_id]), {}))
        return replace(page, step=step)


def _grid_page(
    connection: Connection, plan_id: int, number: int, day: date | None, *, households: bool, drafts: bool
) -> GridPage:
    plan = next(iter(plan_figures(connection, plans_by_ids([plan_id]))), None)
    if plan is None or (plan["state"] != "published" and not drafts):
        raise NotFound("entrance.not_here")
    grids = grids_of(connection, plan, day)
    grid = next((one for one in grids if one.number == number), None)
    if grid is None:
        raise NotFound("entrance.not_here")
    return GridPage(
        plan=plan,
        grid=grid,
        all=grids,
        reasons=assignment_reasons(connection, plan_id, number),
        households=by_door(households_in_grid(connection, plan_id, number)) if households else (),
        offers=assignments.shortage_offers(connection, plan_id, number),
    )


@dataclass(frozen=True, slots=True)
class HouseholdPage:
    """A household, and the grid it is in with all others of it."""

    home: RowMapping
    grid: GridPage | None
    absence: RowMapping | None
    """That it is away or unoccupied."""
    away_until: Mapping[str, date]
    """The days that are offered for when it may be back."""
    nearby: tuple[GridWithRoom, ...] = ()
    """Where it is in none: the nearest grids that have room for it."""


def household_page(store: Store, household_id: int, today: date) -> HouseholdPage:
    """Return a household, a retired one too.

    Raises
    ------
    NotFound
        There is no such household.
    """
    with store.read() as connection:
        home = registered.by_id(connection, household_id)
        living = next(iter(household_rows(connection, household.c.id == household_id)), None)
        grid = None
        if living is not None and living["plan_id"] is not None:
            grid = _grid_page(connection, living["plan_id"], living["number"], today, households=True, drafts=False)
        nearby = grids_with_room(connection, home) if grid is None and home["retired_on"] is None else ()
        absent = absence(holding(connection, household_id, today))
    return HouseholdPage(home, grid, absent, offered_days(today), nearby)


@dataclass(frozen=True, slots=True)
class MemberPage:
    """A member, and the grids they lead or stand in for, each with its households."""

    member: RowMapping
    grids: tuple[tuple[RowMapping, GridPage], ...]


def member_page(store: Store, member_id: int, *, of: Collection[int] | None = None) -> MemberPage:
    """Return a member; with `of` only their grids in these villages.

    Raises
    ------
    NotFound
        There is no such member.
    """
    with store.read() as connection:
        member = members.by_id(connection, member_id)
        rows = grids_in_force(connection, [member_id]).get(member_id, [])
        grids = tuple(
            (row, _grid_page(connection, row["plan_id"], row["number"], None, households=True, drafts=False))
            for row in rows
            if of is None or row["village_id"] in of
        )
    return MemberPage(member, grids)
