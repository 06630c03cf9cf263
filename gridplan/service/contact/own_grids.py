"""The grids that a member calls on, on a day. What no visit changes of them is kept until a list changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping

from gridplan.service.admin.town_state import TownState
from gridplan.store import Store
from gridplan.store.chain import groups
from gridplan.store.contact import own, records
from gridplan.store.contact.covers import InCharge, in_charge
from gridplan.store.contact.records import GridContact, grid_contacts
from gridplan.store.rows import Row


@dataclass(frozen=True, slots=True)
class OwnGrids:
    """The grids of a member on a day, as lists and plans have them: nothing of it follows from visits."""

    charged: tuple[tuple[GridContact, InCharge], ...]
    """The grids with who calls on them; when their households were contacted last is not in their records."""
    homes: Mapping[int, Row]
    """Their households by id."""
    others: Mapping[int, RowMapping]
    """The members who call on them too, by id."""
    paused: Mapping[int | None, frozenset[date]]
    """Days of pause by village; of all others under None."""
    cover_ends: Mapping[tuple[int, int | None], date]
    """Until when the member covers somebody, by village and number, or None for all grids there."""
    heads_a_group: bool
    """Whether the member is the head of a party group in force."""


def own_grids(store: Store, member_id: int, day: date, town: TownState) -> OwnGrids:
    """Return the grids of a member on a day: those kept, unless a list or a plan has changed since the town's state."""
    version = town.lists_key, day
    found: OwnGrids | None = store.kept_grids.get(member_id, version)
    if found is None:
        with store.read() as connection:
            plan_of = own.plans_of_member(connection, member_id, day, town.zone)
            villages = [_village_grids(store, connection, *of, day, town) for of in sorted(plan_of.items())]
            found = _of_member(villages, member_id, heads_a_group=groups.heads_a_group(connection, member_id))
        store.kept_grids.keep(member_id, version, found)
    return found


def _of_member(villages: Sequence[_VillageGrids], member_id: int, *, heads_a_group: bool) -> OwnGrids:
    charged = tuple(one for of in villages for one in of.charged if member_id in one[1].all)
    ids = [home.id for grid, _ in charged for home in grid.households]
    others = {id_ for _, charge in charged for id_ in charge.all} - {member_id}
    return OwnGrids(
        charged=charged,
        homes={id_: of.homes[id_] for of in villages for id_ in ids if id_ in of.homes},
        others={id_: of.members[id_] for of in villages for id_ in others if id_ in of.members},
        paused={village_id: days for of in villages for village_id, days in of.paused.items()},
        cover_ends={at: last for of in villages for at, last in of.cover_ends.get(member_id, {}).items()},
        heads_a_group=heads_a_group,
    )


@dataclass(frozen=True, slots=True)
class _VillageGrids:
    """What the grids of all members of a village are made of: their members come at one time of the week."""

    charged: tuple[tuple[GridContact, InCharge], ...]
    homes: Mapping[int, Row]
    members: Mapping[int, RowMapping]
    paused: Mapping[int | None, frozenset[date]]
    cover_ends: Mapping[int, Mapping[tuple[int, int | None], date]]
    """By who covers."""


def _village_grids(
    store: Store, connection: Connection, village_id: int, plan_id: int, day: date, town: TownState
) -> _VillageGrids:
    kept, version = store.kept_villages, (town.lists_key, day)
    found: _VillageGrids | None = kept.get(village_id, version)
    if found is None:
        with kept.making:  # many members of a village come at one moment
            found = kept.get(village_id, version) or _read_village(connection, village_id, plan_id, day, town.zone)
            kept.keep(village_id, version, found)
    return found


def _read_village(connection: Connection, village_id: int, plan_id: int, day: date, zone: ZoneInfo) -> _VillageGrids:
    charges = in_charge(connection, day, [plan_id])
    grids = grid_contacts(connection, day, zone, only=charges)
    ids = [home.id for grid in grids for home in grid.households]
    return _VillageGrids(
        charged=tuple((grid.with_last({}), charges[grid.plan_id, grid.number]) for grid in grids),
        homes=own.homes(connection, ids),
        members=own.people(connection, {id_ for charge in charges.values() for id_ in charge.all}),
        paused=records.paused(connection, [village_id]),
        cover_ends=own.cover_ends(connection, village_id, day),
    )


def grids_of(connection: Connection, member_id: int, day: date, zone: ZoneInfo) -> list[tuple[GridContact, InCharge]]:
    """Return the grids that a member leads, stands in for or covers on a day, with all who do."""
    plan_of = own.plans_of_member(connection, member_id, day, zone)
    if not plan_of:
        return []
    charges = in_charge(connection, day, plan_of.values())
    theirs = {at: charge for at, charge in charges.items() if member_id in charge.all}
    grids = grid_contacts(connection, day, zone, only=theirs)
    return [(grid, theirs[grid.plan_id, grid.number]) for grid in grids]
