"""The use case behind `gridplan plan`: a town's lists are read, planned, staffed, and the plan is put into files."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from gridplan import metrics, processes
from gridplan.errors import InputRefused
from gridplan.exchange.exports import EXPORTS
from gridplan.exchange.lists.households.households import HouseholdList
from gridplan.exchange.lists.plan_workbook import read_plan_workbook
from gridplan.exchange.map_data import town_title
from gridplan.interrupts import ctrl_c_waits
from gridplan.model import TownPlan
from gridplan.planning.check_files import REVIEW_FILES, review_files
from gridplan.planning.county import Listener, PlanSettings, Progress, Team
from gridplan.planning.execution.finished_villages import PartFolder
from gridplan.planning.existing.existing_grids import ExistingGrids, existing_grids
from gridplan.planning.existing.existing_plan import ExistingPlan, existing_plan, staff_existing_plan
from gridplan.planning.hamlet_places import position_notes
from gridplan.planning.import_notes import name_notes, table_notes, village_notes
from gridplan.planning.inputs import Lists, PlanSources, read_lists
from gridplan.planning.output_folder import atomic_folder, check_not_input, check_writable
from gridplan.planning.redraw import Obstacles
from gridplan.planning.report import PlanResult, report
from gridplan.planning.staffing.staffing import StaffingRules, places_to_lead, staff_town
from gridplan.planning.town import plan_town
from gridplan.planning.update.plan_update import ListComparison, update_hamlet_places, update_plan
from gridplan.words import Lang, Message

WORKBOOK: Final = "plan.xlsx"
PLAN_FILES = (*EXPORTS, "report.json", "run.json", *REVIEW_FILES)


def plan_files(
    sources: PlanSources,
    folder: Path,
    settings: PlanSettings,
    rules: StaffingRules,
    *,
    strict: bool,
    workers: int | str | Team,
    lang: Lang,
    progress: Progress,
    listener: Listener = nullcontext,
    resume: bool = False,
) -> PlanResult:
    """Read a town's lists, plan every village and write the plan into `folder`.

    Where the sources name a finished plan, its households are planned as the lists have them now: no household goes
    because a row is missing, and one that the answers leave in doubt waits. Where there is a list of members, every
    grid gets a lead as the rules allow. While villages are cut the `listener` may want the best plan so far: it is as
    sound as any, and says so. The `workers` are so many processes, a Dask cluster, or a team that
    works already. What is finished of a large plan lies beside the folder until all of it is there: with `resume` a run
    that broke off goes on.

    Raises
    ------
    InputRefused
        A list, the plan or an answer cannot be used, `strict` and a row was refused, or no grid is there to keep;
        nothing was written.
    OutputRefused
        The folder cannot be written, or is where a list was read from.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    check_not_input(sources.files, folder, REVIEW_FILES)
    check_writable(folder, PLAN_FILES)
    lists = read_lists(sources)
    if strict and lists.refused:
        first = lists.refused[0]
        values = {"row": first.row, "column": first.column, "value": first.value, "why": first.reason}
        raise InputRefused("plan.strict", n=len(lists.refused), **values)
    lists, comparison, on_changes = _updated(lists, sources)
    existing = _existing_grids(lists.households, sources) if sources.keep_grids else None
    households = update_hamlet_places(lists.households.households, lists)
    part = PartFolder.beside(folder, resume=resume)
    planned = plan_town(
        households,
        lists.villages,
        settings,
        workers=workers,
        progress=progress,
        existing=existing,
        obstacles=Obstacles(lists.barriers, lists.crossings),
        places_to_lead=_places_to_lead(lists, rules.today) if settings.from_members else None,
        listener=listener,
        part=part if resume or len(households) >= processes.WORTH_A_PROCESS else None,
    )
    town, kept, on_people = _staffed(planned.town, existing, lists, rules)
    result = PlanResult(
        town=town,
        lists=lists,
        notes=(
            *table_notes(lists.households),
            *lists.notes,
            *on_changes,
            *planned.notes,
            *on_people,
            *name_notes(lists),
            *position_notes(town),
            *(_on_kept(kept) if kept else _on_replaced(lists.households)),
            *village_notes(lists, sources),
        ),
        violations=kept.violations if kept else (),
        changes=comparison.changes if comparison else None,
        others=planned.others,
        efforts=planned.efforts,
        whole_hamlets_bounds=planned.whole_hamlets_bounds,
        early=planned.early,
    )
    engine_seconds = round(planned.engine_seconds, 3)
    run = {
        "engine_seconds": engine_seconds,
        "workers": None if isinstance(workers, Team) else workers,
        "started": started.isoformat("T", "seconds"),
    }
    with atomic_folder(folder, PLAN_FILES, "plan.folder") as draft:
        _export(replace(town, barriers=lists.barriers, crossings=lists.crossings), draft, lang, workers)
        _write_json(draft / "report.json", report(result, settings))
        for name, write in review_files(lists, comparison, lang).items():
            write(draft / name)
        _write_json(draft / "run.json", {"seconds": round(time.perf_counter() - clock, 3), **run})
    part.remove()
    return result


