"""A village's draft plan while it is edited: its rows, its households, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, RowMapping

from gridplan.edits import Changes, ExceptionKey, ExceptionRow, GridRow, PlanRow, PlanRows
from gridplan.errors import NotFound
from gridplan.model import DrawnGrid, Household, Plan, PlanException, PlannedVillage
from gridplan.store.plans import edits, plans
from gridplan.store.registry import features, households, villages
from gridplan.store.rows import Row, row_of


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

    @property
    def new(self) -> tuple[int, ...]:
        """The households that live in the village and are not in the plan yet."""
        return tuple(id_ for id_ in self.homes if id_ not in self.rows.memberships)

    def lives_here(self, household_id: int) -> bool:
        """Return whether a household lives in the village now."""
        home = self.homes.get(household_id)
        return home is not None and home["retired_on"] is None and home["village_id"] == self.row["village_id"]

    @cached_property
    def drawn(self) -> Mapping[int, DrawnGrid]:
        """What is drawn of each grid, by its number."""
        return {grid.number: grid for grid in self.planned.grids}


def open_plan(connection: Connection, plan_id: int) -> OpenPlan:
    """Return a draft plan as it stands.

    Raises
    ------
    NotFound
        There is none, or it is no draft any more.
    """
    row = edits.plan_row(connection, plan_id)
    if row["state"] != "draft":
        raise NotFound("entrance.not_here")
    rows = edits.read_rows(connection, plan_id)
    living = households.rows_of_village(connection, row["village_id"])
    homes: dict[int, Row] = {home["id"]: home for home in living}
    gone = [id_ for id_ in rows.memberships if id_ not in homes]
    homes |= {home["id"]: home for home in households.rows_by_id(connection, gone)}
    planned = plans.town(connection, [plan_id], as_planned=True).villages[0]
    return OpenPlan(row, villages.by_id(connection, row["village_id"])["name"], rows, homes, planned)


def redrawn(connection: Connection, opened: OpenPlan, rows: PlanRows) -> OpenPlan:
    """Return a plan with other rows, and what follows from them where memberships differ: figures, exceptions."""
    if rows.memberships == opened.rows.memberships:
        return replace(opened, rows=rows)
    from gridplan.planning.redraw import Obstacles, redraw  # loads the engine, which most pages do without

    obstacles = Obstacles(*(features.shapes(connection, kind) for kind in ("barrier", "crossing")))
    before = opened.planned
    labels = {number: row.label for number, row in rows.grids.items()}
    named = tuple(replace(grid, label=labels.get(grid.number, grid.label)) for grid in before.grids)
    now = redraw(replace(before, grids=named), _plan(opened, rows), obstacles)
    return replace(opened, rows=_with_derived(rows, now), planned=now)


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
    """Return rows with what was made of them: labels and groups of grids, the bound, and exceptions."""
    split = tuple(row_of(one) | {"hamlets": list(one.hamlets)} for one in now.split_hamlets)
    found = {exception_key(one): one for one in now.exceptions}
    return replace(
        rows,
        plan={edits.PLAN_KEY: PlanRow(now.lower_bound_m, split)},
        grids={
            grid.number: replace(
                rows.grids.get(grid.number, GridRow()), label=grid.label, group_number=grid.group_number
            )
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
