"""How far contact reaches, in figures: of a grid, a village, a town; one set of functions for pages and maps.

Two readings stand side by side: households in order or reached in the last 28 days, and grids with a contact in a
calendar week, the last one that has ended. What has not started is in no figure. Nobody's name is here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.contact.calendar import Week
from gridplan.contact.figures import (
    FOUR_WEEKS,
    Window,
    counted_in,
    frequency,
    grid_is_reached,
    percent,
    weeks_without_contact,
)
from gridplan.contact.help import GridState, Help, grid_state, help_needed, is_mostly_out, weeks_in_vain
from gridplan.contact.status import Shown, shown, status
from gridplan.contact.visits import CHANNELS, Channel
from gridplan.errors import InputRefused, NotFound
from gridplan.service.coverage.kept_figures import by_village
from gridplan.store import Store
from gridplan.store.contact import coverage as rows
from gridplan.store.contact.coverage import GridOfVillage
from gridplan.store.contact.records import GridContact, grid_contacts, paused
from gridplan.store.contact.sheets import grids_in
from gridplan.store.kept import Kept
from gridplan.store.registry import villages
from gridplan.store.registry.villages import Scope
from gridplan.words import Lang, Message, day, say

WEEKS: Final = 13
"""Weeks that the page of a grid shows."""
MOST_NAMED: Final = 3
"""Pauses that a sentence names."""
WEEK_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of grids and households; of several grids their sums."""

    households: int = 0
    """Those of villages that have started."""
    well: int = 0
    """In order, or reached in the last 28 days."""
    reached: int = 0
    """Reached in the last 28 days."""
    due: int = 0
    overdue: int = 0
    contacts: int = 0
    """In the week."""
    contacts_now: int = 0
    """In this week, so far."""
    contacts_lately: int = 0
    """In the last 28 days."""
    household_days: int = 0
    """Of these days those on which households were to be visited, added up."""
    grids: int = 0
    """From which something is expected in the week: started by its end, and without a day of pause."""
    grids_reached: int = 0
    """With a contact in the week, or in as many as a cadence of the grid takes."""
    grids_without: int = 0
    """Without a contact, though their sheet is in."""
    grids_now: int = 0
    """With a contact in this week, so far."""
    sheets_out: int = 0
    """Sheets of the week that are not in, where no contact in it is known from elsewhere."""

    @property
    def frequency(self) -> float | None:
        """Contacts per household and four weeks."""
        return frequency(self.contacts_lately, self.household_days)


_COUNTS: Final = attrgetter(*(one.name for one in fields(Figures)))


def total(figures: Iterable[Figures]) -> Figures:
    """Return the sums of figures."""
    return Figures(*map(sum, zip(*map(_COUNTS, figures), strict=True)))


@dataclass(frozen=True, slots=True)
class GridFigures:
    """The figures of a grid, and how long nobody in it was reached."""

    village_id: int
    plan_id: int
    number: int
    group: int | None
    """The number of its party group."""
    state: GridState
    last: date | None
    """The day of its last contact."""
    weeks_since: int | None
    """Calendar weeks since its last contact or its start; None before that."""
    weeks_in_vain: int
    """Of the weeks that have ended, those in a row in which contact was expected and nobody was reached."""
    figures: Figures

    @property
    def is_started(self) -> bool:
        """Whether it is visited already."""
        return self.state != "not started"

    @property
    def share(self) -> float | None:
        """The share of its households that are in order or were reached in the last 28 days."""
        return self.figures.well / self.figures.households if self.figures.households else None


