"""Material of meetings made from plans, as a snapshot would hold it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import shapely
from sample_lists import FRAME

from gridplan.exchange.cartography.drawn import Ground, HomeMark, HomeRow, Reached, SheetGrid, SheetVillage
from gridplan.exchange.meeting.content import Content, Stamp
from gridplan.model import Household, PlannedVillage, TownPlan
from gridplan.planning.visiting_order import visiting_order
from gridplan.profiles import SHOWN, Profile
from gridplan.words import Lang


def stamp(profile: Profile = "wall", **changed) -> Stamp:
    """Return the stamp of a snapshot."""
    of = {"snapshot": "S7K2", "day": date(2026, 12, 1), "profile": profile, "scope": "石桥镇", "asked_by": "王敏"}
    return Stamp(**of | {"plans": "30 个村 · 第 1 至 4 版"} | changed)


def content_of(town: TownPlan, profile: Profile = "wall", lang: Lang = "zh", ground: Ground | None = None) -> Content:
    """Return a town as the profile shows it."""
    shows_homes = SHOWN[profile].households
    villages = tuple(_village(one, shows_homes, SHOWN[profile].everything) for one in town.villages)
    return Content("石桥镇微网格", lang, stamp(profile), villages, ground or Ground())


def _village(village: PlannedVillage, shows_homes: bool, shows_names: bool) -> SheetVillage:
    plan = village.plan
    grids = []
    for grid in village.grids:
        homes = {home.household_id: home for home in plan.grids[grid.number]}
        order = [homes[one] for one in visiting_order(list(homes.values()))] if shows_homes else []
        grids.append(
            SheetGrid(
                grid.number,
                grid.size,
                grid.outline,
                None if shows_homes and not shows_names else Reached("赵䶮", "139 0000 1234"),
                marks_of(order),
                tuple(
                    HomeRow(n, home.door or "", home.hamlet, home.name if shows_names else None, None, home.has_place)
                    for n, home in enumerate(order, start=1)
                ),
            )
        )
    places = defaultdict(list)
    for home in plan.households:
        if home.hamlet and home.has_place:
            places[home.hamlet].append((home.lon, home.lat))
    hamlets = tuple((name, max(set(at), key=at.count)) for name, at in places.items())
    return SheetVillage(
        plan.village,
        plan.revision or 1,
        village.boundary,
        tuple(grids),
        len(plan.households),
        len(plan.left_out),
        hamlets,
        Reached("村委会", "0358-6000000"),
    )


def marks_of(order: list[Household]) -> tuple[HomeMark, ...]:
    """Return the marks of households in visiting order, those on one spot that follow each other as one."""
    marks: list[HomeMark] = []
    for place, home in enumerate(order, start=1):
        at = (home.lon, home.lat)
        if marks and marks[-1].lonlat == at:
            marks[-1] = HomeMark(at, marks[-1].place, marks[-1].count + 1, home.position == "exact")
        elif home.has_place:
            marks.append(HomeMark(at, place, 1, home.position == "exact"))
    return tuple(marks)


# ---- a town that is hard to draw

LONG = "一个名字长到哪里都放不下的行政村（原第三生产大队）"
RARE = "䶮𫖯村"


def area(*corners: tuple[float, float]):
    """Return an area in degrees by its corners in metres."""
    return FRAME.shape_to_degrees(shapely.Polygon(corners))


def square(west, south, size):
    """Return a square in degrees by metres."""
    return FRAME.shape_to_degrees(shapely.box(west, south, west + size, south + size))


def _homes(outline, count, flats=False) -> tuple[tuple[HomeMark, ...], tuple[HomeRow, ...]]:
    inside = shapely.get_coordinates(shapely.point_on_surface(outline))[0]
    if flats:
        marks = (HomeMark(tuple(inside), 1, count),)
    else:
        west, south, east, north = outline.bounds
        spots = [
            (west + (east - west) * (0.3 + 0.4 * (n % 4) / 3), south + (north - south) * (0.3 + 0.12 * (n // 4)))
            for n in range(count)
        ]
        marks = tuple(HomeMark(spot, n) for n, spot in enumerate(spots, start=1))
    rows = tuple(HomeRow(n, f"{n}号楼<b>&", "第十一村民小组", "王䶮", "13900001234") for n in range(1, count + 1))
    return marks, rows


def hard_town(profile: Profile = "planner", lang: Lang = "zh") -> Content:
    """Return two villages with awful names: flats, an enclave, a grid in two pieces, a dense core; one on no map."""
    core = [square(1500 + 20 * n, 1500 + 20 * m, 20) for n in range(3) for m in range(3)]
    enclave = square(300, 300, 200)
    pieces = shapely.MultiPolygon([square(0, 2000, 500), square(2500, 0, 500)])
    flats = square(0, 1000, 400)
    around = FRAME.shape_to_degrees(shapely.box(0, 0, 3000, 3000))
    for one in (*core, enclave, pieces, flats):
        around = around - one
    outlines = [around, enclave, pieces, flats, *core]
    shows = SHOWN[profile].households
    grids = []
    for number, outline in enumerate(outlines, start=1):
        marks, rows = _homes(outline, 60 if outline is flats else 12, outline is flats)
        contact = Reached("欧阳䶮龘", "0358-600000000")
        grids.append(SheetGrid(number, len(rows), outline, contact, marks if shows else (), rows if shows else ()))
    neighbour = FRAME.shape_to_degrees(shapely.box(3000, 0, 3400, 3000))
    villages = (
        SheetVillage(LONG, 1, shapely.union_all(outlines), tuple(grids), 200),
        SheetVillage(RARE, 2, neighbour, (SheetGrid(1, 17, neighbour),), 17),
        SheetVillage(
            "无图<i>村", None, None, (SheetGrid(1, 12, None, None, (), _homes(flats, 12)[1] if shows else ()),), 12
        ),
    )
    return Content(f"{RARE}与{LONG}", lang, stamp(profile, is_draft=True), villages)
