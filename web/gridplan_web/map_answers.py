"""What the answers of maps and of the search hold, as the description of the interface says.

Maps are made and kept as text, so these models describe them and do not make them; tests hold real answers to them.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from gridplan.exchange.map_colours import Mark

Properties = TypeVar("Properties")
LonLat = tuple[float, float]
Label = tuple[float, float, float]
"""Longitude, latitude, and metres of room around them."""


class Described(BaseModel):
    """Part of an answer, which has these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class SearchQuery(BaseModel):
    """What to look for."""

    q: str = Field(
        default="",
        description="Words that all have to fit: names, codes, doors, hamlets, villages, a grid's number; 100 letters",
    )


class SearchAnswer(Described):
    """Something that fits."""

    kind: Literal["village", "grid", "hamlet", "household", "member"]
    ids: tuple[int, ...] = Field(description="its id; of a grid its plan and number, of a hamlet its village")
    text: str = Field(description="what it is called")
    detail: str = Field(description="what tells it from others, in the language of the request")
    href: str = Field(description="its page")
    on_map: str | None = Field(description="the map with it chosen; a member is not on it")


class SearchAnswers(Described):
    """What fits best: villages, then grids, hamlets, households and members."""

    found: list[SearchAnswer] = Field(max_length=12)
    more: bool = Field(description="whether the page of the search has more")


# ---- beside maps


class DayQuery(BaseModel):
    """As of which day."""

    as_of: str = Field(default="", description="YYYY-MM-DD, not after today nor before visits started; without: today")


class DetailsQuery(DayQuery):
    """As which plan has it, and contact as of which day."""

    plan: int | None = Field(default=None, description="its id; a village without one has none")


class Link(Described):
    """A page that leads on, or where something can be done."""

    text: str
    href: str


class Person(Described):
    """Who leads a grid or is deputy, and why."""

    id: int | None
    name: str
    why: str | None


class WrongInVillage(Described):
    """What a plan could not keep to."""

    grid: int | None = Field(description="the number of the grid it is about")
    text: str


class VillageDetails(Described):
    """What the panel tells of a village beyond what the map draws."""

    facts: list[tuple[str, str]] = Field(description="what is counted, and how many there are")
    wrong: list[WrongInVillage]
    contact: list[tuple[str, str]] = Field(description="how far contact reaches, in counts")
    links: list[Link]


class GridDetails(Described):
    """What the panel tells of a grid beyond what the map draws."""

    leads: list[Person]
    deputies: list[Person] = Field(description="empty for accounts that see counts only")
    offers: list[str] = Field(description="who could lead it, where nobody does")
    neighbours: list[int] = Field(description="the numbers of the grids that border on it")
    living: int | None = Field(
        description="how many of its households are neither away nor unoccupied today; null for who sees counts only"
    )
    links: list[Link]


class GridContactDetails(Described):
    """What the panel tells of contact in a grid."""

    contact: list[tuple[str, str]] = Field(description="how far it reaches, in counts; empty: not in force")
    links: list[Link]


class HouseholdDetails(Described):
    """What the panel tells of a household."""

    village: int = Field(description="its id")
    grids: list[tuple[int, int]] = Field(description="plan and number, of the plan in force and of drafts")
    contact: str | None = Field(description="whether it is in order, due or overdue; null: in no grid in force")
    links: list[Link]


# ---- maps