@dataclass(frozen=True, slots=True)
class NamedPause:
    """A pause that touches the last 28 days."""

    village_id: int | None
    """None: of the whole town."""
    village: str | None
    kind: str
    first: date
    last: date

    def days(self, lang: Lang, today: date) -> str:
        """Return what it is for and its days."""
        days = {"first": day(self.first, lang, today), "last": day(self.last, lang, today)}
        return say("coverage.pause_days", lang, kind=say(f"pause.{self.kind}", lang), **days)

    def say(self, lang: Lang, today: date) -> str:
        """Return it as a part of a sentence."""
        where = self.village or say("coverage.whole_town", lang)
        return say("coverage.pause", lang, village=where, days=self.days(lang, today))


@dataclass(frozen=True)
class Coverage:
    """How far contact reaches in the villages of a scope on a day."""

    today: date
    week: Week
    """The last one that has ended."""
    grids: tuple[GridFigures, ...]
    pauses: tuple[NamedPause, ...]
    villages: Mapping[int, str]
    """Those that have a plan in force."""

    def of_village(self, village_id: int) -> Coverage:
        """Return the same of one village."""
        return self._part(village_id, (grid for grid in self.grids if grid.village_id == village_id))

    def _part(self, village_id: int, grids: Iterable[GridFigures]) -> Coverage:
        return Coverage(
            self.today,
            self.week,
            tuple(grids),
            tuple(pause for pause in self.pauses if pause.village_id in (None, village_id)),
            {village_id: self.villages[village_id]} if village_id in self.villages else {},
        )

    def of_grid(self, village_id: int, number: int) -> Coverage:
        """Return the same of one grid."""
        village = self.of_village(village_id)
        return replace(village, grids=tuple(grid for grid in village.grids if grid.number == number))

    def of_group(self, village_id: int, group: int) -> Coverage:
        """Return the same of one party group."""
        village = self.of_village(village_id)
        return replace(village, grids=tuple(grid for grid in village.grids if grid.group == group))

    @cached_property
    def by_village(self) -> Mapping[int, Coverage]:
        """The same of each village that has a plan in force."""
        inside: dict[int, list[GridFigures]] = defaultdict(list)
        for grid in self.grids:
            inside[grid.village_id].append(grid)
        return {village_id: self._part(village_id, inside[village_id]) for village_id in self.villages}

    @cached_property
    def figures(self) -> Figures:
        """The sums over its grids."""
        return total(grid.figures for grid in self.grids)

    @cached_property
    def help(self) -> Help:
        """Why it needs help, if it does."""
        figures = self.figures
        return help_needed([grid.weeks_in_vain for grid in self.grids], figures.grids_without, figures.grids)

    @property
    def help_reasons(self) -> tuple[Message, ...]:
        """Why it needs help, as sentences; none where it does not."""
        counts = (("coverage.help.long", self.help.long), ("coverage.help.many", self.help.many))
        return tuple(Message(code, {"n": n}) for code, n in counts if n)

    @cached_property
    def is_mostly_out(self) -> bool:
        """Whether most sheets of the week are not in."""
        return is_mostly_out(self.figures.sheets_out, self.figures.grids)

    @cached_property
    def is_paused(self) -> bool:
        """Whether the week has a day of pause everywhere."""
        started = [grid.state for grid in self.grids if grid.is_started]
        return bool(started) and set(started) == {"paused"}

    @cached_property
    def not_started(self) -> int:
        """How many villages have not started."""
        return len(self.villages) - len({grid.village_id for grid in self.grids if grid.is_started})


def coverage(
    connection: Connection, today: date, zone: ZoneInfo, scope: Scope = None, kept: Kept | None = None
) -> Coverage:
    """Return how far contact reaches in the villages of a scope, from what is kept where nothing has changed."""
    found = by_village(
        connection, kept, scope, ("grids", today, zone.key), lambda few: grid_figures(connection, today, zone, few)
    )
    names = villages.names(connection)
    touched = rows.pauses(connection, Window.rolling(today, FOUR_WEEKS), scope)
    return Coverage(
        today,
        Week.of(today).shift(-1),
        tuple(grid for _, grids in sorted(found.items()) for grid in grids),
        tuple(
            NamedPause(row["village_id"], names.get(row["village_id"]), row["kind"], row["first_day"], row["last_day"])
            for row in touched
        ),
        {village_id: names[village_id] for village_id in sorted(found)},
    )


