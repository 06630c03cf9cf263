"""What is to be known of a town before anything is answered: its settings, and since when something is due in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection, func, select

from gridplan.store import Store
from gridplan.store.contact import terms
from gridplan.store.plans import schedule
from gridplan.store.system import list_changes
from gridplan.store.system.town_settings import TownSettings, read_settings
from gridplan.store.tables import plan_schedule, term_change, village_change

_ASKED: Final = select(
    list_changes.KEY.scalar_subquery(),
    select(func.min(term_change.c.day)).where(terms.IS_WAITING).scalar_subquery(),
    select(func.min(plan_schedule.c.day)).where(schedule.IS_NOT_HELD).scalar_subquery(),
    select(func.min(village_change.c.until_day)).scalar_subquery(),
)


@dataclass(frozen=True, slots=True)
class TownState:
    """The settings of a town, and the first day of what was confirmed for a day."""

    settings: TownSettings
    due_from: date | None
    """The first day of a change of term or of a plan, or from which grids lose their former numbers."""

    def is_due(self, day: date) -> bool:
        """Return whether the day of any of that has come."""
        return self.due_from is not None and self.due_from <= day


def read_town_state(store: Store, connection: Connection) -> TownState:
    """Return the state of a town; its settings are kept until lists or settings change."""
    key, *days = connection.execute(_ASKED).one()
    settings: TownSettings | None = store.kept.get(TownSettings, key) if key is not None else None
    if settings is None:
        settings = read_settings(connection)
        store.kept.keep(TownSettings, key, settings)
    return TownState(settings, min((day for day in days if day is not None), default=None))
