"""Pictures of the ground within a map that is one file, as fine as there is room for them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gridplan.exchange.imagery import StoredTiles, mime_of, read_tiles

Around = tuple[float, float, float, float]
"""West, south, east and north, in degrees."""


@dataclass(frozen=True, slots=True)
class CarriedImagery:
    """Pictures as the script of a map draws them, and whether they are stored finer than that."""

    layers: tuple[Mapping[str, object], ...] = ()
    is_coarser: bool = False


def carried_imagery(pictures: Sequence[StoredTiles], around: Around, room: int) -> CarriedImagery:
    """Return pictures of a part of the earth: zoom after zoom from the coarsest, while so many bytes hold them."""
    tiles: list[dict[str, str]] = [{} for _ in pictures]
    deepest = max((one.zooms[1] for one in pictures), default=-1)
    carried = -1
    for zoom in range(deepest + 1):
        level = [_level(one, zoom, around, room) for one in pictures]
        room -= sum(len(name) + len(tile) for found in level for name, tile in found.items())
        if room < 0:
            break
        carried = zoom
        for known, found in zip(tiles, level, strict=True):
            known |= found
    layers = (_layer(at, one, carried, tiles[at]) for at, one in enumerate(pictures) if tiles[at])
    return CarriedImagery(tuple(layers), carried < deepest)


def _level(one: StoredTiles, zoom: int, around: Around, room: int) -> Mapping[str, str]:
    """Return the tiles of a zoom as addresses of data; of more than there is room for, no more than show that."""
    found: dict[str, str] = {}
    first, last = one.zooms
    for name, tile in read_tiles(one, zoom, around) if first <= zoom <= last else ():
        found[name] = f"data:{mime_of(tile)};base64,{base64.b64encode(tile).decode()}"
        room -= len(name) + len(found[name])
        if room < 0:
            break
    return found


def _layer(at: int, one: StoredTiles, carried: int, tiles: Mapping[str, str]) -> Mapping[str, object]:
    zooms = (one.zooms[0], min(one.zooms[1], carried))
    return {"id": at, "name": one.name, "zooms": zooms, "around": one.around, "tiles": tiles}
