"""Two villages become one, or one becomes two: what that changes is shown first, done in one step, taken back in one.

Households move with their visits, states, needs and the day since which they are visited; grids move with their leads
and visiting order, and form a plan that is in force from that day. What was before stays with the village and the
numbers of then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import shapely
from sqlalchemy import Connection, RowMapping

from gridplan.errors import InputRefused
from gridplan.model import DrawnGrid, Plan, PlannedVillage, TownPlan, grid_id
from gridplan.roles import Actor
from gridplan.store import Store, Who
from gridplan.store.contact import weeks
from gridplan.store.contact.cadences import Cadences
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans, schedule
from gridplan.store.registry import households, village_changes, villages
from gridplan.store.registry.village_changes import Journal

Numbers = Mapping[int, int]
TOLD: Final = (
    *("need", "branch", "linkage", "cadence", "cover", "correction", "kept_apart"),
    *("hamlet", "scan", "imagery", "scope"),
)
"""The tables of which the preview tells how many rows go with the households."""


@dataclass(frozen=True)
class MergedVillages:
    """What two villages that become one come to."""

    village: str
    """That goes into the other."""
    into: str
    households: int
    grids: tuple[tuple[int, int], ...]
    """The grids that come into the other village, each with its number there."""
    leads: int
    members: int
    hamlets: tuple[tuple[str, str], ...]
    """Those that are called otherwise, because the other village has one of that name."""
    changed: Mapping[str, int]
    """How many rows of other kinds go with them, by table."""

    @property
    def others(self) -> list[tuple[str, int]]:
        """What else goes with them, of the kinds that are told: the table, and how many."""
        return [(table, self.changed[table]) for table in TOLD if self.changed.get(table)]


class _OnlyShown(Exception):  # no fault
    """A merger was only to be shown: all of it is rolled back."""

    def __init__(self, merged: MergedVillages) -> None:
        super().__init__()
        self.merged = merged


def preview_merger(
    store: Store, who: Who, source_id: int, target_id: int, *, now: datetime, today: date
) -> MergedVillages:
    """Return what merging a village into another comes to; nothing is changed.

    Raises
    ------
    InputRefused
        They cannot be merged as they are.
    """
    try:
        with store.write() as connection:
            raise _OnlyShown(_merge(connection, who, source_id, target_id, now=now, today=today)[0])
    except _OnlyShown as shown:
        return shown.merged


def merge(store: Store, who: Who, source_id: int, target_id: int, *, now: datetime, today: date) -> MergedVillages:
    """Merge a village into another, in one transaction.

    Raises
    ------
    InputRefused
        They cannot be merged as they are.
    """
    with store.change(who, "merge", "village", now=now) as change:
        found, change_id = _merge(change.connection, who, source_id, target_id, now=now, today=today)
        change.object_id = change_id
        change.by_village = {id_: {"households": found.households} for id_ in (source_id, target_id)}
        return found


def _merge(
    connection: Connection, who: Who, source_id: int, target_id: int, *, now: datetime, today: date
) -> tuple[MergedVillages, int]:
    source, target = (villages.by_id(connection, id_) for id_ in (source_id, target_id))
    _check(connection, source, target)
    in_force = plans.published(connection, [source_id, target_id])
    town = plans.town(connection, list(in_force.values()))
    was = {one.plan.village: one for one in town.villages}
    places = village_changes.visiting_places(connection, in_force.values())
    coming, there = was.get(source["name"]), was.get(target["name"])
    numbers = _numbers(coming, *(village_changes.numbers_ever(connection, id_) for id_ in (target_id, source_id)))
    groups = _group_numbers(coming, there)
    homes = village_changes.live_rows(connection, source_id)
    renamed = village_changes.hamlet_names(connection, source, target_id)
    journal: Journal = []
    members = village_changes.carry_members(connection, journal, source_id, target_id, renamed)
    village_changes.rename_hamlets(connection, journal, source_id, target_id, renamed)
    households.carry_over(connection, homes, target_id, source["start_day"], today)
    village_changes.set_hamlets(connection, [home["id"] for home in homes], renamed)
    village_changes.carry_needs(connection, journal, [home["id"] for home in homes], target_id)
    village_changes.carry_grids(connection, journal, (source_id, target_id), numbers, today)
    village_changes.carry_village(connection, journal, (source_id, target_id), (source["name"], target["name"]), today)
    village_changes.widen_scopes(connection, journal, source_id, target_id)
    village_changes.join_villages(connection, journal, source, target, today)
    merged = _joined(target["name"], there, coming, numbers, groups, renamed)
    plan_id = None
    if merged is not None:
        plan_id = _put_in_force(connection, who, _people(town, merged, source["name"], numbers), places, now, today)
    village_changes.archive(connection, source_id, now, today)
    weeks.recount_villages(connection, [source_id, target_id], since=now)
    until = today + timedelta(days=Cadences(connection, today).of_town.days)
    content: dict[str, Any] = {
        "households": [home["id"] for home in homes],
        "hamlets": sorted(renamed.items()),
        "numbers": sorted(numbers.items()),
        "groups": sorted(groups.items()),
        "labels": _labels(coming, numbers),
        "plan": plan_id,
        "before": [in_force.get(source_id), in_force.get(target_id)],
        "rows": journal,
    }
    change_id = village_changes.add(connection, source_id, target_id, today, content, who.account_id, now, until)
    changed = Counter(entry["table"] for entry in journal)
    leads = sum(1 for village, _ in town.leads if village == source["name"])
    found = MergedVillages(
        source["name"],
        target["name"],
        len(homes),
        tuple(sorted(numbers.items())),
        leads,
        members,
        tuple(sorted(renamed.items())),
        changed,
    )
    return found, change_id


def _check(connection: Connection, source: RowMapping, target: RowMapping) -> None:
    """Refuse to merge villages that are retired, or of which something is under way.

    Raises
    ------
    InputRefused
        It says what.
    """
    ids = [source["id"], target["id"]]
    if source["id"] == target["id"] or source["retired_on"] or target["retired_on"]:
        raise InputRefused("merger.not_these")
    _check_free(connection, ids)


def _check_free(connection: Connection, ids: Collection[int]) -> None:
    """Refuse villages with drafts that are open, or a plan that is scheduled.

    Raises
    ------
    InputRefused
        It says which.
    """
    for one in schedule.scheduled(connection, schedule.in_villages(ids)):
        raise InputRefused("merger.scheduled", village=one.village, day=one.day)
    if names := village_changes.open_drafts(connection, ids):
        raise InputRefused("merger.drafts", n=len(names), name=names[0])


def _numbers(coming: PlannedVillage | None, taken: Collection[int], own: Collection[int]) -> dict[int, int]:
    """Return the numbers of grids that come to others: their own if no grid ever had it there, else the next free."""
    highest, numbers = max([0, *taken, *own]), {}
    for grid in coming.grids if coming else ():
        highest += grid.number in taken
        numbers[grid.number] = highest if grid.number in taken else grid.number
    return numbers


def _group_numbers(coming: PlannedVillage | None, there: PlannedVillage | None) -> dict[int, int]:
    taken = {group.number for group in there.groups} if there else set()
    highest, numbers = max([0, *taken, *(group.number for group in coming.groups)] if coming else [0]), {}
    for group in coming.groups if coming else ():
        highest += group.number in taken
        numbers[group.number] = highest if group.number in taken else group.number
    return numbers


def _joined(
    name: str,
    there: PlannedVillage | None,
    coming: PlannedVillage | None,
    numbers: Numbers,
    groups: Numbers,
    hamlets: Mapping[str, str],
) -> PlannedVillage | None:
    """Return the plan of a village with the grids that come to it; their outlines stay, the boundary is both."""
    if coming is None:
        return there
    former, plan = coming.plan.village, coming.plan
    moved = replace(
        coming,
        plan=replace(
            plan,
            village=name,
            households=tuple(
                replace(home, village=name, hamlet=hamlets.get(home.hamlet or "", home.hamlet))
                for home in plan.households
            ),
            grid_of={code: numbers[number] for code, number in plan.grid_of.items()},
            revision=None,
            origin=None,
        ),
        grids=tuple(
            replace(
                grid,
                number=numbers[grid.number],
                label=_label(grid, former, numbers[grid.number]),
                group_number=groups.get(grid.group_number or 0),
            )
            for grid in coming.grids
        ),
        groups=tuple(replace(group, number=groups[group.number]) for group in coming.groups),
        exceptions=tuple(
            replace(
                one,
                village=name,
                hamlet=hamlets.get(one.hamlet or "", one.hamlet),
                grid=None if one.grid is None else numbers[one.grid],
            )
            for one in coming.exceptions
        ),
    )
    if there is None:
        return moved
    boundaries = [one.boundary for one in (there, moved) if one.boundary is not None]
    homes = sorted((*there.plan.households, *moved.plan.households), key=lambda home: home.household_id)
    return replace(
        there,
        plan=replace(
            there.plan,
            households=tuple(homes),
            grid_of={**there.plan.grid_of, **moved.plan.grid_of},
            left_out={**there.plan.left_out, **moved.plan.left_out},
            revision=None,
            origin=None,
        ),
        boundary=shapely.union_all(boundaries) if boundaries else None,
        grids=tuple(sorted((*there.grids, *moved.grids), key=lambda grid: grid.number)),
        groups=tuple(sorted((*there.groups, *moved.groups), key=lambda group: group.number)),
        exceptions=(*there.exceptions, *moved.exceptions),
        outside=(*there.outside, *moved.outside),
        kept=True,
        lower_bound_m=None,
        split_hamlets=(),
    )


def _labels(coming: PlannedVillage | None, numbers: Numbers) -> list[tuple[int, str, str | None]]:
    grids = coming.grids if coming else ()
    return [
        (numbers[one.number], _label(one, coming.plan.village, numbers[one.number]), one.label)
        for one in grids
        if coming
    ]


def _label(grid: DrawnGrid, former: str, number: int) -> str:
    """Return how a grid is called for a while that has another number: by both."""
    return f"{grid.label or number} ({grid_id(former, grid.number)})"


def _people(town: TownPlan, merged: PlannedVillage, former: str, numbers: Numbers) -> TownPlan:
    """Return the plan of a village with its people, and those of the grids that came to it."""

    def at(village: str, number: int) -> tuple[str, int]:
        return merged.plan.village, numbers[number] if village == former else number

    assignments, shortages = [], []
    for one in town.assignments:
        village, number = at(one.village, one.grid)
        assignments.append(replace(one, village=village, grid=number))
    for short in town.shortages:
        village, number = at(short.village, short.grid)
        shortages.append(replace(short, village=village, grid=number))
    return TownPlan((merged,), town.members, tuple(assignments), tuple(shortages))


def _put_in_force(
    connection: Connection, who: Who, town: TownPlan, places: Mapping[str, int], now: datetime, today: date
) -> int:
    (plan_id,) = plans.save_plans(connection, town, None, places=places).values()
    plans.publish(connection, [plan_id], who, now=now, today=today)
    return plan_id


# ---- taken back


def undo(store: Store, who: Who, change_id: int, *, now: datetime, today: date) -> int:
    """Let a village that was merged into another be one again; return how many rows were changed since, and stay.

    What was entered meanwhile stays with its households.

    Raises
    ------
    InputRefused
        It was taken back already, or a plan was published there since.
    """
    with store.change(who, "take back merger", "village", now=now) as change:
        connection = change.connection
        row = village_changes.by_id(connection, change_id)
        source, target = (villages.by_id(connection, row[name]) for name in ("village_id", "other_id"))
        content, ids = row["content"], [source["id"], target["id"]]
        in_force = plans.published(connection, ids)
        if row["undone_at"] is not None or not village_changes.is_last(connection, row):
            raise InputRefused("merger.undone")
        if in_force.get(target["id"]) != content["plan"] or source["id"] in in_force:
            raise InputRefused("merger.published_since", village=target["name"])
        _check_free(connection, ids)
        town = plans.town(connection, list(in_force.values()))
        places = village_changes.visiting_places(connection, in_force.values())
        mine = {*content["households"]}
        homes = [home for home in village_changes.live_rows(connection, target["id"]) if home["id"] in mine]
        renamed = {after: before for before, after in content["hamlets"]}
        households.carry_over(connection, homes, source["id"], target["start_day"], today)
        village_changes.set_hamlets(connection, [home["id"] for home in homes], renamed)
        stay = village_changes.take_back(connection, content["rows"])
        village_changes.carry_needs(connection, [], [home["id"] for home in homes], source["id"])
        if town.villages:
            parted = _parted(connection, town, source["name"], content, {home["code"] for home in homes})
            saved = plans.save_plans(connection, parted, None, places=places)
            plans.publish(connection, saved.values(), who, now=now, today=today)
            if target["name"] not in saved:
                villages.archive_plan(connection, target["id"], now)
        weeks.recount_villages(connection, ids, since=now)
        village_changes.note_undone(connection, change_id, now)
        change.object_id = change_id
        change.by_village = {id_: {"households": len(homes)} for id_ in ids}
        return stay


def _parted(
    connection: Connection, town: TownPlan, name: str, content: Mapping[str, Any], codes: Collection[str]
) -> TownPlan:
    """Return the plan of a village as two again: grids have their numbers, boundaries are those of before."""
    (merged,) = town.villages
    numbers = {new: old for old, new in content["numbers"]}
    groups = {new: old for old, new in content["groups"]}
    labels = {given: before for _, given, before in content["labels"]}
    hamlets = {after: before for before, after in content["hamlets"]}
    before = plans.town(connection, [id_ for id_ in content["before"] if id_ is not None], with_households=False)
    boundary = {one.plan.village: one for one in before.villages}
    parts = []
    for of, is_part in ((name, True), (merged.plan.village, False)):
        was = boundary.get(of)
        if was is None:
            continue
        grids = [one for one in merged.grids if (one.number in numbers) == is_part]
        plan = merged.plan
        inside = {home: n for home, n in plan.grid_of.items() if (n in numbers) == is_part}
        out = {home: why for home, why in plan.left_out.items() if (home in codes) == is_part}
        number = numbers if is_part else {one.number: one.number for one in grids}
        group = groups if is_part else {one.number: one.number for one in merged.groups if one.number not in groups}
        exceptions = [
            one
            for one in merged.exceptions
            if (one.grid in numbers if one.grid is not None else one.household_id in codes) == is_part
        ]
        homes = (home for home in plan.households if home.household_id in inside or home.household_id in out)
        called = hamlets if is_part else {}
        parts.append(
            replace(
                merged,
                plan=Plan(
                    of,
                    tuple(
                        replace(home, village=of, hamlet=called.get(home.hamlet or "", home.hamlet)) for home in homes
                    ),
                    {home: number[n] for home, n in inside.items()},
                    out,
                ),
                bounds=was.bounds,
                boundary=was.boundary,
                boundary_given=was.boundary_given,
                grids=tuple(
                    replace(
                        one,
                        number=number[one.number],
                        label=labels.get(one.label, one.label),
                        group_number=group.get(one.group_number or 0),
                    )
                    for one in grids
                ),
                groups=tuple(replace(one, number=group[one.number]) for one in merged.groups if one.number in group),
                exceptions=tuple(
                    replace(
                        one,
                        village=of,
                        hamlet=called.get(one.hamlet or "", one.hamlet),
                        grid=None if one.grid is None else number[one.grid],
                    )
                    for one in exceptions
                ),
                outside=tuple(code for code in merged.outside if (code in codes) == is_part),
            )
        )

    def at(number: int) -> tuple[str, int]:
        return (name, numbers[number]) if number in numbers else (merged.plan.village, number)

    assignments = []
    for one in town.assignments:
        village, number_there = at(one.grid)
        assignments.append(replace(one, village=village, grid=number_there))
    shortages = []
    for short in town.shortages:
        village, number_there = at(short.grid)
        shortages.append(replace(short, village=village, grid=number_there))
    return TownPlan(tuple(parts), town.members, tuple(assignments), tuple(shortages))


# ---- both numbers, for a while


def end_former_numbers(store: Store, *, now: datetime, today: date) -> None:
    """Call grids by their numbers alone once a cadence has passed since they were given others."""
    with store.read() as connection:
        if not village_changes.any_due(connection, today):
            return
    with store.change(COMMAND_LINE, "end former numbers", "village", now=now) as change:
        for row in village_changes.labels_due(change.connection, today):
            plan_id = plans.published(change.connection, [row["other_id"]]).get(row["other_id"])
            labels = {new: (given, before) for new, given, before in row["content"]["labels"]}
            village_changes.end_labels(change.connection, row["id"], plan_id, labels)
            change.by_village[row["other_id"]] = {}


def others(store: Store, actor: Actor, village_id: int | None) -> list[RowMapping]:
    """Return the villages that an account holds for, but one."""
    with store.read() as connection:
        return [one for one in villages.rows(connection, actor.scope) if one["id"] != village_id]


def mergers(store: Store, village_id: int) -> list[RowMapping]:
    """Return what was merged into a village, and what it became part of, the latest first."""
    with store.read() as connection:
        return village_changes.of_village(connection, village_id)
