"""Roads, barriers, crossings, water and buildings, and the ground that the pages of the lists draw on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import shapely
from flask import abort, jsonify, redirect, render_template, request, url_for
from shapely.geometry.base import BaseGeometry
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from gridplan.errors import InputRefused
from gridplan.exchange.lists.features import DIMENSIONS
from gridplan.service.registry import features as use
from gridplan.service.registry.form import FormFields
from gridplan.service.registry.villages import parse_shape
from gridplan.store.registry.features import KINDS, Kind
from gridplan.words import on_page
from gridplan_web import auth
from gridplan_web.clock import now
from gridplan_web.language import page_lang
from gridplan_web.map_answers import MapBackground
from gridplan_web.views.registry.blueprint import NOT_REFUSED, Answer, Refusal, api, pages, saves, uploaded


def _kind() -> Kind:
    kind = request.values.get("kind", "barrier")
    if kind not in KINDS:
        abort(404)
    return kind


def _features_page(refusal: Refusal = NOT_REFUSED, found: use.FeatureFile | None = None) -> str:
    kind = _kind()
    return render_template(
        "registry/features.html",
        page=use.features_page(auth.store(), auth.actor(), kind),
        kind=kind,
        kinds=KINDS,
        dimensions=DIMENSIONS[kind],
        problem=refusal.problem,
        found=found,
        added=request.args.get("n", 0, type=int),
    )


@pages.get("/features")
def features() -> str:
    """List the features of one kind, with a map to draw more."""
    return _features_page()


@pages.post("/features")
@saves(_features_page)
def add_features(form: FormFields) -> str:
    """Add what was drawn, or what was previewed of a file."""
    kind, store, who, actor = _kind(), auth.store(), auth.who(), auth.actor()
    if "shapes" in form.fields:
        n = use.add_previewed(store, who, actor, kind, form.fields["shapes"], now=now())
        return url_for("registry.features", kind=kind, said="features_added", n=n)
    shape = parse_shape(form.fields.get("shape", ""))
    if shape is None:
        raise InputRefused("registry.nothing_drawn")
    name = form.text("name")
    form.check()
    use.add_drawn(store, who, actor, kind, name, shape, now=now())
    return url_for("registry.features", kind=kind, said="features_added", n=1)


@pages.post("/features/file")
def preview_features() -> Answer | str:
    """Show what is in a file of features, before it is added."""
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise InputRefused("imports.no_file")
        with uploaded(file) as source:
            found = use.preview_file(auth.store(), auth.actor(), _kind(), source)
    except InputRefused as error:
        return _features_page(Refusal(problem=on_page(error.message).say(page_lang()))), 422
    return _features_page(found=found)


@pages.post("/features/file/<int:deed_id>/remove")
def remove_features(deed_id: int) -> Response:
    """Remove all of a kind that a file or an import brought."""
    kind = _kind()
    n = use.remove_file(auth.store(), auth.who(), deed_id, kind, now=now())
    return redirect(url_for("registry.features", kind=kind, said="features_removed", n=n))


@pages.post("/features/<int:feature_id>/remove")
def remove_feature(feature_id: int) -> Response:
    """Remove a feature."""
    kind = use.remove(auth.store(), auth.who(), feature_id, now=now())
    return redirect(url_for("registry.features", kind=kind, said="feature_removed"))


@api.get("/ground")
@api.output(MapBackground)
def map_background() -> Response:
    """Return the outlines of the villages of the scope, and the roads, barriers, water and buildings among them."""
    return _background(use.map_background(auth.store(), auth.actor()))


@api.get("/ground/<int:village_id>")
@api.output(MapBackground)
def map_background_of_village(village_id: int) -> Response:
    """Return the same around one village, with the places of its households and the anchors of its hamlets."""
    return _background(use.map_background(auth.store(), auth.actor(), village_id))


def _background(found: use.MapBackground) -> Response:
    return jsonify(
        around=None if found.bounds is None else list(found.bounds),
        villages=_collection(found.villages),
        features=_collection((row["shape"], _properties(row)) for row in found.features),
        homes=found.homes,
        anchors=[{"name": name, "lon": lon, "lat": lat} for name, (lon, lat) in found.anchors.items()],
    )


def _properties(row: RowMapping) -> dict[str, Any]:
    centre = row["shape"].representative_point()
    return {"id": row["id"], "kind": row["kind"], "name": row["name"], "centre": [centre.x, centre.y]}


def _collection(shapes: Iterable[tuple[BaseGeometry, Mapping[str, Any]]]) -> dict[str, Any]:
    found = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": properties}
        for shape, properties in shapes
    ]
    return {"type": "FeatureCollection", "features": found}
