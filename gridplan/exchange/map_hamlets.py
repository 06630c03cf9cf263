"""What a map draws of households without positions of their own: their hamlets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from gridplan.positions import HamletPositions
from gridplan.words import Lang, runs, say


def marks(
    hamlets: Sequence[HamletPositions], village: str, index: int, grid_index: Mapping[tuple[int, int], int], lang: Lang
) -> list[dict[str, Any]]:
    """Return the hamlets of a village of which households have no position of their own; those on one spot as one.

    Each has its village by its index, what it is called, its households, its grids by their indices (`grid_index` has
    them by the index of the village and their number), longitude and latitude of where its households stand (null: on
    no map), and its households and grids in words.
    """
    spots: dict[object, list[HamletPositions]] = {}
    for hamlet in hamlets:
        if hamlet.unplaced:
            spots.setdefault(hamlet.place or hamlet.name, []).append(hamlet)
    return [
        {
            "village": index,
            "name": _name(on_spot, village, lang),
            "households": sum(hamlet.households for hamlet in on_spot),
            "grids": [grid_index[index, number] for number in sorted(_grids(on_spot))],
            "at": on_spot[0].place and [round(degrees, 6) for degrees in on_spot[0].place],
            "figures": _figures(on_spot, lang),
        }
        for on_spot in spots.values()
    ]


def _name(hamlets: Sequence[HamletPositions], village: str, lang: Lang) -> str:
    if len(hamlets) > 1:
        return say("map.hamlets_together", lang, village=village, n=len(hamlets))
    return hamlets[0].name or village


def _figures(hamlets: Sequence[HamletPositions], lang: Lang) -> str:
    n, grids = sum(hamlet.households for hamlet in hamlets), _grids(hamlets)
    if not grids:
        return say("map.hamlet_households", lang, n=n)
    return say("map.hamlet_figures", lang, n=n, grids=runs(grids))


def _grids(hamlets: Iterable[HamletPositions]) -> set[int]:
    return set(chain.from_iterable(hamlet.grids for hamlet in hamlets))
