"""What is to be known before anything is answered: settings, since when something is due, and the session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, func, select

from gridplan.service.access.passwords import hash_secret
from gridplan.store import Store
from gridplan.store.access import sessions
from gridplan.store.access.sessions import Session
from gridplan.store.contact import terms
from gridplan.store.plans import schedule
from gridplan.store.system import list_changes
from gridplan.store.system.town_settings import TownSettings, read_settings
from gridplan.store.tables import plan_schedule, term_change, village_change

_DUE: Final = (
    select(func.min(term_change.c.day)).where(terms.IS_WAITING).scalar_subquery().label("term"),
    select(func.min(plan_schedule.c.day)).where(schedule.IS_NOT_HELD).scalar_subquery().label("plan"),
    select(func.min(village_change.c.until_day)).scalar_subquery().label("numbers"),
)
_STATE: Final = select(list_changes.KEY.scalar_subquery().label("lists_key"), *_DUE)
_STATE_AND_SESSION: Final = sessions.beside_session(_STATE)


@dataclass(frozen=True, slots=True)
class TownState:
    """The settings of a town, the key of its lists, and the first day of what was confirmed for a day."""

    settings: TownSettings
    lists_key: int | None
    """Another one after a change of lists, plans or settings; None where there are no villages."""
    due_from: date | None
    """The first day of a change of term or of a plan, or from which grids lose their former numbers."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the town."""
        return ZoneInfo(self.settings.time_zone)

    def is_due(self, day: date) -> bool:
        """Return whether the day of any of that has come."""
        return self.due_from is not None and self.due_from <= day


def read_town_state(store: Store) -> TownState:
    """Return the state of a town; its settings are kept until lists or settings change."""
    with store.read_statement() as connection:
        return _state_of_row(store, connection, connection.execute(_STATE).mappings().one())


def read_state_and_session(store: Store, token: str) -> tuple[TownState, Session | None]:
    """Return the state of a town and the session of a token, if its account is not disabled, by one statement."""
    with store.read_statement() as connection:
        row = connection.execute(_STATE_AND_SESSION, {"hash": hash_secret(token)}).mappings().one()
        return _state_of_row(store, connection, row), sessions.session_of_row(connection, row)


def _state_of_row(store: Store, connection: Connection, row: RowMapping) -> TownState:
    key = row["lists_key"]
    settings: TownSettings | None = store.kept.get(TownSettings, key) if key is not None else None
    if settings is None:
        settings = read_settings(connection)
        store.kept.keep(TownSettings, key, settings)
    return TownState(settings, key, min((row[of.name] for of in _DUE if row[of.name] is not None), default=None))
