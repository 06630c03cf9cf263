"""The shifted degrees of Chinese maps: GCJ-02 (Gaode, Tencent) and BD-09 (Baidu), 100 to 1300 m away from WGS-84.

The constants are those that everybody uses; the shifts are smooth, so a few fixed-point steps undo them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

WEST, EAST, SOUTH, NORTH = 72.004, 137.8347, 0.8293, 55.8271
"""Degrees; outside this box GCJ-02 is WGS-84."""
KRASOVSKY_A = 6378245.0
KRASOVSKY_EE = 0.00669342162296594323
BAIDU_SHIFT = (0.0065, 0.0060)
STEPS = 4  # after 1, 2, 3, 4 steps 3.6 m, 2 cm, 0.1 mm and less than 0.001 mm are left


def wgs84_to_gcj02(points: Points) -> Points:
    """Return points (n, 2) in degrees of WGS-84 in GCJ-02; outside China's box they stay as they are."""
    return _inside_box(points, _shift)


def gcj02_to_wgs84(points: Points) -> Points:
    """Return points (n, 2) in degrees of GCJ-02 in WGS-84; outside China's box they stay as they are."""
    return _inside_box(points, lambda inside: _undo(_shift, inside))


def wgs84_to_bd09(points: Points) -> Points:
    """Return points (n, 2) in degrees of WGS-84 in BD-09; outside China's box only Baidu's own shift is added."""
    return _shift_of_baidu(wgs84_to_gcj02(points))


def bd09_to_wgs84(points: Points) -> Points:
    """Return points (n, 2) in degrees of BD-09 in WGS-84; outside China's box only Baidu's own shift is taken off."""
    return gcj02_to_wgs84(_undo(_shift_of_baidu, points))


def _inside_box(points: Points, change: Callable[[Points], Points]) -> Points:
    lon, lat = points[:, 0], points[:, 1]
    inside = (lon >= WEST) & (lon <= EAST) & (lat >= SOUTH) & (lat <= NORTH)
    changed = points.copy()
    changed[inside] = change(points[inside])
    return changed


def _undo(forward: Callable[[Points], Points], points: Points) -> Points:
    back = points.copy()
    for _ in range(STEPS):
        back += points - forward(back)
    return back


def _shift(points: Points) -> Points:
    lon, lat = points[:, 0], points[:, 1]
    x, y = lon - 105.0, lat - 35.0
    waves = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north += (waves + _waves(y, 20.0, 40.0, 160.0, 320.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east += (waves + _waves(x, 20.0, 40.0, 150.0, 300.0)) * 2.0 / 3.0
    radians = np.radians(lat)
    magic = 1.0 - KRASOVSKY_EE * np.sin(radians) ** 2
    degree_north = np.radians(KRASOVSKY_A * (1.0 - KRASOVSKY_EE) / (magic * np.sqrt(magic)))
    degree_east = np.radians(KRASOVSKY_A / np.sqrt(magic) * np.cos(radians))
    return np.column_stack([lon + east / degree_east, lat + north / degree_north])


def _waves(t: Points, first: float, second: float, third: float, fourth: float) -> Points:
    turn = np.pi * t
    waves = first * np.sin(turn) + second * np.sin(turn / 3.0)
    return waves + third * np.sin(turn / 12.0) + fourth * np.sin(turn / 30.0)


def _shift_of_baidu(points: Points) -> Points:
    lon, lat = points[:, 0], points[:, 1]
    turn = 3000.0 * np.pi / 180.0
    far = np.hypot(lon, lat) + 0.00002 * np.sin(lat * turn)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * turn)
    return np.column_stack([far * np.cos(angle), far * np.sin(angle)]) + BAIDU_SHIFT
