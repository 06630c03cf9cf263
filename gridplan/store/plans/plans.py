"""Plans of villages: drafts that are made together, the one that is published, those archived."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, RowMapping, Table, bindparam, delete, func, insert, literal, or_, select, update

from gridplan.model import (
    DrawnGrid,
    Household,
    PartyGroup,
    Plan,
    PlanException,
    PlannedVillage,
    PlanOrigin,
    SizeBounds,
    SplitHamlets,
    TownPlan,
    in_order,
)
from gridplan.store.chain.groups import add_groups
from gridplan.store.contact import weeks
from gridplan.store.database import Who
from gridplan.store.plans import assignments
from gridplan.store.plans.households_and_members import IN_PLAN, sizes
from gridplan.store.registry import households, members, villages
from gridplan.store.registry.villages import Scope, in_scope, with_village
from gridplan.store.rows import add_row, noun_of, row_of
from gridplan.store.tables import (
    assignment,
    draft,
    grid,
    household,
    member,
    membership,
    party_group,
    plan,
    plan_exception,
    shortage,
    village,
)
from gridplan.words import Message

Rows = Mapping[int, Sequence[RowMapping]]
"""Rows by the id of their plan."""
STOOD: Final = ("lon", "lat", "position", "hamlet")
"""What is kept of where a household stood when it was planned."""
Position = tuple[float | None, float | None]
"""Longitude and latitude, or neither."""
UNORDERED: Final[Mapping[str, int]] = MappingProxyType({})
"""Plans that are not in force have no visiting order."""


def save_draft(
    connection: Connection,
    town: TownPlan,
    *,
    name: str,
    made_by: int,
    now: datetime,
    settings: Mapping[str, Any],
    notes: Sequence[Message] = (),
    places: Mapping[str, int] = UNORDERED,
) -> int:
    """Save the plans of a town's villages as one draft and return its id. Households and members are known by code."""
    values = {"name": name, "made_by": made_by, "made_at": now, "settings": dict(settings), "notes": notes}
    draft_id = add_row(connection, draft, values)
    save_plans(connection, town, draft_id, places=places)
    return draft_id


def save_plans(
    connection: Connection,
    town: TownPlan,
    draft_id: int | None,
    *,
    repeats: int | None = None,
    places: Mapping[str, int] = UNORDERED,
) -> dict[str, int]:
    """Save a plan of every village, not in force yet, and return the ids by village.

    One that `repeats` a revision of its village is in no draft. `places` of households are those in the visiting order
    of their grids, by their codes.
    """
    village_ids = villages.ids_by_name(connection)
    plan_ids: dict[str, int] = {}
    for planned in town.villages:
        village_id = village_ids[planned.plan.village]
        values = {"village_id": village_id, "draft_id": draft_id, "state": "draft", "repeats": repeats}
        plan_ids[planned.plan.village] = add_row(connection, plan, values | _plan_row(planned))
    _save_contents(connection, town, plan_ids, places)
    return plan_ids


def replace_contents(
    connection: Connection, town: TownPlan, plan_ids: Mapping[str, int], *, places: Mapping[str, int] = UNORDERED
) -> None:
    """Put the plans of villages, with their people, in the place of what drafts hold; their ids are by village.

    `places` are as in `save_plans`.
    """
    for table in (assignment, shortage, plan_exception, membership, party_group, grid):
        connection.execute(delete(table).where(table.c.plan_id.in_(plan_ids.values())))
    for planned in town.villages:
        same = plan.c.id == plan_ids[planned.plan.village]
        connection.execute(update(plan).where(same).values(_plan_row(planned)))
    _save_contents(connection, town, plan_ids, places)


def _save_contents(
    connection: Connection, town: TownPlan, plan_ids: Mapping[str, int], places: Mapping[str, int]
) -> None:
    household_ids = households.ids_by_code(connection)
    grids, memberships, exceptions = [], [], []
    for planned in town.villages:
        of_plan = {"plan_id": plan_ids[planned.plan.village]}
        grids += [row_of(one) | of_plan for one in planned.grids]
        memberships += [
            {
                "household_id": household_ids[home.household_id],
                "number": planned.plan.grid_of.get(home.household_id),
                "place": places.get(home.household_id),
                "why": planned.plan.left_out.get(home.household_id),
                "lon": None if math.isnan(home.lon) else home.lon,
                "lat": None if math.isnan(home.lat) else home.lat,
                "position": home.position,
                "hamlet": home.hamlet,
            }
            | of_plan
            for home in planned.plan.households
        ]
        exceptions += [_exception_row(one) | of_plan for one in planned.exceptions]
    _insert(connection, grid, grids)
    _insert(connection, membership, memberships)
    _insert(connection, plan_exception, exceptions)
    member_ids = members.ids_by_code(connection)
    add_groups(connection, {plan_ids[one.plan.village]: one.groups for one in town.villages}, member_ids)
    people = [
        {
            "plan_id": plan_ids[one.village],
            "number": one.grid,
            "member_id": member_ids[one.member_id],
            "role": one.role,
            "why": one.why,
        }
        for one in town.assignments
    ]
    _insert(connection, assignment, people)
    lacking = [{"plan_id": plan_ids[one.village], "number": one.grid, "offers": one.offers} for one in town.shortages]
    _insert(connection, shortage, lacking)


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _plan_row(planned: PlannedVillage) -> dict[str, Any]:
    return {
        "least": planned.bounds.least,
        "most": planned.bounds.most,
        "boundary": planned.boundary,
        "boundary_given": planned.boundary_given,
        "kept": planned.kept,
        "planned": len(planned.plan.grid_of),
        "lower_bound_m": planned.lower_bound_m,
        "split_hamlets": [row_of(one) for one in planned.split_hamlets],
        "outside": list(planned.outside),
    }


