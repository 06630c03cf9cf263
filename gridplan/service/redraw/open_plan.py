"""A village's draft plan while it is edited: its rows, its households, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

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
    take_over,
)
from gridplan.errors import Conflict
from gridplan.model import DrawnGrid, Household, Plan, PlanException, PlannedVillage, SplitHamlets
from gridplan.planning.current import IN_NO_GRID, has_moved
from gridplan.rules import violations
from gridplan.service.plans.absences import village_with_absences
from gridplan.service.plans.plans_as_of_now import read_lists, read_obstacles
from gridplan.service.registry.edit_conflict import local_time
from gridplan.store.access import accounts
from gridplan.store.kept import Kept, kept_drafts
from gridplan.store.plans import drafts, edits, plans
from gridplan.store.registry import households
from gridplan.store.rows import Row, noun_of, row_of
from gridplan.words import Message

if TYPE_CHECKING:
    from gridplan.planning.redraw import Obstacles
    from gridplan.planning.sketch import RoughOutline, Sketch

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
    rough: Mapping[int, RoughOutline] = field(default_factory=dict)
    """Those of its outlines that are not drawn exactly yet, by the number of their grid."""
    is_exact: bool = True
    """Whether all outlines are drawn exactly."""

    @property
    def id(self) -> int:
        """The id of the plan."""
        return int(self.row["id"])

    @property
    def broken(self) -> tuple[Message, ...]:
        """The rules that it breaks, those about leads aside."""
        return tuple(one.message for one in violations(self.planned))

    @cached_property
    def id_of(self) -> Mapping[str, int]:
        """The ids of its households by their codes."""
        return {home["code"]: id_ for id_, home in self.homes.items()}

    @cached_property
    def states(self) -> Mapping[int, State]:
        """Those of its households that are otherwise in the lists now: new, moved, or gone from the village."""
        states = ((id_, self.state_of(id_)) for id_ in self.homes)
        return {id_: state for id_, state in states if state is not None}

    def state_of(self, household_id: int) -> State | None:
        """Return how a household is otherwise in the lists now; None where it is not."""
        home, row, lives_here = (
            self.homes[household_id],
            self.rows.memberships.get(household_id),
            self.lives_here(household_id),
        )
        if row is None:
            return "new" if lives_here else None
        if not lives_here:
            return "gone"
        has_moved_since = home["position"] == "exact" and has_moved((home["lon"], home["lat"]), (row.lon, row.lat))
        return "moved" if has_moved_since else None

    def as_listed(self, connection: Connection, household_ids: Collection[int]) -> dict[int, MembershipRow | None]:
        """Return households as they stand in the lists now; None where they do not live in the village any more."""
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
    return open_draft(connection, draft_row(connection, plan_id))


def open_draft(connection: Connection, row: RowMapping) -> OpenPlan:
    """Return the draft plan of a row as it stands: as it is kept, unless anything of it has changed."""
    kept = kept_drafts(connection)
    opened = _kept(kept, row)
    if opened is None:
        with kept.making:
            opened = _kept(kept, row)
            if opened is None:
                opened = read_plan(connection, row)
                keep(connection, opened, row["version"], row["step_id"])
    return replace(opened, row=row)


def _kept(kept: Kept, row: RowMapping) -> OpenPlan | None:
    opened: OpenPlan | None = kept.get(("plan", row["id"]), _made_of(row, row["version"], row["step_id"]))
    return opened


def keep(connection: Connection, opened: OpenPlan, version: int, step_id: str | None) -> None:
    """Keep a draft plan as it stands since a step; a step that is not saved after all has an id of its own."""
    kept_drafts(connection).keep(("plan", opened.id), _made_of(opened.row, version, step_id), opened)


def _made_of(row: RowMapping, version: int, step_id: str | None) -> tuple[object, ...]:
    """Return what a plan as it stands is made of; its key, since SQLite gives the id of a row that is gone again."""
    return row["key"], version, step_id, row["lists_key"]


def read_plan(connection: Connection, row: RowMapping) -> OpenPlan:
    """Return a plan of whatever state as it stands."""
    rows = edits.read_rows(connection, row["id"])
    living = households.rows_of_village(connection, row["village_id"])
    homes: dict[int, Row] = {home["id"]: home for home in living}
    gone = [id_ for id_ in rows.memberships if id_ not in homes]
    homes |= {home["id"]: home for home in households.rows_by_id(connection, gone)}
    planned = plans.town(connection, [row["id"]], as_planned=True).villages[0]
    is_exact = row["drawn_version"] == row["version"]
    return OpenPlan(row, row["village"], rows, homes, planned, is_exact=is_exact)


def as_of_day(connection: Connection, opened: OpenPlan, day: date) -> OpenPlan:
    """Return a draft plan that tells who is away on a day, with bounds that count whom the town chose."""
    return replace(opened, planned=village_with_absences(connection, opened.planned, opened.row["village_id"], day))


def sketch_of(connection: Connection, opened: OpenPlan, homes: Sequence[Household]) -> Sketch:
    """Return the sketch of a draft's village, kept as long as its households, boundary and barriers stay."""
    from gridplan.planning.redraw import VillageGround, degrees_of  # loads the engine, which most pages do without
    from gridplan.planning.sketch import Sketch

    kept, planned = kept_drafts(connection), opened.planned
    ids = tuple(opened.id_of[home.household_id] for home in homes)
    obstacles = _obstacles(connection, opened.row["lists_key"])
    named = tuple((home.household_id, home.position) for home in homes)
    made_of = (ids, named, degrees_of(homes).tobytes(), planned.boundary, planned.kept, obstacles)
    sketch: Sketch | None = kept.get(("sketch", opened.id), made_of)
    if sketch is None:
        ground = VillageGround(tuple(homes), planned.boundary)
        sketch = Sketch.of(ids, ground, obstacles, kept=planned.kept)
        kept.keep(("sketch", opened.id), made_of, sketch)
    return sketch


