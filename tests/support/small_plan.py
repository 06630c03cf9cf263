"""A small right plan as the layers of a plan.gpkg, and changes that break one thing in it."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from gridplan.coordinates import LocalFrame

FRAME = LocalFrame(110.9, 37.95)
STEP = 20.0
COLUMNS, ROWS = 4, 3
WIDTH, HEIGHT = COLUMNS * STEP, ROWS * STEP
VILLAGES = ("Ash", "Birch", "Cedar")
Layers = dict[str, pd.DataFrame]


def degrees(shape):
    return FRAME.shape_to_degrees(shape)


def lattice(left: float, bottom: float, columns: int = COLUMNS, rows: int = ROWS) -> np.ndarray:
    """Return points in the middles of the cells of a lattice."""
    x, y = np.meshgrid((np.arange(columns) + 0.5) * STEP + left, (np.arange(rows) + 0.5) * STEP + bottom)
    return np.column_stack([x.ravel(), y.ravel()])


def walk(points: np.ndarray) -> float:
    return min(float(np.hypot(*(points - centre).T).sum()) for centre in points)


def table(rows: list[dict], columns: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


def right_plan() -> Layers:
    """Return three villages side by side, each of two grids, one above the other, of 4 x 3 households."""
    households, grids, villages = [], [], []
    for number, village in enumerate(VILLAGES):
        left = number * WIDTH
        for grid in (1, 2):
            bottom = (grid - 1) * HEIGHT
            points = lattice(left, bottom)
            grid_id = f"{village}-{grid:02d}"
            for point in points:
                household = {
                    "household_id": f"h{len(households):02d}",
                    "village": village,
                    "hamlet": f"Upper {village}",
                }
                household |= {"grid_id": grid_id, "position": "exact", "geometry": degrees(shapely.Point(point))}
                households.append(household)
            outline = degrees(shapely.box(left, bottom, left + WIDTH, bottom + HEIGHT))
            grids.append(
                {"grid_id": grid_id, "village": village, "number": grid, "size": 12, "walk_m": walk(points)}
                | {"connected": True, "geometry": outline}
            )
        total = 2 * walk(points)
        villages.append(
            {"village": village, "households": 24, "grids": 2, "min_size": 10, "max_size": 15, "walk_m": total}
            | {"lower_bound_m": total / 1.25, "gap": 0.25}
            | {"geometry": degrees(shapely.box(left, 0, left + WIDTH, 2 * HEIGHT))}
        )
    return {
        "households": table(households, "household_id village hamlet name grid_id position geometry"),
        "grids": table(grids, "grid_id village number size lead walk_m connected geometry"),
        "villages": table(villages, "village households grids min_size max_size walk_m lower_bound_m gap geometry"),
        "exceptions": table([], "village hamlet household_id households reason options"),
    }


def with_contacts(layers: Layers) -> Layers:
    grids = layers["grids"]["grid_id"]
    layers["members"] = table(
        [{"member_id": f"m{i}", "village": "Ash"} for i in range(len(grids))], "member_id name village"
    )
    layers["assignments"] = table(
        [{"grid_id": grid, "member_id": f"m{i}", "role": "lead"} for i, grid in enumerate(grids)],
        "grid_id member_id role",
    )
    return layers


def with_shortage(layers: Layers, grid: str) -> Layers:
    layers["shortages"] = table([{"grid_id": grid, "offers": "1.", "codes": "[]"}], "grid_id offers codes")
    return layers


def with_groups(layers: Layers) -> Layers:
    """Return the layers with each village's grids in one party group, which has too few and says so."""
    layers["grids"]["group_number"] = 1
    layers["party_groups"] = table(
        [{"village": village, "number": 1, "grids": 2, "reason": "too few"} for village in VILLAGES],
        "village number name head grids reason options codes",
    ).astype({"head": object})
    return layers


def many_grids_in_the_group_of_ash(layers: Layers) -> None:
    """Add six grids without households and ground to the party group of Ash, which then has eight."""
    row = {"village": "Ash", "size": 0, "walk_m": 0.0, "connected": True, "group_number": 1, "geometry": None}
    rows = [row | {"grid_id": f"Ash-{number:02d}", "number": number} for number in range(3, 9)]
    layers["grids"] = pd.concat([layers["grids"], pd.DataFrame(rows)], ignore_index=True)
    put("party_groups", "grids", "Ash", 8)(layers)


