"""Pictures of the ground that lie beneath the villages of a snapshot, for maps that carry them."""

from __future__ import annotations

from gridplan.exchange.imagery import StoredTiles
from gridplan.store import Store
from gridplan.store.registry import imagery
from gridplan.store.rows import Row


def pictures_of(store: Store, row: Row) -> tuple[StoredTiles, ...]:
    """Return the imagery of the villages of a snapshot, and of the town."""
    with store.read() as connection:
        found = [one for one in imagery.rows(connection, row["villages"]) if one["last_zoom"] is not None]
    return tuple(
        StoredTiles(
            one["name"],
            imagery.path(store, one["file"], imagery.TILES),
            (one["first_zoom"], one["last_zoom"]),
            (one["west"], one["south"], one["east"], one["north"]),
        )
        for one in found
    )
