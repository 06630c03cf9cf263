"""The demo town from its seed: the land, the settlement on it, and the people who live there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import shapely
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LocalFrame
from gridplan.demo.definition import read_definition
from gridplan.demo.land import Road, make_land
from gridplan.demo.people import Names, make_members
from gridplan.demo.settlement import SettledVillage, settle_town
from gridplan.model import Hamlet, Household, Member, Village

Shape = TypeVar("Shape", bound=BaseGeometry)

DECIMALS = 7
DIGITS = "零一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class DemoTown:
    """An invented town. Every geometry is in WGS-84 degrees, rounded to seven decimals."""

    name: str
    notice: str
    households: tuple[Household, ...]
    villages: tuple[Village, ...]
    hamlets: tuple[Hamlet, ...]
    members: tuple[Member, ...]
    roads: tuple[Road, ...]
    rivers: tuple[LineString, ...]
    bridges: tuple[Point, ...]


def make_town(seed: int = 0) -> DemoTown:
    """Return the demo town of a seed: every seed another land and other people, in the same numbers."""
    rng = np.random.default_rng(seed)
    definition = read_definition()
    frame = LocalFrame(definition.lon, definition.lat)
    land = make_land(rng, definition.width_m, definition.height_m, len(definition.villages))
    settled = settle_town(rng, definition.villages, land)
    names = Names(rng, definition)
    households: dict[str, list[Household]] = {}
    hamlets: list[Hamlet] = []
    codes = [f"SF{number:02d}" for number in range(1, len(settled) + 1)]
    for code, village in zip(codes, settled, strict=True):
        homes = _households(village, code, names, frame)
        households[village.definition.name] = homes
        hamlets += _hamlets(homes)
    lanes = [lane for village in settled for lane in village.lanes]
    return DemoTown(
        name=definition.name,
        notice=definition.notice,
        households=tuple(household for homes in households.values() for household in homes),
        villages=tuple(
            Village(village.definition.name, code, _degrees(frame, shapely.orient_polygons(village.territory.boundary)))
            for code, village in zip(codes, settled, strict=True)
        ),
        hamlets=tuple(hamlets),
        members=make_members(rng, names, definition, households),
        roads=tuple(Road(_degrees(frame, road.line), road.bridge) for road in (*land.roads, *lanes)),
        rivers=(_degrees(frame, land.river),),
        bridges=tuple(_degrees(frame, bridge) for bridge in land.bridges),
    )


def _households(village: SettledVillage, code: str, names: Names, frame: LocalFrame) -> list[Household]:
    """Return the households of a village in the order of hamlet and door."""
    count = village.definition.households
    people = zip(names.surnames(count), names.given(count), strict=True)
    homes: list[Household] = []
    for number, hamlet in enumerate(village.hamlets, start=1):
        positions = frame.to_degrees(hamlet.homes).round(DECIMALS)
        for (lon, lat), door in zip(positions.tolist(), hamlet.doors, strict=True):
            surname, given = next(people)
            homes.append(
                Household(
                    household_id=f"{code}-{len(homes) + 1:04d}",
                    village=village.definition.name,
                    lon=lon,
                    lat=lat,
                    name=surname + given,
                    door=door,
                    hamlet=_hamlet_name(number),
                )
            )
    return homes


def _hamlet_name(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else DIGITS[tens]) + ("十" if tens else "") + (DIGITS[ones] if ones else "") + "组"


def _hamlets(homes: Sequence[Household]) -> list[Hamlet]:
    """Every hamlet at that home of its own which is nearest to the median of all."""
    hamlets = []
    for name in dict.fromkeys(home.hamlet for home in homes):
        positions = np.array([(home.lon, home.lat) for home in homes if home.hamlet == name])
        off = np.abs(positions - np.median(positions, axis=0)).sum(axis=1)
        lon, lat = positions[np.argmin(off)].tolist()
        hamlets.append(Hamlet(homes[0].village, str(name), lon, lat))
    return hamlets


def _degrees(frame: LocalFrame, shape: Shape) -> Shape:
    return shapely.transform(shape, lambda points: frame.to_degrees(points).round(DECIMALS))
