"""The contact records of the households of villages on a day: all that `gridplan.contact.status` asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BindParameter,
    Connection,
    CursorResult,
    RowMapping,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from gridplan.contact.calendar import DAY, Pause, local_day, paused_days
from gridplan.contact.figures import Window
from gridplan.contact.status import Cadence, ContactRecord, HouseholdState, turn
from gridplan.names import folded
from gridplan.store.contact.cadences import Cadences
from gridplan.store.contact.covers import GridNumber
from gridplan.store.registry.villages import Scope
from gridplan.store.rows import CHUNK, Row
from gridplan.store.tables import (
    assignment,
    household,
    household_change,
    household_state,
    member,
    membership,
    pause,
    plan,
    residence,
    village,
    visit,
)

_OF_PLANS: Final[BindParameter[Any]] = bindparam("plans", expanding=True)
PLANS: Final = (
    select(plan.c.id, plan.c.village_id, plan.c.published_at, plan.c.archived_at)
    .where(plan.c.state.in_(("published", "archived")))
    .order_by(plan.c.village_id, plan.c.revision)
)
_PLANS_OF_VILLAGES: Final = PLANS.where(plan.c.village_id.in_(bindparam("villages", expanding=True)))
_LAST: Final = (
    select(func.max(visit.c.day))
    .where(visit.c.contact_of == household.c.id, visit.c.day <= bindparam("day"))
    .correlate(household)
    .scalar_subquery()
)
_LIVED: Final = and_(
    residence.c.household_id == household.c.id,
    or_(residence.c.from_day.is_(None), residence.c.from_day <= bindparam("day")),
    residence.c.until_day > bindparam("day"),
)
"""Where a household lived on a day that came back, or moved to another village, since."""
_FROM: Final = case((residence.c.id.is_(None), household.c.first_day), else_=residence.c.from_day)
_UNTIL: Final = func.coalesce(residence.c.until_day, household.c.retired_on)
_VISITED: Final = case((residence.c.id.is_(None), household.c.visited_since), else_=residence.c.visited_since)
_IS_MERGED: Final = exists().where(household_change.c.old_id == household.c.id, household_change.c.kind == "merged")
"""Then it never was a household of its own."""
_HOMES: Final = (
    select(household.c.id, household.c.code, household.c.name, _LAST.label("last"))
    .add_columns(_FROM.label("from_day"), _VISITED.label("visited_since"))
    .add_columns(membership.c.plan_id, membership.c.number, membership.c.place)
    .add_columns(plan.c.village_id, village.c.start_day)
    .join(membership, membership.c.household_id == household.c.id)
    .join(plan, plan.c.id == membership.c.plan_id)
    .join(village, village.c.id == plan.c.village_id)
    .outerjoin(residence, _LIVED)
    .where(membership.c.plan_id.in_(_OF_PLANS), ~_IS_MERGED)
    .where(func.coalesce(residence.c.village_id, household.c.village_id) == plan.c.village_id)
    .where(or_(_FROM.is_(None), bindparam("day") >= _FROM), or_(_UNTIL.is_(None), bindparam("day") < _UNTIL))
)
_HOMES_OF_GRIDS: Final = _HOMES.where(
    tuple_(membership.c.plan_id, membership.c.number).in_(bindparam("grids", expanding=True))
)
_HOMES_BY_ID: Final = _HOMES.where(household.c.id.in_(bindparam("ids", expanding=True)))
_NAMES: Final = select(household.c.id, household.c.name).join(membership).where(membership.c.plan_id.in_(_OF_PLANS))
_LEADS: Final = (
    select(assignment.c.plan_id, assignment.c.number, member.c.name)
    .join(member, member.c.id == assignment.c.member_id)
    .where(assignment.c.plan_id.in_(_OF_PLANS), assignment.c.role == "lead")
    .where(assignment.c.since <= bindparam("day"))
    .where(or_(assignment.c.until.is_(None), assignment.c.until > bindparam("day")))
)
_LEADS_OF_GRIDS: Final = _LEADS.where(
    tuple_(assignment.c.plan_id, assignment.c.number).in_(bindparam("grids", expanding=True))
)
_STATES: Final = (
    select(household_state).where(household_state.c.from_day <= bindparam("day")).order_by(household_state.c.from_day)
)
_STATES_OF_HOUSEHOLDS: Final = _STATES.where(household_state.c.household_id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class HouseholdContact:
    """A household of a grid with its contact record on a day."""

    id: int
    village_id: int
    plan_id: int
    number: int
    """Of its grid."""
    place: int
    """In the visiting order of its grid, from 1."""
    record: ContactRecord


@dataclass(frozen=True, slots=True)
class GridContact:
    """A grid in force on a day, its households in visiting order, and how often somebody in it is to be reached."""

    village_id: int
    plan_id: int
    number: int
    cadence_days: int
    households: tuple[HouseholdContact, ...]

    @property
    def start(self) -> date | None:
        """The day from which it is visited: None where its village has not been given one."""
        return min((one.record.start for one in self.households if one.record.start is not None), default=None)

    def with_last(self, days: Mapping[int, date]) -> GridContact:
        """Return it with the days of the last contact of its households, by id."""
        homes = (replace(one, record=replace(one.record, last=days.get(one.id))) for one in self.households)
        return replace(self, households=tuple(homes))


def plans_by_days(
    connection: Connection, window: Window, zone: ZoneInfo, scope: Scope = None
) -> dict[Window, dict[int, int]]:
    """Return the plans whose grids count on the days of a window, by these days and by village.

    That is the one in force at the end of a day, and for all days before it the first plan of a village.
    """
    found = PLANS if scope is None else _PLANS_OF_VILLAGES
    return in_force(connection.execute(found, {"villages": [*(scope or ())]}), window, zone)


def in_force(found: Iterable[Sequence[Any]], window: Window, zone: ZoneInfo) -> dict[Window, dict[int, int]]:
    """Return the plans among those of `PLANS` whose grids count on the days of a window, as `plans_by_days` does."""
    of_days: dict[Window, dict[int, int]] = defaultdict(dict)
    seen = set()
    for plan_id, village_id, published_at, archived_at in found:
        first = local_day(published_at, zone) if village_id in seen else window.first
        last = window.last if archived_at is None else local_day(archived_at, zone) - DAY
        seen.add(village_id)
        days = Window(max(first, window.first), min(last, window.last))
        if days.first <= days.last:
            of_days[days][village_id] = plan_id
    return of_days


def plans_on(connection: Connection, day: date, zone: ZoneInfo, scope: Scope = None) -> dict[int, int]:
    """Return the plan of each village whose grids count on a day, by village."""
    return plans_by_days(connection, Window(day, day), zone, scope).get(Window(day, day), {})


def grid_contacts(
    connection: Connection,
    day: date,
    zone: ZoneInfo,
    scope: Scope = None,
    *,
    only: Collection[GridNumber] | None = None,
) -> list[GridContact]:
    """Return the grids that were in force on a day with their households and what was known of them by then.

    With `only`, of these grids of plans in force alone. Days count with all that is known today: a visit of before that
    came in later is among them.
    """
    if only is None:
        in_force: Collection[int] = plans_on(connection, day, zone, scope).values()
    else:
        in_force = {plan_id for plan_id, _ in only}
    leads = _leads(connection, day, in_force, only)
    homes = _homes(connection, day, in_force, None if only is None else (only, {name for _, name in leads}))
    cadences = Cadences(connection, day)
    own = own_homes(leads, homes)
    by_grid: dict[GridNumber, list[Row]] = defaultdict(list)
    for home in homes:
        if home["number"] is not None and (only is None or (home["plan_id"], home["number"]) in only):
            by_grid[home["plan_id"], home["number"]].append(home)
    states = _states(connection, day, {home["id"] for inside in by_grid.values() for home in inside})
    grids = []
    for (plan_id, number), inside in sorted(by_grid.items(), key=lambda one: (one[1][0]["village_id"], one[0][1])):
        village_id = inside[0]["village_id"]
        rows = sorted(inside, key=lambda home: (home["place"] is None, home["place"], home["code"]))
        households = tuple(
            HouseholdContact(
                home["id"],
                village_id,
                plan_id,
                number,
                place,
                _record(home, place, len(rows), cadences.of_household(home), states.get(home["id"], ()), own),
            )
            for place, home in enumerate(rows, start=1)
        )
        grids.append(GridContact(village_id, plan_id, number, cadences.of_grid(village_id, number), households))
    return grids


Starts = dict[date, int]
"""How many households are visited since which day."""


@dataclass(frozen=True, slots=True)
class PlanOnDay:
    """The plan of a village whose grids count on a day."""

    plan_id: int
    grids: dict[int, Starts]
    """By number, those in which somebody lives on the day."""


def plans_with_starts(
    connection: Connection, days: Collection[date], zone: ZoneInfo, scope: Scope = None
) -> dict[date, dict[int, PlanOnDay]]:
    """Return the plans of villages that count on days, with the households of `grid_contacts`, only counted."""
    window = Window(min(days), max(days))
    in_force = plans_by_days(connection, window, zone, scope)
    plan_ids = {plan_id for of_village in in_force.values() for plan_id in of_village.values()}
    stays = _stays(connection, plan_ids)
    return {
        day: {
            village_id: PlanOnDay(plan_id, _starts_on(day, stays[plan_id]))
            for some, of_village in in_force.items()
            if some.holds(day)
            for village_id, plan_id in of_village.items()
        }
        for day in days
    }


def _starts_on(day: date, stays: Iterable[Stay]) -> dict[int, Starts]:
    grids: dict[int, Starts] = defaultdict(dict)
    for number, start, since, until, visited, n in stays:
        if (since is None or since <= day) and (until is None or day < until):
            starts, began = grids[number], visited
            if began is None and start is not None:
                began = start if since is None else max(start, since)
            if began is not None:
                starts[began] = starts.get(began, 0) + n
    return grids


Stay = tuple[int, date | None, date | None, date | None, date | None, int]
"""Number of a grid, start of the village, from and until when households lived there, and how many they are.

