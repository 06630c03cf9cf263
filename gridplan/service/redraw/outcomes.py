"""What becomes of every grid of a draft if some households move to it: told at once, when they are picked up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from gridplan.errors import InputRefused
from gridplan.model import SizeBounds
from gridplan.roles import Actor
from gridplan.service.redraw.history import stale
from gridplan.service.redraw.open_plan import OpenPlan, as_of_day, open_plan, sketch_with
from gridplan.store import Store
from gridplan.words import Lang, Message, metres

if TYPE_CHECKING:
    from gridplan.planning.sketch import Figures

NEW: int = 0
"""In the place of the number of a grid that there is not yet."""


def outcomes(
    store: Store, actor: Actor, plan_id: int, version: int, households: Collection[int], lang: Lang, day: date
) -> dict[str, Any]:
    """Return what grids would be with households, and those that they are from without them.

    Raises
    ------
    NotFound
        There is no such plan.
    Conflict
        The draft has another version by now, or is none any more.
    InputRefused
        A household is not in this village.
    """
    with store.read() as connection:
        opened = as_of_day(connection, open_plan(connection, plan_id), day)
        if opened.row["version"] != version:
            raise stale(connection, actor, plan_id, version, lang)
        if any(home not in opened.rows.memberships and not opened.lives_here(home) for home in households):
            raise InputRefused("redraw.no_household")
        sketch = sketch_with(connection, opened, households)
    found = sketch.outcomes(opened.rows.grid_of, households)
    caseload = _Caseload(opened, {number: figures.size for number, figures in found.without.items()})
    bounds, absent = opened.planned.bounds, _Absent(opened, households)

    def told(number: int, of: Figures, *, joined: bool) -> dict[str, Any]:
        return _outcome(number, of, of.size - absent.count(number, joined=joined), bounds, caseload, lang)

    return {
        "version": version,
        "without": [told(number, of, joined=False) for number, of in found.without.items()],
        "joined": [told(number, of, joined=True) for number, of in found.joined.items()],
        "alone": told(NEW, found.alone, joined=True),
    }


class _Absent:
    """How many households of grids are away or unoccupied, without those that are picked up and with them."""

    def __init__(self, opened: OpenPlan, households: Collection[int]) -> None:
        absent = {opened.id_of[code] for code in opened.planned.plan.absent or () if code in opened.id_of}
        self._picked_up = len(absent & {*households})
        self._staying = Counter(opened.rows.grid_of.get(id_) for id_ in absent - {*households})

    def count(self, number: int, *, joined: bool) -> int:
        """Return how many are away of a grid that the households have joined, or that they are not in."""
        return self._staying[number] + (self._picked_up if joined else 0)


class _Caseload:
    """How many households the leads of grids have in all their grids."""

    def __init__(self, opened: OpenPlan, without: Mapping[int, int]) -> None:
        self._lead_of, self._sizes = opened.rows.leads(), {**opened.rows.sizes, **without}
        self._of: dict[int, int] = defaultdict(int)
        for number, member_id in self._lead_of.items():
            self._of[member_id] += self._sizes[number]

    def with_grid(self, number: int, size: int) -> int | None:
        """Return how many the lead of a grid has if it has a size; None where it has no lead."""
        lead = self._lead_of.get(number)
        return None if lead is None else self._of[lead] - self._sizes[number] + size


def _outcome(
    number: int, of: Figures, living: int, bounds: SizeBounds, caseload: _Caseload, lang: Lang
) -> dict[str, Any]:
    broken, counted = [], living if bounds.counts == "living" else of.size
    if of.size and not bounds.holds(counted):
        values = {"n": counted, "least": bounds.least, "most": bounds.most}
        broken.append(Message("redraw.outcome.size", values))
    if of.connected is False:
        broken.append(Message("redraw.outcome.not_connected"))
    return {
        "number": number,
        "size": of.size,
        "living": living,
        "walk_m": of.walk_m,
        "walk": None if of.walk_m is None else metres(of.walk_m, lang),
        "connected": of.connected,
        "caseload": caseload.with_grid(number, of.size),
        "broken": [one.say(lang) for one in broken],
    }
