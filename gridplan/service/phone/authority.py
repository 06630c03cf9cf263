"""Which households a member has in charge on a day, also when a redrawn plan came while the phone had no signal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.contact.status import status
from gridplan.service.contact.own_grids import grids_of
from gridplan.service.contact.own_list import NOT_TO_BE_VISITED
from gridplan.store.contact.corrections import others_of
from gridplan.store.contact.covers import GridNumber
from gridplan.store.contact.merges import merged_into
from gridplan.store.phone.devices import Device

OUTDATED: Final = timedelta(days=14)
"""How long after a plan was redrawn a list that was fetched before is still good."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What a member has in charge on a day."""

    grids: dict[GridNumber, int]
    """With the village of each."""
    homes: dict[int, int]
    """All households but the lead's own, with the village of each."""
    to_visit: frozenset[int]
    """Those at which a visit may be entered."""


@dataclass
class Authority:
    """What a member may tell of, looked up once for each day."""

    connection: Connection
    member_id: int
    today: date
    zone: ZoneInfo
    _on: dict[date, Charge] = field(default_factory=dict)

    def current(self, household_id: int) -> int:
        """Return the household that all of it is now."""
        return self._merged.get(household_id, household_id)

    def homes(self, day: date, list_: date) -> frozenset[int]:
        """Return all households in charge."""
        return frozenset(home for charge in self._charges(day, list_) for home in charge.homes)

    def is_over(self, device: Device) -> bool:
        """Return whether all that a phone sends is kept apart: its member's part has ended, and there is none today."""
        has_part = device.ended_why == "handover" and bool(self._charge(self.today).grids)
        return device.ended_at is not None and not has_part

    def may_visit(self, household_id: int, day: date, list_: date) -> bool:
        """Return whether a visit of a day counts, entered in a list of another day."""
        home = self.current(household_id)
        return any(home in charge.to_visit for charge in self._charges(day, list_))

    def village_of_home(self, household_id: int, day: date, list_: date) -> int | None:
        """Return the village of a household in charge, None where it is not."""
        home, charges = self.current(household_id), self._charges(day, list_)
        return next((charge.homes[home] for charge in charges if home in charge.homes), None)

    def village_of_grid(self, grid: GridNumber, day: date, list_: date) -> int | None:
        """Return the village of a grid in charge, None where it is not."""
        charges = self._charges(day, list_)
        return next((charge.grids[grid] for charge in charges if grid in charge.grids), None)

    def _charges(self, day: date, list_: date) -> tuple[Charge, ...]:
        held = min(max(list_, day - OUTDATED), self.today)
        return self._charge(day), self._charge(held)

    @cached_property
    def _merged(self) -> dict[int, int]:
        return merged_into(self.connection)

    def _charge(self, day: date) -> Charge:
        if day not in self._on:
            grids = [grid for grid, _ in grids_of(self.connection, self.member_id, day, self.zone)]
            states = {home: status(home.record, day) for grid in grids for home in grid.households}
            self._on[day] = Charge(
                {(grid.plan_id, grid.number): grid.village_id for grid in grids},
                {home.id: home.village_id for home, of in states.items() if of != "own"},
                frozenset(home.id for home, of in states.items() if of not in NOT_TO_BE_VISITED),
            )
        return self._on[day]


@dataclass
class AnyHousehold(Authority):
    """What the desk accepts of what was kept apart: it may be of any household of a village."""

    village_id: int = 0

    def may_visit(self, household_id: int, day: date, list_: date) -> bool:
        """Return that a visit counts."""
        return True

    def village_of_home(self, household_id: int, day: date, list_: date) -> int | None:
        """Return the village."""
        return self.village_id

    def homes(self, day: date, list_: date) -> frozenset[int]:
        """Return all households of the village."""
        return frozenset(row["id"] for row in others_of(self.connection, self.village_id))
