"""The member's own list: whom to visit this week, and the others. Lead, deputies and covers of a grid see one list."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from sqlalchemy import Connection, RowMapping

from gridplan.contact.calendar import DAY, Week
from gridplan.contact.figures import Window, due_this_week
from gridplan.contact.status import Status, status
from gridplan.contact.walking import in_chosen_order
from gridplan.errors import NotFound
from gridplan.roles import Actor
from gridplan.service.admin.town_state import TownState
from gridplan.service.contact.own_grids import OwnGrids, own_grids
from gridplan.store import Store
from gridplan.store.contact import own, visits
from gridplan.store.contact.covers import InCharge
from gridplan.store.contact.records import GridContact, HouseholdContact
from gridplan.store.phone import walking_orders
from gridplan.store.rows import Row

OwnRole = Literal["lead", "deputy", "cover"]
NOT_TO_BE_VISITED: Final[frozenset[Status]] = frozenset({"own", "not started", "no visits wanted"})
SHOWN: Final = timedelta(weeks=8)
"""How far back visits are listed."""
RESTING: Final[frozenset[Status]] = frozenset({"no visits wanted", "away", "unoccupied"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be reached."""

    name: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class OwnHousehold:
    """A household of a grid as who calls on it sees it."""

    id: int
    place: int
    """In the order in which the member walks: the own one, else that of the grid."""
    home: Row
    """Its row; without the name of its head where the town shows no names."""
    status: Status
    back_on: date | None
    """When it may be back, from a week before."""
    away_until: date | None
    last: RowMapping | None
    """Its last contact."""
    attempts: tuple[RowMapping, ...]
    """Visits of this week that are no contacts, the newest first."""

    @property
    def name(self) -> str | None:
        """The name of its head, where the town shows names."""
        return self.home["name"]

    @property
    def mark(self) -> str:
        """What the house is known by: its door, else its address, else its code."""
        return mark(self.home)

    @property
    def may_be_visited(self) -> bool:
        """Whether a visit can be entered."""
        return self.status not in NOT_TO_BE_VISITED


@dataclass(frozen=True, slots=True)
class OwnGrid:
    """A grid of a member: its households, and who else is there."""

    village: str
    village_id: int
    plan_id: int
    number: int
    role: OwnRole
    until: date | None
    """The last day of a cover."""
    start: date | None
    paused_until: date | None
    """The last day of the pause that today is in."""
    office_phone: str | None
    leads: tuple[Person, ...]
    deputies: tuple[Person, ...]
    covers: tuple[Person, ...]
    own_home: str | None
    """What the lead's own house is known by, which is not in the list."""
    due: tuple[OwnHousehold, ...]
    done: tuple[OwnHousehold, ...]
    """Those contacted this week."""
    rest: tuple[OwnHousehold, ...]
    resting: tuple[OwnHousehold, ...]
    """Those that are not to be visited at present."""

    @property
    def households(self) -> tuple[OwnHousehold, ...]:
        """All of them in walking order."""
        return tuple(sorted((*self.due, *self.done, *self.rest, *self.resting), key=lambda one: one.place))


@dataclass(frozen=True, slots=True)
class OwnList:
    """The grids of a member, and the days of which visits can be entered, today first."""

    grids: tuple[OwnGrid, ...]
    days: tuple[date, ...]
    heads_a_group: bool
    """Whether the member is the head of a party group."""

    @property
    def households(self) -> dict[int, OwnHousehold]:
        """All households by id."""
        return {home.id: home for grid in self.grids for home in grid.households}


def mark(home: Row) -> str:
    """Return what a house is known by: its door, else its address, else its code."""
    return str(home["door"] or home["address"] or home["code"])


def own_list(store: Store, actor: Actor, *, today: date, town: TownState, names: bool = False) -> OwnList:
    """Return the grids of a member with their households, whose heads have `names` where the town shows them.

    Raises
    ------
    NotFound
        The account is no member's.
    """
    member_id = member_of(actor)
    of = own_grids(store, member_id, today, town)
    with store.read() as connection:
        seen = _Seen(connection, of, member_id, today, names=names)
        made = tuple(
            _own_grid(
                grid.with_last(seen.days),
                charge,
                seen,
                _role(charge, member_id),
                of.cover_ends.get((grid.village_id, grid.number), of.cover_ends.get((grid.village_id, None))),
                of.paused.get(grid.village_id, of.paused[None]),
                today,
            )
            for grid, charge in of.charged
        )
    return OwnList(made, days_offered(today), of.heads_a_group)


@dataclass(frozen=True, slots=True)
class OwnHouseholdPage:
    """A household of the own grids, and the visits of the last weeks to it by whoever calls on it."""

    household: OwnHousehold
    grid: OwnGrid
    visits: tuple[RowMapping, ...]


