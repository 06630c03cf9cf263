"""What the material of a meeting is made of: nothing that its profile does not show; writers only lay it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from gridplan.contact.help import GridState
from gridplan.contact.visits import Source
from gridplan.exchange.cartography.drawn import Ground, SheetGrid, SheetVillage
from gridplan.exchange.map_colours import Class, Mark, View
from gridplan.exchange.paper.contact_cards import ContactCard
from gridplan.exchange.paper.document import written_day
from gridplan.exchange.paper.tick_sheets import TickSheet
from gridplan.model import TownPlan
from gridplan.needs import NeedCounts
from gridplan.profiles import Profile, few, few_of, sum_of
from gridplan.words import Lang, Message, say

STATE_CLASSES: Final[Mapping[tuple[GridState, ...], Mark]] = {
    ("reached",): "plain",
    ("without contact",): "empty",
    ("sheet not in",): "hatched",
    ("paused",): "barred",
    ("not started", "new"): "dotted",
}
"""How grids are drawn on maps by how they stand for a week."""


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

    def status(self, lang: Lang) -> str:
        """Return its approval number, or that it is internal without one, and whether it is a draft."""
        kept = say("stamp.approval", lang, number=self.approval) if self.approval else say("stamp.internal", lang)
        return f"{say('stamp.draft', lang)} · {kept}" if self.is_draft else kept

    def as_of(self, lang: Lang) -> str:
        """Return as of which day it is."""
        return say("coverage.as_of", lang, day=written_day(self.day, lang))

    def number(self, lang: Lang) -> str:
        """Return which snapshot it is of."""
        return say("stamp.snapshot", lang, code=self.snapshot)

    def texts(self, lang: Lang) -> tuple[str, ...]:
        """Return what is to be said of the snapshot, each a text by itself."""
        return (
            self.scope,
            self.as_of(lang),
            self.plans,
            say("stamp.profile", lang, profile=say(f"profile.{self.profile}", lang)),
            self.number(lang),
            say("stamp.asked_by", lang, name=self.asked_by),
        )


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

    @property
    def told_well(self) -> Message:
        """How many households are well, as it is told beside how many there are."""
        return few_of(self.well, self.households)

    @property
    def told_overdue(self) -> Message:
        """How many are overdue, as it is told beside the others: how many are due is not found by subtraction."""
        return few_of(self.overdue, self.households - self.well)


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
    """Those that are told of as a whole."""
    grids: tuple[GridContact, ...]
    """In the order of the villages and grids of the content."""
    views: tuple[View, ...] = ()
    """Ways to colour grids, in the same order."""
    trend: tuple[TrendWeek, ...] = ()

    def by_state(self) -> View:
        """Return the way to colour grids by how they stand for the week: what a picture of the town tells apart."""
        at = {state: n for n, states in enumerate(STATE_CLASSES) for state in states}
        texts = [Message(f"coverage.state.{states[0].replace(' ', '_')}") for states in STATE_CLASSES]
        classes = tuple(map(Class, STATE_CLASSES.values(), texts))
        return View("state", classes, tuple(at[grid.state] for grid in self.grids))


RAISED: Final = ("on_the_spot", "referred", "in_town")
RESOLVED: Final = ("on_the_spot", "explained", "confirmed")
"""The counts of needs that these are the sums of."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Needs that were raised and what became of them, counted."""

    total: NeedCounts
    villages: tuple[tuple[str, NeedCounts], ...] = ()
    """Of those villages in which some were raised."""

    def told(self, *counts: str, village: str | None = None) -> Message:
        """Return the sum of some counts, of all or of one village, as it is told."""
        return sum_of(
            few(getattr(of, count)) for name, of in self.villages for count in counts if village in (None, name)
        )


@dataclass(frozen=True, slots=True)
class DayReached:
    """A day on which somebody in a grid was reached, and what tells it; not who, nor how often."""

    day: date
    source: Source
    week_only: bool = False
    """Whether nothing but its week is known: a tick on paper."""


@dataclass(frozen=True, slots=True)
class LotGrid:
    """A grid that was drawn by lot, and its days in the weeks that are inspected."""

    village: str
    number: int
    days: tuple[DayReached, ...]
    """The earliest first, none twice."""


@dataclass(frozen=True, slots=True)
class VillageWeeks:
    """Of a village, for each week: in how many grids somebody was reached, and in how many that was expected."""

    village: str
    weeks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What can be shown of past weeks without naming anybody."""

    weeks: tuple[date, ...]
    """The Mondays of those that have settled, the earliest first."""
    villages: tuple[VillageWeeks, ...]
    grids: tuple[LotGrid, ...]
    """Those that `gridplan.exchange.meeting.lot` draws of all that have started."""
    drawn_of: int
    """How many that are."""


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
    """None where no village is told of as a whole."""
    inspection: Inspection | None = None
    """None where no inspection pack is asked for."""
    exceptions: tuple[tuple[str, Message], ...] = ()
    """Villages, and why a rule could not hold there: once for each place."""
    tick_sheets: tuple[TickSheet, ...] = ()
    contact_cards: tuple[ContactCard, ...] = ()
    """Sheets and cards, where they alone are asked for."""
    town: TownPlan | None = None
    """The plans themselves, where the profile shows everything."""

    @property
    def classes(self) -> View | None:
        """What the colours of its maps tell: how grids stand for the week, where its profile shows that."""
        return self.contact.by_state() if self.contact and self.contact.grids else None

    @property
    def grids(self) -> list[tuple[SheetVillage, SheetGrid]]:
        """Every grid with its village, in order."""
        return [(village, grid) for village in self.villages for grid in village.grids]
