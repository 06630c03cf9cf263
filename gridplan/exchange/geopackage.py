"""A town's plan as plan.gpkg, written and read back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from gridplan.errors import InputRefused, OutputRefused
from gridplan.exchange.geopackage_layers import PEOPLE, layers_of, messages
from gridplan.model import (
    Assignment,
    DrawnGrid,
    Household,
    Member,
    Plan,
    PlanException,
    PlannedVillage,
    Shortage,
    SizeBounds,
    TownPlan,
)
from gridplan.words import Lang, Message

Rows = list[dict[str, Any]]


def write_plan(town: TownPlan, path: Path, lang: Lang) -> None:
    """Write plan.gpkg; sentences in it (the reasons of exceptions) are in `lang`.

    Raises
    ------
    OutputRefused
        The disk does not take it.
    """
    path.unlink(missing_ok=True)
    try:
        for name, frame in layers_of(town, lang).items():
            pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG")
    except (DataSourceError, DataLayerError, FeatureError) as error:
        raise OutputRefused("plan.not_written", file=path.name) from error


def read_plan(path: Path) -> TownPlan:
    """Return the plan in a plan.gpkg that `write_plan` wrote.

    Raises
    ------
    InputRefused
        There is no such file, or it lacks a layer or a column of a plan.
    """
    layers = {name: _layer(path, name) for name in ("households", "grids", "villages", "exceptions")}
    present = {name for name, _ in pyogrio.list_layers(path)}
    layers |= {name: _layer(path, name) if name in present else [] for name in PEOPLE}
    try:
        return replace(_plan_of(layers), **_people_of(layers))
    except KeyError as missing:
        raise InputRefused("plan.column_missing", path=path.name, column=str(missing.args[0])) from missing
    except (ValueError, TypeError) as problem:
        raise InputRefused("plan.damaged", path=path.name) from problem


def _layer(path: Path, name: str) -> Rows:
    if not path.is_file():
        raise InputRefused("plan.missing", path=str(path))
    try:
        frame = pyogrio.read_dataframe(path, layer=name)
    except (DataSourceError, DataLayerError) as error:
        raise InputRefused("plan.layer_missing", path=path.name, layer=name) from error
    return cast("Rows", frame.astype(object).where(frame.notna(), None).to_dict("records"))


def _plan_of(layers: Mapping[str, Rows]) -> TownPlan:
    homes: dict[str, Rows] = {row["village"]: [] for row in layers["villages"]}
    for row in layers["households"]:
        homes[row["village"]].append(row)
    grids: dict[str, Rows] = {row["village"]: [] for row in layers["villages"]}
    for row in sorted(layers["grids"], key=lambda row: int(row["number"])):
        grids[row["village"]].append(row)
    number = {row["grid_id"]: int(row["number"]) for row in layers["grids"]}
    exceptions = [_exception(row, number) for row in layers["exceptions"]]
    return TownPlan(
        tuple(
            PlannedVillage(
                plan=_plan(row["village"], homes[row["village"]], number, exceptions),
                bounds=SizeBounds(int(row["min_size"]), int(row["max_size"])),
                boundary=row["geometry"],
                boundary_given=bool(row["boundary_given"]),
                grids=tuple(_grid(stored) for stored in grids[row["village"]]),
                exceptions=tuple(exception for exception in exceptions if exception.village == row["village"]),
                outside=tuple(home["household_id"] for home in homes[row["village"]] if home["outside_boundary"]),
                kept=bool(row["kept"]),
                lower_bound_m=row["lower_bound_m"],
            )
            for row in layers["villages"]
        )
    )


def _plan(village: str, homes: Rows, number: Mapping[str, int], exceptions: Iterable[PlanException]) -> Plan:
    reasons = {exception.household_id: exception.reason for exception in exceptions}
    unknown = Message("plan.left_out")
    return Plan(
        village=village,
        households=tuple(map(_household, homes)),
        grid_of={home["household_id"]: number[home["grid_id"]] for home in homes if home["grid_id"] is not None},
        left_out={
            home["household_id"]: reasons.get(home["household_id"], unknown)
            for home in homes
            if home["grid_id"] is None
        },
    )


def _people_of(layers: Mapping[str, Rows]) -> dict[str, Any]:
    """Return the people of a town's plan, as fields of it."""
    key = {row["grid_id"]: (row["village"], int(row["number"])) for row in layers["grids"]}
    found = {row["member_id"]: messages(row["codes"]) for row in layers["members"]}
    return {
        "members": tuple(_member(row) for row in layers["members"]),
        "homes": {member_id: why[0] for member_id, why in found.items() if why},
        "left_out": {member_id: why[1] for member_id, why in found.items() if why[1:]},
        "assignments": tuple(
            Assignment(*key[row["grid_id"]], row["member_id"], row["role"], *messages(row["codes"]))
            for row in layers["assignments"]
        ),
        "shortages": tuple(
            Shortage(*key[row["grid_id"]], tuple(messages(row["codes"]))) for row in layers["shortages"]
        ),
    }


def _member(row: dict[str, Any]) -> Member:
    point = row["geometry"]
    return Member(
        member_id=row["member_id"],
        name=row["name"],
        kind=row["kind"],
        village=row["village"],
        hamlet=row["hamlet"],
        lon=None if point is None else point.x,
        lat=None if point is None else point.y,
        max_grids=int(row["max_grids"]),
    )


def _household(row: dict[str, Any]) -> Household:
    point = row["geometry"]
    return Household(
        household_id=row["household_id"],
        village=row["village"],
        lon=math.nan if point is None else point.x,
        lat=math.nan if point is None else point.y,
        name=row["name"],
        door=row["door"],
        hamlet=row["hamlet"],
        position=row["position"],
    )


def _grid(row: dict[str, Any]) -> DrawnGrid:
    number, size, connected = int(row["number"]), int(row["size"]), bool(row["connected"])
    return DrawnGrid(number, size, row["walk_m"], connected, row["geometry"], row["label"])


def _exception(row: dict[str, Any], number: Mapping[str, int]) -> PlanException:
    reason, *options = messages(row["codes"])
    return PlanException(
        village=row["village"],
        households=int(row["households"]),
        reason=reason,
        options=tuple(options),
        hamlet=row["hamlet"],
        household_id=row["household_id"],
        grid=number.get(row["grid_id"]),
    )