def _export(town: TownPlan, folder: Path, lang: Lang, workers: int | str | Team) -> None:
    """Write a plan in every form; a large workbook, which takes as long as all others, in a process of its own."""
    title = town_title(town, lang)
    is_large = (
        workers != 1 and sum(len(village.plan.households) for village in town.villages) >= processes.WORTH_A_PROCESS
    )
    with processes.process_pool(1) if is_large else nullcontext() as pool:
        with ctrl_c_waits():
            write = (EXPORTS[WORKBOOK], town, folder / WORKBOOK, lang, title)
            aside = processes.begin(pool, *write) if pool else None
        for name, export in EXPORTS.items():
            if name != WORKBOOK or aside is None:
                export(town, folder / name, lang, title)
        if aside is not None:
            aside.result()


def _updated(lists: Lists, sources: PlanSources) -> tuple[Lists, ListComparison | None, tuple[Message, ...]]:
    """Return the lists with the households of the plan they are against, what they change about it, and notes."""
    if sources.against is not None:
        return update_plan(lists, sources.against, sources.answers)
    if sources.answers is not None:
        raise InputRefused("answers.no_plan", file=sources.answers)
    return lists, None, ()


def _staffed(
    town: TownPlan, existing: ExistingGrids | None, lists: Lists, rules: StaffingRules
) -> tuple[TownPlan, ExistingPlan | None, tuple[Message, ...]]:
    """Return the plan with people for its grids, what was kept of those it had, and notes on the people."""
    members = lists.members.members if lists.members else ()
    kept = existing_plan(town, existing, members, across_villages=rules.across_villages) if existing else None
    notes: tuple[Message, ...] = ()
    if kept and members:
        kept, notes = staff_existing_plan(kept, rules)
    elif members:
        town, notes = staff_town(town, members, rules)
    return kept.town if kept else town, kept, notes


def _places_to_lead(lists: Lists, today: date) -> Mapping[str, int]:
    if lists.members is None:
        raise InputRefused("plan.grids_from_nobody")
    return places_to_lead(lists.members.members, today)


def _existing_grids(listed: HouseholdList, sources: PlanSources) -> ExistingGrids:
    book = read_plan_workbook(sources.households)
    existing = existing_grids(listed.households, listed.grid_of, listed.lead_of, book, group_of=listed.group_of)
    if not existing.grid_of:
        raise InputRefused("existing.none", file=", ".join(Path(path).name for path in sources.households))
    return existing


def _on_kept(kept: ExistingPlan) -> Iterator[Message]:
    """Yield how many grids were kept, how often they break a rule, and what no exception of the plan can say."""
    yield Message("existing.kept", {"n": metrics.grids(kept.town), "broken": len(kept.violations)})
    yield from kept.notes
    yield from (violation.message for violation in kept.doubts)


def _on_replaced(listed: HouseholdList) -> Iterator[Message]:
    """Yield that there were grids already, which the plan does not keep."""
    if n := len(existing_grids(listed.households, listed.grid_of, {}).label_of):
        yield Message("existing.replaced", {"n": n})


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