def _exception_row(one: PlanException) -> dict[str, Any]:
    return {
        "households": one.households,
        "reason": one.reason,
        "options": one.options,
        "hamlet": one.hamlet,
        "household": one.household_id,
        "number": one.grid,
    }


# ---- read back


def published(connection: Connection, scope: Scope = None) -> dict[int, int]:
    """Return the id of the published plan of each village that has one, by village."""
    found = select(plan.c.village_id, plan.c.id).where(plan.c.state == "published", in_scope(plan.c.village_id, scope))
    return {village_id: id_ for village_id, id_ in connection.execute(found)}


def first_published(connection: Connection, village_ids: Collection[int]) -> datetime | None:
    """Return when the first plan of some villages came in force; None where none ever did."""
    return connection.execute(select(func.min(plan.c.published_at)).where(plan.c.village_id.in_(village_ids))).scalar()


def former(connection: Connection, plan_ids: Collection[int]) -> dict[int, int]:
    """Return the id of the plan that each of some plans came in the place of, of those that did."""
    before = plan.alias()
    is_before = (before.c.village_id == plan.c.village_id) & (before.c.revision == plan.c.revision - 1)
    found = select(plan.c.id, before.c.id).join(before, is_before).where(plan.c.id.in_(plan_ids))
    return {plan_id: former_id for plan_id, former_id in connection.execute(found)}


def of_draft(connection: Connection, draft_id: int) -> dict[int, int]:
    """Return the ids of the plans of a draft, by village."""
    found = select(plan.c.village_id, plan.c.id).where(plan.c.draft_id == draft_id)
    return {village_id: id_ for village_id, id_ in connection.execute(found)}


def town(
    connection: Connection, plan_ids: Sequence[int], *, as_planned: bool = False, with_households: bool = True
) -> TownPlan:
    """Return plans as the plan of a town, by village, with the people of their grids.

    Who retired or moved to another village since is in archived ones only. With `as_planned` everybody is in all of
    them, and every household stands where it stood when it was planned. Where households are left out, their number in
    each grid is all there is of them: enough for outlines, and far less to read.
    """
    ids = list(plan_ids)
    chosen = connection.execute(select(plan).where(plan.c.id.in_(ids))).mappings().all()
    name_of = villages.names(connection)
    homes = _by_plan(connection, _memberships(ids, as_planned)) if with_households else {}
    counted = (
        Counter((plan_id, home["number"]) for plan_id, inside in homes.items() for home in inside)
        if with_households
        else sizes(connection, ids)
    )
    grids = _by_plan(connection, select(grid).where(grid.c.plan_id.in_(ids)).order_by(grid.c.number))
    exceptions = _by_plan(
        connection, select(plan_exception).where(plan_exception.c.plan_id.in_(ids)).order_by(plan_exception.c.id)
    )
    groups = _by_plan(connection, _groups(ids))
    planned = [
        _planned(row, name_of[row["village_id"]], homes, counted, grids, exceptions, groups, as_planned=as_planned)
        for row in chosen
    ]
    village_of = {row["id"]: name_of[row["village_id"]] for row in chosen}
    return TownPlan(
        villages=in_order(planned),
        members=assignments.members_of(connection, ids),
        assignments=assignments.models(connection, ids, village_of, as_planned=as_planned),
        shortages=assignments.shortages(connection, ids, village_of),
    )


def far_settings(connection: Connection, plan_ids: Collection[int]) -> list[float]:
    """Return from how many metres to its centre on a household was to be named, of the drafts that said so."""
    asked = select(draft.c.settings).where(draft.c.id.in_(select(plan.c.draft_id).where(plan.c.id.in_(plan_ids))))
    return [float(settings["far"]) for settings in connection.scalars(asked) if settings.get("far") is not None]