class Shape(Described):
    """A geometry as GeoJSON has it, in degrees of WGS-84."""

    type: Literal["Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
    coordinates: list[Any]


class Feature(Described, Generic[Properties]):
    """A feature of GeoJSON; what has no place has no geometry."""

    type: Literal["Feature"]
    geometry: Shape | None
    properties: Properties


class Layer(Described, Generic[Properties]):
    """A collection of features."""

    type: Literal["FeatureCollection"]
    features: list[Feature[Properties]]


class BrokenRule(Described):
    """A rule that a grid breaks, as the legend marks it."""

    mark: Literal["small", "large", "pieces"]
    text: str


class MapGrid(Described):
    """A grid."""

    id: str
    number: int
    village: int = Field(description="its index among the villages")
    size: int = Field(description="households")
    walk: str | None = Field(description="the walk in words")
    walk_m: float | None = Field(description="metres")
    lead: str | None
    lead_id: int | None
    broken: list[BrokenRule]
    tint: int = Field(description="a colour that no neighbour has")
    label: Label | None
    plan: int = Field(description="with its number: /grids/<plan>/<number>")


class MapStep(Described):
    """What to do next about the positions of a village."""

    kind: Literal["hamlets", "houses"]
    text: str


class MapVillage(Described):
    """A village."""

    id: int
    name: str
    households: int
    grids: int
    planned: bool
    walk: str | None
    tint: int = Field(description="a colour that no neighbour has")
    label: Label | None
    about: str = Field(description="what stands below its name")
    wrong: list[str] = Field(description="what is to be mended, as sentences")
    placed: int = Field(description="households with a position of their own")
    in_no_grid: int = Field(description="households")
    flats: bool = Field(description="whether several households live on one spot")
    step: MapStep | None = Field(description="what to do next about positions")
    around: list[float] | None = Field(description="west, south, east, north of what is shown of it, without strays")


class MapHamlet(Described):
    """Hamlets of a village on one spot, of which households have no position of their own."""

    village: int = Field(description="its index among the villages")
    name: str
    households: int
    grids: list[int] = Field(description="indices of grids")
    at: LonLat | None = Field(description="null: on no map")
    figures: str = Field(description="households and grids in words")


class MapPlace(Described):
    """A spot on which households live."""

    lon: float | None = Field(description="null: on no map")
    lat: float | None
    at_hamlet: bool = Field(description="whether its households have no position of their own")
    ids: list[int] = Field(description="in the order of the households")
    households: list[list[str | int | None]] = Field(
        description="code, number of the grid or null, name, door, hamlet, why it is in none; cut after the last value"
    )


class MapPlaces(Described):
    """Where the households of a village stand."""

    places: list[MapPlace]


class Outline(Described, Generic[Properties]):
    """A geometry of TopoJSON; what has no place has neither type nor arcs."""

    type: Literal["Polygon", "MultiPolygon"] | None
    arcs: list[Any] = Field(default=[], description="of its rings; ~n is the arc n backwards")
    properties: Properties


class OutlineLayer(Described, Generic[Properties]):
    """A layer of a topology."""

    type: Literal["GeometryCollection"]
    geometries: list[Outline[Properties]]


class Transform(Described):
    """How whole numbers become degrees: times the scale, and from there."""

    scale: LonLat
    translate: LonLat


class Outlines(Described):
    """The layers of the map of a town."""

    grids: OutlineLayer[MapGrid]
    villages: OutlineLayer[MapVillage]


class SizeRange(Described):
    """How few and how many households a grid may have."""

    least: int
    most: int


class ViewClass(Described):
    """A class of a view, as the legend has it."""

    mark: Mark
    step: int
    text: str
    count: int
    key: str | None = Field(description="what it is called in addresses; null: no list is of its grids")


class View(Described):
    """A way to colour the grids."""

    key: Literal["size", "lead", "walk", "coverage", "frequency", "weeks"]
    classes: list[ViewClass]
    grids: list[int] = Field(description="of every grid the index of its class")


class TownMap(Described):
    """The map of a town: its outlines as TopoJSON has them, how grids may be coloured, and the words beside."""

    type: Literal["Topology"]
    transform: Transform
    arcs: list[list[tuple[int, int]]] = Field(description="lines: where each begins, and from each corner to the next")
    objects: Outlines
    lang: str
    words: dict[str, str]
    bounds: SizeRange
    hamlets: list[MapHamlet]
    positions: str | None = Field(description="how many households have no position, and what to do next")
    around: list[float] | None = Field(description="west, south, east, north of what is shown, without strays")
    counts_only: bool = Field(description="whether the account may ask for no household")
    views: list[View]


class ContactMap(Described):
    """How far contact reaches on a day: sentences, and three ways to colour the grids that were there then."""

    day: date
    today: date
    first: date = Field(description="the first day that can be asked for")
    as_of: str | None = Field(description="the day in words; null: today")
    sentence: str = Field(description="of all villages within the scope of the account")
    villages: list[tuple[int, str]] = Field(description="id and sentence of each")
    grids: list[tuple[int, int]] = Field(description="id of the village and number, in the order of the views")
    views: list[View]


class Moves(Described):
    """The households of a spot that change grid."""

    village: str
    lon: float
    lat: float
    rows: list[tuple[str, str | None, int | None, int | None]] = Field(
        description="code, name, number of the grid before and after"
    )


class ComparedMap(TownMap):
    """The map of a draft beside an earlier plan."""

    before: list[Shape] = Field(description="outlines of the earlier plan that are no longer so")
    moves: list[Moves]
    new_leads: list[tuple[str, int]] = Field(description="village and number of grids with another lead")


class PreviewVillage(Described):
    """A village of lists that wait to be confirmed; `named`: by the lists."""

    name: str
    shape: Shape
    named: bool


class PreviewStray(Described):
    """A household of lists that is far from its village."""

    who: str = Field(description="its name, else its code")
    village: str
    kilometres: int = Field(description="from the middle of the village")


class PreviewMap(Described):
    """Villages and a sample of the positions of lists that wait to be confirmed."""

    villages: list[PreviewVillage]
    points: list[tuple[float, float, bool | None]] = Field(description="with whether it is in its village")
    counts: tuple[int, int, int] = Field(description="inside their village, outside, not known")
    strays: list[PreviewStray] = Field(description="the farthest of those far from their village")
    stray_count: int = Field(description="of how many")


class BackgroundVillage(Described):
    """A village; `given`: its boundary was not made from its households."""

    id: int
    name: str
    given: bool


class LandFeature(Described):
    """A feature of the land."""

    id: int
    kind: Literal["barrier", "crossing", "road", "water", "building"]
    name: str | None
    centre: LonLat


class Anchor(Described):
    """Where a hamlet is."""

    name: str
    lon: float
    lat: float


class MapBackground(Described):
    """What pages draw on."""

    around: tuple[float, float, float, float] | None = Field(description="west, south, east, north")
    villages: Layer[BackgroundVillage]
    features: Layer[LandFeature]
    homes: list[LonLat]
    anchors: list[Anchor]
