"""How houses stand in the demo town: open ground, and the shapes a hamlet may take on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from shapely import LineString, Point, Polygon, STRtree

from gridplan.demo.land import RIVER_HALF_WIDTH_M, Land, Points, Territory

EDGE_M = 25.0
RIVERSIDE_M = RIVER_HALF_WIDTH_M + 20.0
ROADSIDE_M = 9.0
APART_M = 8.0
ROW_M = 24.0
BLOCKS_APART_M = 42.0
ATTEMPTS = 400


@dataclass(frozen=True, slots=True)
class Layout:
    """Spots for houses (n, 2), the best first; the angle of their rows; the lane they need, if any."""

    spots: Points
    heading: float
    lane: LineString | None = None


class OpenGround:
    """Open land on one bank of one village, and the homes that stand there."""

    def __init__(self, territory: Territory, land: Land, centre: Points) -> None:
        open_land = territory.boundary.buffer(-EDGE_M) - land.river.buffer(RIVERSIDE_M)
        banks = shapely.get_parts(open_land)
        self.bank: Polygon = banks[np.argmin(shapely.distance(banks, Point(centre)))]
        inside = [stretch for road in land.roads for stretch in shapely.get_parts(road.line & self.bank)]
        self.land = self.bank - shapely.union_all(inside).buffer(ROADSIDE_M)
        self.roads = [stretch for stretch in inside if stretch.length > 2 * ROW_M]
        self.centre = centre
        self.homes: Points = np.empty((0, 2))

    def settle(self, layouts: Iterable[Layout], wanted: int, apart: float = APART_M) -> tuple[Points, Layout]:
        """Build `wanted` homes on the first layout that has room for them; no later home blocks its lane.

        Raises
        ------
        RuntimeError
            No layout has.
        """
        for layout in layouts:
            clear = self.land if layout.lane is None else self.land - layout.lane.buffer(ROADSIDE_M)
            homes = self._free_spots(clear, layout.spots, wanted, apart)
            if len(homes) == wanted:
                self.homes, self.land = np.vstack([self.homes, homes]), clear
                return homes, layout
        raise RuntimeError(f"no room for {wanted} households")

    def _free_spots(self, clear: Polygon, spots: Points, wanted: int, apart: float) -> Points:
        """Return the first spots, at most `wanted`, on clear land and `apart` from every home and from each other."""
        spots = spots[shapely.contains_xy(clear, spots)]
        found, count = np.empty((wanted, 2)), 0
        for spot in spots[gap(spots, self.homes) >= apart]:
            if count < wanted and np.all(np.hypot(*(found[:count] - spot).T) >= apart):
                found[count] = spot
                count += 1
        return found[:count]


def gap(spots: Points, homes: Points) -> NDArray[np.float64]:
    """Return the metres from each spot to the nearest home."""
    if len(homes) == 0 or len(spots) == 0:
        return np.full(len(spots), np.inf)
    tree = STRtree(shapely.points(homes))
    return tree.query_nearest(shapely.points(spots), all_matches=False, return_distance=True)[1]


def cores(rng: Generator, ground: OpenGround, households: int) -> Iterator[Layout]:
    """Lay out the courtyards about the centre."""
    for _ in range(ATTEMPTS):
        yield _courtyards(rng, ground, ground.centre, households)


def _courtyards(rng: Generator, ground: OpenGround, centre: Points, households: int) -> Layout:
    """Lay out rows of courtyards with lanes between, gaps in them, a few greens, and a ragged edge."""
    plot, row = rng.uniform(12, 16.5), ROW_M * rng.uniform(0.92, 1.15)
    radius = 1.6 * np.sqrt(households * plot * row / np.pi) + 4 * row
    columns, rows = np.arange(-radius // plot, radius // plot + 1), np.arange(-radius // row, radius // row + 1)
    column, line = (axis.ravel() for axis in np.meshgrid(columns, rows, indexing="ij"))
    across = plot * column + 5 * np.floor(column / rng.integers(5, 9))  # a cross lane every few plots
    down = row * line + rng.choice([-1, 1]) * across**2 / rng.uniform(1_200, 5_000)
    spots = np.column_stack([across, down]) + rng.uniform(-1.6, 1.6, (len(across), 2))
    spots = spots[rng.random(len(spots)) > 0.1]
    for _ in range(1 + households // 70):
        green = rng.uniform(-0.5, 0.5, 2) * radius
        spots = spots[np.hypot(*(spots - green).T) > rng.uniform(16, 36)]
    angle = np.arctan2(spots[:, 1], spots[:, 0])
    ragged = sum(rng.uniform(0.05, 0.16) * np.cos(lobes * angle + rng.uniform(0, 2 * np.pi)) for lobes in (2, 3, 5))
    reach = np.hypot(spots[:, 0] / rng.uniform(1.1, 1.8), spots[:, 1]) * (1 + ragged)
    heading = _heading(rng, ground, centre)
    return Layout(centre + rotated(spots[np.argsort(reach, kind="stable")], heading), heading)


def strips(rng: Generator, ground: OpenGround, households: int) -> Iterator[Layout]:
    """Line a stretch of road clear of other hamlets; where none has room, look away from the roads."""
    for least in np.linspace(4.5 * households, 60, ATTEMPTS if ground.roads else 0):
        road = ground.roads[rng.integers(len(ground.roads))]
        metres = rng.uniform(0, road.length, 1)
        if gap(_at(road, metres), ground.homes)[0] > least:
            yield _frontage(rng, road, float(metres[0]), households)
    yield from hollows(rng, ground, households)


def _frontage(rng: Generator, road: LineString, middle: float, households: int) -> Layout:
    """Line both sides of a road, here and there with a second row behind the first."""
    plots = middle + rng.uniform(13, 19) * np.arange(-households, households)
    metres = np.repeat(plots[(plots > 0) & (plots < road.length)], 4)
    side = np.tile([-1.0, 1.0, -1.0, 1.0], len(metres) // 4)
    behind = np.tile([0.0, 0.0, 1.0, 1.0], len(metres) // 4)
    built = rng.random(len(metres)) < np.where(behind == 1, 0.2, 0.85)
    metres, away = metres[built], (side * (15 + ROW_M * behind))[built]
    place, way = _along(road, metres + rng.uniform(-2, 2, len(metres)))
    place += (away + rng.uniform(-2, 2, len(away)))[:, None] * np.column_stack([-way[:, 1], way[:, 0]])
    order = np.argsort(np.abs(metres - middle), kind="stable")
    heading = float(np.arctan2(*np.subtract(_at(road, np.array([road.length])), _at(road, np.zeros(1)))[0, ::-1]))
    return Layout(place[order], heading)


def hollows(rng: Generator, ground: OpenGround, households: int) -> Iterator[Layout]:
    """Lay out a hamlet away from the roads, along its own lane or clustered at the end of it."""
    west, south, east, north = ground.land.bounds
    for least in np.linspace(450, 60, ATTEMPTS):
        end = rng.uniform((west, south), (east, north))
        if gap(end[None], ground.homes)[0] < least or not ground.land.contains(Point(end)):
            continue
        lane = _lane(rng, ground, end)
        if not ground.bank.contains(lane):
            continue
        if rng.random() < 0.5 and lane.length > 10 * households:
            layout = _frontage(rng, lane, lane.length, households)
        else:
            layout = _courtyards(rng, ground, end, households)
        yield replace(layout, lane=lane)


def _lane(rng: Generator, ground: OpenGround, end: Points) -> LineString:
    """Draw a bent lane from a hamlet to the nearest road, or to the centre where the bank has no road."""
    roads = shapely.union_all(ground.roads) if ground.roads else Point(ground.centre)
    _, start = shapely.get_coordinates(shapely.shortest_line(Point(end), roads))
    bend = (start + end) / 2 + rng.uniform(-0.22, 0.22) * np.array([start[1] - end[1], end[0] - start[0]])
    share = np.linspace(0, 1, 17)[:, None]
    return LineString((1 - share) ** 2 * start + 2 * share * (1 - share) * bend + share**2 * end)


def blocks(rng: Generator, ground: OpenGround, count: int) -> Iterator[Layout]:
    """Lay out apartment buildings side by side near the centre."""
    row = np.column_stack([BLOCKS_APART_M * np.arange(count), np.zeros(count)])
    for reach in np.linspace(120, 900, ATTEMPTS):
        bearing, heading = rng.uniform(0, 2 * np.pi), _heading(rng, ground, ground.centre)
        corner = ground.centre + reach * np.array([np.cos(bearing), np.sin(bearing)])
        yield Layout(corner + rotated(row, heading), heading)


def _heading(rng: Generator, ground: OpenGround, place: Points) -> float:
    """Return the angle of the rows: along the road through the place, or facing south."""
    here = Point(place)
    for road in ground.roads:
        if road.distance(here) < 2 * ROW_M and rng.random() < 0.7:
            _, way = _along(road, np.array([road.project(here)]))
            return float(np.arctan2(way[0, 1], way[0, 0]))
    return float(rng.uniform(-0.2, 0.2))


def _along(road: LineString, metres: NDArray[np.float64]) -> tuple[Points, Points]:
    """Return points (n, 2) so many metres along a road, and the unit vectors in which it runs there."""
    before = _at(road, np.clip(metres - ROW_M, 0, road.length - ROW_M))
    after = _at(road, np.clip(metres + ROW_M, ROW_M, road.length))
    return _at(road, metres), (after - before) / np.hypot(*(after - before).T)[:, None]


def _at(road: LineString, metres: NDArray[np.float64]) -> Points:
    return shapely.get_coordinates(shapely.line_interpolate_point(road, metres))


def rotated(points: Points, angle: float) -> Points:
    """Return points (n, 2) turned about the origin, counterclockwise by an angle in radians."""
    return points @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
