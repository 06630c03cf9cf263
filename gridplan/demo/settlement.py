"""Where the households of the demo town live: its villages, their hamlets and their farms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from shapely import MultiPoint

from gridplan.demo.definition import VillageDefinition
from gridplan.demo.land import Land, Points, Road, Territory
from gridplan.demo.layouts import (
    BLOCKS_APART_M,
    ROW_M,
    Layout,
    OpenGround,
    blocks,
    cores,
    gap,
    hollows,
    rotated,
    strips,
)

HAMLET_HOUSEHOLDS = 60
MOST_IN_HAMLET = 120
FARM_SHARE = (0.035, 0.055)
FARM_M = (300.0, 900.0)
FARMS_APART_M = 45.0


@dataclass(slots=True)
class Hamlet:
    """A villager group: where its households live (n, 2) in metres and their doors, in the order of the doors."""

    homes: Points
    doors: list[str]
    takes_farms: bool = True

    def add(self, home: Points) -> None:
        """Add a household with the next number."""
        self.homes = np.vstack([self.homes, home])
        self.doors.append(f"{len(self.doors) + 1}号")


@dataclass(slots=True)
class SettledVillage:
    """A village of the definition on its territory: its hamlets, and the lanes that lead to some of them."""

    definition: VillageDefinition
    territory: Territory
    hamlets: list[Hamlet] = field(default_factory=list)
    lanes: list[Road] = field(default_factory=list)


def settle_town(rng: Generator, definitions: Sequence[VillageDefinition], land: Land) -> list[SettledVillage]:
    """Return every village of the definition settled, in the order of the definition."""
    villages = _on_territories(rng, definitions, land.territories)
    grounds = [OpenGround(village.territory, land, village.territory.centre) for village in villages]
    farms = [int(village.definition.households * rng.uniform(*FARM_SHARE)) for village in villages]
    for village, ground, outside in zip(villages, grounds, farms, strict=True):
        _settle_hamlets(rng, village, ground, village.definition.households - outside, land)
    homes = np.vstack([hamlet.homes for village in villages for hamlet in village.hamlets])
    for village, ground, outside in zip(villages, grounds, farms, strict=True):
        _settle_farms(rng, village, ground, outside, homes)
    return villages


def _on_territories(
    rng: Generator, definitions: Sequence[VillageDefinition], territories: Sequence[Territory]
) -> list[SettledVillage]:
    """Apartments nearest the town's seat, the ferry where land lies across the river, many households on much land."""
    centre = territories[0].centre
    free = sorted(territories, key=lambda territory: float(np.hypot(*(territory.centre - centre))))
    ferry = next(territory for territory in free if territory.far_bank is not None)
    free.remove(ferry)
    chosen: dict[str, Territory] = {}
    for definition in definitions:
        if definition.across_river:
            chosen[definition.name] = ferry
        elif definition.apartment_hamlets:
            chosen[definition.name] = free.pop(0)
    free.sort(key=lambda territory: -territory.boundary.area * rng.uniform(0.85, 1.15))
    others = sorted((one for one in definitions if one.name not in chosen), key=lambda one: -one.households)
    chosen |= {definition.name: territory for definition, territory in zip(others, free, strict=True)}
    return [SettledVillage(definition, chosen[definition.name]) for definition in definitions]


