"""The land of the demo town: a river, the territory of every village, and the roads between them.

Everything is first drawn with straight lines and then crumpled by one smooth one-to-one map of the plane. Lines that
did not cross before do not cross after, and a vertex that two villages share moves once: the boundaries tile the town.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import shapely
import shapely.ops
from numpy.random import Generator
from numpy.typing import NDArray
from shapely import LineString, MultiLineString, MultiPoint, Point, Polygon

Points = NDArray[np.float64]

RIVER_HALF_WIDTH_M = 30.0
BRIDGE_HALF_LENGTH_M = 45.0
BRIDGES_APART_M = 3_500.0
FAR_BANK_M = 380.0
VERTEX_EVERY_M = 40.0
FOLDS_M = (5_000.0, 1_700.0, 600.0, 250.0)
STEEPEST_FOLD = 0.8  # below 1 the crumpling stays one-to-one


@dataclass(frozen=True, slots=True)
class Territory:
    """The land of one village in metres, its centre, and the point across the river that belongs to it, if any."""

    boundary: Polygon
    centre: Points
    far_bank: Points | None = None


@dataclass(frozen=True, slots=True)
class Road:
    """A stretch of road; a bridge is a stretch of its own."""

    line: LineString
    bridge: bool = False


@dataclass(frozen=True, slots=True)
class Land:
    """All of it in metres. The first territory holds the seat of the town, at a bridge."""

    territories: tuple[Territory, ...]
    roads: tuple[Road, ...]
    river: LineString
    bridges: tuple[Point, ...]


def make_land(rng: Generator, width_m: float, height_m: float, villages: int) -> Land:
    """Return a river valley of `villages` territories; exactly one of them reaches across the river."""
    outline = _outline(rng, width_m, height_m)
    river = _river(rng, outline)
    centres, side = _centres(rng, outline, river, villages)
    town_seat = int(np.argmin(np.hypot(*centres.T)))
    bridges = _bridges(centres, side, river, town_seat)
    ferry, far_bank = _ferry(
        centres, side, outline, river, {town_seat, *(node for pair, _ in bridges for node in pair)}
    )

    crossings = np.array([point for _, point in bridges])
    nodes, node_side = np.vstack([centres, far_bank]), np.append(side, not side[ferry])
    river = _through(np.vstack([shapely.get_coordinates(river), crossings]))
    arcs, river = _arcs(nodes, node_side, outline, river)
    ways = [LineString(nodes[list(pair)]) for pair in _network(nodes, node_side, river)]
    ways += [LineString([nodes[left], point, nodes[right]]) for (left, right), point in bridges]
    ways += _ways_out(nodes, outline)

    crumple = _crumpling(rng)
    faces = shapely.get_parts(shapely.polygonize(_bent(arcs, crumple)))
    owners = [*range(villages), ferry]
    grounds: list[list[Polygon]] = [[] for _ in range(villages)]
    for owner, node in zip(owners, shapely.points(crumple(nodes)), strict=True):
        grounds[owner].append(faces[shapely.contains(faces, node)][0])
    order = [town_seat, *(index for index in range(villages) if index != town_seat)]
    territories = tuple(
        Territory(
            boundary=_one_piece(grounds[index]),
            centre=crumple(centres[[index]])[0],
            far_bank=crumple(far_bank[None])[0] if index == ferry else None,
        )
        for index in order
    )
    spans = shapely.points(crumple(crossings)).tolist()
    roads = [road for way in _bent(ways, crumple) for road in _split_at_bridges(way, spans)]
    return Land(territories, tuple(roads), _bent([river], crumple)[0], tuple(spans))


def _outline(rng: Generator, width_m: float, height_m: float) -> Polygon:
    """Draw an ellipse with a few bulges."""
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    bulge = np.ones_like(angle)
    for waves in (2, 3, 4, 5, 7):
        bulge += rng.uniform(0.02, 0.07) * np.cos(waves * angle + rng.uniform(0, 2 * np.pi))
    return Polygon(np.column_stack([width_m / 2 * np.cos(angle), height_m / 2 * np.sin(angle)]) * bulge[:, None])


def _river(rng: Generator, outline: Polygon) -> LineString:
    """Draw a line from south to north that meanders, never turns back, and ends a little outside the town."""
    _, south, _, north = outline.bounds
    y = np.arange(south - 1_000, north + 1_000, VERTEX_EVERY_M)
    x = rng.uniform(-0.12, 0.12) * y + rng.uniform(-900, 900)
    for length, width in ((6_100, 420), (2_900, 190), (1_300, 45)):
        x += rng.uniform(0.7, 1.2) * width * np.sin(2 * np.pi * y / length + rng.uniform(0, 2 * np.pi))
    inside = shapely.contains_xy(outline.buffer(250), x, y)
    return _through(np.column_stack([x, y])[inside])


def _through(points: Points) -> LineString:
    """Return the river through `points` from south to north, on the centimetre."""
    rounded = np.unique(points.round(2), axis=0)
    return LineString(rounded[np.argsort(rounded[:, 1], kind="stable")])


def _east_of(river: LineString, points: Points) -> NDArray[np.bool_]:
    x, y = shapely.get_coordinates(river).T
    return points[:, 0] > np.interp(points[:, 1], y, x)


def _centres(rng: Generator, outline: Polygon, river: LineString, villages: int) -> tuple[Points, NDArray[np.bool_]]:
    """Return centres (villages, 2), spread by a few of Lloyd's steps on either bank, closer together near the river."""
    west, south, east, north = outline.bounds
    ground = rng.uniform((west, south), (east, north), (9_000, 2))
    ground = ground[shapely.contains_xy(outline, ground)]
    bank = _east_of(river, ground)
    weight = 1 / (1 + shapely.distance(shapely.points(ground), river) / 3_000)
    first = rng.choice(len(ground), villages, replace=False)
    centres, side = ground[first], bank[first]
    for _ in range(8):
        distance = np.hypot(*(ground[:, None] - centres[None]).transpose(2, 0, 1))
        nearest = np.argmin(np.where(bank[:, None] == side[None], distance, np.inf), axis=1)
        share = np.bincount(nearest, weight, villages)
        centres = np.column_stack([np.bincount(nearest, weight * axis, villages) / share for axis in ground.T])
    return centres, side


