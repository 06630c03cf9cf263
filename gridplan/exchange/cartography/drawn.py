"""What maps on paper draw: villages with their grids, households as marks, the ground. Places are in WGS-84 degrees."""

from __future__ import annotations

from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class Reached:
    """Who can be called: the lead where the lead has agreed, else the office of the village."""

    name: str
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class HomeMark:
    """Households on one spot: the first place that they have in the visiting order of their grid, and how many."""

    lonlat: tuple[float, float]
    place: int
    count: int = 1
    own: bool = True
    """Whether the spot is that of the households themselves; else it is the place of their hamlet."""


@dataclass(frozen=True, slots=True)
class HomeRow:
    """A household in the table beside a map, in visiting order; names and phones only where a profile shows them."""

    place: int
    door: str
    hamlet: str | None = None
    name: str | None = None
    phone: str | None = None
    on_map: bool = True


@dataclass(frozen=True, slots=True)
class SheetGrid:
    """A grid as maps and tables show it; without an outline it stands in tables only."""

    number: int
    size: int
    outline: BaseGeometry | None
    contact: Reached | None = None
    marks: tuple[HomeMark, ...] = ()
    rows: tuple[HomeRow, ...] = ()
    living: int | None = None
    """How many households live there, where the town counts them."""
    former: int | None = None
    """The number that it had, while both are printed."""
    group: int | None = None
    """The number of its party group."""
    broken: tuple[str, ...] = ()
    """The rules that it breaks, as sentences."""


@dataclass(frozen=True, slots=True)
class SheetVillage:
    """A village as maps and tables show it."""

    name: str
    revision: int | None
    """None: a draft."""
    boundary: BaseGeometry | None
    grids: tuple[SheetGrid, ...]
    households: int
    in_no_grid: int = 0
    hamlets: tuple[tuple[str, tuple[float, float]], ...] = ()
    """Names of hamlets and their places."""
    office: Reached | None = None
    marks: tuple[HomeMark, ...] = ()
    """Households that stand there without a grid."""

    @property
    def has_place(self) -> bool:
        """Whether maps can show it."""
        return self.boundary is not None or bool(self.outlines)

    @property
    def outlines(self) -> list[BaseGeometry]:
        """The outlines of the grids that have one."""
        return [grid.outline for grid in self.grids if grid.outline is not None]


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies below the grids."""

    roads: tuple[BaseGeometry, ...] = ()
    water: tuple[BaseGeometry, ...] = ()
    bridges: tuple[BaseGeometry, ...] = ()
    """Crossings of barriers."""
    barriers: tuple[BaseGeometry, ...] = ()
    buildings: tuple[BaseGeometry, ...] = ()


@dataclass(frozen=True, slots=True)
class Focus:
    """What fills a map: everything, a village, a grid of it; or some of its ground, as a detail."""

    village: str | None = None
    grid: int | None = None
    ground: BaseGeometry | None = None
    """In metres on the plane of the scene."""
