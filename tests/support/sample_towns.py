"""Small towns drawn by hand for the tests of maps and pages: no reader, no engine, no generator."""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely

from gridplan.coordinates import LocalFrame
from gridplan.model import DrawnGrid, Household, PartyGroup, Plan, PlanException, PlannedVillage, SizeBounds, TownPlan
from gridplan.words import Message

FRAME = LocalFrame(119.43, 31.41)
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡", "建国秀英明德桂兰志强春梅海燕"


def village(name: str, west: float, south: float, levels: int, seed: int) -> PlannedVillage:
    """Return a village of 12 * 2**levels households in 2**levels grids on a square of 1.6 km, eight a party group."""
    rng = np.random.default_rng(seed)
    count = 12 * 2**levels
    centres = rng.uniform(200, 1400, (max(3, levels), 2))
    xy = centres[rng.integers(len(centres), size=count)] + rng.normal(0, 110, (count, 2))
    xy = np.clip(xy, 20, 1580) + np.array([west, south])
    labels = halves(xy, np.arange(count), levels)
    square = shapely.box(west, south, west + 1600, south + 1600)
    cells = shapely.voronoi_polygons(shapely.multipoints(xy), extend_to=square, ordered=True)
    pieces = shapely.intersection(shapely.get_parts(cells), square)
    outlines = [shapely.union_all(pieces[labels == number]) for number in range(1, 2**levels + 1)]
    lonlat = FRAME.to_degrees(xy)
    households = tuple(
        Household(
            f"{name}{i:04d}", name, lonlat[i, 0], lonlat[i, 1],
            name="".join([rng.choice(list(SURNAMES)), *rng.choice(list(GIVEN), 2)]),
            door=f"{i + 1}号", hamlet=f"{1 + i % 5}组",
        )
        for i in range(count)
    )  # fmt: skip
    plan = Plan(name, households, {household.household_id: int(labels[i]) for i, household in enumerate(households)})
    grids = tuple(
        DrawnGrid(
            number, 12, float(300 + 17 * number), True, FRAME.shape_to_degrees(outline), group_number=(number + 7) // 8
        )
        for number, outline in enumerate(outlines, start=1)
    )
    groups = tuple(PartyGroup(number) for number in sorted({grid.group_number for grid in grids}))
    return PlannedVillage(plan, SizeBounds(), FRAME.shape_to_degrees(square), True, grids, groups=groups)


def halves(xy: np.ndarray, rows: np.ndarray, levels: int) -> np.ndarray:
    """Return labels from 1: the points cut in half again and again, across their longer side."""
    labels = np.ones(len(rows), int)
    if levels:
        across = int(np.argmax(np.ptp(xy[rows], axis=0)))
        order = np.argsort(xy[rows, across], kind="stable")
        for half, offset in ((order[: len(rows) // 2], 0), (order[len(rows) // 2 :], 2 ** (levels - 1))):
            labels[half] = halves(xy, rows[half], levels - 1) + offset
    return labels


def odd_village(name: str = "小塘村") -> PlannedVillage:
    """Return a village of 18 households: 17 in one grid that is too large, 14 of them flats, one in no grid."""
    square = shapely.box(3200, 0, 4800, 1600)
    xy = [(3900.0, 700.0)] * 14 + [(3700.0, 500.0), (4300.0, 1100.0), (4000.0, 900.0), (4600.0, 200.0)]
    lonlat = FRAME.to_degrees(xy)
    households = tuple(
        Household(f"XT{i:02d}", name, *lonlat[i], name=None if i == 15 else f"住户{i}", door=f"1幢{i + 1}室")
        for i in range(18)
    )
    plan = Plan(name, households, {f"XT{i:02d}": 1 for i in range(17)}, {"XT17": Message("map.not_connected")})
    outline = FRAME.shape_to_degrees(square)
    too_large = PlanException(name, 17, Message("map.too_large", {"n": 17, "most": 15}), (Message("map.no_lead"),))
    grids = (DrawnGrid(1, 17, 1234.5, True, outline, group_number=1),)
    return PlannedVillage(plan, SizeBounds(), outline, True, grids, exceptions=(too_large,), groups=(PartyGroup(1),))


@cache
def town() -> TownPlan:
    """Return four villages and the odd one, side by side."""
    return TownPlan(
        (
            village("石桥村", 0, 0, 5, 1),
            village("和平村", 1600, 0, 4, 2),
            village("龙头村", 0, 1600, 4, 3),
            village("东湾村", 1600, 1600, 3, 4),
            odd_village(),
        )
    )


HOSTILE = [
    "<img src=x onerror=alert(1)>", "${alert(1)}", "</script><script>alert(1)</script>", "{{7*7}}", "{% raw %}",
    "`${alert(1)}`", "\"';alert(1)//", "back\\slash", "line\u2028break\u2029", "<!--<script>", "&lt;b&gt;", "䶮𫖯",
]  # fmt: skip


def hostile_town() -> TownPlan:
    """Return a town whose village, hamlets, doors, codes and names are all attempts to break the page."""
    calm = village("calm", 0, 0, 1, 5)
    twisted = [HOSTILE[i % len(HOSTILE)] for i in range(24)]
    households = tuple(
        Household(f"{name}#{i}", twisted[0], home.lon, home.lat, name=name, door=name, hamlet=name)
        for i, (name, home) in enumerate(zip(twisted, calm.plan.households, strict=True))
    )
    numbers = (calm.plan.grid_of[home.household_id] for home in calm.plan.households)
    grid_of = {home.household_id: number for home, number in zip(households, numbers, strict=True)}
    plan = Plan(twisted[0], households, grid_of)
    return TownPlan((PlannedVillage(plan, calm.bounds, calm.boundary, True, calm.grids, groups=calm.groups),))