def own_household(
    store: Store, actor: Actor, household_id: int, *, today: date, town: TownState, names: bool = False
) -> OwnHouseholdPage:
    """Return a household of the own grids, with the name of its head if there are to be `names`.

    Raises
    ------
    NotFound
        It is in none of them, or it is the lead's own.
    """
    for grid in own_list(store, actor, today=today, town=town, names=names).grids:
        for home in grid.households:
            if home.id == household_id:
                with store.read() as connection:
                    seen = visits.of_households(connection, [household_id], first=today - SHOWN, last=today)
                return OwnHouseholdPage(home, grid, tuple(row for row in seen if row["state"] == "standing"))
    raise NotFound("entrance.not_here")


def days_offered(today: date) -> tuple[date, ...]:
    """Return today, yesterday and the days of this week, the latest first."""
    first = min(Week.of(today).monday, today - DAY)
    return tuple(today - DAY * n for n in range((today - first).days + 1))


class _Seen:
    """What is shown of the households and people of grids, looked up at once."""

    def __init__(self, connection: Connection, of: OwnGrids, member_id: int, today: date, *, names: bool) -> None:
        self.homes, self.others = of.homes, of.others
        if not names:
            self.homes = {id_: {**home, "name": None} for id_, home in of.homes.items()}
        this_week = Window(Week.of(today).monday, today)
        self.last, self.attempts = own.contacts_and_attempts(connection, of.homes, this_week)
        self.days = {id_: row["day"] for id_, row in self.last.items()}
        self.order = walking_orders.orders_of(connection, [member_id]).get(member_id, [])

    def household(self, one: HouseholdContact, place: int, today: date, paused: Collection[date]) -> OwnHousehold:
        """Return a household of them at its place in the walking order."""
        state = one.record.state(today)
        return OwnHousehold(
            id=one.id,
            place=place,
            home=self.homes[one.id],
            status=status(one.record, today, paused),
            back_on=one.record.back_on(today),
            away_until=state.until if state is not None and state.kind == "away" else None,
            last=self.last.get(one.id),
            attempts=tuple(self.attempts.get(one.id, ())),
        )

    def persons(self, ids: Iterable[int | None]) -> tuple[Person, ...]:
        """Return people of them, without the member whose list it is."""
        rows = (self.others[id_] for id_ in ids if id_ is not None and id_ in self.others)
        return tuple(Person(row["name"], row["phone"]) for row in rows)


def _own_grid(
    grid: GridContact,
    charge: InCharge,
    seen: _Seen,
    role: OwnRole,
    until: date | None,
    paused: Collection[date],
    today: date,
) -> OwnGrid:
    due = due_this_week([one.record for one in grid.households], today, paused)
    walk = in_chosen_order([one.id for one in grid.households], seen.order)
    place_of = {id_: place for place, id_ in enumerate(walk, start=1)}
    homes = [seen.household(one, place_of[one.id], today, paused) for one in grid.households]
    own_home = next((home.mark for home in homes if home.status == "own"), None)
    first = [homes[row] for row in due]
    first.sort(key=lambda home: (home.status != "overdue", home.place if seen.order else 0))
    others = [home for row, home in enumerate(homes) if row not in set(due) and home.status != "own"]
    others.sort(key=lambda home: home.place)
    monday = Week.of(today).monday
    done = [home for home in others if home.last is not None and home.last["day"] >= monday]
    resting = [home for home in others if home not in done and home.status in RESTING]
    here = seen.homes[grid.households[0].id]
    return OwnGrid(
        village=here["village"],
        village_id=grid.village_id,
        plan_id=grid.plan_id,
        number=grid.number,
        role=role,
        until=until if role == "cover" else None,
        start=grid.start,
        paused_until=_last_of_pause(today, paused),
        office_phone=here["office_phone"],
        leads=seen.persons([charge.lead]),
        deputies=seen.persons(charge.deputies),
        covers=seen.persons(charge.covers),
        own_home=own_home,
        due=tuple(first),
        done=tuple(done),
        rest=tuple(home for home in others if home not in done and home not in resting),
        resting=tuple(sorted(resting, key=lambda home: home.back_on is None)),
    )


def _role(charge: InCharge, member_id: int) -> OwnRole:
    return "lead" if charge.lead == member_id else "deputy" if member_id in charge.deputies else "cover"


def _last_of_pause(today: date, paused: Collection[date]) -> date | None:
    last = today
    while last in paused:
        last += DAY
    return last - DAY if last > today else None


def member_of(actor: Actor) -> int:
    """Return the member whose account it is.

    Raises
    ------
    NotFound
        It is no member's.
    """
    if actor.member_id is None:
        raise NotFound("entrance.not_here")
    return actor.member_id
