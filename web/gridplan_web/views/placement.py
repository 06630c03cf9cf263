"""Place mode: one click on the map puts a hamlet's anchor or a household where it is, over a picture if need be."""

from __future__ import annotations

from typing import Final

from apiflask import APIBlueprint
from flask import abort, redirect, render_template, request, send_file, url_for
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from gridplan.errors import GridplanError
from gridplan.names import LONGEST_TEXT
from gridplan.service.registry import imagery, placement
from gridplan_web import auth
from gridplan_web.clock import now
from gridplan_web.error_pages import headers_of, status_of
from gridplan_web.language import page_lang

pages = APIBlueprint("placement", __name__, enable_openapi=False)
api = APIBlueprint("placement_api", __name__, url_prefix="/api", tag="Places")


MOST_PIXELS: Final = 1_000_000
"""From a corner of a picture: none is so large."""

CONFIRMED: Final = "the key of the answer 422 that asked whether it is so: then it is kept all the same"


class Position(BaseModel):
    """A place on the earth, in degrees."""

    model_config = ConfigDict(extra="forbid")

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)


class HouseholdPlacement(BaseModel):
    """Where a household is; without a place it goes back on the anchor of its hamlet."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(default=None, description="of the household, as it was last seen; 428 without it")
    place: Position | None = None
    confirmed: str = Field(default="", max_length=LONGEST_TEXT, description=CONFIRMED)


class HamletPlacement(BaseModel):
    """Where a hamlet is, and where it was as last seen."""

    model_config = ConfigDict(extra="forbid")

    hamlet: str = Field(max_length=LONGEST_TEXT)
    place: Position | None = None
    was: Position | None = None
    confirmed: str = Field(default="", max_length=LONGEST_TEXT, description=CONFIRMED)


class ControlPoint(Position):
    """A point of a picture, in pixels from its upper left corner, and where that is."""

    x: float = Field(ge=-MOST_PIXELS, le=MOST_PIXELS)
    y: float = Field(ge=-MOST_PIXELS, le=MOST_PIXELS)


class Georeference(BaseModel):
    """The points that lay a picture on the map."""

    model_config = ConfigDict(extra="forbid")

    points: list[ControlPoint] = Field(min_length=2, max_length=2)
    keep: bool = Field(default=True, description="false: only say where the picture would lie")


class PlacedHousehold(BaseModel):
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


class PlacementResult(BaseModel):
    """The households whose place a change gave, and how far the village is."""

    homes: list[PlacedHousehold]
    placed: int
    of: int
    outside: bool = Field(description="whether the place is outside the boundary of the village")


class PlacedHamlet(BaseModel):
    """A hamlet and where it is, if that is known."""

    name: str
    place: Position | None
    own: bool = Field(description="whether no other hamlet of the village stands there")


class LaidPicture(BaseModel):
    """A picture, where three corners of it lie (null: not laid yet), and the address of its file."""

    id: int
    name: str
    corners: list[tuple[float, float]] | None
    url: str


class PlacementLists(BaseModel):
    """What there is to place in a village, in the order in which it is offered."""

    hamlets: list[PlacedHamlet]
    homes: list[PlacedHousehold]
    pictures: list[LaidPicture]


class PictureCorners(BaseModel):
    """Where three corners of a picture lie: first of the top row, its last, first of the bottom row."""

    corners: list[tuple[float, float]]


# ---- pages


@pages.get("/place")
def village_list() -> str:
    """List the villages with how many of their households have a place."""
    actor = auth.actor()
    return render_template(
        "placement/villages.html",
        rows=placement.village_progress(auth.store(), actor),
        reaches_town=imagery.reaches_town(auth.store(), actor),
    )


@pages.get("/place/<int:village_id>")
def village(village_id: int) -> str:
    """Show the map of a village to place households on."""
    return _village_page(village_id)


def _village_page(village_id: int, problem: str | None = None) -> str:
    page = placement.placement_page(auth.store(), village_id)
    return render_template("placement/village.html", village=page.village, pictures=page.pictures, problem=problem)


@pages.post("/place/<int:village_id>/pictures")
def add_picture(village_id: int) -> Response | tuple[str, int, dict[str, str]]:
    """Add a picture, and ask for two points of it unless its world file says where it lies."""
    picture, world = request.files.get("picture"), request.files.get("world")
    if picture is None or not picture.filename:
        return redirect(url_for("placement.village", village_id=village_id))
    beside = (world.read(4096), world.filename) if world is not None and world.filename else None
    try:
        scan_id = placement.add_picture(
            auth.store(), auth.who(), village_id, picture.stream, picture.filename, world=beside, now=now()
        )
    except GridplanError as error:
        return _village_page(village_id, error.say(page_lang())), status_of(error), headers_of(error)
    if beside:
        return redirect(url_for("placement.village", village_id=village_id, picture=scan_id))
    return redirect(url_for("placement.georeference", scan_id=scan_id))


@pages.get("/place/pictures/<int:scan_id>")
def georeference(scan_id: int) -> str:
    """Ask where two points of a picture are."""
    scan, page = placement.georeference_page(auth.store(), scan_id)
    anchors = [
        (f"{hamlet.place[0]:.7f},{hamlet.place[1]:.7f}", hamlet.name or page.village["name"])
        for hamlet in page.hamlets
        if hamlet.place
    ]
    return render_template("placement/georeference.html", scan=scan, village=page.village, anchors=anchors)


@pages.get("/place/pictures/<int:scan_id>/file")
def picture(scan_id: int) -> Response:
    """Return a picture to those who may see its village."""
    return send_file(placement.picture_file(auth.store(), scan_id))


@pages.post("/place/pictures/<int:scan_id>/remove")
def remove_picture(scan_id: int) -> Response:
    """Remove a picture."""
    village_id = placement.remove_picture(auth.store(), auth.who(), scan_id, now=now())
    return redirect(url_for("placement.village", village_id=village_id))


# ---- what the scripts ask for


@api.get("/place/<int:village_id>")
@api.output(PlacementLists)
def village_data(village_id: int) -> PlacementLists:
    """Return the households of a village in the order they are offered, its hamlets and its pictures."""
    page = placement.placement_page(auth.store(), village_id)
    return PlacementLists(
        hamlets=[
            PlacedHamlet(name=one.name, place=_position(one.place), own=one.has_own_place) for one in page.hamlets
        ],
        homes=[_household(home) for home in page.homes],
        pictures=[
            LaidPicture(
                id=scan["id"],
                name=scan["name"],
                corners=_corners(scan),
                url=url_for("placement.picture", scan_id=scan["id"]),
            )
            for scan in page.pictures
        ],
    )


def _corners(scan: RowMapping) -> list[tuple[float, float]] | None:
    return list(placement.corners(scan["width"], scan["height"], scan["controls"])) if scan["controls"] else None


def _position(place: tuple[float, float] | None) -> Position | None:
    return None if place is None else Position(lon=place[0], lat=place[1])


def _place(position: Position | None) -> tuple[float, float] | None:
    return None if position is None else (position.lon, position.lat)


def _household(row: RowMapping) -> PlacedHousehold:
    values = {name: row[name] for name in ("id", "code", "name", "door", "lon", "lat", "version")}
    return PlacedHousehold(**values, hamlet=row["hamlet"] or "", exact=row["position"] == "exact")


def _result(found: placement.PlacementResult) -> PlacementResult:
    homes = [_household(home) for home in found.homes]
    return PlacementResult(homes=homes, placed=found.placed, of=found.of, outside=found.outside)


@api.post("/place/<int:village_id>/households/<int:household_id>")
@api.input(HouseholdPlacement, arg_name="placed")
@api.output(PlacementResult)
def place_household(village_id: int, household_id: int, placed: HouseholdPlacement) -> PlacementResult:
    """Put a household where it lives, or back on the anchor of its hamlet."""
    if placed.version is None:
        abort(428)
    found = placement.place_household(
        auth.store(),
        auth.who(),
        village_id,
        household_id,
        placed.version,
        _place(placed.place),
        confirmed=placed.confirmed,
        now=now(),
    )
    return _result(found)


@api.post("/place/<int:village_id>/anchors")
@api.input(HamletPlacement, arg_name="placed")
@api.output(PlacementResult)
def place_hamlet(village_id: int, placed: HamletPlacement) -> PlacementResult:
    """Set, move or take away the anchor of a hamlet; its households without a place of their own stand there."""
    found = placement.set_anchor(
        auth.store(),
        auth.who(),
        village_id,
        placed.hamlet,
        _place(placed.place),
        was=_place(placed.was),
        confirmed=placed.confirmed,
        now=now(),
    )
    return _result(found)


@api.post("/place/pictures/<int:scan_id>/points")
@api.input(Georeference, arg_name="given")
@api.output(PictureCorners)
def georeference_picture(scan_id: int, given: Georeference) -> PictureCorners:
    """Lay a picture on the map by two of its points, or only say where it would lie."""
    points = [point.model_dump() for point in given.points]
    corners = placement.georeference(auth.store(), auth.who(), scan_id, points, keep=given.keep, now=now())
    return PictureCorners(corners=list(corners))
