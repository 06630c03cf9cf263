"""A town's plan as plan.gpkg, written and read back. Layers and columns as docs/architecture.md lists them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from gridplan.errors import InputRefused, OutputRefused
from gridplan.model import DrawnGrid, Household, Plan, PlanException, PlannedVillage, SizeBounds, TownPlan, grid_id
from gridplan.words import Lang, Message

CRS = "EPSG:4326"


def write_plan(town: TownPlan, path: Path, lang: Lang) -> None:
    """Write plan.gpkg; sentences in it (the reasons of exceptions) are in `lang`.

    Raises
    ------
    OutputRefused
        The disk does not take it.
    """
    path.unlink(missing_ok=True)
    layers = {
        "households": _households(town),
        "grids": _grids(town),
        "villages": _villages(town),
        "exceptions": _exceptions(town, lang),
    }
    try:
        for name, frame in layers.items():
            pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG")
    except (DataSourceError, DataLayerError, FeatureError) as error:
        raise OutputRefused("plan.not_written", file=path.name) from error


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
    return _frame(columns, shapely.points([home.lon for home in homes], [home.lat for home in homes]))


def _grids(town: TownPlan) -> gpd.GeoDataFrame:
    rows = [(village, grid) for village in town.villages for grid in village.grids]
    rows.sort(key=lambda row: grid_id(row[0].plan.village, row[1].number))
    columns = {
        "grid_id": [grid_id(village.plan.village, grid.number) for village, grid in rows],
        "village": [village.plan.village for village, _ in rows],
        "number": [grid.number for _, grid in rows],
        "size": [grid.size for _, grid in rows],
        "lead": _text(None for _ in rows),
        "walk_m": [round(grid.walk_m, 2) for _, grid in rows],
        "connected": [grid.connected for _, grid in rows],
        "within_bounds": [village.bounds.holds(grid.size) for village, grid in rows],
    }
    return _frame(columns, (grid.outline for _, grid in rows))


def _villages(town: TownPlan) -> gpd.GeoDataFrame:
    villages = town.villages
    unknown = pd.Series([None] * len(villages), dtype="float64")
    columns = {
        "village": [village.plan.village for village in villages],
        "households": [len(village.plan.households) for village in villages],
        "grids": [len(village.grids) for village in villages],
        "min_size": [village.bounds.least for village in villages],
        "max_size": [village.bounds.most for village in villages],
        "walk_m": [round(village.walk_m, 2) for village in villages],
        "lower_bound_m": unknown,
        "gap": unknown,
        "boundary_given": [village.boundary_given for village in villages],
    }
    return _frame(columns, (village.boundary for village in villages))


def _exceptions(town: TownPlan, lang: Lang) -> pd.DataFrame:
    found = town.exceptions
    return pd.DataFrame(
        {
            "village": _text(exception.village for exception in found),
            "hamlet": _text(exception.hamlet for exception in found),
            "household_id": _text(exception.household_id for exception in found),
            "households": pd.Series([exception.households for exception in found], dtype="int64"),
            "reason": _text(exception.reason.say(lang) for exception in found),
            "options": _text("; ".join(option.say(lang) for option in exception.options) for exception in found),
            "codes": _text(_codes(exception) for exception in found),
        }
    )


def _text(values: Iterable[str | None]) -> pd.Series[str]:
    return pd.Series(list(values), dtype="object")


def _codes(exception: PlanException) -> str:
    """Return the exception's sentences as codes and values, so that they can be said in the other language too."""
    messages = (exception.reason, *exception.options)
    return json.dumps([[message.code, dict(message.values)] for message in messages], ensure_ascii=False)


def read_plan(path: Path) -> TownPlan:
    """Return the plan in a plan.gpkg that `write_plan` wrote.

    Raises
    ------
    InputRefused
        There is no such file, or it lacks a layer or a column of a plan.
    """
    layers = {name: _layer(path, name) for name in ("households", "grids", "villages", "exceptions")}
    try:
        return _plan_of(layers)
    except KeyError as missing:
        raise InputRefused("plan.column_missing", path=path.name, column=str(missing.args[0])) from missing
    except (ValueError, TypeError) as problem:
        raise InputRefused("plan.damaged", path=path.name) from problem


def _layer(path: Path, name: str) -> list[dict[str, Any]]:
    if not path.is_file():
        raise InputRefused("plan.missing", path=str(path))
    try:
        frame = pyogrio.read_dataframe(path, layer=name)
    except (DataSourceError, DataLayerError) as error:
        raise InputRefused("plan.layer_missing", path=path.name, layer=name) from error
    return cast("list[dict[str, Any]]", frame.astype(object).where(frame.notna(), None).to_dict("records"))


def _plan_of(layers: dict[str, list[dict[str, Any]]]) -> TownPlan:
    homes: dict[str, list[tuple[Household, dict[str, Any]]]] = {row["village"]: [] for row in layers["villages"]}
    for row in layers["households"]:
        homes[row["village"]].append((_household(row), row))
    grids: dict[str, list[dict[str, Any]]] = {row["village"]: [] for row in layers["villages"]}
    for row in sorted(layers["grids"], key=lambda row: int(row["number"])):
        grids[row["village"]].append(row)
    number = {row["grid_id"]: int(row["number"]) for row in layers["grids"]}
    exceptions = [_exception(row) for row in layers["exceptions"]]
    return TownPlan(
        tuple(
            PlannedVillage(
                plan=Plan(
                    village=row["village"],
                    households=tuple(home for home, _ in homes[row["village"]]),
                    grid_of={
                        home.household_id: number[stored["grid_id"]]
                        for home, stored in homes[row["village"]]
                        if stored["grid_id"] is not None
                    },
                    left_out={
                        home.household_id: Message("plan.left_out")
                        for home, stored in homes[row["village"]]
                        if stored["grid_id"] is None
                    },
                ),
                bounds=SizeBounds(int(row["min_size"]), int(row["max_size"])),
                boundary=row["geometry"],
                boundary_given=bool(row["boundary_given"]),
                grids=tuple(_grid(stored) for stored in grids[row["village"]]),
                exceptions=tuple(exception for exception in exceptions if exception.village == row["village"]),
                outside=tuple(
                    home.household_id for home, stored in homes[row["village"]] if stored["outside_boundary"]
                ),
            )
            for row in layers["villages"]
        )
    )


def _household(row: dict[str, Any]) -> Household:
    return Household(
        household_id=row["household_id"],
        village=row["village"],
        lon=row["geometry"].x,
        lat=row["geometry"].y,
        name=row["name"],
        door=row["door"],
        hamlet=row["hamlet"],
        position=row["position"],
    )


def _grid(row: dict[str, Any]) -> DrawnGrid:
    return DrawnGrid(
        int(row["number"]), int(row["size"]), float(row["walk_m"]), bool(row["connected"]), row["geometry"]
    )


def _exception(row: dict[str, Any]) -> PlanException:
    reason, *options = (Message(code, values) for code, values in json.loads(row["codes"]))
    return PlanException(
        row["village"], int(row["households"]), reason, tuple(options), row["hamlet"], row["household_id"]
    )
