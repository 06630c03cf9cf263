"""How the map of a town is coloured: so that neighbours differ, by size, lead or walk; the classes and their counts.

A quantity has the classes of one ramp, with round breaks. What has no value is a class with a pattern of its own.
The colours are in palette.json, for light and dark screens; the scripts read them from there too.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridplan.model import DrawnGrid, PlannedVillage, TownPlan
from gridplan.words import Lang, Message, metres

PALETTE: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("palette.json").read_text(encoding="utf-8"))
TINTS: Final = len(PALETTE["light"]["tints"])
CLASSES: Final = len(PALETTE["light"]["ramp"])
STEPS: Final = tuple(step * 10**power for power in range(6, -1, -1) for step in (5, 2, 1))
"""What breaks are multiples of, in metres, from coarse to fine."""
NEIGHBOUR_DEGREES: Final = 1e-5
"""Outlines this close (about a metre) share a border on the map, though their files may not agree on the last digit."""

Mark = Literal["small", "ramp", "large", "plain", "empty", "hatched", "dotted", "barred"]
"""How a class is drawn: grids too small or too large have marks of their own, those without a value a pattern.

Empty is the grid that somebody should see first; what is not known is hatched, what is in no figure dotted, what is
paused barred.
"""


@dataclass(frozen=True, slots=True)
class Class:
    """A class of the legend: how it is drawn, on the ramp which step, and what it says."""

    mark: Mark
    text: Message
    step: int = 0
    key: str | None = None
    """What it is called in addresses, where a list of its grids has one."""


@dataclass(frozen=True, slots=True)
class View:
    """A way to colour the map: its classes, and of every grid the index of its class."""

    key: str
    classes: tuple[Class, ...]
    of_grid: tuple[int, ...]

    def drawn(self, lang: Lang) -> dict[str, Any]:
        """Return it as the script draws it; classes without a grid are left out of the legend, not of the ramp."""
        counts = Counter(self.of_grid)
        return {
            "key": self.key,
            "classes": [
                {"mark": one.mark, "step": one.step, "text": one.text.say(lang), "count": counts[index], "key": one.key}
                for index, one in enumerate(self.classes)
            ],
            "grids": self.of_grid,
        }


def views(town: TownPlan, lang: Lang) -> list[dict[str, Any]]:
    """Return the ways to colour a town, grids in the order of its villages."""
    return [view.drawn(lang) for view in (by_size(town), by_lead(town), by_walk(town, lang))]


def _grids(town: TownPlan) -> Iterator[tuple[PlannedVillage, DrawnGrid]]:
    return ((village, grid) for village in town.villages for grid in village.grids)


def by_size(town: TownPlan) -> View:
    """Return steps between the least and the most households, and those below and above."""
    least = min((village.bounds.least for village in town.villages if village.grids), default=10)
    most = max((village.bounds.most for village in town.villages if village.grids), default=15)
    steps = [part.tolist() for part in np.array_split(range(least, most + 1), CLASSES) if len(part)]
    below, above = Class("small", Message("town.size.below")), Class("large", Message("town.size.above"))
    ramp = (Class("ramp", _from_to(step[0], step[-1]), index) for index, step in enumerate(steps))
    class_of = {size: index for index, step in enumerate(steps, 1) for size in step}

    def index(village: PlannedVillage, grid: DrawnGrid) -> int:
        n = village.counted_in(grid)
        if village.bounds.holds(n):
            return class_of[n]
        return 0 if n < village.bounds.least else len(steps) + 1

    return View("size", (below, *ramp, above), tuple(index(village, grid) for village, grid in _grids(town)))


def by_lead(town: TownPlan) -> View:
    """Return grids with and without a lead."""
    classes = (Class("plain", Message("town.lead.has")), Class("hatched", Message("town.lead.none")))
    of_grid = tuple(int((village.plan.village, grid.number) not in town.leads) for village, grid in _grids(town))
    return View("lead", classes, of_grid)


def by_walk(town: TownPlan, lang: Lang) -> View:
    """Return classes of the walk of a grid, and the grids whose walk nobody knows."""
    walks = [grid.walk_m for _, grid in _grids(town)]
    breaks = round_breaks([walk for walk in walks if walk is not None])
    edges = [metres(edge, lang) for edge in breaks]
    texts = [
        Message("town.walk.below", {"most": edges[0]}) if edges else Message("town.walk.any"),
        *(Message("town.walk.between", {"least": a, "most": b}) for a, b in pairwise(edges)),
        *([Message("town.walk.above", {"least": edges[-1]})] if edges else []),
    ]
    classes = [Class("ramp", text, step) for step, text in enumerate(texts)]
    classes.append(Class("hatched", Message("town.walk.unknown")))
    unknown = len(classes) - 1
    step_of = np.searchsorted(breaks, [walk or 0.0 for walk in walks], side="right").tolist()
    of_grid = tuple(unknown if walk is None else step for walk, step in zip(walks, step_of, strict=True))
    return View("walk", tuple(classes), of_grid)


def round_breaks(values: Sequence[float]) -> list[int]:
    """Return round numbers, rising, that part lengths into `CLASSES` classes, fewer where they do not fill so many.

    They are as near to equal shares as multiples of the coarsest step can be that leaves in every class a third of its
    share; from a kilometre on lengths are written in tenths of one.
    """
    for count in range(CLASSES if values else 0, 1, -1):
        shares = np.quantile(values, np.arange(1, count) / count)
        for step in STEPS:
            steps = np.where(shares < 1000, step, max(step, 100))
            breaks = (np.rint(shares / steps) * steps).astype(int)
            counts = np.bincount(np.searchsorted(breaks, values, side="right"), minlength=count)
            if counts.min() >= len(values) / count / 3:
                return [int(edge) for edge in breaks]
    return []


def _from_to(least: int, most: int) -> Message:
    if least == most:
        return Message("town.size.one", {"n": least})
    return Message("town.size.range", {"least": least, "most": most})


def tints(outlines: Sequence[BaseGeometry | None]) -> list[int]:
    """Return a tint from 0 to `TINTS` - 1 for each outline, so that neighbours differ.

    Coloured in the reverse of smallest-degree-last order, six colours are enough for any planar map
    (Matula and Beck 1983); among the free ones the least used is taken.
    """
    neighbours: list[set[int]] = [set() for _ in outlines]
    shapes = np.array(outlines, object)
    for one, other in shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=NEIGHBOUR_DEGREES).T.tolist():
        if one != other:
            neighbours[one].add(other)
    tint_of: dict[int, int] = {}
    used = [0] * TINTS
    for outline in reversed(_smallest_last(neighbours)):
        near = [tint_of[neighbour] for neighbour in neighbours[outline] if neighbour in tint_of]
        tint = min(range(TINTS), key=lambda tint: (near.count(tint), used[tint], tint))
        tint_of[outline] = tint
        used[tint] += 1
    return [tint_of[outline] for outline in range(len(outlines))]


def _smallest_last(neighbours: list[set[int]]) -> list[int]:
    """Return the nodes in the order of taking away, each time, one with the fewest neighbours still there."""
    degree = [len(near) for near in neighbours]
    buckets: list[list[int]] = [[] for _ in range(max(degree, default=0) + 1)]
    for node in reversed(range(len(neighbours))):
        buckets[degree[node]].append(node)
    order: list[int] = []
    gone = [False] * len(neighbours)
    while len(order) < len(neighbours):
        node = next(bucket for bucket in buckets if bucket).pop()
        if gone[node]:
            continue  # an older entry: its degree has fallen since
        gone[node] = True
        order.append(node)
        for near in sorted(neighbours[node]):
            if not gone[near]:
                degree[near] -= 1
                buckets[degree[near]].append(near)
    return order