def _settle_hamlets(rng: Generator, village: SettledVillage, ground: OpenGround, households: int, land: Land) -> None:
    """Build the core about the centre, then strips and hollows, apartments, and the hamlet across the river."""
    definition, territory = village.definition, village.territory
    apartments = [rng.integers(24, 58, 2) for _ in range(definition.apartment_hamlets)]
    housed = households - definition.across_river - sum(int(flats.sum()) for flats in apartments)
    sizes = _sizes(rng, housed)
    by_road, by_lane = min(4, len(sizes) // 3), min(2, len(sizes) // 4)
    core = sizes[: len(sizes) - by_road - by_lane]

    estates = [_apartments(rng, ground, flats) for flats in apartments]
    homes, layout = ground.settle(cores(rng, ground, sum(core)), sum(core))
    village.hamlets += [_numbered(part, layout.heading) for part in _divided(homes, core)]
    for index, size in enumerate(sizes[len(core) :]):
        layouts = strips(rng, ground, size) if index < by_road else hollows(rng, ground, size)
        homes, layout = ground.settle(layouts, size)
        village.hamlets.append(_numbered(homes, layout.heading))
        if layout.lane is not None:
            village.lanes.append(Road(layout.lane))
    village.hamlets += estates
    if definition.across_river and territory.far_bank is not None:
        far = OpenGround(territory, land, territory.far_bank)
        across = definition.across_river
        homes, layout = far.settle(cores(rng, far, across), across)
        village.hamlets.append(replace(_numbered(homes, layout.heading), takes_farms=False))


def _sizes(rng: Generator, households: int) -> list[int]:
    """Cut a number of households into hamlets of like but not equal size."""
    count = max(1, round(households / HAMLET_HOUSEHOLDS))
    share = np.cumsum(rng.uniform(0.55, 1.5, count))
    ends = np.rint(share / share[-1] * households).astype(int)
    return [int(size) for size in np.diff(ends, prepend=0)]


def _apartments(rng: Generator, ground: OpenGround, flats: NDArray[np.int64]) -> Hamlet:
    """Build one apartment building for each number of flats; all flats of a building share its position."""
    buildings, _ = ground.settle(blocks(rng, ground, len(flats)), len(flats), apart=0.7 * BLOCKS_APART_M)
    ground.land -= MultiPoint(buildings).buffer(ROW_M)
    doors = [
        f"{building}号楼{flat // 12 + 1}单元{flat % 12 // 2 + 1}{flat % 2 + 1:02d}"
        for building, count in enumerate(flats, start=1)
        for flat in range(count)
    ]
    return Hamlet(np.repeat(buildings, flats, axis=0), doors, takes_farms=False)


def _divided(homes: Points, sizes: list[int]) -> list[Points]:
    """Homes in compact parts of the given sizes: halved across the longer side, and each half again."""
    if len(sizes) == 1:
        return [homes]
    first, second = sizes[: len(sizes) // 2], sizes[len(sizes) // 2 :]
    axis = int(np.argmax(np.ptp(homes, axis=0)))
    homes = homes[np.argsort(homes[:, axis], kind="stable")]
    return _divided(homes[: sum(first)], first) + _divided(homes[sum(first) :], second)


def _numbered(homes: Points, heading: float) -> Hamlet:
    """Return a hamlet with its doors numbered row by row."""
    along, up = rotated(homes, -heading).T
    order = np.lexsort([along, -np.floor(up / ROW_M)])
    return Hamlet(homes[order], [f"{number}号" for number in range(1, len(homes) + 1)])


def _settle_farms(rng: Generator, village: SettledVillage, ground: OpenGround, farms: int, homes: Points) -> None:
    """Put farms well away from every home of the town; each belongs to the nearest hamlet that is not full."""
    west, south, east, north = ground.land.bounds
    spots = rng.uniform((west, south), (east, north), (6_000, 2))
    away = gap(spots, homes)
    # A crowded village may have no such land: then as far out as it has.
    reaches = (Layout(spots[(away > least) & (away < FARM_M[1])], 0.0) for least in np.linspace(FARM_M[0], 50, 6))
    built, _ = ground.settle(reaches, farms, apart=FARMS_APART_M)
    for farm in built:
        open_hamlets = [one for one in village.hamlets if one.takes_farms and len(one.doors) < MOST_IN_HAMLET]
        min(open_hamlets, key=lambda hamlet: float(np.hypot(*(hamlet.homes[0] - farm)))).add(farm)
