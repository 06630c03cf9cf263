"""What came of planning a town, and report.json of it: the same bytes for the same input and seed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

from gridplan import __version__, metrics
from gridplan.model import DrawnGrid, PlannedVillage, TownPlan, grid_id
from gridplan.planning.inputs import Lists
from gridplan.planning.staffing.staffing_cost import COST_METRES
from gridplan.planning.update.list_changes import ListChanges
from gridplan.rules import Violation, group_exceptions
from gridplan.words import LANGS, Message

if TYPE_CHECKING:
    from gridplan.engine.grid_count import OtherCount
    from gridplan.engine.model.settings import Effort
    from gridplan.planning.county import EarlyStop, PlanSettings


CHANGES: Final = ("new", "gone", "moved", "renamed", "other_village", "other_hamlet", "amended", "same", "unsure")


@dataclass(frozen=True)
class PlanResult:
    """A town's plan with what was noticed while it was made.

    `violations` are the rules that a kept plan breaks; `changes` what the lists change about an older plan.
    """

    town: TownPlan
    lists: Lists
    notes: tuple[Message, ...]
    violations: tuple[Violation, ...] = ()
    changes: ListChanges | None = None
    others: Mapping[str, tuple[OtherCount, ...]] = field(default_factory=dict)
    """By village, what a few grids more or fewer would lead to."""
    efforts: Mapping[str, Effort] = field(default_factory=dict)
    """By village, how much was tried; a village that was not searched has none."""
    whole_hamlets_bounds: Mapping[str, float] = field(default_factory=dict)
    """By village, the metres that no grids can be below in which the same hamlets are whole and have as many grids."""
    early: EarlyStop | None = None
    """What was left out because the plan was stopped early; None if it was not."""


def report(result: PlanResult, settings: PlanSettings) -> dict[str, object]:
    """Return the content of report.json: the same bytes for the same input and seed, unless it was stopped early."""
    town = result.town
    return {
        "households": metrics.households(town),
        "grids": metrics.grids(town),
        "groups": metrics.groups(town),
        "exceptions": len(town.exceptions),
        "refused": len(result.lists.households.refused),
        "near_duplicates": len(result.lists.households.near_duplicates),
        **staffing_figures(town),
        "placed": metrics.placed(town),
        "unplaced": metrics.households(town) - metrics.placed(town),
        "walk_m": round(metrics.walk_m(town), 1) if metrics.walkers(town) else None,
        "places_walk_m": _tenths(metrics.places_walk_m(town)),
        **_certificate(metrics.walk_m(town), metrics.lower_bound_m(town)),
        "with_whole_hamlets": _certificate(metrics.walk_m(town), whole_hamlets_bound(result)),
        "other_counts": [{"grids": grids, "walk": round(share, 4)} for grids, share in other_grid_counts(result)],
        "roads": False,
        "effort": settings.effort,
        "stopped_early": asdict(result.early) if result.early else None,
        "seed": settings.seed,
        "version": __version__,
        "settings": asdict(settings),
        "assignment_cost": dict(COST_METRES),
        "columns": dict(result.lists.households.columns),
        "notes": [_in_all_languages(note) for note in result.notes],
        "disconnected_grids": _grids(town, lambda grid: not grid.connected),
        "split_hamlets": [
            {"village": village.plan.village, **asdict(split), "extra_m": round(split.extra_m, 1)}
            for village in town.villages
            for split in village.split_hamlets
        ],
        "split_outlines": _grids(town, lambda grid: metrics.pieces(grid) > 1),
        "outside_boundary": [household for village in town.villages for household in village.outside],
        "kept": any(village.kept for village in town.villages),
        "violations": [_in_all_languages(violation.message) for violation in result.violations],
        "changes": None if result.changes is None else {one: len(getattr(result.changes, one)) for one in CHANGES},
        "villages": [_village(village, result) for village in town.villages],
    }


def _village(village: PlannedVillage, result: PlanResult) -> dict[str, object]:
    others = result.others.get(village.plan.village, ())
    return {
        "village": village.plan.village,
        "households": len(village.plan.households),
        "placed": village.placed,
        "grids": len(village.grids),
        "groups": len(village.groups),
        "walk_m": _tenths(village.walk_m),
        "places_walk_m": _tenths(metrics.places_walk_m(TownPlan((village,)))),
        **_certificate(village.walk_m, village.lower_bound_m),
        "with_whole_hamlets": _certificate(village.walk_m, result.whole_hamlets_bounds.get(village.plan.village)),
        "other_counts": [{"grids": other.grids, "walk_m": round(other.walk, 1)} for other in others],
        "effort": result.efforts.get(village.plan.village),
        "sizes_out_of_bounds": metrics.sizes_out_of_bounds(village),
        "exceptions": [
            {
                "reason": _in_all_languages(exception.reason),
                "options": [_in_all_languages(option) for option in exception.options],
            }
            for exception in village.exceptions
        ],
        "group_exceptions": [
            {
                "group": exception.group,
                "grids": exception.grids,
                "reason": _in_all_languages(exception.reason),
                "options": [_in_all_languages(option) for option in exception.options],
            }
            for exception in group_exceptions(village)
        ],
    }


def _tenths(walk: float | None) -> float | None:
    return None if walk is None else round(walk, 1)


def _certificate(walk: float | None, lower_bound: float | None) -> dict[str, float | None]:
    """Return what is known of the least possible walk, rounded so that no digit promises too much."""
    if walk is None or lower_bound is None:
        return {"lower_bound_m": None, "gap": None}
    gap = metrics.gap(walk, lower_bound)
    return {"lower_bound_m": math.floor(lower_bound * 10) / 10, "gap": None if gap is None else round(gap, 5)}


def whole_hamlets_bound(result: PlanResult) -> float | None:
    """Return the metres that no plan can be below in which the same hamlets are whole and have as many grids each."""
    drawn = [village.plan.village for village in result.town.villages if village.walk_m is not None]
    if not result.whole_hamlets_bounds.keys() >= set(drawn):
        return None
    return sum(result.whole_hamlets_bounds[village] for village in drawn)


def other_grid_counts(result: PlanResult) -> list[tuple[int, float]]:
    """Return by how many grids the town could have fewer or more, and by which share its walk would about change.

    Every village has some fewer in one case and some more in the other; those that cannot stay as they are. Nothing of
    a plan that was stopped early: for some of its villages that is not known.
    """
    if result.early:
        return []
    villages = [village for village in result.town.villages if village.walk_m is not None]
    walk = sum(village.walk_m or 0.0 for village in villages)
    found = []
    for sign in (-1, 1):
        grids, metres = 0, 0.0
        for village in villages:
            for other in result.others.get(village.plan.village, ()):
                if sign * (other.grids - len(village.grids)) > 0:
                    grids += other.grids - len(village.grids)
                    metres += other.walk - (village.walk_m or 0.0)
        if grids and walk:
            found.append((grids, metres / walk))
    return found


def _grids(town: TownPlan, are_meant: Callable[[DrawnGrid], bool]) -> list[str]:
    return [
        grid_id(village.plan.village, grid.number)
        for village in town.villages
        for grid in village.grids
        if are_meant(grid)
    ]


def staffing_figures(town: TownPlan) -> dict[str, int | None]:
    """Return how many members, leads, deputies and grids without a lead there are; None where no member is known."""
    if not town.members:
        return dict.fromkeys(("members", "leads", "deputies", "shortages"))
    roles = Counter(role for role, _ in {(one.role, one.member_id) for one in town.assignments})
    return {
        "members": len(town.members),
        "leads": roles["lead"],
        "deputies": roles["deputy"],
        "shortages": len(town.shortages),
    }


def _in_all_languages(message: Message) -> dict[str, str]:
    return {lang: message.say(lang) for lang in LANGS}
