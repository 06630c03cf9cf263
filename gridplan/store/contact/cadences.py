"""How often: cadences of households and grids, each from its day on, of the town, villages, grids and households."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, or_, select

from gridplan.contact.status import Cadence
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import Row, by_name, only_row
from gridplan.store.tables import cadence, household, village

TOWN_CADENCE: Final = Cadence(28)
GRID_CADENCE: Final = 7
"""Days: somebody in every grid each week."""
Key = tuple[str, int | None, int | None, int | None]
"""What a cadence is for: each household or a grid, and of which village, grid and household."""
_BEGUN: Final = select(cadence).where(cadence.c.from_day <= bindparam("day")).order_by(cadence.c.from_day, cadence.c.id)


class Cadences:
    """The cadences in force on a day: of a household, else its grid, else its village, else the town."""

    def __init__(self, connection: Connection, day: date) -> None:
        in_force = {key_of(row): (row["days"], row["grace"]) for row in _begun(connection, day)}
        self.given = {key: Cadence(days, grace) for key, (days, grace) in in_force.items() if days is not None}
        self.of_grids: dict[tuple[int, int], Cadence] = {}
        """Of the households of grids, but those that have one of their own."""

    @property
    def of_town(self) -> Cadence:
        """How often a household is to be reached where nothing else is set."""
        return self._first("household", (None, None, None)) or TOWN_CADENCE

    def of_household(self, home: Row) -> Cadence:
        """Return how often a household is to be reached."""
        own = self.given.get(("household", None, None, home["id"]))
        return own or self._of_households(home["village_id"], home["number"])

    def _of_households(self, village_id: int, number: int) -> Cadence:
        grid = village_id, number
        if grid not in self.of_grids:
            found = self._first("household", (*grid, None), (village_id, None, None))
            self.of_grids[grid] = found or self.of_town
        return self.of_grids[grid]

    def of_grid(self, village_id: int | None = None, number: int | None = None) -> int:
        """Return in how many days somebody in a grid is to be reached: in one of a village, or anywhere."""
        found = self._first("grid", (village_id, number, None), (village_id, None, None), (None, None, None))
        return found.days if found else GRID_CADENCE

    @property
    def longest_of_grids(self) -> int:
        """The most days in which somebody in a grid is to be reached, of all grids."""
        return max((of.days for (subject, *_), of in self.given.items() if subject == "grid"), default=GRID_CADENCE)

    def _first(self, subject: str, *of: tuple[int | None, int | None, int | None]) -> Cadence | None:
        found = (self.given.get((subject, *one)) for one in of)
        return next((one for one in found if one), None)


def key_of(row: Row) -> Key:
    """Return what the cadence of a row is for: of two for the same the later one holds."""
    return row["subject"], row["village_id"], row["number"], row["household_id"]


def _begun(connection: Connection, day: date) -> list[RowMapping]:
    return list(connection.execute(_BEGUN, {"day": day}).mappings())


def in_force_and_to_come(connection: Connection, day: date, scope: Scope = None) -> list[RowMapping]:
    """Return the cadences of the town and of a scope that are in force on a day or begin later.

    With the names of their villages and households; those of the whole town first.
    """
    begun = _begun(connection, day)
    ended = {row["id"] for row in begun} - set({key_of(row): row["id"] for row in begun}.values())
    of_village = func.coalesce(cadence.c.village_id, household.c.village_id)
    found = (
        select(cadence, village.c.name.label("village"), household.c.name.label("household"))
        .add_columns(household.c.code, village.c.id.label("of_village"))
        .outerjoin(household, household.c.id == cadence.c.household_id)
        .outerjoin(village, village.c.id == of_village)
        .where(or_(of_village.is_(None), in_scope(of_village, scope)), cadence.c.id.not_in(ended))
        .order_by(
            of_village.is_not(None), by_name(village.c.name), cadence.c.number, household.c.code, cadence.c.from_day
        )
    )
    return list(connection.execute(found).mappings())


def by_id(connection: Connection, cadence_id: int) -> RowMapping:
    """Return a cadence, with the village that it or its household is of.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    of_village = func.coalesce(cadence.c.village_id, household.c.village_id).label("of_village")
    found = select(cadence, of_village).outerjoin(household, household.c.id == cadence.c.household_id)
    return only_row(connection, found.where(cadence.c.id == cadence_id))


def add(connection: Connection, values: Mapping[str, Any]) -> None:
    """Add a cadence; another one for the same from the same day never was."""
    same = [cadence.c[name].is_not_distinct_from(values[name]) for name in SAME]
    connection.execute(delete(cadence).where(*same))
    connection.execute(insert(cadence).values(**values))


SAME: Final = ("subject", "village_id", "number", "household_id", "from_day")


def remove(connection: Connection, cadence_id: int) -> None:
    """Remove a cadence that was a mistake."""
    connection.execute(delete(cadence).where(cadence.c.id == cadence_id))
