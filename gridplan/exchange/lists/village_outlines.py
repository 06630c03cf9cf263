"""What is drawn of villages: closed lines stand for areas, and outlines of hamlets are no villages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridplan.exchange.lists.rows.folders import HAMLET, folder_column, place_of
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.tables.cells import VILLAGE, shown
from gridplan.exchange.tables.shape_parts import parts
from gridplan.words import series

NAMED: Final = 5
"""Names that a note shows."""
MOSTLY: Final = 0.9
"""Of the area of a hamlet: so much of it lies in its village, where both were drawn by hand."""
CALLED_VILLAGE: Final = re.compile(r".*(?<!自然)(?:村|社区|委会|village)", re.IGNORECASE)
"""What is a village by its name, also within another."""
OUTLINE: Final = re.compile(
    r"(?:本?村)?(?:边界|界线?|范围|轮廓|区域)(?:线|图)?\d*|多边形\d*|未命名.*"
    r"|(?:village )?(?:boundary|border|outline|area)(?: line)?|polygon ?\d*|(?:untitled|unnamed).*",
    re.IGNORECASE,
)
"""What programs and people call an outline without saying of what it is one."""
OF_HAMLETS: Final = re.compile(r".*(?:小组|村民组|各组|自然村|hamlets?|groups?)(?:边界|范围)?", re.IGNORECASE)
"""What a folder of hamlets is called."""


def named_by_folders(rows: Rows, name_of: Mapping[int, str]) -> dict[int, str]:
    """Return the villages by row; an outline that is called no more than that is of the village of its folder."""
    column = folder_column(rows.table.header)
    if column is None or rows.table.shapes is None:
        return dict(name_of)
    paths, drawn = rows.column(column)[1], shapely.get_dimensions(rows.table.shapes) > 0
    found = {
        at: village
        for at, name in name_of.items()
        if drawn[at] and OUTLINE.fullmatch(name) and (village := place_of(paths[at]).village)
    }
    if found:
        rows.note("read.note.folders", n=len(found), names=series(dict.fromkeys(map(shown, found.values())), NAMED))
    return {**name_of, **found}


def close_lines(rows: Rows, name_of: Mapping[int, str]) -> None:
    """Put areas for the closed lines of a map of villages, with a note.

    Beside polygons only a line that is called like a village is one: others may be roads around something.
    """
    shapes = rows.table.shapes
    if shapes is None:
        return
    dimensions = shapely.get_dimensions(shapes)
    areas = bool((dimensions == 2).any())
    closed = [
        at
        for at in np.flatnonzero(dimensions == 1).tolist()
        if at in name_of and _is_closed(shapes[at]) and (not areas or VILLAGE.fullmatch(name_of[at]))
    ]
    if not closed:
        return
    shapes = shapes.copy()
    for at in closed:
        shapes[at] = shapely.union_all([shapely.Polygon(part) for part in parts(shapes[at])])
    rows.table = replace(rows.table, shapes=shapes)
    rows.note("read.note.closed_lines", n=len(closed), names=series((shown(name_of[at]) for at in closed), NAMED))


def without_hamlets(rows: Rows, name_of: Mapping[int, str]) -> dict[int, str]:
    """Return the villages by row without outlines that are called like hamlets and lie in one, or in a folder of such.

    A file of nothing but hamlets stays what it was given for.
    """
    shapes = rows.table.shapes
    if shapes is None:
        return dict(name_of)
    like = [at for at in name_of if HAMLET.fullmatch(name_of[at]) and not CALLED_VILLAGE.fullmatch(name_of[at])]
    around = [shapes[at] for at in name_of.keys() - {*like} if shapely.get_dimensions(shapes[at]) == 2]
    hamlets = [at for at in like if _in_folder_of_hamlets(rows, at) or _lies_in_one(shapes[at], around)]
    if not hamlets or len(hamlets) == len(name_of):
        return dict(name_of)
    rows.note("read.note.hamlet_outlines", n=len(hamlets), names=series((shown(name_of[at]) for at in hamlets), NAMED))
    return {at: name for at, name in name_of.items() if at not in hamlets}


def _is_closed(line: BaseGeometry) -> bool:
    return all(shapely.is_ring(part) for part in parts(line))


def _in_folder_of_hamlets(rows: Rows, at: int) -> bool:
    column = folder_column(rows.table.header)
    if column is None:
        return False
    path = rows.column(column)[1][at]
    return bool(place_of(path).village or any(map(OF_HAMLETS.fullmatch, path.split("/"))))


def _lies_in_one(outline: BaseGeometry | None, around: list[BaseGeometry]) -> bool:
    if outline is None or shapely.get_dimensions(outline) != 2 or not outline.is_valid:
        return False
    return any(
        village.is_valid
        and village.area > outline.area
        and shapely.intersection(village, outline).area > MOSTLY * outline.area
        for village in around
    )
