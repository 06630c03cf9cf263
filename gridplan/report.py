"""What came of planning a town, and report.json of it: the same bytes for the same input and seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass

from gridplan import __version__, metrics
from gridplan.changes import Changes
from gridplan.closeness import STATED
from gridplan.county import Settings
from gridplan.exchange.read import HouseholdList
from gridplan.given import Lists
from gridplan.model import DrawnGrid, PlannedVillage, TownPlan, grid_id
from gridplan.rules import Violation
from gridplan.words import LANGS, Message


@dataclass(frozen=True)
class Made:
    """A town's plan with what was noticed while it was made.

    `violations` are the rules that a kept plan breaks; `changes` what the lists change about an older plan.
    """

    town: TownPlan
    lists: Lists
    notes: tuple[Message, ...]
    violations: tuple[Violation, ...] = ()
    changes: Changes | None = None

    @property
    def households(self) -> HouseholdList:
        """The list of households."""
        return self.lists.households


def report(made: Made, settings: Settings) -> dict[str, object]:
    """Return the content of report.json: the same bytes for the same input and seed."""
    town = made.town
    return {
        "households": metrics.households(town),
        "grids": metrics.grids(town),
        "exceptions": len(town.exceptions),
        "refused": len(made.households.refused),
        "near_duplicates": len(made.households.near_duplicates),
        **people(town),
        "placed": metrics.placed(town),
        "unplaced": metrics.households(town) - metrics.placed(town),
        "walk_m": round(metrics.walk_m(town), 1) if metrics.walkers(town) else None,
        "lower_bound_m": None,
        "gap": None,
        "roads": False,
        "effort": settings.effort,
        "seed": settings.seed,
        "version": __version__,
        "settings": asdict(settings),
        "assignment_cost": dict(STATED),
        "columns": dict(made.households.columns),
        "notes": [_in_all_languages(note) for note in made.notes],
        "disconnected_grids": _grids(town, lambda grid: not grid.connected),
        "split_outlines": _grids(town, lambda grid: metrics.pieces(grid) > 1),
        "outside_boundary": [household for village in town.villages for household in village.outside],
        "kept": any(village.kept for village in town.villages),
        "violations": [_in_all_languages(violation.message) for violation in made.violations],
        "changes": _counts(made.changes) if made.changes is not None else None,
        "villages": [_village(village) for village in town.villages],
    }


def _village(village: PlannedVillage) -> dict[str, object]:
    return {
        "village": village.plan.village,
        "households": len(village.plan.households),
        "placed": village.placed,
        "grids": len(village.grids),
        "walk_m": None if village.walk_m is None else round(village.walk_m, 1),
        "sizes_out_of_bounds": metrics.sizes_out_of_bounds(village),
        "exceptions": [
            {
                "reason": _in_all_languages(exception.reason),
                "options": [_in_all_languages(option) for option in exception.options],
            }
            for exception in village.exceptions
        ],
    }


def _grids(town: TownPlan, are_meant: Callable[[DrawnGrid], bool]) -> list[str]:
    return [
        grid_id(village.plan.village, grid.number)
        for village in town.villages
        for grid in village.grids
        if are_meant(grid)
    ]


def _counts(changes: Changes) -> dict[str, int]:
    """Return how many households are new, gone from the list but not from the plan, changed, the same or in doubt."""
    names = ("new", "gone", "moved", "renamed", "other_village", "other_hamlet", "amended", "same", "unsure")
    return {name: len(getattr(changes, name)) for name in names}


def people(town: TownPlan) -> dict[str, int | None]:
    """Return how many members, leads, deputies and grids without a lead there are; None where nobody is known."""
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
