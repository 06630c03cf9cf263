"""Place mode: one click on the map puts a hamlet's anchor or a household where it is, over a picture if need be."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import redirect, render_template, request, send_file, url_for
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from gridplan.errors import GridplanError
from gridplan.service.registry import placement
from gridplan.store.registry import scans, villages
from gridplan.store.registry.placement import progress_by_village
from gridplan_web import auth
from gridplan_web.clock import now
from gridplan_web.language import page_lang

pages = APIBlueprint("place", __name__, enable_openapi=False)
api = APIBlueprint("place_api", __name__, url_prefix="/api", tag="Places")


class Spot(BaseModel):
    """A place on the earth, in degrees."""

    model_config = ConfigDict(extra="forbid")

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)


class Click(BaseModel):
    """Where a household is; without a place it goes back on the anchor of its hamlet."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(description="of the household, as it was last seen")
    place: Spot | None = None


class Anchoring(BaseModel):
    """Where a hamlet is, and where it was as last seen."""

    model_config = ConfigDict(extra="forbid")

    hamlet: str
    place: Spot | None = None
    was: Spot | None = None


class Pin(Spot):
    """A point of a picture, in pixels from its upper left corner, and where that is."""

    x: float
    y: float


class Pins(BaseModel):
    """The points that lay a picture on the map."""

    model_config = ConfigDict(extra="forbid")

    points: list[Pin] = Field(min_length=2, max_length=2)
    keep: bool = Field(default=True, description="false: only say where the picture would lie")


class PlacedHome(BaseModel):
    """A household and where it stands."""

    id: int
    code: str
    name: str | None
    door: str | None
    hamlet: str
    lon: float | None
    lat: float | None
    exact: bool = Field(description="whether the place is its own, and not the anchor of its hamlet")
    version: int


class PlacedHomes(BaseModel):
    """What a click changed, and how far the village is."""

    homes: list[PlacedHome]
    placed: int
    of: int
    outside: bool = Field(description="whether the place is outside the boundary of the village")


class Laid(BaseModel):
    """Where three corners of a picture lie: first of the top row, its last, first of the bottom row."""

    corners: list[tuple[float, float]]


# ---- pages


@pages.get("/place")
def choose() -> str:
    """List the villages with how many of their households have a place."""
    with auth.store().read() as connection:
        known = villages.rows(connection, auth.actor().scope)
        progress = progress_by_village(connection, auth.actor().scope)
    rows = [(village, *progress.get(village["id"], (0, 0))) for village in known]
    return render_template("placement/villages.html", rows=rows)


@pages.get("/place/<int:village_id>")
def desk(village_id: int) -> str:
    """Show the map of a village to place households on."""
    return _desk(village_id)


def _desk(village_id: int, problem: str | None = None) -> str:
    with auth.store().read() as connection:
        village = villages.by_id(connection, village_id)
        pictures = scans.of_village(connection, village_id)
    return render_template("placement/place.html", village=village, pictures=pictures, problem=problem)


@pages.post("/place/<int:village_id>/pictures")
def add_picture(village_id: int) -> Response | tuple[str, int]:
    """Keep a picture, and ask for two points of it unless its world file says where it lies."""
    picture, world = request.files.get("picture"), request.files.get("world")
    if picture is None or not picture.filename:
        return redirect(url_for("place.desk", village_id=village_id))
    beside = (world.read(4096), world.filename) if world is not None and world.filename else None
    try:
        scan_id = placement.add_picture(
            auth.store(),
            auth.who(),
            village_id,
            picture.read(),
            picture.filename,
            world=beside,
            now=now(),
        )
    except GridplanError as error:
        return _desk(village_id, error.say(page_lang())), 422
    if beside:
        return redirect(url_for("place.desk", village_id=village_id, picture=scan_id))
    return redirect(url_for("place.pin", scan_id=scan_id))


