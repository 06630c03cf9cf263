"""The first draft of a town that has grids already: those, with their leads, and every rule that they break."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gridplan import metrics
from gridplan.exchange.lists.households.households import HouseholdList
from gridplan.exchange.lists.plan_workbook import PlanWorkbook
from gridplan.model import Hamlet, Household, Member, TownPlan, Village
from gridplan.planning.county import PlanSettings
from gridplan.planning.existing.existing_grids import existing_grids
from gridplan.planning.existing.existing_plan import existing_plan, staff_existing_plan
from gridplan.planning.hamlet_places import place_at_hamlets, position_notes
from gridplan.planning.staffing.staffing import StaffingRules
from gridplan.planning.town import plan_town
from gridplan.service.jobs.runner import Progress
from gridplan.service.jobs.status import step
from gridplan.words import Message


@dataclass(frozen=True)
class FirstDraft:
    """The plan of the grids that are kept, what was noticed, and the rules they break."""

    town: TownPlan
    notes: tuple[Message, ...]
    broken: tuple[Message, ...]

    @property
    def grids(self) -> int:
        """How many grids there are."""
        return metrics.grids(self.town)


def first_draft(
    listed: HouseholdList,
    book: PlanWorkbook,
    *,
    homes: Sequence[Household],
    id_of: Mapping[str, str],
    people: Sequence[Member],
    villages: Sequence[Village],
    hamlets: Sequence[Hamlet],
    today: date,
    progress: Progress,
) -> FirstDraft | None:
    """Return the plan of the grids that a list has; None where it has none.

    Parameters
    ----------
    listed, book
        The list and what a workbook of gridplan says besides.
    homes, people
        All households and members as they will be in the store.
    id_of
        Codes of households by the ids of the list.
    villages, hamlets
        All that are known.
    today
        Who is excused on this day is no deputy.
    progress
        Hears which village is drawn.
    """
    grid_of = {id_of[home]: grid for home, grid in listed.grid_of.items() if home in id_of}
    lead_of = {id_of[home]: lead for home, lead in listed.lead_of.items() if home in id_of}
    gridded = {home.village for home in homes if grid_of.get(home.household_id)}
    homes = [home for home in homes if home.village in gridded]
    existing = existing_grids(homes, grid_of, lead_of, book)
    if not existing.grid_of:
        return None
    progress(step(Message("imports.at.drawing")))
    planned = plan_town(
        place_at_hamlets(homes, hamlets, villages),
        villages,
        PlanSettings(),
        workers=max(1, (os.cpu_count() or 1) - 1),
        progress=lambda _, done, total: progress(step(Message("imports.at.drawing"), done, total)),
        existing=existing,
    )
    kept = existing_plan(planned.town, existing, people)
    kept, on_people = staff_existing_plan(kept, StaffingRules(today)) if people else (kept, ())
    notes = (*planned.notes, *kept.notes, *on_people, *position_notes(kept.town))
    return FirstDraft(kept.town, notes, tuple(one.message for one in kept.violations))
