"""Roads, barriers, crossings, water and buildings, and the ground that the pages of the lists draw on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import shapely
from flask import abort, redirect, render_template, request, url_for
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from gridplan.errors import GridplanError, InputRefused
from gridplan.roles import Actor
from gridplan.service.registry import features as use
from gridplan.service.registry.form import FormFields
from gridplan.service.registry.villages import parse_shape
from gridplan.store.registry import features, placement, villages
from gridplan.store.registry.features import KINDS, Kind
from gridplan_web import auth
from gridplan_web.clock import now
from gridplan_web.language import page_lang
from gridplan_web.views.registry.blueprint import api, pages, status, uploaded

MOST: Final = 200
"""Features that one page names; all are on its map."""


def _kind() -> Kind:
    kind = request.values.get("kind", "barrier")
    if kind not in KINDS:
        abort(404)
    return kind


@pages.get("/land")
def land() -> str:
    """List the features of one kind, with a map to draw more."""
    return _land(_kind())


def _land(kind: Kind, problem: str | None = None) -> str:
    rows = use.features_in_scope(auth.store(), auth.actor(), kind)
    with auth.store().read() as connection:
        counts = features.counts(connection) if auth.actor().scope is None else {}
        grounds = features.grounds(connection)
    own = [auth.actor().reaches(features.villages_of(grounds, row["shape"])) for row in rows[:MOST]]
    return render_template(
        "registry/features.html",
        kind=kind,
        kinds=KINDS,
        rows=list(zip(rows[:MOST], own, strict=True)),
        total=len(rows),
        counts=counts,
        made_of=use.DIMENSIONS[kind],
        problem=problem,
        added=request.args.get("n", 0, type=int),
    )


@pages.post("/land")
def add_land() -> Response | tuple[str, int]:
    """Keep what was drawn, or what is in a file."""
    kind, file = _kind(), request.files.get("file")
    store, who, actor = auth.store(), auth.who(), auth.actor()
    try:
        if file is not None and file.filename:
            with uploaded(file) as path:
                n, _ = use.add_file(store, who, actor, kind, path, now=now())
        else:
            typed = FormFields(request.form)
            shape = parse_shape(request.form.get("shape", ""))
            if shape is None:
                raise InputRefused("upkeep.nothing_drawn")
            use.add_drawn(store, who, actor, kind, typed.text("name"), shape, now=now())
            n = 1
    except GridplanError as error:
        return _land(kind, error.say(page_lang())), status(error)
    return redirect(url_for("upkeep.land", kind=kind, said="land_added", n=n))


@pages.post("/land/<int:feature_id>/remove")
def remove_land(feature_id: int) -> Response:
    """Remove a feature."""
    kind = use.remove(auth.store(), auth.who(), feature_id, now=now())
    return redirect(url_for("upkeep.land", kind=kind, said="land_removed"))


@api.get("/ground")
def ground() -> dict[str, Any]:
    """Return the outlines of the villages of the scope, and the roads, barriers, water and buildings among them."""
    return _ground(auth.actor(), None)


@api.get("/ground/<int:village_id>")
def ground_of_village(village_id: int) -> dict[str, Any]:
    """Return the same around one village, with the places of its households and the anchors of its hamlets."""
    return _ground(auth.actor(), village_id)


NEAR: Final = 0.004
"""Degrees around a village of which roads, water and buildings are shown."""


def _ground(actor: Actor, village_id: int | None) -> dict[str, Any]:
    with auth.store().read() as connection:
        grounds = features.grounds(connection, actor.scope)
        given, names = villages.boundaries(connection), villages.names(connection)
        kept = features.rows(connection)
        homes = placement.household_rows(connection, village_id) if village_id is not None else []
        anchors = placement.anchors(connection, village_id) if village_id is not None else {}
    places = [(home["lon"], home["lat"]) for home in homes if home["position"] == "exact"]
    here = [grounds[village_id]] if village_id in grounds else [] if places else list(grounds.values())
    extent = shapely.union_all([*here, shapely.MultiPoint([*places, *anchors.values()])])
    near = shapely.box(*extent.bounds).buffer(NEAR, join_style="mitre") if not extent.is_empty else None
    shown = [row for row in kept if near is not None and row["shape"].intersects(near)]
    return {
        "around": None if extent.is_empty else list(extent.bounds),
        "villages": _collection(
            (shape, {"id": id_, "name": names[id_], "given": id_ in given}) for id_, shape in grounds.items()
        ),
        "features": _collection((row["shape"], _properties(row)) for row in shown),
        "homes": places,
        "anchors": [{"name": name, "lon": lon, "lat": lat} for name, (lon, lat) in anchors.items()],
    }


def _properties(row: RowMapping) -> dict[str, Any]:
    centre = row["shape"].representative_point()
    return {"id": row["id"], "kind": row["kind"], "name": row["name"], "centre": [centre.x, centre.y]}


def _collection(shapes: Iterable[tuple[Any, dict[str, Any]]]) -> dict[str, Any]:
    found = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": properties}
        for shape, properties in shapes
    ]
    return {"type": "FeatureCollection", "features": found}
