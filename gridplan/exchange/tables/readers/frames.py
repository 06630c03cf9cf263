"""The frame of a file's geometries: the one stated with the file's name, else the one the file states itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from gridplan.coordinates import WGS84, frame_named, frame_of_wkt, frame_shown, shapes_to_wgs84
from gridplan.errors import InputRefused
from gridplan.exchange.tables.cells import shown
from gridplan.exchange.tables.source import Table
from gridplan.words import Message

MOST_VERTICES = 1_000_000
"""Vertices of one shape; more are no house and no village."""


def in_degrees(table: Table, stated: str | None) -> Table:
    """Return a table with its shapes in WGS-84 degrees.

    Parameters
    ----------
    table
        A table whose shapes are as found.
    stated
        The frame that the file states, by its name, its code or its well-known text; None where it states none.

    Raises
    ------
    InputRefused
        A shape has more than `MOST_VERTICES`, or the frame is missing or unknown and none is stated with the name.
    """
    file, shapes = table.source.name, table.shapes
    if shapes is None:
        return table
    vertices = shapely.get_num_coordinates(shapes)
    if vertices.size and vertices.max() > MOST_VERTICES:
        row = str(table.numbers[int(vertices.argmax())])
        raise InputRefused("read.too_many_vertices", file=file, row=row, n=int(vertices.max()), most=MOST_VERTICES)
    own = _known(stated, refusing=table.source.frame is None)
    frame, notes = table.source.frame or own, table.notes
    if frame is None and stated is not None:
        raise InputRefused("read.frame_of_file", file=file, frame=shown(stated))
    if frame is None:
        frame, notes = WGS84, (*notes, _taken_for_degrees(table))
    if own is not None and own != frame:
        notes += (Message("read.note.frame_overruled", {"stated": frame_shown(own), "frame": frame_shown(frame)}),)
    return replace(table, shapes=shapes_to_wgs84(shapes, frame), frame=own, notes=notes)


def _known(stated: str | None, *, refusing: bool) -> str | None:
    """Return the frame that a file states, None where it is none known here."""
    if stated is None:
        return None
    try:
        return frame_named(stated) or frame_of_wkt(stated)
    except InputRefused:
        if refusing:
            raise
        return None


def _taken_for_degrees(table: Table) -> Message:
    bounds = shapely.bounds(table.shapes)
    outside = ~((bounds[:, :2] >= (-180, -90)).all(axis=1) & (bounds[:, 2:] <= (180, 90)).all(axis=1))
    outside &= np.isfinite(bounds).all(axis=1)
    if outside.any():
        x, y = bounds[outside.argmax(), :2]
        raise InputRefused("read.frame_missing", file=table.source.name, x=f"{x:.10g}", y=f"{y:.10g}")
    return Message("read.note.frame_assumed")
