"""What the material of a meeting is made of: nothing that its profile does not show; writers only lay it out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from gridplan.contact.help import GridState
from gridplan.exchange.cartography.drawn import Ground, SheetGrid, SheetVillage
from gridplan.exchange.map_colours import View
from gridplan.profiles import Profile
from gridplan.words import Lang, Message


@dataclass(frozen=True, slots=True)
class Stamp:
    """What stands on every sheet and slide: of which snapshot it is, of what, as of when, for whom."""

    snapshot: str
    """The id by which the same can be made again."""
    day: date
    profile: Profile
    scope: str
    asked_by: str
    plans: str
    """Which plans, with their revisions."""
    is_draft: bool = False
    approval: str = ""
    """The number under which a map was approved; without one it is an internal working map."""
    sources: tuple[str, ...] = ()
    changed: tuple[Message, ...] = ()
    """Households erased and lists changed since the snapshot was taken, counted."""


@dataclass(frozen=True, slots=True)
class VillageContact:
    """How far contact reaches in a village: counts of households and grids, nobody's name."""

    village: str
    households: int
    well: int
    """In order, or reached in the last 28 days."""
    due: int
    overdue: int
    grids: int
    grids_reached: int
    grids_without: int
    sheets_out: int
    frequency: float | None
    help: tuple[Message, ...] = ()
    """Why it needs help; empty where it does not."""


@dataclass(frozen=True, slots=True)
class GridContact:
    """How a grid stands, by its number."""

    village: str
    number: int
    state: GridState
    weeks_in_vain: int


@dataclass(frozen=True, slots=True)
class TrendWeek:
    """A week of the trend, settled or not."""

    monday: date
    grids: int
    grids_reached: int
    frequency: float | None
    is_settled: bool


@dataclass(frozen=True, slots=True)
class Contact:
    """How far contact reaches on the day of a snapshot."""

    sentence: str
    week: tuple[date, date]
    villages: tuple[VillageContact, ...]
    grids: tuple[GridContact, ...]
    """In the order of the villages and grids of the content."""
    views: tuple[View, ...] = ()
    """Ways to colour grids, in the same order."""
    trend: tuple[TrendWeek, ...] = ()


@dataclass(frozen=True, slots=True)
class Needs:
    """Needs that were raised, counted."""

    raised: int = 0
    on_the_spot: int = 0
    referred: int = 0
    resolved: int = 0
    open: int = 0
    overdue: int = 0
    by_village: tuple[tuple[str, int, int], ...] = ()
    """Village, open and overdue, of those that have any."""


@dataclass(frozen=True)
class Content:
    """The villages and grids of a snapshot, as its profile shows them, and the figures that were frozen with it."""

    title: str
    lang: Lang
    stamp: Stamp
    villages: tuple[SheetVillage, ...]
    ground: Ground = field(default_factory=Ground)
    contact: Contact | None = None
    """None where the profile shows none, a plan is a draft, or there is no service to ask."""
    needs: Needs | None = None
    exceptions: tuple[Message, ...] = ()
    """Places where a rule could not hold, and why."""

    @property
    def grids(self) -> list[tuple[SheetVillage, SheetGrid]]:
        """Every grid with its village, in order."""
        return [(village, grid) for village in self.villages for grid in village.grids]
