"""A town's plan as plan.gpkg, written and read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from gridplan.errors import InputRefused, OutputRefused
from gridplan.exchange.geopackage_layers import PEOPLE, layers_of, town_of
from gridplan.model import TownPlan
from gridplan.words import Lang

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
        return town_of(layers)
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
