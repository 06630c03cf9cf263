"""The figures of a snapshot: counted when it is taken, frozen as JSON, and read again. Nobody's name is among them.

Counts of households and of needs that are few are never frozen (`gridplan.profiles.told`), and totals are sums of what
is told, so that no file made of a snapshot can hold what it does not show. Of a part of a village no household is
counted: what is told of the rest and of the whole would be told of the part.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.contact.calendar import Week
from gridplan.contact.figures import Window
from gridplan.contact.help import GridState
from gridplan.contact.trend import WEEKS, WeekFigures, last_weeks
from gridplan.exchange.map_colours import Class, View
from gridplan.exchange.meeting.content import (
    Contact,
    DayReached,
    GridContact,
    Inspection,
    LotGrid,
    Needs,
    TrendWeek,
    VillageContact,
    VillageWeeks,
)
from gridplan.exchange.meeting.lot import drawn_by_lot
from gridplan.needs import NeedCounts, need_counts, together
from gridplan.profiles import told
from gridplan.service.coverage.contact_map import contact_views
from gridplan.service.coverage.coverage import Coverage, Figures, coverage, sentence, total
from gridplan.service.coverage.trend import Trend, figures_by_week, summed
from gridplan.store import needs
from gridplan.store.contact.coverage import days_reached
from gridplan.store.registry import villages
from gridplan.words import Lang, message_from_json, message_to_json

GridsOf = Mapping[int, Collection[int]]
"""Numbers of grids by village, of villages of which only some are wanted."""
NOT_STARTED: Final[GridState] = "not started"
IN_NO_FIGURE: Final = (NOT_STARTED, 0)
"""What is told of a grid that is in none."""


def contact_figures(
    connection: Connection, village_ids: Collection[int], only: GridsOf, day: date, zone: ZoneInfo, lang: Lang
) -> dict[str, Any]:
    """Return how far contact reaches in villages, or in some of their grids, on a day."""
    of = coverage(connection, day, zone, sorted(village_ids))
    of = replace(of, grids=tuple(one for one in of.grids if _is_wanted(one.village_id, one.number, only)))
    whole = {village_id: one for village_id, one in of.by_village.items() if village_id not in only}
    figures = {village_id: _told(one.figures) for village_id, one in whole.items()}
    by_week = figures_by_week(connection, last_weeks(day, WEEKS), day, zone, sorted(whole))
    trend = summed(connection, by_week, day)
    return {
        "sentence": "" if only else sentence(of, lang, total(figures.values())),
        "week": [of.week.monday.isoformat(), of.week.sunday.isoformat()],
        "villages": {str(village_id): _of_village(of, figures[village_id]) for village_id, of in whole.items()},
        "grids": [[one.village_id, one.number, one.state, one.weeks_in_vain] for one in of.grids],
        "views": [_frozen_view(view) for view in contact_views(of, lang)],
        "trend": [] if only else _weeks(trend),
        "settled": _settled(trend, by_week),
    }


def _is_wanted(village_id: int, number: int, only: GridsOf) -> bool:
    return village_id not in only or number in only[village_id]


def _told(figures: Figures) -> Figures:
    well = told(figures.well, figures.households)
    return replace(figures, well=well, due=told(figures.due), overdue=told(figures.overdue))


def _of_village(of: Coverage, figures: Figures) -> dict[str, Any]:
    names = ("households", "well", "due", "overdue", "grids", "grids_reached", "grids_without", "sheets_out")
    frequency = figures.frequency
    return {name: getattr(figures, name) for name in names} | {
        "frequency": None if frequency is None else round(frequency, 1),
        "help": list(map(message_to_json, of.help_reasons)),
    }


def _frozen_view(view: View) -> dict[str, Any]:
    classes = [asdict(one) | {"text": message_to_json(one.text)} for one in view.classes]
    return {"key": view.key, "classes": classes, "of_grid": view.of_grid}


def _weeks(trend: Trend) -> list[dict[str, Any]]:
    return [
        {
            "monday": one.week.monday.isoformat(),
            "grids": one.figures.expected,
            "grids_reached": one.figures.reached,
            "frequency": None if one.figures.frequency is None else round(one.figures.frequency, 1),
            "is_settled": one.state == "settled",
        }
        for one in trend
    ]


def _settled(trend: Trend, by_week: Mapping[Week, Mapping[int, WeekFigures]]) -> dict[str, Any]:
    """Return the weeks that have settled, and of each village the grids reached in them, and those expected."""
    weeks = [one.week for one in trend if one.state == "settled"]
    ids = sorted({village_id for of in by_week.values() for village_id in of})
    figures = {id_: [by_week[week].get(id_, WeekFigures()) for week in weeks] for id_ in ids}
    told = {str(id_): [[one.reached, one.expected] for one in of] for id_, of in figures.items()}
    return {"weeks": [week.monday.isoformat() for week in weeks], "villages": told}


def lot_figures(connection: Connection, contact: Mapping[str, Any], seed: str, zone: ZoneInfo) -> dict[str, Any]:
    """Return the grids that are drawn by lot of those that have started, with the days on which they were reached.

    Parameters
    ----------
    contact
        What `contact_figures` returned.
    """
    names = villages.names(connection)
    ids = {name: village_id for village_id, name in names.items()}
    started = [(names[village_id], number) for village_id, number, state, _ in contact["grids"] if state != NOT_STARTED]
    grids = [(ids[village], number) for village, number in drawn_by_lot(started, seed)]
    weeks = contact["settled"]["weeks"]
    days: Mapping[tuple[int, int], list[tuple[date, str, bool]]] = {}
    if weeks and grids:
        window = Window(date.fromisoformat(weeks[0]), Week.of(date.fromisoformat(weeks[-1])).sunday)
        days = days_reached(connection, grids, window, zone)
    return {
        "of": len(started),
        "grids": [[*of, [[day.isoformat(), *told] for day, *told in days.get(of, ())]] for of in grids],
    }


def need_figures(connection: Connection, village_ids: Collection[int], day: date) -> dict[str, dict[str, int]]:
    """Return what became of the needs of whole villages, by village, of those in which any was raised."""
    found = needs.standings(connection, village_ids)
    counts = {
        village_id: need_counts((standing for of, _, standing in found if of == village_id), day)
        for village_id in sorted({of for of, _, _ in found})
    }
    return {str(village_id): {name: told(n) for name, n in asdict(one).items()} for village_id, one in counts.items()}


# ---- read again


def contact_of(frozen: Mapping[str, Any], names: Mapping[int, str], grids: Sequence[tuple[str, int]]) -> Contact:
    """Return how far contact reaches: of villages in the order of their names, of grids by village and number.

    Of a grid that is in no figure nothing is told: it stands with those that have not started.
    """
    at = {(names[village_id], number): n for n, (village_id, number, *_) in enumerate(frozen["grids"])}
    rows = {key: frozen["grids"][n][2:] for key, n in at.items()}
    monday, sunday = map(date.fromisoformat, frozen["week"])
    return Contact(
        sentence=frozen["sentence"],
        week=(monday, sunday),
        villages=tuple(
            VillageContact(**one | {"help": tuple(map(message_from_json, one["help"]))}, village=name)
            for village_id, name in names.items()
            if (one := frozen["villages"].get(str(village_id)))
        ),
        grids=tuple(GridContact(*key, *rows.get(key, IN_NO_FIGURE)) for key in grids),
        views=tuple(_view(one, [at.get(key) for key in grids]) for one in frozen["views"]),
        trend=tuple(TrendWeek(**one | {"monday": date.fromisoformat(one["monday"])}) for one in frozen["trend"]),
    )


def inspection_of(contact: Mapping[str, Any], lot: Mapping[str, Any], names: Mapping[int, str]) -> Inspection:
    """Return what can be shown of the weeks that have settled: of villages by name, and of grids drawn by lot."""
    settled = contact["settled"]
    return Inspection(
        weeks=tuple(map(date.fromisoformat, settled["weeks"])),
        villages=tuple(
            VillageWeeks(name, tuple((reached, expected) for reached, expected in settled["villages"][str(village_id)]))
            for village_id, name in names.items()
            if str(village_id) in settled["villages"]
        ),
        grids=tuple(
            LotGrid(names[village_id], number, tuple(DayReached(date.fromisoformat(day), *told) for day, *told in days))
            for village_id, number, days in lot["grids"]
        ),
        drawn_of=lot["of"],
    )


def _view(frozen: Mapping[str, Any], at: Sequence[int | None]) -> View:
    classes = tuple(Class(**one | {"text": message_from_json(one["text"])}) for one in frozen["classes"])
    in_no_figure = len(classes) - 1
    return View(frozen["key"], classes, tuple(in_no_figure if n is None else frozen["of_grid"][n] for n in at))


def needs_of(frozen: Mapping[str, Mapping[str, int]], names: Mapping[int, str]) -> Needs:
    """Return what became of needs, in sum and of villages in the order of their names."""
    rows = ((name, frozen.get(str(village_id))) for village_id, name in names.items())
    found = tuple((name, NeedCounts(**of)) for name, of in rows if of is not None)
    return Needs(together([of for _, of in found]), found)
