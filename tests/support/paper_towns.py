"""Material of meetings made from plans, as a snapshot would hold it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

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
