"""What maps show of contact: two ways to colour grids, and a sentence for the town and for each village.

It is small and asked for beside the map: a visit makes no map anew. Classes are the same in every town and week.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from gridplan.exchange.map_colours import Class, View
from gridplan.service.coverage.coverage import Coverage, GridFigures, coverage, sentence
from gridplan.store import Store
from gridplan.store.registry.villages import Scope
from gridplan.store.system import audit
from gridplan.words import Lang, Message

MOST_WEEKS: Final = 4
"""Weeks since the last contact that the last class begins with."""
SHARES: Final = (0.25, 0.5, 0.75, 0.9)
"""Shares of households reached that part the classes."""


def contact_revision(store: Store) -> int:
    """Return what is another one after every change: of visits, of states, of villages and their plans."""
    with store.read() as connection:
        return audit.newest(connection)


def contact_map(store: Store, scope: Scope, lang: Lang, *, today: date, zone: ZoneInfo) -> dict[str, Any]:
    """Return what maps show of the contact of the villages of a scope on a day."""
    with store.read() as connection:
        return drawn(coverage(connection, today, zone, scope), lang)


def drawn(of: Coverage, lang: Lang) -> dict[str, Any]:
    """Return contact as the scripts draw it."""
    return {
        "sentence": sentence(of, lang),
        "villages": [[village_id, sentence(one, lang)] for village_id, one in of.by_village()],
        "grids": [[grid.plan_id, grid.number] for grid in of.grids],
        "views": [view.drawn(lang) for view in (by_weeks(of), by_share(of))],
    }


def by_weeks(of: Coverage) -> View:
    """Return classes of the weeks since the last contact; those without one, and those that have not started."""
    classes = [
        Class("ramp", Message("coverage.class.this_week"), 0),
        *(Class("ramp", Message("coverage.weeks_ago", {"n": n}), n) for n in range(1, MOST_WEEKS)),
        Class("ramp", Message("coverage.class.most_weeks", {"n": MOST_WEEKS}), MOST_WEEKS),
        Class("hatched", Message("coverage.class.never")),
        Class("dotted", Message("coverage.class.not_started")),
    ]
    never = MOST_WEEKS + 1

    def index(grid: GridFigures) -> int:
        if grid.weeks_since is None or not grid.is_started:
            return never + 1
        return never if grid.last is None else min(grid.weeks_since, MOST_WEEKS)

    return View("weeks", tuple(classes), tuple(map(index, of.grids)))


def by_share(of: Coverage) -> View:
    """Return classes of the share of households reached in 28 days, the larger the paler; none, and not started."""
    edges = [f"{share:.0%}".replace("%", " %") for share in SHARES]
    texts = [
        Message("coverage.class.above", {"least": edges[-1]}),
        *(
            Message("coverage.class.between", {"least": least, "most": most})
            for least, most in reversed(list(pairwise(edges)))
        ),
        Message("coverage.class.below", {"most": edges[0]}),
    ]
    classes = [Class("ramp", text, step) for step, text in enumerate(texts)]
    classes += [
        Class("hatched", Message("coverage.class.none")),
        Class("dotted", Message("coverage.class.not_started")),
    ]
    none = len(texts)

    def index(grid: GridFigures) -> int:
        if not grid.share:
            return none if grid.share == 0 else none + 1
        return len(SHARES) - bisect_right(SHARES, grid.share)

    return View("coverage", tuple(classes), tuple(map(index, of.grids)))
