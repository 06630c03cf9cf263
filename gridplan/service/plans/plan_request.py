"""What a planner may ask for: villages, bounds, how the number of grids is found; what is impossible; its job."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import count
from typing import Final, Literal, get_args

from sqlalchemy import Connection, RowMapping

from gridplan.engine.model.settings import AskedEffort, Settings
from gridplan.model import FAR
from gridplan.planning.staffing.staffing import places_to_lead
from gridplan.store import Store
from gridplan.store.plans import drafts
from gridplan.store.plans.households_and_members import household_counts
from gridplan.store.plans.plan_figures import figures_in_force
from gridplan.store.registry import members, villages
from gridplan.store.system import jobs
from gridplan.words import Message

GridCountBy = Literal["target", "grids", "members", "price"]
GRID_COUNT_BY: Final[tuple[GridCountBy, ...]] = get_args(GridCountBy)
EFFORTS: Final[tuple[AskedEffort, ...]] = get_args(AskedEffort)
FIRST_VALUES: Final[Mapping[str, str]] = {"target": f"{Settings.target:g}", "grids": "", "price": "300"}
"""What the fields of the ways to find the number of grids hold at first."""
LARGEST_GRID: Final = 100
FARTHEST: Final = (100, 100_000)
"""The fewest and the most metres from which a household may be called far."""
MOST_NAMED: Final = 5
"""So many villages are named in a sentence, the rest are only counted."""


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a planner asks for: villages by id, the bounds, how the number of grids is found, and how hard to try."""

    name: str
    villages: tuple[int, ...]
    least: int = Settings.least
    most: int = Settings.most
    how: GridCountBy = "target"
    value: float | None = Settings.target
    """The target, the number of grids or the metres per grid; nothing where the members decide."""
    effort: AskedEffort = Settings.effort
    far: float = FAR
    """Metres from the centre of its grid beyond which a household is named."""
    keep_leads: bool = True


@dataclass(frozen=True, slots=True)
class PlannableVillage:
    """A village that can be planned: its households, how many grids its members can lead, the plan in force."""

    id: int
    name: str
    households: int
    in_no_grid: int
    leads: int
    plan: RowMapping | None


def plannable_villages(connection: Connection, scope: villages.Scope, today: date) -> list[PlannableVillage]:
    """Return the villages of a scope, by name."""
    homes = household_counts(connection, scope)
    able = places_to_lead(members.models(connection, scope), today)
    found = villages.rows(connection, scope)
    in_force = figures_in_force(connection, scope)
    none = {"households": 0, "in_no_grid": 0}
    return [
        PlannableVillage(
            row["id"], row["name"], here["households"], here["in_no_grid"], able[row["name"]], in_force.get(row["id"])
        )
        for row in found
        for here in [homes.get(row["id"], none)]
    ]


def suggested_request(connection: Connection, known: Sequence[PlannableVillage], today: date) -> PlanRequest:
    """Return what is most likely wanted: the villages that have households and no plan, or else all; today's name."""
    used = {row["name"] for row in drafts.draft_rows(connection)}
    names = (today.isoformat() if n == 1 else f"{today.isoformat()} ({n})" for n in count(1))
    ready = [village for village in known if village.households]
    unplanned = [village.id for village in ready if village.plan is None]
    chosen = unplanned or [village.id for village in ready]
    return PlanRequest(next(name for name in names if name not in used), tuple(chosen))


def request_form(store: Store, scope: villages.Scope, today: date) -> tuple[list[PlannableVillage], PlanRequest]:
    """Return the villages of a scope, and the request that the form for a new draft begins with."""
    with store.read() as connection:
        known = plannable_villages(connection, scope, today)
        return known, suggested_request(connection, known, today)


def request_problems(request: PlanRequest, known: Sequence[PlannableVillage]) -> dict[str, Message]:
    """Return what is impossible about a request, by the field that has to change."""
    chosen = [village for village in known if village.id in request.villages]
    return {field: message for field, message in _problems(request, chosen) if message}


def _problems(request: PlanRequest, chosen: Sequence[PlannableVillage]) -> Iterator[tuple[str, Message | None]]:
    if not chosen:
        yield "villages", Message("drafts.wrong.no_village")
    elif empty := [village.name for village in chosen if not village.households]:
        yield "villages", Message("drafts.wrong.empty", {"villages": _named(empty)})
    if not FARTHEST[0] <= request.far <= FARTHEST[1]:
        yield "far", Message("drafts.wrong.far", {"least": FARTHEST[0], "most": FARTHEST[1]})
    if not 1 <= request.least <= request.most <= LARGEST_GRID:
        yield "bounds", Message("drafts.wrong.bounds", {"most": LARGEST_GRID})
    elif request.how == "members":
        if nobody := [village.name for village in chosen if not village.leads]:
            yield "members", Message("drafts.wrong.nobody", {"villages": _named(nobody)})
    else:
        yield request.how, _on_value(request, chosen)


def _on_value(request: PlanRequest, chosen: Sequence[PlannableVillage]) -> Message | None:
    value = request.value
    if value is None or not math.isfinite(value) or value <= 0:
        return Message(f"drafts.wrong.{request.how}", {"least": request.least, "most": request.most})
    if request.how == "target" and not request.least <= value <= request.most:
        return Message("drafts.wrong.target", {"least": request.least, "most": request.most})
    if request.how == "grids":
        from gridplan.engine.grid_count import fewest_and_most_grids  # loads numba, which pages do without

        households = [one.households for one in chosen]
        fewest, greatest = fewest_and_most_grids(households, request.least, request.most)
        if not fewest <= value <= greatest or value != int(value):
            limits = {"least": request.least, "most": request.most, "fewest": fewest, "greatest": greatest}
            return Message("drafts.wrong.count", limits)
    return None


def _named(names: Sequence[str]) -> Message:
    """Return the first of some villages by name, and how many there are besides."""
    shown = ", ".join(names[:MOST_NAMED])
    if len(names) <= MOST_NAMED:
        return Message("drafts.named", {"villages": shown})
    return Message("drafts.named_more", {"villages": shown, "n": len(names) - MOST_NAMED})


def submit_request(store: Store, request: PlanRequest, *, made_by: int, now: datetime, today: date) -> int:
    """Queue what is asked for and return the id of the job."""
    with store.write() as connection:
        values = asdict(request) | {"today": today.isoformat()}
        return jobs.add(connection, "plan", values, made_by=made_by, now=now)