def grid_figures(
    connection: Connection, today: date, zone: ZoneInfo, scope: Scope = None
) -> dict[int, tuple[GridFigures, ...]]:
    """Return the figures of the grids of villages that have a plan in force, by village."""
    week = Week.of(today).shift(-1)
    grids = grid_contacts(connection, today, zone, scope)
    windows = Window.of_week(week), Window(Week.of(today).monday, today), Window.rolling(today, FOUR_WEEKS)
    contacts = rows.contacts_in(connection, windows, zone, scope)
    groups = rows.groups_of_grids(connection, {grid.plan_id for grid in grids})
    sheets = grids_in(connection, week, scope)
    of_village = paused(connection, scope)

    def figures(grid: GridContact) -> GridFigures:
        of = grid.village_id, grid.number
        days_off = of_village.get(grid.village_id, of_village[None])
        counted = contacts.get(of, (0, 0, 0))
        group = groups.get((grid.plan_id, grid.number))
        return _figures(grid, group, today, week, days_off, counted, is_in=of in sheets)

    by_village_id = groupby(grids, key=lambda grid: grid.village_id)
    return {village_id: tuple(map(figures, inside)) for village_id, inside in by_village_id}


def coverage_of(store: Store, scope: Scope, today: date, zone: ZoneInfo) -> Coverage:
    """Return how far contact reaches in the villages of a scope."""
    with store.read() as connection:
        return coverage(connection, today, zone, scope, store.kept)


def asked_day(store: Store, scope: Scope, text: str, today: date) -> date:
    """Return the day as of which figures are asked for; today where none is.

    Raises
    ------
    InputRefused
        It is no day, is to come, or is before visits started in the villages of the scope.
    """
    asked = past_day(text, today)
    if not text:
        return today
    with store.read() as connection:
        first = villages.first_start(connection, scope) or today
    if asked < first:
        raise InputRefused("coverage.day_before_start", day=text, first=min(first, today).isoformat())
    return asked


def past_day(text: str, today: date) -> date:
    """Return the day that a text names; today where it is blank.

    Raises
    ------
    InputRefused
        It is no day, or is to come.
    """
    if not text:
        return today
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        raise InputRefused("registry.not_a_day", value=text) from None
    if text != asked.isoformat():
        raise InputRefused("registry.not_a_day", value=text)
    if asked > today:
        raise InputRefused("coverage.day_to_come", day=text, today=today.isoformat())
    return asked


def standing(store: Store, household_id: int, village_id: int, today: date, zone: ZoneInfo) -> Shown | None:
    """Return what is told of a household above its lead; None where it is in no grid of a plan in force."""
    with store.read() as connection:
        grids = grid_contacts(connection, today, zone, [village_id])
        of_village = paused(connection, [village_id])
    days_off = of_village.get(village_id, of_village[None])
    records = (one.record for grid in grids for one in grid.households if one.id == household_id)
    return next((shown(status(record, today, days_off)) for record in records), None)


