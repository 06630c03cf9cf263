"""The layers of plan.gpkg as tables, from a town's plan. Layers and columns as docs/architecture.md lists them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from gridplan.metrics import gap, pieces
from gridplan.model import TownPlan, grid_id
from gridplan.words import Lang, Message, message_from_json, message_to_json

CRS: Final = "EPSG:4326"
PEOPLE: Final = ("members", "assignments", "shortages")
"""The layers of plans that have people."""


def layers_of(town: TownPlan, lang: Lang) -> dict[str, pd.DataFrame]:
    """Return the layers by name; sentences in them are in `lang`."""
    layers = {
        "households": _households(town),
        "grids": _grids(town),
        "villages": _villages(town),
        "exceptions": _exceptions(town, lang),
    }
    if town.members or town.assignments or town.shortages:
        people = (_members(town, lang), _assignments(town, lang), _shortages(town, lang))
        layers |= dict(zip(PEOPLE, people, strict=True))
    return layers


def _frame(columns: dict[str, Any], geometry: Iterable[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(geometry), crs=CRS)


def _households(town: TownPlan) -> gpd.GeoDataFrame:
    homes = [household for village in town.villages for household in village.plan.households]
    outside = {household_id for village in town.villages for household_id in village.outside}
    grid = {h: grid_id(v.plan.village, number) for v in town.villages for h, number in v.plan.grid_of.items()}
    columns = {
        "household_id": [home.household_id for home in homes],
        "village": [home.village for home in homes],
        "hamlet": _text(home.hamlet for home in homes),
        "name": _text(home.name for home in homes),
        "door": _text(home.door for home in homes),
        "grid_id": _text(grid.get(home.household_id) for home in homes),
        "position": [home.position for home in homes],
        "outside_boundary": [home.household_id in outside for home in homes],
    }
    points = shapely.points([home.lon for home in homes], [home.lat for home in homes])
    return _frame(columns, (at if home.has_place else None for home, at in zip(homes, points, strict=True)))


def _grids(town: TownPlan) -> gpd.GeoDataFrame:
    rows = [(village, grid) for village in town.villages for grid in village.grids]
    rows.sort(key=lambda row: grid_id(row[0].plan.village, row[1].number))
    columns = {
        "grid_id": [grid_id(village.plan.village, grid.number) for village, grid in rows],
        "village": [village.plan.village for village, _ in rows],
        "number": [grid.number for _, grid in rows],
        "size": [grid.size for _, grid in rows],
        "lead": _text(town.leads.get((village.plan.village, grid.number)) for village, grid in rows),
        "label": _text(grid.label for _, grid in rows),
        "walk_m": _metres(grid.walk_m for _, grid in rows),
        "connected": [grid.connected for _, grid in rows],
        "within_bounds": [village.bounds.holds(grid.size) for village, grid in rows],
        "pieces": [pieces(grid) for _, grid in rows],
    }
    return _frame(columns, (grid.outline for _, grid in rows))


def _villages(town: TownPlan) -> gpd.GeoDataFrame:
    villages = town.villages
    columns = {
        "village": [village.plan.village for village in villages],
        "households": [len(village.plan.households) for village in villages],
        "grids": [len(village.grids) for village in villages],
        "min_size": [village.bounds.least for village in villages],
        "max_size": [village.bounds.most for village in villages],
        "walk_m": _metres(village.walk_m for village in villages),
        "lower_bound_m": pd.Series([village.lower_bound_m for village in villages], dtype="float64"),
        "gap": pd.Series([gap(village.walk_m or 0.0, village.lower_bound_m) for village in villages], dtype="float64"),
        "boundary_given": [village.boundary_given for village in villages],
        "kept": [village.kept for village in villages],
    }
    return _frame(columns, (village.boundary for village in villages))


def _exceptions(town: TownPlan, lang: Lang) -> pd.DataFrame:
    found = town.exceptions
    return pd.DataFrame(
        {
            "village": _text(exception.village for exception in found),
            "hamlet": _text(exception.hamlet for exception in found),
            "household_id": _text(exception.household_id for exception in found),
            "grid_id": _text(None if e.grid is None else grid_id(e.village, e.grid) for e in found),
            "households": pd.Series([exception.households for exception in found], dtype="int64"),
            "reason": _text(exception.reason.say(lang) for exception in found),
            "options": _text("; ".join(option.say(lang) for option in exception.options) for exception in found),
            "codes": _text(_codes(exception.reason, *exception.options) for exception in found),
        }
    )


def _members(town: TownPlan, lang: Lang) -> gpd.GeoDataFrame:
    members = town.members
    ids = [member.member_id for member in members]
    columns = {
        "member_id": _text(ids),
        "name": _text(member.name for member in members),
        "kind": _text(member.kind for member in members),
        "village": _text(member.village for member in members),
        "hamlet": _text(member.hamlet for member in members),
        "max_grids": pd.Series([member.max_grids for member in members], dtype="int64"),
        "home": _text(home.say(lang) if home else None for home in map(town.homes.get, ids)),
        "left_out": _text(why.say(lang) if why else None for why in map(town.left_out.get, ids)),
        "codes": _text(_codes(*(of[id_] for of in (town.homes, town.left_out) if id_ in of)) for id_ in ids),
    }
    homes = (None if member.lon is None else shapely.Point(member.lon, member.lat) for member in members)
    return _frame(columns, homes)


def _assignments(town: TownPlan, lang: Lang) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "grid_id": _text(grid_id(one.village, one.grid) for one in town.assignments),
            "member_id": _text(one.member_id for one in town.assignments),
            "role": _text(one.role for one in town.assignments),
            "why": _text(one.why.say(lang) for one in town.assignments),
            "codes": _text(_codes(one.why) for one in town.assignments),
        }
    )


def _shortages(town: TownPlan, lang: Lang) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "grid_id": _text(grid_id(one.village, one.grid) for one in town.shortages),
            "offers": _text("; ".join(offer.say(lang) for offer in one.offers) for one in town.shortages),
            "codes": _text(_codes(*one.offers) for one in town.shortages),
        }
    )


def _text(values: Iterable[str | None]) -> pd.Series[str]:
    return pd.Series(list(values), dtype="object")


def _metres(values: Iterable[float | None]) -> pd.Series[float]:
    return pd.Series([None if value is None else round(value, 2) for value in values], dtype="float64")


def _codes(*messages: Message) -> str:
    """Return sentences as codes and values, so that they can be said in the other language too."""
    return json.dumps(
        [[message["code"], message["values"]] for message in map(message_to_json, messages)], ensure_ascii=False
    )


def messages(codes: str) -> list[Message]:
    """Return the sentences that a layer holds as codes and values."""
    return [message_from_json({"code": code, "values": values}) for code, values in json.loads(codes)]