def outlines(connection: Connection, plan_ids: Collection[int]) -> dict[int, dict[int, BaseGeometry]]:
    """Return the outlines of grids by plan and number; a grid whose households have no place has none."""
    found = select(grid.c.plan_id, grid.c.number, grid.c.outline).where(grid.c.plan_id.in_(plan_ids))
    drawn: dict[int, dict[int, BaseGeometry]] = {plan_id: {} for plan_id in plan_ids}
    for plan_id, number, outline in connection.execute(found.order_by(grid.c.plan_id, grid.c.number)):
        if outline is not None:
            drawn[plan_id][number] = outline
    return drawn


def visiting_places(connection: Connection, plan_ids: Collection[int]) -> dict[str, int]:
    """Return the places of households in the visiting order of their grids, by their codes: in force since then."""
    found = select(household.c.code, membership.c.place).join(membership, membership.c.household_id == household.c.id)
    kept = found.where(membership.c.plan_id.in_(plan_ids), membership.c.place.is_not(None))
    return {code: place for code, place in connection.execute(kept)}


def grid_rows(connection: Connection, plan_id: int) -> list[RowMapping]:
    """Return the grids of a plan, by number."""
    return list(connection.execute(select(grid).where(grid.c.plan_id == plan_id).order_by(grid.c.number)).mappings())


def planned_positions(connection: Connection, plan_ids: Collection[int]) -> dict[int, dict[str, Position]]:
    """Return where the households of plans stood when they were planned, by plan and by their codes."""
    found = select(membership.c.plan_id, household.c.code, membership.c.lon, membership.c.lat).join(household)
    stood: dict[int, dict[str, Position]] = {plan_id: {} for plan_id in plan_ids}
    for plan_id, code, lon, lat in connection.execute(found.where(membership.c.plan_id.in_(plan_ids))):
        stood[plan_id][code] = (lon, lat)
    return stood