def _figures(
    grid: GridContact,
    group: int | None,
    today: date,
    week: Week,
    days_off: Collection[date],
    counted: Sequence[int],
    *,
    is_in: bool,
) -> GridFigures:
    """Return the figures of a grid; `counted` are its contacts in the week, in this week so far, and in 28 days."""
    window = Window.rolling(today, FOUR_WEEKS)
    contacts, contacts_now, contacts_lately = counted
    counts: Counter[str] = Counter()
    starts: Counter[date | None] = Counter()
    last = max((one.record.last for one in grid.households if one.record.last is not None), default=None)
    for household in grid.households:
        record = household.record
        of = shown(status(record, today, days_off))
        if of == "not started":
            continue
        is_reached = record.last is not None and window.holds(record.last)
        counts["households"] += 1
        counts["reached"] += is_reached
        counts["well"] += is_reached or of == "in order"
        counts[of] += 1
        starts[record.start] += 1
    is_reached = contacts > 0 or (
        grid.cadence_days > WEEK_DAYS and grid_is_reached(last, week.sunday, grid.cadence_days)
    )
    state = grid_state(week, grid.start, days_off, today=today, is_reached=is_reached, is_in=is_in)
    is_expected = state in ("without contact", "sheet not in", "reached")
    return GridFigures(
        grid.village_id,
        grid.plan_id,
        grid.number,
        group,
        state,
        last,
        weeks_without_contact(last, grid.start, today),
        weeks_in_vain(last, grid.start, week, days_off, grid.cadence_days),
        Figures(
            households=counts["households"],
            well=counts["well"],
            reached=counts["reached"],
            due=counts["due"],
            overdue=counts["overdue"],
            contacts=contacts,
            contacts_now=contacts_now,
            contacts_lately=contacts_lately,
            household_days=sum(n * counted_in(window, start, days_off) for start, n in starts.items()),
            grids=int(is_expected),
            grids_reached=int(is_expected and is_reached),
            grids_without=int(state == "without contact"),
            grids_now=int(state != "not started" and contacts_now > 0),
            sheets_out=int(state == "sheet not in"),
        ),
    )


# ---- what is said of it


def sentence(of: Coverage, lang: Lang, told: Figures | None = None) -> str:
    """Return how contact stands, as a sentence; what is 0 is left out. Figures may be `told` otherwise than counted."""
    figures = told or of.figures
    if not figures.households:
        return say("coverage.none_started", lang)
    parts = [say("coverage.households", lang, n=figures.well, of=figures.households)]
    if in_week := _told_of_week(of, lang):
        parts.append(say("coverage.in_week", lang, parts=say("coverage.and", lang).join(in_week), **_week(of, lang)))
    if of.not_started:
        parts.append(say("coverage.villages_not_started", lang, n=of.not_started))
    parts += [pause.say(lang, of.today) for pause in of.pauses[:MOST_NAMED]]
    if len(of.pauses) > MOST_NAMED:
        parts.append(say("coverage.more_pauses", lang, n=len(of.pauses) - MOST_NAMED))
    return say("coverage.sentence", lang, parts=say("coverage.between", lang).join(parts))


def _told_of_week(of: Coverage, lang: Lang) -> list[str]:
    """Return what is missing in the week; of one grid it is not counted."""
    counts = (
        ("coverage.no_contact", "coverage.grids_without", of.figures.grids_without),
        ("coverage.sheet_is_out", "coverage.sheets_out", of.figures.sheets_out),
    )
    is_one = len(of.grids) == 1
    return [say(one, lang) if is_one else say(several, lang, n=n) for one, several, n in counts if n]


Facts = list[tuple[str, str]]
"""What is counted, and how many there are, in words."""


def facts_of_village(of: Coverage, lang: Lang) -> Facts:
    """Return both readings of a village, each with its name, and what is due; or that it has not started."""
    figures, week = of.figures, _week(of, lang)
    if not figures.households:
        return _not_started(lang)
    return [
        *_of_households(figures, lang),
        (say("coverage.grids_in_week", lang, **week), _share(figures.grids_reached, figures.grids, lang)),
        (say("coverage.grids_now", lang), f"{figures.grids_now:,}"),
        (say("coverage.sheets_not_in", lang), f"{figures.sheets_out:,}"),
        *_pauses(of, lang),
    ]


