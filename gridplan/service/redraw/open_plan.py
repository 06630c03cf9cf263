"""A village's draft plan while it is edited: its rows, its households, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping

from gridplan.edits import (
    Changes,
    ExceptionKey,
    ExceptionRow,
    GridRow,
    GroupRow,
    MembershipRow,
    PlanRow,
    PlanRows,
)
from gridplan.errors import Conflict
from gridplan.model import DrawnGrid, Household, Plan, PlanException, PlannedVillage
from gridplan.planning.current import has_moved
from gridplan.service.registry.edit_conflict import local_time
from gridplan.store.access import accounts
from gridplan.store.plans import drafts, edits, plans
from gridplan.store.registry import features, households, villages
from gridplan.store.rows import Row, row_of
from gridplan.words import Message

State = Literal["new", "moved", "gone"]
"""How a household is otherwise in the lists than in a draft."""


@dataclass(frozen=True)
class OpenPlan:
    """A draft plan of a village as it stands."""

    row: RowMapping
    """Of the plan: its village, version, the edit it stands on."""
    village: str
    rows: PlanRows
    homes: Mapping[int, Row]
    """The households of the plan, and those that live in its village now, by id; retired ones too."""
    planned: PlannedVillage
    """With the figures, outlines and exceptions that follow from the rows."""

    @property
    def id(self) -> int:
        """The id of the plan."""
        return int(self.row["id"])

    @cached_property
    def id_of(self) -> Mapping[str, int]:
        """The ids of its households by their codes."""
        return {home["code"]: id_ for id_, home in self.homes.items()}

    @cached_property
    def states(self) -> Mapping[int, State]:
        """Those of its households that are otherwise in the lists now: new, moved, or gone from the village."""
        found: dict[int, State] = {}
        for id_, home in self.homes.items():
            row, lives_here = self.rows.memberships.get(id_), self.lives_here(id_)
            if row is None:
                found |= {id_: "new"} if lives_here else {}
            elif not lives_here:
                found[id_] = "gone"
            elif home["position"] == "exact" and has_moved((home["lon"], home["lat"]), (row.lon, row.lat)):
                found[id_] = "moved"
        return found

    def as_listed(self, connection: Connection, household_ids: Collection[int]) -> dict[int, MembershipRow | None]:
        """Return households as they stand in the lists now; None where they do not live in the village any more."""
        from gridplan.service.plans.plans_as_of_now import read_lists  # loads the engine, which most pages do without

        living = read_lists(connection, [self.row["village_id"]]).living(self.planned, with_new=True)
        now = {self.id_of[home.household_id]: home for home in living}
        return {id_: _stands(now[id_]) if id_ in now else None for id_ in household_ids}

    def lives_here(self, household_id: int) -> bool:
        """Return whether a household lives in the village now."""
        home = self.homes.get(household_id)
        return home is not None and home["retired_on"] is None and home["village_id"] == self.row["village_id"]

    @cached_property
    def drawn(self) -> Mapping[int, DrawnGrid]:
        """What is drawn of each grid, by its number."""
        return {grid.number: grid for grid in self.planned.grids}


def _stands(home: Household) -> MembershipRow:
    lon, lat = (home.lon, home.lat) if home.has_place else (None, None)
    return MembershipRow(None, lon=lon, lat=lat, position=home.position, hamlet=home.hamlet)


def closed(connection: Connection, row: RowMapping) -> Message | None:
    """Return why a plan is no draft that can be edited; None where it is one."""
    if row["state"] != "draft":
        publisher = accounts.by_id(connection, row["published_by"] or 0)
        when = local_time(connection, row["published_at"])
        return Message("redraw.published", {"name": publisher["name"] if publisher else "–", "when": when})
    if drafts.is_deleted(connection, row["draft_id"]):
        return Message("redraw.deleted")
    return None


def draft_row(connection: Connection, plan_id: int) -> RowMapping:
    """Return the row of a draft plan.

    Raises
    ------
    NotFound
        There is no such plan.
    Conflict
        It was published, or its draft deleted.
    """
    row = edits.plan_row(connection, plan_id)
    if (why := closed(connection, row)) is not None:
        raise Conflict(why.code, **why.values)
    return row


def open_plan(connection: Connection, plan_id: int) -> OpenPlan:
    """Return a draft plan as it stands.

    Raises
    ------
    NotFound
        There is no such plan.
    Conflict
        It was published, or its draft deleted.
    """
    return read_plan(connection, draft_row(connection, plan_id))


def read_plan(connection: Connection, row: RowMapping) -> OpenPlan:
    """Return a plan of whatever state as it stands."""
    rows = edits.read_rows(connection, row["id"])
    living = households.rows_of_village(connection, row["village_id"])
    homes: dict[int, Row] = {home["id"]: home for home in living}
    gone = [id_ for id_ in rows.memberships if id_ not in homes]
    homes |= {home["id"]: home for home in households.rows_by_id(connection, gone)}
    planned = plans.town(connection, [row["id"]], as_planned=True).villages[0]
    return OpenPlan(row, villages.by_id(connection, row["village_id"])["name"], rows, homes, planned)


def redrawn(connection: Connection, opened: OpenPlan, rows: PlanRows, *, was_so: bool = False) -> OpenPlan:
    """Return a plan with other rows, and what follows from them where memberships differ: figures, exceptions.

    Rows that were so before are whole: what follows from them is among them.
    """
    if rows.memberships == opened.rows.memberships:
        return replace(opened, rows=rows)
    back = households.rows_by_id(connection, rows.memberships.keys() - opened.homes.keys())
    opened = replace(opened, homes={**opened.homes, **{home["id"]: home for home in back}})
    from gridplan.planning.redraw import Obstacles, redraw  # loads the engine, which most pages do without

    obstacles = Obstacles(*(features.shapes(connection, kind) for kind in ("barrier", "crossing")))
    before = opened.planned
    called = tuple(
        replace(grid, label=row.label, group_number=row.group_number)
        if (row := rows.grids.get(grid.number) or opened.rows.grids.get(grid.number))
        else grid
        for grid in before.grids
    )
    now = redraw(replace(before, grids=called), _plan(opened, rows), obstacles)
    return replace(opened, rows=rows if was_so else _with_derived(rows, now), planned=now)


def _plan(opened: OpenPlan, rows: PlanRows) -> Plan:
    """Return the plan that rows describe."""
    code = {id_: home["code"] for id_, home in opened.homes.items()}
    return Plan(
        village=opened.village,
        households=tuple(
            sorted((_household(opened, id_, rows) for id_ in rows.memberships), key=lambda home: home.household_id)
        ),
        grid_of={code[id_]: number for id_, number in rows.grid_of.items()},
        left_out={code[id_]: row.why for id_, row in rows.memberships.items() if row.why is not None},
    )


def _household(opened: OpenPlan, household_id: int, rows: PlanRows) -> Household:
    """Return a household where it stands in the plan."""
    row = rows.memberships[household_id]
    stood: dict[str, Any] = {}
    if row.position is not None:
        stood = {name: getattr(row, name) for name in plans.STOOD}
        stood |= {name: math.nan for name in ("lon", "lat") if stood[name] is None}
    return replace(households.model_of(opened.homes[household_id], **stood), village=opened.village)


def _with_derived(rows: PlanRows, now: PlannedVillage) -> PlanRows:
    """Return rows with what was made of them: groups of grids, the bound, and exceptions."""
    split = tuple(row_of(one) | {"hamlets": list(one.hamlets)} for one in now.split_hamlets)
    found = {exception_key(one): one for one in now.exceptions}
    return replace(
        rows,
        plan={edits.PLAN_KEY: PlanRow(now.lower_bound_m, split)},
        groups={group.number: rows.groups.get(group.number, GroupRow()) for group in now.groups},
        grids={
            grid.number: replace(rows.grids.get(grid.number, GridRow()), group_number=grid.group_number)
            for grid in now.grids
        },
        exceptions={
            key: ExceptionRow(one.households, one.reason, one.options, accepted_before(rows, key))
            for key, one in found.items()
        },
    )


def accepted_before(rows: PlanRows, key: ExceptionKey) -> str | None:
    """Return why an exception is accepted already, if it is."""
    return rows.exceptions[key].accepted_because if key in rows.exceptions else None


def exception_key(one: PlanException) -> ExceptionKey:
    """Return by what an exception is known in the rows of its plan."""
    return ExceptionKey(one.reason.code, one.hamlet, one.household_id, one.grid)


def save(connection: Connection, before: OpenPlan, after: OpenPlan, changes: Changes) -> None:
    """Write what changes of a plan: its rows, and what follows from them of each grid."""
    edits.write_changes(connection, before.id, changes, after.rows.sizes)
    was = before.drawn
    figures = {
        number: {name: getattr(grid, name) for name in ("size", "walk_m", "connected", "outline")}
        for number, grid in after.drawn.items()
        if grid != was.get(number)
    }
    edits.set_figures(connection, before.id, figures)