def _by_plan(connection: Connection, query: Any) -> Rows:
    found: dict[int, list[RowMapping]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        found[row["plan_id"]].append(row)
    return found


def _memberships(plan_ids: Sequence[int], as_planned: bool) -> Any:
    return (
        with_village(household)
        .add_columns(membership.c.plan_id, membership.c.number, membership.c.why)
        .add_columns(*(membership.c[column].label(f"planned_{column}") for column in STOOD))
        .join(membership, membership.c.household_id == household.c.id)
        .join(plan, plan.c.id == membership.c.plan_id)
        .where(membership.c.plan_id.in_(plan_ids), or_(IN_PLAN, literal(as_planned)))
        .order_by(household.c.code)
    )


def _groups(plan_ids: Sequence[int]) -> Any:
    """Return the query of the party groups of plans; one whose head retired has none, but in an archived plan."""
    serves = or_(member.c.retired_on.is_(None), plan.c.state == "archived")
    return (
        select(party_group.c.plan_id, party_group.c.number, party_group.c.name, member.c.code.label("head"))
        .join(plan, plan.c.id == party_group.c.plan_id)
        .outerjoin(member, (member.c.id == party_group.c.head_id) & serves)
        .where(party_group.c.plan_id.in_(plan_ids))
        .order_by(party_group.c.number)
    )


def _planned(
    row: RowMapping,
    name: str,
    homes: Rows,
    counted: Mapping[tuple[int, int | None], int],
    grids: Rows,
    exceptions: Rows,
    groups: Rows,
    *,
    as_planned: bool,
) -> PlannedVillage:
    inside = homes.get(row["id"], ())
    return PlannedVillage(
        plan=Plan(
            village=name,
            households=tuple(
                _as_planned(home, name) if as_planned or row["state"] == "archived" else households.model_of(home)
                for home in inside
            ),
            grid_of={home["code"]: home["number"] for home in inside if home["number"] is not None},
            left_out={home["code"]: home["why"] for home in inside if home["number"] is None},
            revision=row["revision"],
            origin=PlanOrigin(row["key"], row["version"]),
        ),
        bounds=SizeBounds(row["least"], row["most"]),
        boundary=row["boundary"],
        boundary_given=row["boundary_given"],
        grids=tuple(
            noun_of(DrawnGrid, one, size=counted.get((row["id"], one["number"]), 0)) for one in grids.get(row["id"], ())
        ),
        exceptions=tuple(_exception_of(one, name) for one in exceptions.get(row["id"], ())),
        outside=tuple(row["outside"]),
        kept=row["kept"],
        lower_bound_m=row["lower_bound_m"],
        split_hamlets=tuple(
            noun_of(SplitHamlets, split, hamlets=tuple(split["hamlets"])) for split in row["split_hamlets"]
        ),
        groups=tuple(noun_of(PartyGroup, one) for one in groups.get(row["id"], ())),
    )


def _as_planned(row: RowMapping, village: str) -> Household:
    """Return a household where it stood when it was planned, and nothing of where else it lives since."""
    stood = {column: row[f"planned_{column}"] for column in STOOD} if row["planned_position"] else {}
    home = households.model_of(row, **stood)
    if home.village == village:
        return home
    return replace(home, village=village, door=None, phone=None, address=None)


def _exception_of(row: RowMapping, village: str) -> PlanException:
    """Return the exception of a row."""
    return PlanException(
        village=village,
        households=row["households"],
        reason=row["reason"],
        options=row["options"],
        hamlet=row["hamlet"],
        household_id=row["household"],
        grid=row["number"],
    )


def exception_rows(connection: Connection, plan_id: int) -> list[RowMapping]:
    """Return the exceptions of a plan, in the order in which they are listed."""
    found = select(plan_exception).where(plan_exception.c.plan_id == plan_id).order_by(plan_exception.c.id)
    return list(connection.execute(found).mappings())


def follow_code(connection: Connection, before: str, after: str) -> None:
    """Let plans name a household by the other code that it was given."""
    about = plan_exception.c.household == before
    connection.execute(update(plan_exception).where(about).values(household=after))
    for id_, outside in connection.execute(select(plan.c.id, plan.c.outside)).all():
        if before in outside:
            now = [after if code == before else code for code in outside]
            connection.execute(update(plan).where(plan.c.id == id_).values(outside=now))


# ---- publishing


def save_places(connection: Connection, plan_ids: Collection[int], places: Mapping[str, int]) -> None:
    """Save the places of the households of plans in the visiting order of their grids, by their codes."""
    found = select(membership.c.plan_id, household.c.id, household.c.code).join(household)
    inside = connection.execute(found.where(membership.c.plan_id.in_(plan_ids)))
    rows = [{"plan": plan_id, "home": id_, "now": places[code]} for plan_id, id_, code in inside if code in places]
    here = (membership.c.plan_id == bindparam("plan")) & (membership.c.household_id == bindparam("home"))
    if rows:
        connection.execute(update(membership).where(here).values(place=bindparam("now")), rows)


def save_accepted_reasons(connection: Connection, plan_id: int, because: Mapping[int, str]) -> None:
    """Save why the exceptions of a plan are accepted, by their place in the order in which they are listed."""
    for place, row in enumerate(exception_rows(connection, plan_id) if because else ()):
        if place in because:
            accepted = update(plan_exception).where(plan_exception.c.id == row["id"])
            connection.execute(accepted.values(accepted_because=because[place]))


def lock_villages(connection: Connection, plan_ids: Collection[int]) -> None:
    """Let nobody else put plans in force in the villages of plans, nor edit these, until this transaction ends."""
    here = select(plan.c.village_id).where(plan.c.id.in_(plan_ids))
    connection.execute(select(village.c.id).where(village.c.id.in_(here)).order_by(village.c.id).with_for_update())
    connection.execute(select(plan.c.id).where(plan.c.id.in_(plan_ids)).order_by(plan.c.id).with_for_update())


def publish(connection: Connection, plan_ids: Collection[int], who: Who, *, now: datetime, today: date) -> None:
    """Put plans in force from a day on, each as the next revision of its village.

    The plans of the same villages that were in force are archived; their assignments end on that day, and those of the
    new ones begin.
    """
    ids = sorted(plan_ids)
    lock_villages(connection, ids)
    here = select(plan.c.village_id).where(plan.c.id.in_(ids))
    before = (plan.c.village_id.in_(here)) & (plan.c.state == "published")
    old = list(connection.execute(select(plan.c.id).where(before)).scalars())
    in_force = assignment.c.plan_id.in_(old) & assignment.c.until.is_(None)
    connection.execute(update(assignment).where(in_force).values(until=today))
    connection.execute(update(plan).where(plan.c.id.in_(old)).values(state="archived", archived_at=now))
    any_ = plan.alias()
    latest = select(func.coalesce(func.max(any_.c.revision), 0)).where(any_.c.village_id == plan.c.village_id)
    values = {"state": "published", "published_at": now, "published_by": who.account_id, "archived_at": None}
    values["revision"] = latest.scalar_subquery() + 1
    connection.execute(update(plan).where(plan.c.id.in_(ids)).values(values))
    replaced = assignment.c.plan_id.in_(ids) & assignment.c.until.is_not(None)
    connection.execute(delete(assignment).where(replaced))
    connection.execute(update(assignment).where(assignment.c.plan_id.in_(ids)).values(since=today))
    revisions = select(plan.c.village_id, plan.c.revision).where(plan.c.id.in_(ids))
    is_first = {village_id: revision == 1 for village_id, revision in connection.execute(revisions)}
    weeks.recount_villages(connection, [one for one, first in is_first.items() if first])
    weeks.recount_villages(connection, [one for one, first in is_first.items() if not first], since=now)
