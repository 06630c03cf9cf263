"""Degrees with their minutes and seconds behind the point, as calculators write them: 112.312345 is 112°31'23.45".

They look like decimal degrees, and read as such are up to 44 km off; no two digits of them are 60 or more.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

MOST: Final = 180
PARTS: Final = 10**10
"""Parts of a degree that are counted, so that binary fractions do not turn 30 minutes into 29."""
TEN: Final = 10
SOME: Final = 6
"""Of ten thousandths, and tenths, of a degree those that packed degrees use, for less than 60 seconds and minutes."""
FILLED: Final = 0.9
"""How likely such room is to hold a home, in decimal degrees, where all around it is lived in."""
CHANCE: Final = 0.01
"""Less likely by chance than this is not by chance."""
ENOUGH: Final = 10
"""Positions; fewer say nothing."""
MANY: Final = 0.5
"""A share of coordinates that have seconds; others are rounded to a kilometre."""
FEW: Final = 0.02
"""A share of coordinates that may be slips."""


def packed_to_degrees(points: Points) -> Points:
    """Return packed degrees (n, 2) as decimal ones; infinite where minutes or seconds are 60 or more."""
    degrees, minutes, seconds = _parts(points)
    with np.errstate(invalid="ignore"):
        found = np.sign(points) * (degrees + minutes / 60 + seconds / 3600)
        return np.where((minutes >= 60) | (seconds >= 60), np.inf, found)


def degrees_to_packed(points: Points) -> Points:
    """Return decimal degrees (n, 2) as packed ones."""
    with np.errstate(invalid="ignore"):
        seconds = np.rint(np.abs(points) * 3600 * 1e6)
        degrees, rest = np.divmod(seconds, 3600 * 1e6)
        minutes, rest = np.divmod(rest, 60 * 1e6)
        return np.sign(points) * (degrees + minutes / 100 + rest / 1e10)


def look_packed(points: Points) -> bool:
    """Return whether points (n, 2) in degrees look packed: no digits of 60 or more, where chance would have some."""
    known = points[(np.abs(points) <= MOST).all(axis=1)]
    _, minutes, seconds = _parts(known)
    if len(known) < ENOUGH or ((minutes >= 60) | (seconds >= 60)).mean() > FEW or (seconds > 0).mean() < MANY:
        return False
    return _chance(known[:, 0]) * _chance(known[:, 1]) < CHANCE


def _chance(degrees: NDArray[np.float64]) -> float:
    """Return how likely decimal degrees are to leave empty what packed ones would.

    It is likelier the fewer of the thousandths, and of the hundredths, are lived in: homes stand together.
    """
    thousandths = np.unique(np.floor(np.abs(degrees) * 1000 + 1e-7)).astype(np.int64)
    first, last = thousandths[[0, -1]].tolist()
    unused = np.arange(first, last + 1) % TEN >= SOME
    gaps = last // TEN - first // TEN
    if not gaps:
        return SOME / TEN * (SOME - (last - first)) / TEN
    by_thousandths = (1 - len(thousandths) / (int((~unused).sum()) + 1)) ** int(unused.sum())
    lived_in = len(np.unique(thousandths // TEN)) / (gaps + 1)
    return float(SOME / TEN * max(by_thousandths, (1 - FILLED * lived_in) ** gaps))


def _parts(points: Points) -> tuple[Points, Points, Points]:
    """Return degrees, minutes and seconds as the digits have them."""
    with np.errstate(invalid="ignore"):
        degrees, rest = np.divmod(np.rint(np.abs(points) * PARTS), PARTS)
        minutes, rest = np.divmod(rest, PARTS // 100)
        return degrees, minutes, rest / (PARTS // 10**4)