def facts_of_grid(of: Coverage, lang: Lang) -> Facts:
    """Return both readings of a grid, each with its name, and what is due; or that it has not started."""
    figures, week = of.figures, _week(of, lang)
    if not figures.households:
        return _not_started(lang)
    return [
        *_of_households(figures, lang),
        (say("coverage.contacts_in_week", lang, **week), f"{figures.contacts:,}"),
        (say("coverage.contacts_now", lang), f"{figures.contacts_now:,}"),
        (say("coverage.last", lang), since(of.grids[0], lang)),
        *([(say("coverage.sheet", lang), say("coverage.not_in", lang))] if figures.sheets_out else []),
        *_pauses(of, lang),
    ]


def _week(of: Coverage, lang: Lang) -> dict[str, str]:
    return {"first": day(of.week.monday, lang, of.today), "last": day(of.week.sunday, lang, of.today)}


def _share(n: int, whole: int, lang: Lang) -> str:
    return say("coverage.n_of", lang, n=n, of=whole)


def _share_of_households(n: int, whole: int, lang: Lang) -> str:
    counted, share = _share(n, whole, lang), percent(n, whole)
    return counted if share is None else say("coverage.with_percent", lang, counted=counted, share=share)


def _not_started(lang: Lang) -> Facts:
    return [(say("coverage.state", lang), say("coverage.not_started", lang))]


def _of_households(figures: Figures, lang: Lang) -> Facts:
    return [
        (say("coverage.well", lang), _share_of_households(figures.well, figures.households, lang)),
        (say("coverage.due", lang), f"{figures.due:,}"),
        (say("coverage.overdue", lang), f"{figures.overdue:,}"),
        *([] if figures.frequency is None else [(say("coverage.frequency", lang), f"{figures.frequency:.1f}")]),
    ]


def _pauses(of: Coverage, lang: Lang) -> Facts:
    return [(say("coverage.paused", lang), pause.days(lang, of.today)) for pause in of.pauses]


def since(grid: GridFigures, lang: Lang) -> str:
    """Return how many calendar weeks ago somebody in a grid was reached."""
    if grid.last is None or grid.weeks_since is None:
        return say("coverage.never", lang)
    return say("coverage.weeks_ago", lang, n=grid.weeks_since) if grid.weeks_since else say("coverage.this_week", lang)


# ---- weeks of a grid


@dataclass(frozen=True, slots=True)
class GridWeek:
    """A week of a grid: contacts by channel, and attempts, those at which nobody was met among them."""

    week: Week
    by_channel: Mapping[Channel, int]
    attempts: int
    is_paused: bool

    @property
    def contacts(self) -> int:
        """How many there were."""
        return sum(self.by_channel.values())


def weeks_of_grid(connection: Connection, of: GridOfVillage, today: date, zone: ZoneInfo) -> tuple[GridWeek, ...]:
    """Return the last weeks of a grid, this one first."""
    this = Week.of(today)
    weeks = [this.shift(-n) for n in range(WEEKS)]
    met: Counter[tuple[Week, str]] = Counter()
    vain: Counter[Week] = Counter()
    for on, channel, contacts, in_vain in rows.days_of_grid(connection, of, Window(weeks[-1].monday, today), zone):
        met[Week.of(on), channel] += contacts
        vain[Week.of(on)] += in_vain
    days_off = paused(connection, [of[0]])
    off = days_off.get(of[0], days_off[None])
    return tuple(
        GridWeek(
            week,
            counts := {channel: met[week, channel] for channel in CHANNELS},
            sum(counts.values()) + vain[week],
            any(map(Window.of_week(week).holds, off)),
        )
        for week in weeks
    )


def contact_of_grid(store: Store, plan_id: int, number: int, day: date, zone: ZoneInfo) -> Coverage:
    """Return how far contact reached on a day in the grid of a number, which a redraw keeps.

    Raises
    ------
    NotFound
        There was no such grid on the day, or the plan never was in force.
    """
    with store.read() as connection:
        village_id = rows.village_of_plan(connection, plan_id)
        of = coverage(connection, day, zone, [village_id], store.kept).of_grid(village_id, number)
    if not of.grids:
        raise NotFound("entrance.not_here")
    return of
