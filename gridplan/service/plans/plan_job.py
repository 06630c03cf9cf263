"""The job that makes a draft: plans villages in a process of its own, keeping the numbers and the leads in force."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, RowMapping

from gridplan.errors import Conflict
from gridplan.model import GridKey, Household, Member, TownPlan, Village
from gridplan.planning.compare import match_grids, with_surviving_numbers
from gridplan.planning.hamlet_places import mostly_placed, place_at_hamlets, position_notes, unplaced_hamlets
from gridplan.planning.party_groups import with_surviving_groups
from gridplan.planning.staffing.staffing import StaffingRules, is_available, places_to_lead, staff_town
from gridplan.service.jobs.control import Progress as Report
from gridplan.service.jobs.control import finish_job, maker_of, step
from gridplan.service.jobs.workers import planning_workers
from gridplan.service.plans.plan_request import PlanRequest
from gridplan.service.plans.plans_as_of_now import read_obstacles
from gridplan.store import Store
from gridplan.store.contact.states import absent_codes
from gridplan.store.plans import plans
from gridplan.store.plans.plan_figures import figures_in_force
from gridplan.store.registry import households, members, villages
from gridplan.store.system.town_settings import read_settings
from gridplan.words import Message

if TYPE_CHECKING:
    from gridplan.planning.county import PlanSettings, Progress

ENDING: Final = step(Message("drafts.at.people"), 1, 1)


@dataclass(frozen=True)
class DraftResult:
    """A plan of the chosen villages, and what was noticed while planning."""

    town: TownPlan
    notes: tuple[Message, ...]


def plan_villages(store: Store, request: Mapping[str, Any], report: Report) -> DraftResult:
    """Plan what was asked for; in the job's own process."""
    from gridplan.engine.warm import warm_villages  # the engine is loaded where it works, and not by the service
    from gridplan.planning.town import plan_town

    values = {name: value for name, value in request.items() if name != "today"}
    asked = PlanRequest(**values | {"villages": tuple(values["villages"])})
    today = date.fromisoformat(request["today"])
    with store.read() as connection:
        homes = households.models(connection, asked.villages)
        people = members.models(connection, asked.villages)
        ground = _boundaries(connection, asked.villages)
        anchors = villages.hamlets(connection, asked.villages)
        obstacles = read_obstacles(connection)
        in_force = plans.town(connection, list(plans.published(connection, asked.villages).values()))
        counts_living = read_settings(connection).bounds_count == "living"
        absent = absent_codes(connection, asked.villages, today) if counts_living else frozenset[str]()
    report(step(Message("drafts.at.ready")))
    warm_villages()
    planned = plan_town(
        place_at_hamlets(homes, anchors, ground),
        ground,
        _settings(asked),
        workers=planning_workers(),
        progress=_progress(homes, report),
        obstacles=obstacles,
        places_to_lead=places_to_lead(people, today) if asked.how == "members" else None,
        absent=absent,
    )
    report(ENDING)
    town = with_surviving_groups(with_surviving_numbers(planned.town, in_force), in_force)
    fixed = kept_leads(in_force, town, people, today) if asked.keep_leads else {}
    town, on_people = staff_town(town, people, StaffingRules(today), fixed=fixed)
    return DraftResult(town, (*planned.notes, *on_people, *unplaced_hamlets(homes, anchors), *position_notes(town)))


def _settings(asked: PlanRequest) -> PlanSettings:
    from gridplan.planning.county import PlanSettings

    plain = PlanSettings(least=asked.least, most=asked.most, effort=asked.effort, far=asked.far)
    if asked.how == "members" or asked.value is None:
        return replace(plain, from_members=True)
    if asked.how == "grids":
        return replace(plain, grids=int(asked.value))
    return replace(plain, target=asked.value) if asked.how == "target" else replace(plain, price=asked.value)


def _boundaries(connection: Connection, chosen: Sequence[int]) -> tuple[Village, ...]:
    """Return all villages; those planned already and not now stand where their plan has them."""
    made = {id_: row["boundary"] for id_, row in figures_in_force(connection, None).items() if id_ not in chosen}
    return tuple(
        Village(row["name"], row["code"], made.get(row["id"]) if row["boundary"] is None else row["boundary"])
        for row in villages.rows(connection)
    )


def _progress(homes: Sequence[Household], report: Report) -> Progress:
    """Return what tells the page which village is next, the largest first, and how many households are done."""
    of: dict[str, list[Household]] = defaultdict(list)
    for home in homes:
        of[home.village].append(home)
    order = sorted((name for name in of if mostly_placed(of[name])), key=lambda name: -len(of[name]))
    done: Counter[str] = Counter()

    def say(at: int, total: int) -> None:
        drawing = 0 < total <= 2 * at
        left = [name for name in order if done[name] <= drawing]
        n = at - total // 2 if drawing else at
        code = "drafts.at.drawing" if drawing else "drafts.at.cutting"
        report(step(Message(code, {"village": left[0], "done": n, "total": total // 2}), at, total) if left else ENDING)

    def next_after(village: str, at: int, total: int) -> None:
        done[village] += 1
        say(at, total)

    say(0, 2 * sum(len(of[name]) for name in order))
    return next_after


def kept_leads(in_force: TownPlan, town: TownPlan, people: Sequence[Member], today: date) -> dict[GridKey, str]:
    """Return who goes on to lead a grid, by village and number: at least half of its households stay in it."""
    able = {member.member_id for member in people if is_available(member, today)}
    after = {one.plan.village: one.plan.grid_of for one in town.villages}
    kept = {}
    for village in in_force.villages:
        name, before = village.plan.village, village.plan.grid_of
        now = after.get(name, {})
        for number, was in match_grids(before, now).items():
            inside = [home for home, grid in before.items() if grid == was]
            lead = in_force.leads.get((name, was))
            if lead in able and 2 * sum(now.get(home) == number for home in inside) >= len(inside):
                kept[name, number] = lead
    return kept


def save_result(store: Store, job: RowMapping, result: DraftResult, now: datetime) -> None:
    """Save what the job made as a draft; in the service.

    Raises
    ------
    NotAllowed
        Who asked for it may no longer plan these villages.
    Conflict
        A village, a household or a member that was planned is called otherwise now, or is no longer there.
    """
    request, town = job["request"], result.town
    who = maker_of(store, job, "plan", request["villages"])
    with store.change(who, "plan", "draft", now=now) as change:
        _refuse_unknown(change.connection, town)
        settings = {name: value for name, value in request.items() if name not in ("name", "today")}
        change.object_id = plans.save_draft(
            change.connection,
            town,
            name=request["name"],
            made_by=job["made_by"],
            now=now,
            settings=settings,
            notes=result.notes,
        )
        change.by_village = {village_id: {"job": job["id"]} for village_id in request["villages"]}
        finish_job(change.connection, job, {"draft": change.object_id}, now)


def _refuse_unknown(connection: Connection, town: TownPlan) -> None:
    planned = {home.household_id for village in town.villages for home in village.plan.households}
    known = (
        {village.plan.village for village in town.villages} <= villages.ids_by_name(connection).keys()
        and planned <= households.ids_by_code(connection).keys()
        and {one.member_id for one in town.members} <= members.ids_by_code(connection).keys()
    )
    if not known:
        raise Conflict("drafts.lists_changed")
