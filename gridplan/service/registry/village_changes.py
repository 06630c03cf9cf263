"""Two villages become one, or one becomes two: what that changes is shown first, done in one step, taken back in one.

Households move with their visits, states, needs and the day since which they are visited; grids move with their leads
and visiting order, and form a plan that is in force from that day. What was before stays with the village and the
numbers of then.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import Connection, RowMapping

from gridplan.edits import ExceptionKey
from gridplan.errors import Conflict, InputRefused
from gridplan.model import GridKey, PlanException, PlannedVillage, TownPlan, grid_id
from gridplan.names import hamlet_key
from gridplan.planning.update.village_parts import (
    Naming,
    Numbers,
    bounded_as,
    joined,
    parted,
    rejoined,
    renamed,
    with_people,
)
from gridplan.planning.visiting_order import visiting_places
from gridplan.roles import Actor
from gridplan.service.contact.card_printing import keep_card_prints
from gridplan.service.plans.absences import with_absences
from gridplan.service.plans.plan_change import PlanChange
from gridplan.service.plans.plans_as_of_now import read_obstacles
from gridplan.service.plans.publish import of_village
from gridplan.service.registry import checks
from gridplan.store import Store, Who
from gridplan.store.contact import card_prints, sheets, terms, weeks
from gridplan.store.contact.cadences import Cadences
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import edits, plans, schedule
from gridplan.store.registry import households, members, village_changes, villages
from gridplan.store.registry.village_changes import Journal
from gridplan.words import Message

if TYPE_CHECKING:
    from gridplan.planning.redraw import Obstacles

TOLD: Final = (
    *("need", "branch", "linkage", "cadence", "cover", "correction", "kept_apart"),
    *("hamlet", "scan", "imagery", "scope"),
)
"""The tables of which the preview tells how many rows go with the households."""


Kind = Literal["merge", "split"]


@dataclass(frozen=True, slots=True)
class CutGrid:
    """A grid of which one part goes: its number, and how many households stay and go."""

    number: int
    label: str | None
    stay: int
    go: int


@dataclass(frozen=True)
class VillageChange:
    """What it comes to that two villages become one, or one becomes two."""

    kind: Kind
    village: str
    """From which households go."""
    into: str
    households: int
    grids: tuple[tuple[int, int], ...]
    """The grids that come into the other village, each with its number there."""
    leads: int
    members: int
    hamlets: tuple[tuple[str, str], ...] = ()
    """Those that are called otherwise, because the other village has one of that name."""
    changed: Mapping[str, int] = field(default_factory=dict)
    """How many rows of other kinds go with them, by table."""
    stay: int = 0
    """How many households stay in a village that is split."""
    cut: tuple[CutGrid, ...] = ()
    exceptions: tuple[PlanException, ...] = ()
    """Those that come of it, each to be accepted with a reason."""
    has_boundaries: bool = False
    """Whether both parts of a village that is split get a boundary."""
    open: tuple[Message, ...] = ()
    """What has to be settled before."""
    sheets: int = 0
    """Tick sheets of the month that are printed for the village from which households go."""
    fingerprint: str = ""
    """Another text as soon as anything changes of what is shown, or of who goes."""
    twins: tuple[str, ...] = ()
    """Households of both villages that may be the same."""

    @property
    def others(self) -> list[tuple[str, int]]:
        """What else goes with them, of the kinds that are told: the table, and how many."""
        return [(table, self.changed[table]) for table in TOLD if self.changed.get(table)]


class OnlyShown(Exception):  # no fault
    """A change was only to be shown: all of it is rolled back."""

    def __init__(self, found: VillageChange) -> None:
        super().__init__()
        self.found = found


@dataclass(frozen=True)
class InForce:
    """The plans in force of some villages: their ids, the plans with their people, visiting order, accepted reasons."""

    ids: Mapping[int, int]
    town: TownPlan
    places: Mapping[str, int]
    because: Mapping[str, Mapping[ExceptionKey, str]]

    @classmethod
    def read(cls, connection: Connection, village_ids: Collection[int], today: date) -> InForce:
        """Return those of villages on a day."""
        ids = plans.published(connection, village_ids)
        town = with_absences(connection, plans.town(connection, list(ids.values())), today)
        accepted, names = edits.accepted(connection, ids.values()), villages.names(connection)
        because = {names[village_id]: accepted[plan_id] for village_id, plan_id in ids.items()}
        return cls(ids, town, village_changes.visiting_places(connection, ids.values()), because)

    def of(self, name: str) -> PlannedVillage | None:
        """Return the plan of a village, if it has one."""
        return next((one for one in self.town.villages if one.plan.village == name), None)


# ---- two become one


def preview_merger(
    store: Store, who: Who, source_id: int, target_id: int, *, now: datetime, today: date
) -> VillageChange:
    """Return what merging a village into another comes to; nothing is changed.

    Raises
    ------
    InputRefused
        They cannot be merged as they are.
    """
    try:
        with store.write() as connection:
            raise OnlyShown(_merge(connection, who, source_id, target_id, now=now, today=today)[0])
    except OnlyShown as shown:
        return shown.found


def merge(
    store: Store, who: Who, source_id: int, target_id: int, seen: str, *, now: datetime, today: date
) -> VillageChange:
    """Merge a village into another, in one transaction; `seen` is the fingerprint of what was shown.

    Raises
    ------
    InputRefused
        They cannot be merged as they are.
    Conflict
        It comes to something else than was shown.
    """
    with store.change(who, "merge", "village", now=now) as change:
        found, change_id = _merge(change.connection, who, source_id, target_id, now=now, today=today)
        check_seen(found, seen)
        change.object_id = change_id
        change.by_village = {id_: {"households": found.households} for id_ in (source_id, target_id)}
        return found


def _merge(
    connection: Connection, who: Who, source_id: int, target_id: int, *, now: datetime, today: date
) -> tuple[VillageChange, int]:
    village_changes.lock(connection, [source_id, target_id])
    source, target = (villages.by_id(connection, id_) for id_ in (source_id, target_id))
    if source_id == target_id or source["retired_on"] or target["retired_on"]:
        raise InputRefused("merger.not_these")
    ids, names = (source_id, target_id), (source["name"], target["name"])
    open_ = tuple(unsettled(connection, ids))
    before = InForce.read(connection, ids, today)
    coming, there = map(before.of, names)
    taken = village_changes.numbers_ever(connection, target_id)
    known = [grid.number for grid in coming.grids] if coming else []
    numbers = free_numbers(known, taken, village_changes.numbers_ever(connection, source_id))
    groups = _group_numbers(coming, there)
    homes = village_changes.live_rows(connection, source_id)
    twins = checks.twins_of_both(homes, village_changes.live_rows(connection, target_id))
    home_ids = [home["id"] for home in homes]
    hamlets = village_changes.hamlet_names(connection, source, target_id)
    journal: Journal = []
    moved = village_changes.carry_members(connection, journal, ids, hamlets)
    village_changes.carry_hamlets(connection, journal, ids, hamlets)
    households.carry_over(connection, homes, target_id, source["start_day"], today)
    village_changes.set_hamlets(connection, home_ids, hamlets)
    village_changes.carry_needs(connection, journal, home_ids, target_id)
    village_changes.carry_grids(connection, journal, ids, numbers, today)
    village_changes.carry_village(connection, journal, ids, names, today)
    village_changes.widen_scopes(connection, journal, *ids)
    village_changes.join_villages(connection, journal, source, target, today)
    labels = labels_of(coming, numbers)
    called = Naming(names[1], numbers, {old: given for old, given, _ in labels}, groups, hamlets)
    plan_id = None
    if coming is not None:
        came = renamed(coming, called)
        merged = joined(there, came) if there else came
        town = with_people(before.town, [merged], lambda key: [_at(key, names, numbers)])
        because = {names[1]: {**before.because.get(names[1], {}), **reasons_carried(before, coming, came)}}
        plan_id = put_in_force(connection, who, before, town, because, now=now, today=today)[names[1]]
    elif there is not None:
        plan_id = before.ids[target_id]
    village_changes.archive(connection, source_id, now, today)
    weeks.recount_villages(connection, ids, since=now)
    content: dict[str, Any] = {
        "households": home_ids,
        "hamlets": sorted(hamlets.items()),
        "numbers": sorted(numbers.items()),
        "groups": sorted(groups.items()),
        "labels": [(numbers[old], given, label) for old, given, label in labels],
        "plan": plan_id,
        "before": [before.ids.get(id_) for id_ in ids],
        "rows": journal,
    }
    change_id = note(connection, "merge", ids, content, who, now=now, today=today)
    found = VillageChange(
        "merge",
        *names,
        len(homes),
        tuple(sorted(numbers.items())),
        sum(1 for village, _ in before.town.leads if village == names[0]),
        moved,
        tuple(sorted(hamlets.items(), key=lambda one: hamlet_key(one[0]))),
        Counter(entry["table"] for entry in journal),
        open=open_,
        twins=twins,
        sheets=printed_sheets(connection, source_id, today),
    )
    return with_fingerprint(found, before, content), change_id


def free_numbers(wanted: Iterable[int], taken: Collection[int], own: Collection[int] = ()) -> dict[int, int]:
    """Return the numbers of grids, or groups, that come to others: their own if it never was taken, else a free one."""
    wanted = list(wanted)
    highest, numbers = max([0, *wanted, *taken, *own]), {}
    for number in wanted:
        highest += number in taken
        numbers[number] = highest if number in taken else number
    return numbers


def _at(key: GridKey, names: tuple[str, str], numbers: Numbers) -> GridKey:
    """Return which grid one is after all grids of the first of two villages came into the other."""
    village, number = key
    return (names[1], numbers[number]) if village == names[0] else key


def _group_numbers(coming: PlannedVillage | None, there: PlannedVillage | None) -> dict[int, int]:
    known = [group.number for group in coming.groups] if coming else []
    return free_numbers(known, {group.number for group in there.groups} if there else set())


# ---- what both are made of


def unsettled(connection: Connection, ids: Collection[int]) -> Iterator[Message]:
    """Yield what has to be settled before villages are changed: plans and changes of term for a day, open drafts."""
    for one in schedule.scheduled(connection, schedule.in_villages(ids)):
        yield Message("merger.scheduled", {"village": one.village, "day": one.day})
    for row in terms.rows(connection):
        if row["state"] == "waiting" and any(one["village"] in ids for one in row["content"]["leads"]):
            yield Message("merger.term", {"day": row["day"]})
    if names := village_changes.open_drafts(connection, ids):
        yield Message("merger.drafts", {"n": len(names), "name": names[0]})


def _check_settled(open_: Iterable[Message]) -> None:
    for one in open_:
        raise InputRefused(one.code, **one.values)


def check_seen(found: VillageChange, seen: str) -> None:
    """Refuse what is still open, or comes to something else than was shown.

    Raises
    ------
    InputRefused
        Something has to be settled before.
    Conflict
        Lists or plans were changed since.
    """
    _check_settled(found.open)
    if found.fingerprint != seen:
        raise Conflict("merger.changed_since")


def printed_sheets(connection: Connection, village_id: int, today: date) -> int:
    """Return of how many grids of a village the tick sheets of the month are printed."""
    return len(sheets.printed(connection, today.replace(day=1), [village_id]))


def with_fingerprint(found: VillageChange, before: InForce, content: Mapping[str, Any]) -> VillageChange:
    """Return what is shown with its fingerprint; `content` is what is noted of it."""
    shown = [repr(replace(found, changed={})), sorted(found.changed.items()), sorted(before.ids.items())]
    shown += [content[name] for name in ("households", "groups", "labels")]
    shown += [sorted(f"{one.village}-{one.grid} {one.member_id} {one.role}" for one in before.town.assignments)]
    return replace(found, fingerprint=hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:20])


def places_anew(
    places: Mapping[str, int], villages_: Iterable[PlannedVillage], numbers: Collection[int]
) -> dict[str, int]:
    """Return the places of households in the visiting order of their grids, anew for those of grids of some numbers."""
    found = dict(places)
    for planned in villages_ if numbers else ():
        of = planned.plan.grid_of
        found |= {code: place for code, place in visiting_places([planned]).items() if of[code] in numbers}
    return found


def reasons_carried(before: InForce, planned: PlannedVillage, called: PlannedVillage) -> dict[ExceptionKey, str]:
    """Return why exceptions of a plan were accepted, by what they are called in another village."""
    known = before.because.get(planned.plan.village, {})
    keys = zip(map(ExceptionKey.of, planned.exceptions), map(ExceptionKey.of, called.exceptions), strict=True)
    return {new: known[old] for old, new in keys if old in known}


def labels_of(
    coming: PlannedVillage | None, numbers: Numbers, cut: Numbers | None = None
) -> list[tuple[int, str, str | None]]:
    """Return what grids that come from another village are called for a while, and what they were called before."""
    found = []
    for one in coming.grids if coming else ():
        number = (cut or {}).get(one.number, one.number)
        given = f"{one.label or numbers[one.number]} ({grid_id(coming.plan.village, number)})" if coming else ""
        found.append((one.number, given, one.label))
    return found


def put_in_force(
    connection: Connection,
    who: Who,
    before: InForce,
    town: TownPlan,
    because: Mapping[str, Mapping[ExceptionKey, str]],
    *,
    now: datetime,
    today: date,
) -> dict[str, int]:
    """Put plans in force in the place of others, and return their ids by village."""
    saved = plans.save_plans(connection, town, None, places=before.places)
    for planned in town.villages:
        known = because.get(planned.plan.village, {})
        keys = map(ExceptionKey.of, planned.exceptions)
        reasons = {place: known[key] for place, key in enumerate(keys) if key in known}
        plans.save_accepted_reasons(connection, saved[planned.plan.village], reasons)
    printed = card_prints.printed(connection, before.ids.keys())
    plans.publish(connection, saved.values(), who, now=now, today=today)
    village_ids, member_ids = villages.ids_by_name(connection), members.ids_by_code(connection)
    for name, plan_id in saved.items():
        if (old := before.ids.get(village_ids[name])) is not None:
            change = PlanChange(name, of_village(before.town, name), of_village(town, name), {})
            keep_card_prints(connection, printed, (old, plan_id), change, member_ids)
    return saved


def note(
    connection: Connection,
    kind: Kind,
    ids: tuple[int, int],
    content: Mapping[str, Any],
    who: Who,
    *,
    now: datetime,
    today: date,
) -> int:
    """Note what was done to two villages, and until when grids are called by both numbers; return its id."""
    until = today + timedelta(days=Cadences(connection, today).of_town.days)
    values = {"day": today, "until_day": until, "content": content, "made_by": who.account_id, "made_at": now}
    return village_changes.add(connection, kind, ids, values)


# ---- taken back


def undo(store: Store, who: Who, change_id: int, *, now: datetime, today: date) -> int:
    """Let villages be what they were before they were merged or split; return how many rows stay as they are since.

    What was entered meanwhile stays with its households.

    Raises
    ------
    InputRefused
        It was taken back already, or a plan was published there since.
    """
    with store.read() as connection:
        is_split = village_changes.by_id(connection, change_id)["kind"] == "split"
    with store.change(who, "take back split" if is_split else "take back merger", "village", now=now) as change:
        connection = change.connection
        row = village_changes.by_id(connection, change_id)
        content, ids = row["content"], (row["village_id"], row["other_id"])
        village_changes.lock(connection, ids)
        source, target = (villages.by_id(connection, id_) for id_ in ids)
        before = InForce.read(connection, ids, today)
        _check_undo(connection, row, before, (source, target))
        homes = village_changes.live_rows(connection, target["id"])
        if not is_split:
            mine = {*content["households"]}
            homes = [home for home in homes if home["id"] in mine]
        home_ids, hamlets = [home["id"] for home in homes], {new: old for old, new in content["hamlets"]}
        households.carry_over(connection, homes, source["id"], target["start_day"], today)
        village_changes.set_hamlets(connection, home_ids, hamlets)
        stay = village_changes.take_back(connection, content["rows"])
        village_changes.carry_needs(connection, [], home_ids, source["id"])
        was = plans.town(connection, [id_ for id_ in content["before"] if id_ is not None], with_households=False)
        if is_split:
            _carry_back(connection, content, (target, source), today)
            town, because = _one_again(
                before, was, (source["name"], target["name"]), content, read_obstacles(connection)
            )
            before = replace(before, places=places_anew(before.places, town.villages, content["cut"]))
        else:
            codes = {home["code"] for home in homes}
            town, because = _two_again(before, was, (source["name"], target["name"]), content, codes)
        saved = put_in_force(connection, who, before, town, because, now=now, today=today) if town.villages else {}
        if target["id"] in before.ids and town.villages and target["name"] not in saved:
            village_changes.archive(connection, target["id"], now, today)
        weeks.recount_villages(connection, ids, since=now)
        village_changes.note_undone(connection, change_id, now)
        change.object_id = change_id
        change.by_village = {id_: {"households": len(homes)} for id_ in ids}
        return stay


def _check_undo(connection: Connection, row: RowMapping, before: InForce, of: tuple[RowMapping, RowMapping]) -> None:
    """Refuse to take back what was taken back, or what something stands on since.

    Raises
    ------
    InputRefused
        It says what.
    """
    if row["undone_at"] is not None or not village_changes.is_last(connection, row):
        raise InputRefused("merger.undone")
    for village, plan in zip(of, ("rest", "plan"), strict=True):
        if before.ids.get(village["id"]) != row["content"].get(plan):
            raise InputRefused("merger.published_since", village=village["name"])
    _check_settled(unsettled(connection, [village["id"] for village in of]))


def _carry_back(
    connection: Connection, content: Mapping[str, Any], of: tuple[RowMapping, RowMapping], today: date
) -> None:
    """Let all that came to a village since it was one be of the village that it is part of again, and retire it."""
    source, target = of
    ids = (source["id"], target["id"])
    village_changes.carry_members(connection, [], ids)
    village_changes.carry_hamlets(connection, [], ids)
    village_changes.carry_grids(connection, [], ids, {new: old for old, new in content["numbers"]}, today)
    village_changes.carry_village(connection, [], ids, (source["name"], target["name"]), today)
    village_changes.widen_scopes(connection, [], *ids)
    village_changes.retire_again(connection, source["id"], today)


Again = tuple[TownPlan, dict[str, dict[ExceptionKey, str]]]
"""The plans of villages that are what they were, with their people, and why exceptions of them are accepted."""


def _named_back(planned: PlannedVillage, village: str, content: Mapping[str, Any]) -> PlannedVillage:
    """Return a plan with the names and numbers of before villages were merged or split."""
    given = {new: (label, before) for new, label, before in content["labels"]}
    labels = {one.number: given[one.number][1] for one in planned.grids if given.get(one.number, ("",))[0] == one.label}
    back = [{new: old for old, new in content[name]} for name in ("numbers", "groups", "hamlets")]
    return renamed(planned, Naming(village, back[0], labels, back[1], back[2]))


def _two_again(
    before: InForce, was: TownPlan, names: tuple[str, str], content: Mapping[str, Any], codes: Collection[str]
) -> Again:
    """Return the plan of a village as two again: grids have their numbers, boundaries are those of before."""
    merged, old = before.of(names[1]), {one.plan.village: one for one in was.villages}
    if merged is None or names[0] not in old:
        return TownPlan(()), {}
    numbers = {new: number for number, new in content["numbers"]}
    part, rest = parted(merged, numbers.keys(), {*codes})
    own = _named_back(part, names[0], content)
    because = {names[0]: reasons_carried(before, part, own), names[1]: dict(before.because[names[1]])}
    sides = [bounded_as(own, old[names[0]]), *([bounded_as(rest, old[names[1]])] if names[1] in old else [])]

    def at(key: GridKey) -> Iterator[GridKey]:
        yield (names[0], numbers[key[1]]) if key[1] in numbers else key

    return with_people(before.town, sides, at), because


def _one_again(
    before: InForce, was: TownPlan, names: tuple[str, str], content: Mapping[str, Any], obstacles: Obstacles
) -> Again:
    """Return the plans of two villages as that of the one that they were: grids that were cut are whole."""
    coming, there = before.of(names[1]), before.of(names[0])
    if coming is None:
        return TownPlan(()), {}
    own, (whole,) = _named_back(coming, names[0], content), was.villages
    numbers, cut = {new: number for number, new in content["numbers"]}, {*content["cut"]}
    now = rejoined(there, own, whole, obstacles) if there else bounded_as(own, whole)
    because = {names[0]: {**reasons_carried(before, coming, own), **before.because.get(names[0], {})}}

    def at(key: GridKey) -> Iterator[GridKey]:
        village, number = key
        if village == names[0]:
            yield key
        elif numbers[number] not in cut:
            yield names[0], numbers[number]

    return with_people(before.town, [now], at), because


# ---- both numbers, for a while


def end_former_numbers(store: Store, *, now: datetime, today: date) -> None:
    """Call grids by their numbers alone once a cadence has passed since they were given others."""
    with store.read() as connection:
        if not village_changes.labels_due(connection, today):
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


def changes(store: Store, village_id: int) -> list[RowMapping]:
    """Return what a village was merged with, or split into, the latest first."""
    with store.read() as connection:
        return village_changes.of_village(connection, village_id)
