"""What the town has decided, and what time it is there: the same throughout a request. Tests set another clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import cast
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g

from gridplan.service.admin.town_state import TownState, read_town_state
from gridplan.store import Store
from gridplan.store.system.town_settings import TownSettings

Clock = Callable[[], datetime]


def set_clock(app: Flask) -> None:
    """Give the application a clock."""
    app.extensions["clock"] = lambda: datetime.now(UTC)


def now() -> datetime:
    """Return the moment of this request, the same however often it is asked."""
    if "now" not in g:
        g.now = cast(Clock, current_app.extensions["clock"])()
    return cast(datetime, g.now)


def town_state() -> TownState:
    """Return the state of the town."""
    if "town_state" not in g:
        g.town_state = read_town_state(cast(Store, current_app.extensions["store"]))
    return cast(TownState, g.town_state)


def set_town_state(state: TownState) -> None:
    """Let this be the state of the town throughout the request."""
    g.town_state = state


def town_settings() -> TownSettings:
    """Return the settings of the town."""
    return town_state().settings


def zone() -> ZoneInfo:
    """Return the town's time zone."""
    return town_state().zone


def today() -> date:
    """Return the day of this request in the town's time zone."""
    if "today" not in g:
        g.today = now().astimezone(zone()).date()
    return cast(date, g.today)
