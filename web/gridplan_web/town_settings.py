"""What the town has decided, read once for everything that is asked in one request."""

from __future__ import annotations

from typing import cast

from flask import current_app, g

from gridplan.store import Store
from gridplan.store.system.settings import TownSettings, read_settings


def of_town() -> TownSettings:
    """Return the settings of the town."""
    if "settings" not in g:
        with cast(Store, current_app.extensions["store"]).read() as connection:
            g.settings = read_settings(connection)
    return cast(TownSettings, g.settings)
