"""The grids that a member calls on, on a day. What no visit changes of them is kept until a list changes."""

from __future__ import annotations

from collections.abc import Mapping
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
            found = _read(connection, member_id, day, town.zone)
        store.kept_grids.keep(member_id, version, found)
    return found


def _read(connection: Connection, member_id: int, day: date, zone: ZoneInfo) -> OwnGrids:
    charged = grids_of(connection, member_id, day, zone)
    ids = [home.id for grid, _ in charged for home in grid.households]
    return OwnGrids(
        charged=tuple((grid.with_last({}), charge) for grid, charge in charged),
        homes={**own.homes(connection, ids)},
        others=own.people(connection, {id_ for _, charge in charged for id_ in charge.all} - {member_id}),
        paused=records.paused(connection, [grid.village_id for grid, _ in charged]),
        cover_ends=own.cover_ends(connection, member_id, day),
        heads_a_group=groups.heads_a_group(connection, member_id),
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
