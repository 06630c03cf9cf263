"""How areas are told apart on paper without colour too: tints with a pattern each, classes with a look of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridplan.exchange.cartography.plane import lines
from gridplan.exchange.map_colours import PALETTE, Class
from gridplan.exchange.paper.document import Point

Pattern = Literal["plain", "rising", "falling", "across", "upright", "crossed", "dotted"]
ANGLES: Final[dict[Pattern, tuple[int, ...]]] = {
    "plain": (),
    "rising": (45,),
    "falling": (135,),
    "across": (0,),
    "upright": (90,),
    "crossed": (45, 135),
    "dotted": (0,),
}
"""Degrees at which the lines of a pattern run; dots are lines of dashes without length."""
LIGHT: Final = PALETTE["light"]


@dataclass(frozen=True, slots=True)
class Look:
    """How an area is drawn: its fill, and a pattern whose lines are so many millimetres apart."""

    fill: str
    pattern: Pattern = "plain"
    spacing: float = 3.0
    ink: str = LIGHT["quiet"]


TINT_PATTERNS: Final[tuple[tuple[Pattern, float], ...]] = (
    ("plain", 3.0),
    ("rising", 2.4),
    ("falling", 2.4),
    ("dotted", 2.2),
    ("across", 2.4),
    ("upright", 2.4),
)
TINTS: Final = tuple(
    Look(tint["fill"], pattern, spacing, tint["line"])
    for tint, (pattern, spacing) in zip(LIGHT["tints"], TINT_PATTERNS, strict=True)
)
"""How neighbours are told apart, by the number of the tint."""
AROUND: Final = Look("#ffffff")
"""What a sheet shows of places that it is not about."""
RAMP_SPACING: Final = (0.0, 4.0, 2.6, 1.7, 1.1)


def look_of(one: Class) -> Look:
    """Return how the areas of a class are drawn."""
    match one.mark:
        case "empty":
            return Look("#eda27f", "crossed", 1.5, LIGHT["empty"])
        case "hatched":
            return Look("#ffffff", "rising", 2.0, LIGHT["quiet"])
        case "dotted":
            return Look("#ffffff", "dotted", 2.0, LIGHT["quiet"])
        case "barred":
            return Look("#f5f6f8", "across", 2.0, LIGHT["quiet"])
        case "small":
            return Look(LIGHT["tints"][2]["fill"], "falling", 1.8, LIGHT["tints"][2]["line"])
        case "large":
            return Look(LIGHT["tints"][3]["fill"], "upright", 1.8, LIGHT["tints"][3]["line"])
        case "plain":
            return Look(LIGHT["tints"][1]["fill"])
        case "ramp":
            spacing = RAMP_SPACING[one.step]
            return Look(LIGHT["ramp"][one.step], "upright" if spacing else "plain", spacing, LIGHT["ramp_line"])


def hatching(area: BaseGeometry, look: Look) -> list[Sequence[Point]]:
    """Return the lines of a pattern within an area on the paper; they go on from one area to the next."""
    drawn: list[Sequence[Point]] = []
    if area.is_empty:
        return drawn
    for angle in ANGLES[look.pattern]:
        drawn += lines(shapely.intersection(_parallels(area.bounds, angle, look.spacing), area))
    return drawn


def _parallels(bounds: tuple[float, float, float, float], angle: int, spacing: float) -> BaseGeometry:
    """Return parallel lines over a rectangle, at multiples of their distance from the corner of the paper."""
    left, top, right, bottom = bounds
    along = np.array([math.cos(math.radians(angle)), -math.sin(math.radians(angle))])
    across = np.array([-along[1], along[0]])
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    reach, far = corners @ across, corners @ along
    at = np.arange(math.ceil(reach.min() / spacing), math.floor(reach.max() / spacing) + 1) * spacing
    start = np.floor(far.min() / spacing) * spacing
    ends = np.stack([at[:, None] * across + start * along, at[:, None] * across + far.max() * along], axis=1)
    return shapely.multilinestrings(shapely.linestrings(ends)) if len(at) else shapely.MultiLineString()


Symbol = Literal[
    "village",
    "grid",
    "own",
    "road",
    "water",
    "bridge",
    "barrier",
    "building",
    "home",
    "dot",
    "flats",
    "hamlet",
    "detail",
]
"""What stands on a map besides tinted areas."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a line is drawn: its width in millimetres, on a wider one that sets it off from what lies below."""

    width: float
    colour: str = "#000000"
    casing: float = 0.0
    casing_colour: str = "#ffffff"
    dashes: tuple[float, ...] = ()

    def times(self, factor: float) -> Stroke:
        """Return it so many times as wide."""
        return replace(self, width=self.width * factor, casing=self.casing * factor)


STROKES: Final[dict[Symbol, Stroke]] = {
    "village": Stroke(0.8, casing=1.7),
    "grid": Stroke(0.3, "#2b2b2b", casing=0.9),
    "own": Stroke(1.0, casing=1.8),
    "road": Stroke(0.7, "#ffffff", casing=1.1, casing_colour="#6b6b6b"),
    "water": Stroke(0.9, "#7fa9c9", casing=1.3),
    "barrier": Stroke(0.45, "#5b3a2a", casing=1.0, dashes=(2.4, 1.2)),
    "bridge": Stroke(0.7, "#ffffff", casing=1.7, casing_colour="#000000"),
}
WATER: Final = Look("#cfe0ec", "across", 0.9, "#7fa9c9")
BUILDING: Final = Look("#b9b9b9")