def _bridges(
    centres: Points, side: NDArray[np.bool_], river: LineString, town_seat: int
) -> list[tuple[tuple[int, int], Points]]:
    """Choose two bridges, the centres each joins and where: one at the town's seat, the other well away from it."""
    found = []
    for left, right in combinations(range(len(centres)), 2):
        if side[left] != side[right]:
            way = LineString(centres[[left, right]])
            meeting = way.intersection(river)
            if isinstance(meeting, Point):
                found.append((way.length, (left, right), shapely.get_coordinates(meeting)[0].round(2)))
    found.sort(key=lambda bridge: bridge[0])
    _, pair, here = next(bridge for bridge in found if town_seat in bridge[1])
    _, other, there = next(bridge for bridge in found if np.hypot(*(bridge[2] - here)) > BRIDGES_APART_M)
    return [(pair, here), (other, there)]


def _ferry(
    centres: Points, side: NDArray[np.bool_], outline: Polygon, river: LineString, taken: set[int]
) -> tuple[int, Points]:
    """Choose the village that reaches across the river, and where: opposite its centre, amid the most free land."""
    best, choice = 0.0, None
    for index in sorted(set(range(len(centres))) - taken):
        bank = shapely.get_coordinates(river.interpolate(river.project(Point(centres[index]))))[0]
        outwards = bank - centres[index]
        opposite = bank + FAR_BANK_M * outwards / np.hypot(*outwards)
        if side[index] == _east_of(river, opposite[None])[0] or not outline.contains(Point(opposite)):
            continue
        to_bank = np.where(side == side[index], np.hypot(*(centres - bank).T), np.inf)
        if np.argmin(to_bank) != index:
            continue
        neighbours = np.hypot(*(centres - opposite).T)[side != side[index]]
        free = min(float(neighbours.min()), outline.exterior.distance(Point(opposite)))
        if free > best:
            best, choice = free, (index, opposite)
    if choice is None:
        raise RuntimeError("no village lies opposite free land")
    return choice