@pages.get("/place/pictures/<int:scan_id>")
def pin(scan_id: int) -> str:
    """Ask where two points of a picture are."""
    with auth.store().read() as connection:
        scan = scans.by_id(connection, scan_id)
        village = villages.by_id(connection, scan["village_id"])
    anchors = [
        (f"{hamlet.place[0]:.7f},{hamlet.place[1]:.7f}", hamlet.name or village["name"])
        for hamlet in placement.placement_page(auth.store(), village["id"]).hamlets
        if hamlet.place
    ]
    return render_template("placement/georeference.html", scan=scan, village=village, anchors=anchors)


@pages.get("/place/pictures/<int:scan_id>/file")
def picture(scan_id: int) -> Response:
    """Return a picture to those who may see its village."""
    with auth.store().read() as connection:
        scan = scans.by_id(connection, scan_id)
    return send_file(scans.path(auth.store(), scan["file"]))


@pages.post("/place/pictures/<int:scan_id>/remove")
def remove_picture(scan_id: int) -> Response:
    """Remove a picture."""
    village_id = placement.remove_picture(auth.store(), auth.who(), scan_id, now=now())
    return redirect(url_for("place.desk", village_id=village_id))


# ---- what the scripts ask for


@api.get("/place/<int:village_id>")
def ground(village_id: int) -> dict[str, Any]:
    """Return the households of a village in the order they are offered, its hamlets and its pictures."""
    found = placement.placement_page(auth.store(), village_id)
    with auth.store().read() as connection:
        pictures = scans.of_village(connection, village_id)
    return {
        "hamlets": [{"name": one.name, "place": _spot(*(one.place or (None, None)))} for one in found.hamlets],
        "homes": [_home(home).model_dump() for home in found.homes],
        "pictures": [
            {"id": scan["id"], "name": scan["name"], "corners": _corners(scan), "url": _picture_url(scan)}
            for scan in pictures
        ],
    }


def _picture_url(scan: RowMapping) -> str:
    return url_for("place.picture", scan_id=scan["id"])


def _corners(scan: RowMapping) -> list[tuple[float, float]] | None:
    return list(placement.corners(scan["width"], scan["height"], scan["controls"])) if scan["controls"] else None


def _spot(lon: float | None, lat: float | None) -> dict[str, float] | None:
    return None if lon is None or lat is None else {"lon": lon, "lat": lat}


def _place(spot: Spot | None) -> tuple[float, float] | None:
    return None if spot is None else (spot.lon, spot.lat)


def _home(row: RowMapping) -> PlacedHome:
    values = {name: row[name] for name in ("id", "code", "name", "door", "lon", "lat", "version")}
    return PlacedHome(**values, hamlet=row["hamlet"] or "", exact=row["position"] == "exact")


def _moved(moved: placement.PlacementResult) -> PlacedHomes:
    homes = [_home(home) for home in moved.homes]
    return PlacedHomes(homes=homes, placed=moved.placed, of=moved.of, outside=moved.outside)


@api.post("/place/<int:village_id>/households/<int:household_id>")
@api.input(Click, arg_name="click")
@api.output(PlacedHomes)
def put(village_id: int, household_id: int, click: Click) -> PlacedHomes:
    """Put a household where it lives, or back on the anchor of its hamlet."""
    moved = placement.place_household(
        auth.store(), auth.who(), village_id, household_id, click.version, _place(click.place), now=now()
    )
    return _moved(moved)


@api.post("/place/<int:village_id>/anchors")
@api.input(Anchoring, arg_name="click")
@api.output(PlacedHomes)
def anchor(village_id: int, click: Anchoring) -> PlacedHomes:
    """Set, move or take away the anchor of a hamlet; its households without a place of their own stand there."""
    moved = placement.set_anchor(
        auth.store(), auth.who(), village_id, click.hamlet, _place(click.place), was=_place(click.was), now=now()
    )
    return _moved(moved)


@api.post("/place/pictures/<int:scan_id>/points")
@api.input(Pins, arg_name="pins")
@api.output(Laid)
def pin_down(scan_id: int, pins: Pins) -> Laid:
    """Lay a picture on the map by two of its points, or only say where it would lie."""
    points = [point.model_dump() for point in pins.points]
    laid = placement.georeference(auth.store(), auth.who(), scan_id, points, keep=pins.keep, now=now())
    return Laid(corners=list(laid))