def with_small_village(layers: Layers) -> Layers:
    """Return the layers with a village of five households that cannot be cut, listed as an exception."""
    left, points = len(VILLAGES) * WIDTH, lattice(len(VILLAGES) * WIDTH, 0, 5, 1)
    shape = degrees(shapely.box(left, 0, left + 5 * STEP, STEP))
    homes = [
        {"household_id": f"d{i}", "village": "Dale", "hamlet": "Lone Dale", "grid_id": "Dale-01", "position": "exact"}
        | {"geometry": degrees(shapely.Point(point))}
        for i, point in enumerate(points)
    ]
    grid = {"grid_id": "Dale-01", "village": "Dale", "number": 1, "size": 5, "walk_m": walk(points), "connected": True}
    village = {"village": "Dale", "households": 5, "grids": 1, "min_size": 10, "max_size": 15, "walk_m": walk(points)}
    for layer, rows in (
        ("households", homes),
        ("grids", [grid | {"geometry": shape}]),
        ("villages", [village | {"geometry": shape}]),
    ):
        layers[layer] = pd.concat([layers[layer], pd.DataFrame(rows)], ignore_index=True)
    return with_exception(layers, village="Dale", households=5)


def with_exception(layers: Layers, **values: object) -> Layers:
    row = {"reason": "too few", "options": "accept", **values}
    layers["exceptions"] = pd.DataFrame(
        [*layers["exceptions"].to_dict("records"), row], columns=layers["exceptions"].columns
    )
    return layers


def write(layers: Layers, path: Path) -> Path:
    path.unlink(missing_ok=True)
    for layer, rows in layers.items():
        if "geometry" in rows:
            rows = gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")
        pyogrio.write_dataframe(rows, path, layer=layer, driver="GPKG")
    return path


def put(layer: str, column: str, key: str, value: object) -> Callable[[Layers], None]:
    """Return a change of one value in the row whose first column is `key`."""

    def change(layers: Layers) -> None:
        rows = layers[layer]
        if isinstance(value, float):
            rows[column] = rows[column].astype(float)
        place = rows.index[rows.iloc[:, 0] == key][0]
        rows.at[place, column] = value

    return change


def drop(layer: str, key: str) -> Callable[[Layers], None]:
    def change(layers: Layers) -> None:
        layers[layer] = layers[layer][layers[layer].iloc[:, 0] != key]

    return change


def repeat(layer: str, key: str) -> Callable[[Layers], None]:
    def change(layers: Layers) -> None:
        rows = layers[layer]
        layers[layer] = pd.concat([rows, rows[rows.iloc[:, 0] == key]], ignore_index=True)

    return change


def outline(key: str, *corners: float) -> Callable[[Layers], None]:
    """Return a change of an outline to a rectangle, in metres."""
    return put("grids", "geometry", key, degrees(shapely.box(*corners)))


def boundary(key: str, *corners: float) -> Callable[[Layers], None]:
    return put("villages", "geometry", key, degrees(shapely.box(*corners)))


def both(*changes: Callable[[Layers], object]) -> Callable[[Layers], None]:
    def change(layers: Layers) -> None:
        for one in changes:
            one(layers)

    return change


def swap(one: str, other: str) -> Callable[[Layers], None]:
    """Return a change that puts two households each in the grid of the other."""

    def change(layers: Layers) -> None:
        rows = layers["households"].set_index("household_id")["grid_id"]
        both(put("households", "grid_id", one, rows[other]), put("households", "grid_id", other, rows[one]))(layers)

    return change


def extra_grid(layers: Layers) -> None:
    """Add a grid without households; its outline is cut from the one above the lower grid of Ash."""
    row = {"grid_id": "Ash-03", "village": "Ash", "number": 3, "size": 0, "walk_m": 0.0, "connected": True}
    row |= {"geometry": degrees(shapely.box(0, 100, WIDTH, 120))}
    layers["grids"] = pd.concat([layers["grids"], pd.DataFrame([row])], ignore_index=True)
    both(outline("Ash-02", 0, 60, WIDTH, 100), put("villages", "grids", "Ash", 3))(layers)
