"""A town's plan as plan.gpkg, written and read back, with the columns that docs/architecture.md lists.

A field of a noun is a column of the same name, unless `NO_COLUMNS` names it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar, cast, get_type_hints

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from gridplan.errors import InputRefused, OutputRefused
from gridplan.exchange.cartography.qgis_styles import QGIS_TABLE, qgis_styles
from gridplan.exchange.map_colours import tints
from gridplan.metrics import gap, pieces
from gridplan.model import (
    Assignment,
    DrawnGrid,
    GridKey,
    Household,
    Member,
    PartyGroup,
    Plan,
    PlanException,
    PlannedVillage,
    Position,
    Role,
    Shortage,
    SizeBounds,
    SplitHamlets,
    TownPlan,
    Village,
    grid_id,
)
from gridplan.rules import group_exceptions
from gridplan.words import Lang, Message, message_from_json, message_to_json

Noun = TypeVar("Noun")
Row = Mapping[str, Any]

CRS: Final = "EPSG:4326"
PEOPLE: Final = ("members", "assignments", "shortages")
"""The layers of plans that have people."""
GROUPS: Final = "party_groups"
"""The layer of party groups, which plans of before there were any lack."""
BARRIERS: Final = "barriers"
"""The layer of barriers and crossings, in plans that were made with any."""
NO_COLUMNS: Final[Mapping[type, Collection[str]]] = {
    Household: ("lon", "lat", "phone", "address"),
    Member: ("lon", "lat", "phone", "available", "excused_until", "ties", "named_on_maps"),
    DrawnGrid: ("outline",),
    PlannedVillage: (
        *("plan", "bounds", "boundary", "grids", "exceptions", "outside", "split_hamlets", "groups"),
        "absent_in",
    ),
    PartyGroup: (),
    PlanException: ("grid", "reason", "options"),
    Assignment: ("village", "grid", "why"),
}
"""Fields that are written otherwise, being shapes, sentences or keys, and those that PRIVACY.md keeps out."""
DTYPES: Final[Mapping[Any, str]] = {
    str: "object",
    str | None: "object",
    Position: "object",
    Role: "object",
    int: "int64",
    int | None: "Int64",
    bool: "bool",
    float | None: "float64",
}


def write_plan(town: TownPlan, path: Path, lang: Lang) -> None:
    """Write plan.gpkg with the styles that QGIS opens its layers in; sentences (the reasons of exceptions) in `lang`.

    Raises
    ------
    OutputRefused
        The disk does not take it.
    """
    path.unlink(missing_ok=True)
    try:
        layers = layers_of(town, lang)
        for name, frame in layers.items():
            pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG")
        pyogrio.write_dataframe(qgis_styles(layers), path, layer=QGIS_TABLE, driver="GPKG", FID="id")
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
    layers |= {name: _layer(path, name) if name in present else [] for name in (GROUPS, *PEOPLE, BARRIERS)}
    try:
        return _town_of(layers)
    except KeyError as missing:
        raise InputRefused("plan.column_missing", path=path.name, column=str(missing.args[0])) from missing
    except (ValueError, TypeError) as problem:
        raise InputRefused("plan.damaged", path=path.name) from problem


def read_villages_of_plan(path: Path) -> tuple[Village, ...]:
    """Return the villages of a plan.gpkg with what lists call them; those of an earlier release are known by name only.

    Raises
    ------
    InputRefused
        There is no such file, or it is no plan.
    """
    rows = _layer(path, "villages")
    if any("village" not in row for row in rows):
        raise InputRefused("plan.column_missing", path=path.name, column="village")
    return tuple(
        Village(row["village"], row.get("code"), None, town=row.get("town"), listed_name=row.get("listed_name"))
        for row in rows
    )


def _layer(path: Path, name: str) -> list[dict[str, Any]]:
    if not path.is_file():
        raise InputRefused("plan.missing", path=str(path))
    try:
        frame = pyogrio.read_dataframe(path, layer=name)
    except (DataSourceError, DataLayerError) as error:
        raise InputRefused("plan.layer_missing", path=path.name, layer=name) from error
    return cast("list[dict[str, Any]]", frame.astype(object).where(frame.notna(), None).to_dict("records"))


def layers_of(town: TownPlan, lang: Lang) -> dict[str, pd.DataFrame]:
    """Return the layers by name; sentences in them are in `lang`."""
    layers = {
        "grids": _grids(town),  # first: what programs open that are not told a layer
        "households": _households(town),
        "villages": _villages(town),
        "exceptions": _exceptions(town, lang),
        GROUPS: _groups(town, lang),
    }
    if town.members or town.assignments or town.shortages:
        people = (_members(town, lang), _assignments(town, lang), _shortages(town, lang))
        layers |= dict(zip(PEOPLE, people, strict=True))
    if town.barriers:
        kinds = ["barrier"] * len(town.barriers) + ["crossing"] * len(town.crossings)
        layers[BARRIERS] = _frame({"kind": kinds}, [*town.barriers, *town.crossings])
    return layers


def _town_of(layers: Mapping[str, Sequence[Row]]) -> TownPlan:
    """Return the plan in layers; a column that is missing raises KeyError, a value of another kind ValueError."""
    names = [row["village"] for row in layers["villages"]]
    homes: dict[str, list[Row]] = {name: [] for name in names}
    for row in layers["households"]:
        homes[row["village"]].append(row)
    grids: dict[str, list[DrawnGrid]] = {name: [] for name in names}
    for row in sorted(layers["grids"], key=lambda row: int(row["number"])):
        grids[row["village"]].append(_noun_of(DrawnGrid, row, outline=row["geometry"]))
    key_of = {row["grid_id"]: (row["village"], int(row["number"])) for row in layers["grids"]}
    exceptions: dict[str, list[PlanException]] = {name: [] for name in names}
    for row in layers["exceptions"]:
        exceptions[row["village"]].append(_exception(row, key_of))
    groups: dict[str, list[PartyGroup]] = {name: [] for name in names}
    for row in layers[GROUPS]:
        groups[row["village"]].append(_noun_of(PartyGroup, row))
    found = {row["member_id"]: _messages(row["codes"]) for row in layers["members"]}
    barriers, crossings = (
        tuple(row["geometry"] for row in layers[BARRIERS] if row["kind"] == kind) for kind in ("barrier", "crossing")
    )
    return TownPlan(
        barriers=barriers,
        crossings=crossings,
        villages=tuple(
            _noun_of(
                PlannedVillage,
                row,
                plan=_plan(name, homes[name], key_of),
                bounds=SizeBounds(int(row["min_size"]), int(row["max_size"])),
                boundary=row["geometry"],
                grids=tuple(grids[name]),
                exceptions=tuple(exceptions[name]),
                outside=tuple(home["household_id"] for home in homes[name] if home["outside_boundary"]),
                split_hamlets=tuple(
                    SplitHamlets(**split | {"hamlets": tuple(split["hamlets"])})
                    for split in json.loads(row.get("split_hamlets") or "[]")
                ),
                groups=tuple(groups[name]),
            )
            for name, row in zip(names, layers["villages"], strict=True)
        ),
        members=tuple(_noun_of(Member, row, **_lonlat(row, None)) for row in layers["members"]),
        homes={member_id: why[0] for member_id, why in found.items() if why},
        left_out={member_id: why[1] for member_id, why in found.items() if why[1:]},
        assignments=tuple(_assignment(row, key_of) for row in layers["assignments"]),
        shortages=tuple(
            Shortage(*key_of[row["grid_id"]], tuple(_messages(row["codes"]))) for row in layers["shortages"]
        ),
    )


# ---- nouns and rows


def _columns(kind: type, nouns: Iterable[object]) -> dict[str, pd.Series[Any]]:
    """Return a column for every field of nouns of a kind that has one."""
    nouns = list(nouns)
    return {
        name: pd.Series([getattr(noun, name) for noun in nouns], dtype=DTYPES[hint])
        for name, hint in _fields(kind).items()
    }


def _noun_of(kind: Callable[..., Noun], row: Row, **others: Any) -> Noun:
    """Return the noun of a row; `others` are its fields that are no columns."""
    return kind(
        **{name: _value(row, name, hint) for name, hint in _fields(kind).items()},
        **others,
    )


def _value(row: Row, name: str, hint: Any) -> Any:
    """Return the value of a field; what may be missing in a row may be missing in all of them."""
    if hint == int | None:
        value = row.get(name)
        return None if value is None else int(value)
    if hint == str | None:
        return row.get(name)
    return hint(row[name]) if hint in (int, bool) else row[name]


@cache
def _fields(kind: Any) -> dict[str, Any]:
    """Return the types of the fields that are columns, by name."""
    return {name: hint for name, hint in get_type_hints(kind).items() if name not in NO_COLUMNS[kind]}


def _lonlat(row: Row, nowhere: float | None) -> dict[str, Any]:
    point = row["geometry"]
    return {"lon": nowhere, "lat": nowhere} if point is None else {"lon": point.x, "lat": point.y}


def _frame(columns: dict[str, Any], geometry: Iterable[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(geometry), crs=CRS)


# ---- the plan


def _households(town: TownPlan) -> gpd.GeoDataFrame:
    homes = [household for village in town.villages for household in village.plan.households]
    outside = {household_id for village in town.villages for household_id in village.outside}
    grid = {h: grid_id(v.plan.village, number) for v in town.villages for h, number in v.plan.grid_of.items()}
    left_out = {id_: why for village in town.villages for id_, why in village.plan.left_out.items()}
    ids = [home.household_id for home in homes]
    columns = _columns(Household, homes) | {
        "grid_id": _text(map(grid.get, ids)),
        "codes": _text(_codes(left_out[id_]) if id_ in left_out else None for id_ in ids),
        "outside_boundary": [id_ in outside for id_ in ids],
    }
    points = shapely.points([home.lon for home in homes], [home.lat for home in homes])
    return _frame(columns, (at if home.has_place else None for home, at in zip(homes, points, strict=True)))


def _plan(village: str, homes: Sequence[Row], key_of: Mapping[str, GridKey]) -> Plan:
    return Plan(
        village=village,
        households=tuple(_noun_of(Household, home, **_lonlat(home, math.nan)) for home in homes),
        grid_of={home["household_id"]: key_of[home["grid_id"]][1] for home in homes if home["grid_id"] is not None},
        left_out={home["household_id"]: _left_out(home) for home in homes if home["grid_id"] is None},
    )


def _left_out(home: Row) -> Message:
    """Return why a household is in no grid; the first files did not say it."""
    return _messages(home["codes"])[0] if home.get("codes") else Message("town.in_no_grid")


def _grids(town: TownPlan) -> gpd.GeoDataFrame:
    drawn = [(village, grid) for village in town.villages for grid in village.grids]
    tinted = zip(drawn, tints([grid.outline for _, grid in drawn]), strict=True)
    rows = sorted(((village, grid, tint) for (village, grid), tint in tinted), key=_id_in_town)
    columns = {
        "grid_id": [_id_in_town(row) for row in rows],
        "village": [village.plan.village for village, _, _ in rows],
        **_columns(DrawnGrid, (grid for _, grid, _ in rows)),
        "walk_m": _metres(grid.walk_m for _, grid, _ in rows),
        "lead": _text(town.leads.get((village.plan.village, grid.number)) for village, grid, _ in rows),
        "within_bounds": [village.bounds.holds(village.counted_in(grid)) for village, grid, _ in rows],
        **_living(town, ((village.living or {}).get(grid.number) for village, grid, _ in rows)),
        "pieces": [pieces(grid) for _, grid, _ in rows],
        "tint": [tint for _, _, tint in rows],
    }
    return _frame(columns, (grid.outline for _, grid, _ in rows))


def _id_in_town(row: tuple[PlannedVillage, DrawnGrid, int]) -> str:
    village, grid, _ = row
    return grid_id(village.plan.village, grid.number)


def _living(town: TownPlan, counts: Iterable[int | None]) -> dict[str, pd.Series[Any]]:
    """Return the column of how many households live there, if the plans tell who is away."""
    is_told = any(village.plan.absent is not None for village in town.villages)
    return {"living": pd.Series([*counts], dtype="Int64")} if is_told else {}


def _living_in(village: PlannedVillage) -> int | None:
    plan = village.plan
    return None if plan.absent is None else sum(home.household_id not in plan.absent for home in plan.households)


def _villages(town: TownPlan) -> gpd.GeoDataFrame:
    villages = town.villages
    columns = {
        "village": [village.plan.village for village in villages],
        "households": [len(village.plan.households) for village in villages],
        "grids": [len(village.grids) for village in villages],
        "min_size": [village.bounds.least for village in villages],
        "max_size": [village.bounds.most for village in villages],
        "bounds_count": [village.bounds.counts for village in villages],
        **_living(town, (_living_in(village) for village in villages)),
        "walk_m": _metres(village.walk_m for village in villages),
        "gap": pd.Series([gap(village.walk_m or 0.0, village.lower_bound_m) for village in villages], dtype="float64"),
        **_columns(PlannedVillage, villages),
        "split_hamlets": [
            json.dumps(list(map(asdict, village.split_hamlets)), ensure_ascii=False) for village in villages
        ],
    }
    return _frame(columns, (village.boundary for village in villages))


def _exceptions(town: TownPlan, lang: Lang) -> pd.DataFrame:
    found = town.exceptions
    return pd.DataFrame(
        _columns(PlanException, found)
        | {
            "grid_id": _text(None if e.grid is None else grid_id(e.village, e.grid) for e in found),
            "reason": _text(exception.reason.say(lang) for exception in found),
            "options": _text("; ".join(option.say(lang) for option in exception.options) for exception in found),
            "codes": _text(_codes(exception.reason, *exception.options) for exception in found),
        }
    )


def _exception(row: Row, key_of: Mapping[str, GridKey]) -> PlanException:
    reason, *options = _messages(row["codes"])
    grid = None if row["grid_id"] is None else key_of[row["grid_id"]][1]
    return _noun_of(PlanException, row, reason=reason, options=tuple(options), grid=grid)


def _groups(town: TownPlan, lang: Lang) -> pd.DataFrame:
    groups = [(village, group) for village in town.villages for group in village.groups]
    listed = {(one.village, one.group): one for village in town.villages for one in group_exceptions(village)}
    found = [listed.get((village.plan.village, group.number)) for village, group in groups]
    return pd.DataFrame(
        {"village": _text(village.plan.village for village, _ in groups)}
        | _columns(PartyGroup, (group for _, group in groups))
        | {
            "grids": pd.Series([len(v.grids_of_groups.get(group.number, ())) for v, group in groups], dtype="int64"),
            "reason": _text(one.reason.say(lang) if one else None for one in found),
            "options": _text("; ".join(option.say(lang) for option in one.options) if one else None for one in found),
            "codes": _text(_codes(one.reason, *one.options) if one else None for one in found),
        }
    )


# ---- the people


def _members(town: TownPlan, lang: Lang) -> gpd.GeoDataFrame:
    members = town.members
    ids = [member.member_id for member in members]
    columns = _columns(Member, members) | {
        "home": _text(home.say(lang) if home else None for home in map(town.homes.get, ids)),
        "left_out": _text(why.say(lang) if why else None for why in map(town.left_out.get, ids)),
        "codes": _text(_codes(*(of[id_] for of in (town.homes, town.left_out) if id_ in of)) for id_ in ids),
    }
    homes = (None if member.lon is None else shapely.Point(member.lon, member.lat) for member in members)
    return _frame(columns, homes)


def _assignments(town: TownPlan, lang: Lang) -> pd.DataFrame:
    return pd.DataFrame(
        {"grid_id": _text(grid_id(one.village, one.grid) for one in town.assignments)}
        | _columns(Assignment, town.assignments)
        | {
            "why": _text(one.why.say(lang) for one in town.assignments),
            "codes": _text(_codes(one.why) for one in town.assignments),
        }
    )


def _assignment(row: Row, key_of: Mapping[str, GridKey]) -> Assignment:
    village, grid = key_of[row["grid_id"]]
    return _noun_of(Assignment, row, village=village, grid=grid, why=_messages(row["codes"])[0])


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
    """Return sentences as codes and values, so that a page can give them in the other language too."""
    return json.dumps(list(map(message_to_json, messages)), ensure_ascii=False)


def _messages(codes: str) -> list[Message]:
    """Return the sentences that a layer holds as codes and values; in the first files each is a pair of these."""
    stored = (
        dict(zip(("code", "values"), one, strict=True)) if isinstance(one, list) else one for one in json.loads(codes)
    )
    return list(map(message_from_json, stored))
