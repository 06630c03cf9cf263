"""The first draft of a town that has grids already: those, with their leads, and every rule that they break."""

from __future__ import annotations

from datetime import date

from gridplan.model import TownPlan
from gridplan.planning.county import PlanSettings
from gridplan.planning.existing.existing_grids import existing_grids
from gridplan.planning.existing.existing_plan import existing_plan, staff_existing_plan
from gridplan.planning.hamlet_places import place_at_hamlets, position_notes
from gridplan.planning.staffing.staffing import StaffingRules
from gridplan.planning.town import plan_town
from gridplan.service.imports.diff import StagedBatch, nouns_after
from gridplan.service.jobs.control import Progress, step
from gridplan.service.jobs.workers import planning_workers
from gridplan.words import Message

Messages = tuple[Message, ...]


def first_draft(batch: StagedBatch, *, today: date, progress: Progress) -> tuple[TownPlan, Messages, Messages] | None:
    """Return the plan of the grids that the lists of a batch have, what was noticed, and the rules that it breaks.

    None where the lists have no grids. Members who are excused on the day `today` are no deputies.
    """
    lists, town, id_of = batch.lists, batch.town, batch.diff.id_of
    if lists.households is None:
        return None
    grid_of = {id_of[home]: grid for home, grid in lists.households.grid_of.items() if home in id_of}
    lead_of = {id_of[home]: lead for home, lead in lists.households.lead_of.items() if home in id_of}
    group_of = {id_of[home]: group for home, group in lists.households.group_of.items() if home in id_of}
    homes, people = nouns_after(batch.town, batch.diff)
    gridded = {home.village for home in homes if grid_of.get(home.household_id)}
    homes = [home for home in homes if home.village in gridded]
    existing = existing_grids(homes, grid_of, lead_of, lists.book, group_of=group_of)
    if not existing.grid_of:
        return None
    villages = tuple({village.name: village for village in (*town.known, *lists.villages)}.values())
    hamlets = tuple({(one.village, one.name): one for one in (*town.hamlets, *lists.hamlets)}.values())
    progress(step(Message("imports.at.drawing")))
    planned = plan_town(
        place_at_hamlets(homes, hamlets, villages),
        villages,
        PlanSettings(),
        workers=planning_workers(),
        progress=lambda _, done, total: progress(step(Message("imports.at.drawing"), done, total)),
        existing=existing,
    )
    kept = existing_plan(planned.town, existing, people)
    kept, on_people = staff_existing_plan(kept, StaffingRules(today)) if people else (kept, ())
    notes = (*planned.notes, *kept.notes, *on_people, *position_notes(kept.town))
    return kept.town, notes, tuple(one.message for one in kept.violations)
