"""What maps show of contact: three ways to colour grids, and a sentence for the town and for each village.

It is small and asked for beside the map: a visit makes no map anew. Classes are the same in every town and week, and
each has a name of its own, by which a list holds exactly its grids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from gridplan.exchange.map_colours import Class, View
from gridplan.exchange.map_data import CarriedContact
from gridplan.model import TownPlan
from gridplan.service.coverage.coverage import Coverage, GridFigures, coverage, sentence
from gridplan.store import Store
from gridplan.store.registry import villages
from gridplan.store.registry.villages import Scope
from gridplan.store.system import audit
from gridplan.words import Lang, Message, day, say

ViewKey = Literal["coverage", "frequency", "weeks"]
MOST_WEEKS: Final = 4
"""Weeks since the last contact that the last class begins with."""
SHARES: Final = {"nine-tenths": 9 / 10, "three-quarters": 3 / 4, "half": 1 / 2, "quarter": 1 / 4, "below": 0}
"""The least share of households in order or reached in 28 days, by class."""
FREQUENCIES: Final = {"2": 2, "1.5": 1.5, "1": 1, "0.5": 0.5, "below": 0}
"""The least contacts per household per four weeks, by class: with 1, every household could have been reached."""


def contact_revision(store: Store) -> int:
    """Return what is another one after every change: of visits, of states, of villages and their plans."""
    with store.read() as connection:
        return audit.newest(connection)


def contact_map(
    store: Store, scope: Scope, lang: Lang, *, today: date, zone: ZoneInfo, as_of: date | None = None
) -> dict[str, Any]:
    """Return what maps show of the contact of the villages of a scope today, or as of a day before."""
    with store.read() as connection:
        first = villages.first_start(connection, scope) or today
        of = coverage(connection, as_of or today, zone, scope, store.kept)
    return {
        "day": of.today.isoformat(),
        "today": today.isoformat(),
        "first": min(first, today).isoformat(),
        "as_of": None if of.today == today else say("coverage.as_of", lang, day=day(of.today, lang, today)),
        "sentence": sentence(of, lang),
        "villages": [[village_id, sentence(one, lang)] for village_id, one in of.by_village.items()],
    } | coloured(of, lang)


def coloured(of: Coverage, lang: Lang) -> dict[str, Any]:
    """Return the ways to colour the grids of a day as the scripts draw them, grids by village and number."""
    return {
        "grids": [[grid.village_id, grid.number] for grid in of.grids],
        "views": [view.drawn(lang) for view in contact_views(of, lang)],
    }


def carried(of: Coverage, town: TownPlan, ids: Mapping[str, int], lang: Lang) -> CarriedContact:
    """Return contact as a single file of a town carries it, grids in its order; ids are of villages by their names."""
    at = {(grid.village_id, grid.number): n for n, grid in enumerate(of.grids)}
    drawn = [at.get((ids[one.plan.village], grid.number)) for one in town.villages for grid in one.grids]
    plans = {grid.village_id: grid.plan_id for grid in of.grids}

    def view(one: View) -> dict[str, Any]:
        in_no_figure = len(one.classes) - 1
        return one.drawn(lang) | {"grids": [in_no_figure if n is None else one.of_grid[n] for n in drawn]}

    sentences = {village_id: sentence(one, lang) for village_id, one in of.by_village.items()}
    in_order = [ids[one.plan.village] for one in town.villages]
    return {
        "views": [view(one) for one in contact_views(of, lang)],
        "told": {
            "as_of": say("coverage.as_of", lang, day=day(of.today, lang, of.today)),
            "sentence": sentence(of, lang),
            "villages": [sentences.get(village_id) for village_id in in_order],
            "plans": [plans.get(village_id) for village_id in in_order],
        },
    }


def contact_views(of: Coverage, lang: Lang) -> tuple[View, ...]:
    """Return the ways to colour grids by contact."""

    def view(key: ViewKey, *classes: Class) -> View:
        index = {one.key: at for at, one in enumerate(classes)}
        return View(key, classes, tuple(map(index.__getitem__, map(CLASS_OF[key], of.grids))))

    week = {"first": day(of.week.monday, lang, of.today), "last": day(of.week.sunday, lang, of.today)}
    without = Class("empty", Message("coverage.class.without", week), key="without-contact")
    not_in = Class("hatched", Message("coverage.class.sheet_not_in"), key="sheet-not-in")
    unknown = Class("hatched", Message("coverage.class.sheet_not_in_nor_contact"), key="sheet-not-in")
    none_lately = Class("empty", Message("coverage.class.none_in_28_days"), key="none")
    none_yet = Class("empty", Message("coverage.class.none_yet"), key="none")
    paused = Class("barred", Message("coverage.paused"), key="paused")
    not_started = Class("dotted", Message("coverage.class.not_started"), key="not-started")
    return (
        view("coverage", without, *_ramp("share", SHARES), not_in, not_started),
        view(
            "frequency",
            none_lately,
            *_ramp("frequency", FREQUENCIES),
            unknown,
            paused,
            not_started,
        ),
        view("weeks", none_yet, *_weeks(), unknown, paused, not_started),
    )


def _ramp(of: str, keys: Mapping[str, float]) -> tuple[Class, ...]:
    texts = (Message(f"coverage.class.{of}.{key.replace('-', '_').replace('.', '_')}") for key in keys)
    return tuple(Class("ramp", text, step, key) for step, (key, text) in enumerate(zip(keys, texts, strict=True)))


def _weeks() -> tuple[Class, ...]:
    texts = [
        Message("coverage.class.this_week"),
        *(Message("coverage.weeks_ago", {"n": n}) for n in range(1, MOST_WEEKS)),
        Message("coverage.class.most_weeks", {"n": MOST_WEEKS}),
    ]
    return tuple(Class("ramp", text, n, str(n)) for n, text in enumerate(texts))


# ---- which class a grid is in


def is_in_class(grid: GridFigures, view: str, key: str) -> bool:
    """Return whether a grid is in a class of a view, as the map colours it; in none of a view that there is not."""
    return view in CLASS_OF and CLASS_OF[view](grid) == key


def _by_share(grid: GridFigures) -> str:
    share = grid.share
    if share is None:
        return "not-started"
    if grid.state in ("without contact", "sheet not in"):
        return grid.state.replace(" ", "-")
    return _least(SHARES, share)


def _by_frequency(grid: GridFigures) -> str:
    if grid.share is None:
        return "not-started"
    frequency = grid.figures.frequency
    if frequency is None:
        return "paused"
    if frequency:
        return _least(FREQUENCIES, frequency)
    return "sheet-not-in" if grid.state == "sheet not in" else "none"


def _by_weeks(grid: GridFigures) -> str:
    if grid.weeks_since is None:
        return "not-started"
    if grid.state in ("sheet not in", "paused") and (grid.last is None or grid.weeks_since > 1):
        return grid.state.replace(" ", "-")
    return "none" if grid.last is None else str(min(grid.weeks_since, MOST_WEEKS))


def _least(classes: Mapping[str, float], value: float) -> str:
    for key, least in classes.items():
        if value >= least:
            return key
    raise ValueError(value)


CLASS_OF: Final[Mapping[str, Callable[[GridFigures], str]]] = {
    "coverage": _by_share,
    "frequency": _by_frequency,
    "weeks": _by_weeks,
}
