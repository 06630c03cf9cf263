"""What of contact changes hands when a plan comes into force: households due that get another lead, and other cadences.

Days go on: a visit names its household, and nothing begins anew. The counts are told by grid, never of a member.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.contact.status import Cadence, shown, status
from gridplan.model import Household
from gridplan.service.plans.publish import PublishPreview
from gridplan.store import Store
from gridplan.store.contact.cadences import Cadences
from gridplan.store.contact.covers import in_charge
from gridplan.store.contact.records import GridContact, grid_contacts, paused
from gridplan.store.registry import households, members


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The households of a grid that get another lead, and how they stand with the cadence that they then have."""

    number: int
    """Of the grid they come to, or stay in."""
    households: int
    due: int
    overdue: int


@dataclass(frozen=True, slots=True)
class CadenceChange:
    """A household that is to be reached more or less often than before."""

    home: Household
    before: Cadence
    after: Cadence


@dataclass(frozen=True, slots=True)
class ContactChanges:
    """What of contact changes hands with a plan."""

    taken_over: tuple[TakenOver, ...] = ()
    cadences: tuple[CadenceChange, ...] = ()

    @property
    def due(self) -> int:
        """How many households that are due get another lead."""
        return sum(one.due for one in self.taken_over)

    @property
    def overdue(self) -> int:
        """How many households that are overdue get another lead."""
        return sum(one.overdue for one in self.taken_over)


def contact_changes(
    store: Store, previews: Sequence[PublishPreview], today: date, zone: ZoneInfo
) -> Mapping[int, ContactChanges]:
    """Return what of contact changes hands with each of some plans, by its id."""
    with store.read() as connection:
        return changes_of(connection, previews, today, zone)


def changes_of(
    connection: Connection, previews: Sequence[PublishPreview], today: date, zone: ZoneInfo
) -> Mapping[int, ContactChanges]:
    """Return the same within a transaction."""
    scope = [one.plan["village_id"] for one in previews]
    grids: dict[int, list[GridContact]] = defaultdict(list)
    for grid in grid_contacts(connection, today, zone, scope):
        grids[grid.village_id].append(grid)
    who = in_charge(connection, today, {grid.plan_id for of in grids.values() for grid in of})
    days_off, cadences = paused(connection, scope), Cadences(connection, today)
    home_ids, member_ids = households.ids_by_code(connection, scope), members.ids_by_code(connection)
    found = {}
    for one in previews:
        village_id = one.plan["village_id"]
        homes = {home_ids.get(home.household_id): home for home in one.planned.plan.households}
        leads = {number: member_ids.get(lead) for (_, number), lead in one.town.leads.items()}
        off = days_off.get(village_id, days_off[None])
        counts: dict[int, Counter[str]] = defaultdict(Counter)
        changed = []
        for grid in grids[village_id]:
            charged = who.get((grid.plan_id, grid.number))
            for inside in grid.households:
                home = homes.get(inside.id)
                number = one.planned.plan.grid_of.get(home.household_id) if home else None
                if home is None or number is None:
                    continue
                of = {"id": inside.id, "village_id": village_id, "number": number}
                if (cadence := cadences.of_household(of)) != inside.record.cadence:
                    changed.append(CadenceChange(home, inside.record.cadence, cadence))
                if leads.get(number) not in (None, charged.lead if charged else None):
                    record = replace(inside.record, cadence=cadence)
                    counts[number].update(("households", shown(status(record, today, off))))
        taken = (TakenOver(n, of["households"], of["due"], of["overdue"]) for n, of in sorted(counts.items()))
        found[one.id] = ContactChanges(tuple(taken), tuple(changed))
    return found
