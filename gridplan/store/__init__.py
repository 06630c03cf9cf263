"""The database of the service: SQLite in a folder, or PostgreSQL with PostGIS. The only SQL is in this package."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridplan.store.database import Change, Store, Who

__all__ = ["Change", "Store", "Who"]


def __getattr__(name: str) -> object:
    """Load the database when it is asked for: it brings SQLAlchemy, which plans of files do without."""
    if name in __all__:
        return getattr(import_module("gridplan.store.database"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