def sketch_with(connection: Connection, opened: OpenPlan, household_ids: Collection[int]) -> Sketch:
    """Return the sketch of a draft's village with households that may be new in it."""
    new = [id_ for id_ in household_ids if id_ not in opened.rows.memberships]
    if not new:
        return sketch_of(connection, opened, opened.planned.plan.households)
    rows = take_over(opened.rows, opened.as_listed(connection, new), IN_NO_GRID)
    return sketch_of(connection, opened, _households(opened, rows))


def _obstacles(connection: Connection, lists_key: int) -> Obstacles:
    """Return the barriers and crossings of the town, kept as long as no list changes."""
    kept = kept_drafts(connection)
    obstacles: Obstacles | None = kept.get("obstacles", lists_key)
    if obstacles is None:
        obstacles = read_obstacles(connection)
        kept.keep("obstacles", lists_key, obstacles)
    return obstacles


def redrawn(connection: Connection, opened: OpenPlan, rows: PlanRows, *, was_so: bool = False) -> OpenPlan:
    """Return a plan with other rows, and what follows from them where memberships differ: figures, exceptions.

    Rows that were so before are whole: what follows from them is among them. Outlines that change are rough.
    """
    if rows.memberships == opened.rows.memberships:
        return replace(opened, rows=rows)
    if back := rows.memberships.keys() - opened.homes.keys():
        found = {home["id"]: home for home in households.rows_by_id(connection, back)}
        opened = replace(opened, homes={**opened.homes, **found})
    called = tuple(
        replace(grid, label=row.label, group_number=row.group_number)
        if (row := rows.grids.get(grid.number) or opened.rows.grids.get(grid.number))
        else grid
        for grid in opened.planned.grids
    )
    plan = plan_of(opened, rows)
    now, rough = sketch_of(connection, opened, plan.households).measure(replace(opened.planned, grids=called), plan)
    still_rough = {number: one for number, one in {**opened.rough, **rough}.items() if number in plan.grids}
    return replace(
        opened,
        rows=rows if was_so else _with_derived(rows, now),
        planned=_with_rows(now, rows) if was_so else now,
        rough=still_rough,
        is_exact=opened.is_exact and not rough,
    )


def plan_of(opened: OpenPlan, rows: PlanRows) -> Plan:
    """Return the plan that rows describe."""
    code = {id_: home["code"] for id_, home in opened.homes.items()}
    return Plan(
        village=opened.village,
        households=_households(opened, rows),
        grid_of={code[id_]: number for id_, number in rows.grid_of.items()},
        left_out={code[id_]: row.why for id_, row in rows.memberships.items() if row.why is not None},
        absent=opened.planned.plan.absent,
    )


def _households(opened: OpenPlan, rows: PlanRows) -> tuple[Household, ...]:
    """Return the households of rows, in the order of their codes, where they stand in the plan."""
    if _stand_alike(rows, opened.rows):
        return opened.planned.plan.households
    found = (_household(opened, id_, rows) for id_ in rows.memberships)
    return tuple(sorted(found, key=lambda home: home.household_id))


def _stand_alike(some: PlanRows, others: PlanRows) -> bool:
    """Return whether the same households stand at the same places in rows."""
    if some.memberships.keys() != others.memberships.keys():
        return False
    changed = [(row, before) for id_, row in some.memberships.items() if row is not (before := others.memberships[id_])]
    return all(getattr(row, name) == getattr(before, name) for row, before in changed for name in plans.STOOD)


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
    found = {ExceptionKey.of(one): one for one in now.exceptions}
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


def _with_rows(planned: PlannedVillage, rows: PlanRows) -> PlannedVillage:
    """Return a village with what rows have been made of it before: exceptions, the bound."""
    whole = rows.plan[edits.PLAN_KEY]
    return replace(
        planned,
        exceptions=tuple(
            PlanException(planned.plan.village, row.households, row.reason, row.options, *key[1:])
            for key, row in rows.exceptions.items()
        ),
        lower_bound_m=whole.lower_bound_m,
        split_hamlets=tuple(noun_of(SplitHamlets, one, hamlets=tuple(one["hamlets"])) for one in whole.split_hamlets),
    )


def accepted_before(rows: PlanRows, key: ExceptionKey) -> str | None:
    """Return why an exception is accepted already, if it is."""
    return rows.exceptions[key].accepted_because if key in rows.exceptions else None


def save(connection: Connection, before: OpenPlan, after: OpenPlan, changes: Changes) -> None:
    """Write what changes of a plan: its rows, and what follows from them of each grid but the outline."""
    edits.write_changes(connection, before.id, changes, after.rows.sizes)
    was = {number: replace(grid, outline=None) for number, grid in before.drawn.items()}
    figures = {
        number: {"size": grid.size, "walk_m": grid.walk_m, "connected": grid.connected}
        for number, grid in after.drawn.items()
        if replace(grid, outline=None) != was.get(number)
    }
    edits.set_figures(connection, before.id, figures)
    if after.planned.outside != before.planned.outside:
        edits.set_plan(connection, before.id, {"outside": list(after.planned.outside)})
    if after.is_exact:
        edits.set_drawn(connection, before.id, before.row["version"] + 1)