def _arcs(
    nodes: Points, side: NDArray[np.bool_], outline: Polygon, river: LineString
) -> tuple[list[LineString], LineString]:
    """Return the lines between territories, meeting only at their ends, and the river with a vertex where one does."""
    lines = [outline.exterior, river]
    halves = shapely.get_parts(shapely.polygonize([shapely.node(MultiLineString([outline.exterior, river]))]))
    for half in halves:
        east = _east_of(river, shapely.get_coordinates(half.representative_point()))[0]
        cells = shapely.voronoi_polygons(MultiPoint(nodes[side == east]), extend_to=outline, only_edges=True)
        lines.append(cells.intersection(half))
    noded = shapely.get_parts(shapely.union_all(lines, grid_size=0.01))
    vertices = np.unique(shapely.get_coordinates(noded), axis=0)
    on_river = shapely.distance(shapely.points(vertices), river) < 0.02
    return list(noded), _through(vertices[on_river])


def _network(nodes: Points, side: NDArray[np.bool_], river: LineString) -> list[tuple[int, int]]:
    """Pairs of centres on the same bank with no third one nearer to both of them."""
    gap = np.full((len(nodes), len(nodes)), np.inf)
    for one, other in combinations(range(len(nodes)), 2):
        way = LineString(nodes[[one, other]])
        if side[one] == side[other] and way.distance(river) > 2 * RIVER_HALF_WIDTH_M:
            gap[one, other] = gap[other, one] = way.length
    detour = np.minimum.reduce(np.maximum(gap[:, None, :], gap[None, :, :]), axis=2)
    return [(int(one), int(other)) for one, other in np.argwhere(np.triu(np.isfinite(gap) & (gap <= detour)))]


def _ways_out(nodes: Points, outline: Polygon) -> list[LineString]:
    """Roads out of the town from its three outermost centres, each the farthest out in its third of the compass."""
    bearing = np.arctan2(nodes[:, 1], nodes[:, 0])
    third = np.floor((bearing + np.pi) / (2 * np.pi) * 2.9999).astype(int)
    ways = []
    for part in range(3):
        here = np.flatnonzero(third == part)
        centre = nodes[here[np.argmax(np.hypot(*nodes[here].T))]]
        edge = outline.exterior.interpolate(outline.exterior.project(Point(centre)))
        ways.append(LineString([centre, shapely.get_coordinates(edge)[0]]))
    return ways


def _crumpling(rng: Generator) -> Callable[[Points], Points]:
    """Return a smooth one-to-one map of the plane: folds of ever shorter wavelength, one after the other."""
    folds = []
    for wavelength in FOLDS_M:
        waves = rng.uniform(0, 2 * np.pi, (3, 3))  # of each wave: direction it runs, direction it pushes, phase
        number = 2 * np.pi / wavelength
        run = number * np.column_stack([np.cos(waves[:, 0]), np.sin(waves[:, 0])])
        push = STEEPEST_FOLD / len(waves) / number * np.column_stack([np.cos(waves[:, 1]), np.sin(waves[:, 1])])
        folds.append((run, push, waves[:, 2]))

    def crumple(points: Points) -> Points:
        for run, push, phase in folds:
            points = points + np.sin(points @ run.T + phase) @ push
        return points

    return crumple


def _one_piece(faces: list[Polygon]) -> Polygon:
    territory = shapely.normalize(shapely.union_all(faces))
    if not isinstance(territory, Polygon):
        raise RuntimeError("the land across the river does not touch its village")
    return territory


def _bent(lines: list[LineString], crumple: Callable[[Points], Points]) -> list[LineString]:
    return list(shapely.transform(shapely.segmentize(lines, VERTEX_EVERY_M), crumple))


def _split_at_bridges(way: LineString, spans: list[Point]) -> list[Road]:
    for span in spans:
        if way.distance(span) < 1:
            at = way.project(span)
            cuts = (0, at - BRIDGE_HALF_LENGTH_M, at + BRIDGE_HALF_LENGTH_M, way.length)
            stretches = [shapely.ops.substring(way, *cut) for cut in pairwise(cuts)]
            return [Road(LineString(stretch.coords), bridge=index == 1) for index, stretch in enumerate(stretches)]
    return [Road(way)]
