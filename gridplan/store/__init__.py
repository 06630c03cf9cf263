"""The database of the service: SQLite in a folder, or PostgreSQL with PostGIS. The only SQL is in this package."""

from gridplan.store.database import Change, Store, Who

__all__ = ["Change", "Store", "Who"]
