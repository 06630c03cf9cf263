"""What is cut in a benchmark: generated villages and public instances, and what an answer to one of them is worth."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from gridplan.coordinates import LocalFrame
from gridplan.demo import make_town

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Case:
    """Points to be cut into k grids whose loads are within bounds, at the least cost."""

    name: str
    xy: Floats
    k: int
    least: float | None = 10
    most: float = 15
    objective: str = "median"
    load: Floats | None = None
    floored: bool = False
    """Whether distances are whole numbers, rounded down."""
    reference: float | None = None
    proven: bool = False
    """Whether nothing can be below the reference."""
    hamlet: Ints | None = None
    """The hamlet of each point, where that matters."""
    river: shapely.LineString | None = None
    """What nobody walks across."""

    @property
    def distances(self) -> Floats:
        """Every distance (n, n)."""
        apart = cdist(self.xy, self.xy)
        return np.floor(apart) if self.floored else apart


def cost(case: Case, label: Ints) -> float:
    """Return what an answer costs, whatever its author says."""
    grids = [np.flatnonzero(label == grid) for grid in np.unique(label)]
    if case.objective == "median":
        apart = case.distances
        return float(sum(apart[np.ix_(grid, grid)].sum(axis=1).min() for grid in grids))
    spokes = [np.linalg.norm(case.xy[grid] - case.xy[grid].mean(axis=0), axis=1) for grid in grids]
    return float(sum((spoke**2).sum() if case.objective == "sse" else spoke.sum() for spoke in spokes))


def broken(case: Case, label: Ints) -> int:
    """Return how many grids are outside the bounds, and how many there are too many or too few."""
    load = np.bincount(label, case.load)
    outside = (load > case.most * (1 + 1e-9)) | (load < (case.least or 0) * (1 - 1e-9))
    return int(outside.sum()) + abs(len(np.unique(label)) - case.k)


def mixed(case: Case, label: Ints) -> int:
    """Return how many grids are of several hamlets, or lie on both banks of the river."""
    part = np.zeros(len(label), np.int64) if case.hamlet is None else case.hamlet
    if case.river is not None:
        x, y = np.transpose(case.river.coords)
        part = 2 * part + (case.xy[:, 1] > np.interp(case.xy[:, 0], x, y))
    return sum(len(np.unique(part[label == grid])) > 1 for grid in np.unique(label))


def village(n: int, seed: int) -> Case:
    """Return n households in hamlets along lanes, on lattices or in clouds, and on farms strewn between them."""
    random = np.random.default_rng([n, seed])
    farms = int(n * random.uniform(0.03, 0.06))
    side = 60 * np.sqrt(n)
    strewn = random.uniform(-100, side + 100, (farms, 2))
    return Case(f"village {n}/{seed}", np.vstack([strewn, *_hamlets(n - farms, side, random)]), round(n / 12))


def places(n: int, seed: int) -> list[Case]:
    """Return villages of n households of the kinds that are hard to cut, or hard to cut as people would."""
    return [far_farms(n, seed), flats(n, seed), river(n, seed), hamlets(n, seed)]


def far_farms(n: int, seed: int) -> Case:
    """Return hamlets, and groups of 2 to 6 farms 2 to 8 km from their middle."""
    random, side = np.random.default_rng([n, seed, 1]), 60 * np.sqrt(n)
    groups, left = [], round(0.07 * n)
    while left > 0:
        size, turn = min(left, int(random.integers(2, 7))), random.uniform(0, 2 * np.pi)
        middle = side / 2 + random.uniform(2_000, 8_000) * np.array([np.cos(turn), np.sin(turn)])
        groups.append(middle + random.normal(0, 80, (size, 2)))
        left -= size
    return Case("far farms", np.vstack([*groups, *_hamlets(n - sum(map(len, groups)), side, random)]), round(n / 12))


def flats(n: int, seed: int) -> Case:
    """Return two thirds of the households in houses of 12 to 60, each on one position, the others in hamlets."""
    random, side = np.random.default_rng([n, seed, 2]), 60 * np.sqrt(n)
    houses, left = [], 2 * n // 3
    while left > 0:
        size = min(left, int(random.integers(12, 61)))
        houses.append(np.tile(random.uniform(0.3, 0.7, 2) * side, (size, 1)))
        left -= size
    return Case("flats", np.vstack([*houses, *_hamlets(n - 2 * n // 3, side, random)]), round(n / 12))


def river(n: int, seed: int) -> Case:
    """Return hamlets and farms on both banks of a river that winds through the middle, without a bridge."""
    xy, side = village(n, seed).xy, 60 * np.sqrt(n)
    along = np.arange(-side, 2 * side, 20)
    across = side / 2 + 0.15 * side * np.sin(along / side * 2 * np.pi)
    north = xy[:, 1] > np.interp(xy[:, 0], along, across)
    banks = xy + np.column_stack([np.zeros(n), np.where(north, 40, -40)])
    return Case("river", banks, round(n / 12), river=shapely.LineString(np.column_stack([along, across])))


def hamlets(n: int, seed: int) -> Case:
    """Return hamlets of 15 to 160 households that are to stay whole where that costs little."""
    parts = [*_hamlets(n, 60 * np.sqrt(n), np.random.default_rng([n, seed, 3]))]
    hamlet = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return Case("hamlets", np.vstack(parts), round(n / 12), hamlet=hamlet)


def _hamlets(households: int, side: float, random: np.random.Generator) -> Iterator[Floats]:
    while households > 0:
        size = min(households, int(random.uniform(15, 160)))
        yield random.uniform(0, side, 2) + _hamlet(size, random)
        households -= size


def _hamlet(size: int, random: np.random.Generator) -> Floats:
    kind, along = random.integers(3), np.arange(size)
    if kind == 0:
        return random.normal(0, 12 * np.sqrt(size), (size, 2))
    if kind == 1:
        width = int(np.ceil(np.sqrt(size)))
        return np.column_stack([along % width * 16.0, along // width * 22.0]) + random.normal(0, 2, (size, 2))
    lane = np.column_stack([along // 2 * 18.0, along % 2 * 22.0]) + random.normal(0, 3, (size, 2))
    turn = random.uniform(0, np.pi)
    return (lane - lane.mean(axis=0)) @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]


def county(households: int = 250_000, villages: int = 170) -> list[Case]:
    """Return the villages of a county, of some 250 to 3,800 households each."""
    share = np.clip(np.random.default_rng(0).lognormal(0, 0.6, villages), 0.2, 2.8)
    sizes = np.round(share / share.sum() * households).astype(int)
    return [village(int(n), seed) for seed, n in enumerate(sizes)]


def demo(smallest: int = 300) -> list[Case]:
    """Return the larger villages of the demo town."""
    town = make_town(0)
    homes = {
        village.name: [(home.lon, home.lat) for home in town.households if home.village == village.name]
        for village in town.villages
    }
    return [
        Case(name, LocalFrame.around(lonlat).to_metres(lonlat), round(len(lonlat) / 12))
        for name, lonlat in homes.items()
        if len(lonlat) >= smallest
    ]


def public(folder: Path) -> list[Case]:
    """Return the instances that folder/index.json lists."""
    return [_public(folder, entry) for entry in json.loads((folder / "index.json").read_text(encoding="utf-8"))]


def _public(folder: Path, entry: dict[str, Any]) -> Case:
    with (folder / entry["points"]).open(encoding="utf-8", newline="") as rows:
        table = np.array([(row["x"], row["y"], row["demand"]) for row in csv.DictReader(rows)], float)
    case = Case(entry["name"], table[:, :2], entry["k"])
    return replace(
        case,
        least=entry["lower"],
        most=entry["capacity"],
        objective=entry["objective"],
        load=None if (table[:, 2] == 1).all() else table[:, 2],
        floored="floor" in entry["distance"],
        reference=entry["best_known"],
        proven="proven" in entry["value"],
    )


def stuck(folder: Path) -> list[Case]:
    """Return the villages on which a search was once stuck, with the best that was met; none where folder has none."""
    listed = folder / "stuck" / "index.csv"
    if not listed.exists():
        return []
    with listed.open(encoding="utf-8", newline="") as rows:
        return [
            Case(
                row["file"].removesuffix(".csv"),
                np.loadtxt(listed.with_name(row["file"]), delimiter=",", skiprows=1, usecols=(0, 1)),
                int(row["k"]),
                reference=float(row["reference_cost_m"]),
            )
            for row in csv.DictReader(rows)
        ]