Before how many, since when they are visited where that is another day: they came with their village.
"""


def _stays(connection: Connection, plan_ids: Collection[int]) -> dict[int, list[Stay]]:
    """Return by plan the households of its grids that were in its village, those that are alike at once."""
    stays: dict[int, list[Stay]] = defaultdict(list)
    has_past = exists().where(residence.c.household_id == household.c.id)
    members = (
        select(membership.c.plan_id, membership.c.number, village.c.start_day)
        .join(plan, plan.c.id == membership.c.plan_id)
        .join(village, village.c.id == plan.c.village_id)
        .join(household, household.c.id == membership.c.household_id)
        .where(membership.c.plan_id.in_(plan_ids), membership.c.number.is_not(None), ~_IS_MERGED)
    )
    alike = (*members.selected_columns, household.c.first_day, household.c.retired_on, household.c.visited_since)
    counted = members.where(~has_past, household.c.village_id == plan.c.village_id).with_only_columns(
        *alike, func.count()
    )
    for plan_id, *of in connection.execute(counted.group_by(*alike)):
        stays[plan_id].append(tuple(of))
    with_past = members.where(has_past).with_only_columns(
        *alike, household.c.id, household.c.village_id.label("lives_in"), plan.c.village_id
    )
    rows = connection.execute(with_past).all()
    past: dict[int, list[RowMapping]] = defaultdict(list)
    for one in connection.execute(select(residence).order_by(residence.c.until_day)).mappings() if rows else ():
        past[one["household_id"]].append(one)
    for row in rows:
        left = None
        for one in past[row.id]:
            if one["village_id"] == row.village_id:
                stays[row.plan_id].append(
                    (row.number, row.start_day, one["from_day"], one["until_day"], one["visited_since"], 1)
                )
            left = one["until_day"]
        if row.lives_in == row.village_id:
            since = max((day for day in (left, row.first_day) if day is not None), default=None)
            stays[row.plan_id].append((row.number, row.start_day, since, row.retired_on, row.visited_since, 1))
    return stays


def _record(
    home: Row, place: int, size: int, of: Cadence, states: tuple[HouseholdState, ...], own: Collection[int]
) -> ContactRecord:
    start, first_day = home["start_day"], home["from_day"]
    visited = home["visited_since"]
    is_new = visited is None and start is not None and first_day is not None and first_day > start
    return ContactRecord(
        start=first_day if is_new else visited or start,
        turn=0 if is_new else turn(place, size, of),
        last=home["last"],
        cadence=of,
        states=states,
        own=home["id"] in own,
    )


def _homes(
    connection: Connection, day: date, plan_ids: Collection[int], only: tuple[Collection[GridNumber], set[str]] | None
) -> list[Row]:
    """Return the households of plans that lived in their villages on a day, `from_day` as it was then.

    With `only`, those of some grids, and the namesakes of those among them that have a name of these leads.
    """
    given: dict[str, Any] = {"day": day, "plans": [*plan_ids]}
    if only is None:
        return _rows(connection.execute(_HOMES, given))
    grids, names_of_leads = only
    homes = _rows(connection.execute(_HOMES_OF_GRIDS, given | {"grids": [*grids]}))
    if names := names_of_leads.intersection(folded(home["name"]) for home in homes):
        inside = {home["id"] for home in homes}
        named = connection.execute(_NAMES, given).all()
        namesakes = [id_ for id_, name in named if name and folded(name) in names and id_ not in inside]
        if namesakes:
            homes += _rows(connection.execute(_HOMES_BY_ID, given | {"ids": namesakes}))
    return homes


def _rows(found: CursorResult[Any]) -> list[Row]:
    """Return rows by the names of their columns; mappings would take twice as long for a whole town."""
    names = tuple(found.keys())
    return [dict(zip(names, values, strict=True)) for values in found.all()]


def _leads(
    connection: Connection, day: date, plan_ids: Collection[int], only: Collection[GridNumber] | None
) -> list[tuple[GridNumber, str]]:
    """Return the grids of plans that somebody leads on a day, or some of them, with the folded names of who does."""
    given = {"plans": [*plan_ids], "day": day, "grids": [*(only or ())]}
    leads = connection.execute(_LEADS if only is None else _LEADS_OF_GRIDS, given).all()
    return [((plan_id, number), folded(name)) for plan_id, number, name in leads]


def own_homes(leads: Sequence[tuple[GridNumber, str]], homes: Iterable[Row]) -> frozenset[int]:
    """Return the households that leads live in: the only one of their name in the village, in a grid they lead."""
    namesakes: dict[tuple[int, str], list[tuple[GridNumber, int]]] = {
        (plan_id, name): [] for (plan_id, _), name in leads
    }
    for home in homes:
        key = home["plan_id"], folded(home["name"] or "")
        if key in namesakes:
            namesakes[key].append(((home["plan_id"], home["number"]), home["id"]))
    found = ((grid, namesakes[grid[0], name]) for grid, name in leads)
    return frozenset(of[0][1] for grid, of in found if len(of) == 1 and of[0][0] == grid)


def _states(connection: Connection, day: date, household_ids: Collection[int]) -> dict[int, tuple[HouseholdState, ...]]:
    states: dict[int, list[HouseholdState]] = defaultdict(list)
    few = len(household_ids) <= CHUNK
    found, ids = (_STATES_OF_HOUSEHOLDS, [*household_ids]) if few else (_STATES, [])
    for row in connection.execute(found, {"day": day, "ids": ids}).mappings():
        if row["household_id"] in household_ids:
            states[row["household_id"]].append(HouseholdState(row["kind"], row["from_day"], row["until_day"]))
    return {id_: tuple(of) for id_, of in states.items()}


# ---- pauses


_PAUSES: Final = select(pause)


def paused(connection: Connection, scope: Scope = None) -> Mapping[int | None, frozenset[date]]:
    """Return the days of pause of villages of a scope, those of the town among them; of others under None."""
    rows = connection.execute(_PAUSES).mappings().all()
    of_town = [Pause(row["first_day"], row["last_day"]) for row in rows if row["village_id"] is None]
    of_village: dict[int | None, list[Pause]] = defaultdict(lambda: list(of_town))
    for row in rows:
        if row["village_id"] is not None and (scope is None or row["village_id"] in scope):
            of_village[row["village_id"]].append(Pause(row["first_day"], row["last_day"]))
    return {None: paused_days(of_town)} | {id_: paused_days(pauses) for id_, pauses in of_village.items()}
