"""What makes a frame doubtful: nothing is changed here, notes tell what was found and what to pass.

Positions in another frame than stated look sound by themselves: GCJ-02 read as WGS-84 is some 500 m off. They are found
out by the outlines of the villages, by the range of China, by the other households of the village, and by being rough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import (
    BD09,
    CHINA,
    DMS,
    FAR_M,
    GCJ02,
    MERIDIAN_OF,
    WGS84,
    LocalFrame,
    are_abroad,
    counts_degrees,
    far_from_middle,
    frame_option,
    frame_shown,
    parts_apart,
    planes_like,
    points_in_other_metres,
    points_to_wgs84,
    wgs84_to_degrees,
    zone_like,
)
from gridplan.exchange.tables.cells import shown
from gridplan.words import Message, Series, series

if TYPE_CHECKING:
    from gridplan.coordinates.village_parts import VillagePart

Points = NDArray[np.float64]
Mask = NDArray[np.bool_]
RowNumber = Callable[[int], str]

EVERY: Final = slice(None)
SHIFTED: Final = (GCJ02, BD09)
ENOUGH: Final = (4, 0.03, 20)
"""Households in their village only in another frame that speak for it: at least, as a share, and never more than."""
CLEARLY: Final = 3
"""So many times more than would be by chance."""
DEEP: Final = 12
"""A household shifted out of its village is outside by more than this part of the shift, in the middle of them all."""
FEW: Final = 10
"""Fewer positions than one grid takes say nothing by being rough or alike."""
NAMED: Final = 5
"""Rows named in a sentence."""
TRIED: Final = 1000
"""Positions, spread evenly, that are tried in many planes, or whose distance is measured."""
AROUND_THE_EARTH: Final = 2e7
"""Metres that stand for a distance beyond what a plane can tell."""


def frame_doubts(
    lonlat: Points,
    village_of: Sequence[str | None],
    boundaries: Mapping[str, BaseGeometry],
    frame: str,
    number: RowNumber,
) -> tuple[Message, ...]:
    """Return what speaks against the frame that the positions of a list were read in.

    Parameters
    ----------
    lonlat
        Positions (n, 2) in WGS-84 degrees as they were read; rows with nan have none and do not count.
    village_of
        The village that each row names; None for a row that names none, which may lie in any.
    boundaries
        The boundaries known, by village.
    frame
        The frame that the positions were read in; of metres with their meridian, and with the zone if they have one.
    number
        Tells the number of a row as people read it off the file.
    """
    known = np.flatnonzero(np.isfinite(lonlat).all(axis=1)).tolist()
    if not known:
        return ()
    points, villages = lonlat[known], [village_of[at] for at in known]

    def rows(at: int) -> str:
        return number(known[at])

    return (
        *_against_outlines(points, villages, boundaries, frame, rows),
        *_out_of_range(points, frame, rows),
        *_far_away(points, villages, rows),
        *_rough(points, frame),
    )


# ---- against the outlines of the villages


def _against_outlines(
    points: Points,
    villages: Sequence[str | None],
    boundaries: Mapping[str, BaseGeometry],
    frame: str,
    rows: RowNumber,
) -> list[Message]:
    """Compare how many households lie in their village as they are, and with them or the outlines in another frame."""
    judged = [at for at, village in enumerate(villages) if village is None or village in boundaries]
    if not boundaries or not judged:
        return []
    outlines = _Outlines([villages[at] for at in judged], boundaries)
    as_is = _Reading("", frame, points[judged], outlines)
    astray = np.flatnonzero(~as_is.inside)
    if not len(astray):
        return []
    doubt = _mixed_or_misread(as_is, outlines, rows, judged)
    metres = f"{np.median(outlines.metres_away(as_is.points, astray)):,.0f}"
    values = {"n": len(astray), "of": len(judged), "metres": metres, "rows": _first(rows, np.array(judged)[astray])}
    unexplained = not doubt and 2 * len(astray) > len(judged)
    return [Message("frame.seen.elsewhere" if unexplained else "frame.seen.outside", values), *doubt]


def _mixed_or_misread(as_is: _Reading, outlines: _Outlines, rows: RowNumber, judged: Sequence[int]) -> list[Message]:
    """Return what speaks for another frame of the households, of some of them, or of the outlines."""
    in_other = _readings(as_is.points, as_is.frame) + _in_other_planes(as_is, outlines)
    read = [_Reading("frame.seen.households", other, there, outlines) for other, there in in_other]
    outlines_in_other = [(other, wgs84_to_degrees(as_is.points, other)) for other in SHIFTED]
    drawn = [_Reading("frame.seen.outlines", other, there, outlines) for other, there in outlines_in_other]
    best = max([*read, *drawn], key=lambda reading: int(reading.inside.sum()))
    for other in read:
        mixed = (as_is.inside | other.inside).sum() > max(as_is.inside.sum(), best.inside.sum())
        if mixed and _frame_is_likelier(as_is, other, outlines) and _frame_is_likelier(other, as_is, outlines):
            only = np.flatnonzero(other.inside & ~as_is.inside)
            values = {"n": len(only), "alone": int((as_is.inside & ~other.inside).sum()), "of": len(judged)}
            named = _first(rows, np.array(judged)[only])
            return [Message("frame.seen.mixed", values | _named(other.frame) | {"rows": named})]
    if best.inside.sum() <= as_is.inside.sum() or not _frame_is_likelier(as_is, best, outlines):
        return []
    values = {"n": int(best.inside.sum()), "of": len(judged), "now": int(as_is.inside.sum())}
    if zone := zone_like(as_is.frame, MERIDIAN_OF[best.frame]) if best.frame in MERIDIAN_OF else None:
        return [Message("frame.seen.zone", values | {"zone": str(zone)})]
    metres = _middle_distance(as_is.points, best.points)
    return [Message(best.code, values | _named(best.frame) | {"metres": f"{metres:,.0f}"})]


class _Outlines:
    """The outlines of the villages that rows name; a row that names none may lie in any."""

    def __init__(self, villages: Sequence[str | None], boundaries: Mapping[str, BaseGeometry]) -> None:
        names = sorted(boundaries)
        number_of: dict[str | None, int] = {name: number for number, name in enumerate(names)}
        self.own = np.array([number_of.get(village, -1) for village in villages])
        self.boundaries = np.array([boundaries[name] for name in names], object)
        self.tree = shapely.STRtree(self.boundaries)

    def hold(self, points: Points, rows: slice = EVERY) -> Mask:
        """Return which of the points (n, 2), one for each of the rows, lie in their outline."""
        own = self.own[rows]
        point, boundary = self.tree.query(shapely.points(points), predicate="intersects")
        right = (own[point] == boundary) | (own[point] < 0)
        inside = np.zeros(len(points), bool)
        inside[point[right]] = True
        return inside

    def away(self, points: Points, rows: NDArray[np.intp]) -> Points:
        """Return how many degrees the points of some rows are from their outline."""
        spots = shapely.points(points[rows])
        away: Points = shapely.distance(spots, self.boundaries[self._nearest(spots, rows)])
        return away

    def metres_away(self, points: Points, rows: NDArray[np.intp]) -> Points:
        """Return how many metres the points of some rows, spread evenly, are from their outline."""
        rows = rows[:: _step(len(rows))]
        nearest = self._nearest(shapely.points(points[rows]), rows)
        plane = LocalFrame.around(shapely.get_coordinates(shapely.centroid(self.boundaries[nearest])))
        drawn = {number: plane.shape_to_metres(self.boundaries[number]) for number in np.unique(nearest)}
        with np.errstate(invalid="ignore"):
            spots = shapely.points(plane.to_metres(points[rows]))
            away = shapely.distance(spots, np.array([drawn[number] for number in nearest], object))
        return np.where(np.isfinite(away), away, AROUND_THE_EARTH)

    def _nearest(self, spots: NDArray[np.object_], rows: NDArray[np.intp]) -> NDArray[np.intp]:
        own = self.own[rows]
        nearest: NDArray[np.intp] = np.where(own >= 0, own, self.tree.nearest(spots))
        return nearest


class _Reading:
    """The positions (n, 2) as they would be with the households, or the outlines, in a frame."""

    def __init__(self, code: str, frame: str, points: Points, outlines: _Outlines) -> None:
        self.code = code
        self.frame = frame
        self.points = points
        self.inside = outlines.hold(points)


def _readings(points: Points, frame: str) -> list[tuple[str, Points]]:
    """Return the positions as they would be in each other frame of degrees that they may have been written in."""
    if not counts_degrees(frame):
        return []
    written = wgs84_to_degrees(points, frame)
    read_as = frame if frame in {*SHIFTED, DMS} else WGS84
    others = (other for other in (WGS84, *SHIFTED, DMS) if other != read_as)
    read = [(other, points_to_wgs84(written, other)) for other in others]
    return [(other, there) for other, there in read if np.isfinite(there).all()]


def _in_other_planes(as_is: _Reading, outlines: _Outlines) -> list[tuple[str, Points]]:
    """Return positions read of metres as they would be in the plane that fits best, where most do not fit as they are.

    The planes are those of the other meridians and zones.
    """
    if counts_degrees(as_is.frame) or 2 * as_is.inside.sum() > len(as_is.points):
        return []
    some = slice(None, None, _step(len(as_is.points)))

    def held(plane: str) -> int:
        there = points_in_other_metres(as_is.points[some], as_is.frame, plane)
        return int(outlines.hold(there, some).sum())

    best = max(planes_like(as_is.frame), key=held)
    return [(best, points_in_other_metres(as_is.points, as_is.frame, best))]


def _step(n: int) -> int:
    return max(1, n // TRIED)


def _frame_is_likelier(here: _Reading, there: _Reading, outlines: _Outlines) -> bool:
    """Whether households that are outside their village here, and inside there, speak for there.

    They do if there are enough, if far fewer come inside by a step the opposite way, as households would that do live
    just outside a rough outline, and if they are outside by a good part of the step.
    """
    gained = np.flatnonzero(there.inside & ~here.inside)
    opposite = outlines.hold(2 * here.points - there.points) & ~here.inside & ~there.inside
    least, share, most = ENOUGH
    if len(gained) < min(max(least, share * len(here.points)), most) or len(gained) < CLEARLY * opposite.sum():
        return False
    step = np.median(np.hypot(*(there.points - here.points).T))
    return bool(np.median(outlines.away(here.points, gained)) > step / DEEP)


def _named(frame: str) -> dict[str, object]:
    return {"frame": frame_shown(frame), "option": frame_option(frame)}


def _middle_distance(points: Points, moved: Points) -> float:
    """Return how many metres apart two readings are in the middle of the list."""
    plane = LocalFrame.around(points)
    return float(np.median(np.hypot(*(plane.to_metres(moved) - plane.to_metres(points)).T)))


# ---- range, neighbours, roughness


def _out_of_range(points: Points, frame: str, rows: RowNumber) -> list[Message]:
    west, south, east, north = CHINA
    outside = ~((points >= (west, south)) & (points <= (east, north))).all(axis=1)
    if 2 * outside.sum() < len(points):
        outside = are_abroad(points)
    elif frame not in SHIFTED:
        return []
    if outside.any():
        values = {"n": int(outside.sum()), "frame": frame_shown(frame), "rows": _first(rows, np.flatnonzero(outside))}
        return [Message("frame.seen.abroad", values)]
    return []


def _far_away(points: Points, villages: Sequence[str | None], rows: RowNumber) -> list[Message]:
    """Find households more than 20 km from the middle of those of their village, and villages in two parts."""
    number_of = {village: number for number, village in enumerate(dict.fromkeys(villages))}
    numbers = np.array([number_of[village] for village in villages])
    by_village = np.argsort(numbers, kind="stable")
    far: list[int] = []
    parted: list[Message] = []
    for homes in np.split(by_village, np.flatnonzero(np.diff(numbers[by_village])) + 1):
        village = villages[homes[0]]
        if village is None:
            continue
        far += homes[far_from_middle(points[homes])].tolist()
        for part in parts_apart(points[homes]):
            where = {"village": village, "rows": _first(rows, np.sort(homes[part.homes]))}
            parted.append(Message("frame.seen.parted", gap_said(part) | where))
    if not far:
        return parted
    values = {"n": len(far), "kilometres": f"{FAR_M / 1000:g}", "rows": _first(rows, sorted(far))}
    return [Message("frame.seen.far", values), *parted]


def gap_said(part: VillagePart) -> dict[str, object]:
    """Return what sentences say of a part of a village and of the gap between it and the others."""
    between = Message("gap.few", {"n": part.between}) if part.between else Message("gap.nobody")
    counts = {"n": int(part.homes.sum()), "others": int((~part.homes).sum())}
    return {**counts, "kilometres": f"{part.metres / 1000:.0f}", "between": between}


def _rough(points: Points, frame: str) -> list[Message]:
    """Find positions that stand for more than one home: an office's for all, or rounded to a kilometre."""
    if len(points) < FEW:
        return []
    if (points == points[0]).all():
        lon, lat = (f"{degrees:.6f}" for degrees in points[0])
        return [Message("frame.seen.one_place", {"n": len(points), "lon": lon, "lat": lat})]
    if not counts_degrees(frame):
        return []
    written = wgs84_to_degrees(points, frame)
    rounded = (np.abs(written - written.round(2)) < 1e-9).all(axis=1)
    if 2 * rounded.sum() > len(points):
        return [Message("frame.seen.rounded", {"n": int(rounded.sum()), "of": len(points)})]
    return []


def _first(rows: RowNumber, at: Sequence[int] | NDArray[np.intp]) -> Series:
    return series((shown(rows(int(row))) for row in at), NAMED)
