"""A part of a village becomes a village of its own: what goes, which grids are cut, what is open; and doing it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping

from gridplan.edits import ExceptionKey
from gridplan.errors import InputRefused
from gridplan.model import DrawnGrid, GridKey, PlanException, PlannedVillage, TownPlan
from gridplan.names import LONGEST_TEXT, folded, hamlet_key, one_line, whole_number
from gridplan.planning.update.village_parts import Naming, Numbers, cut_grids, parted, renamed, with_people
from gridplan.service.plans.plans_as_of_now import read_obstacles
from gridplan.service.registry.form import FormFields
from gridplan.service.registry.village_changes import (
    CutGrid,
    InForce,
    OnlyShown,
    VillageChange,
    check_seen,
    free_numbers,
    labels_of,
    note,
    places_anew,
    printed_sheets,
    put_in_force,
    reasons_carried,
    unsettled,
    with_fingerprint,
)
from gridplan.store import Store, Who
from gridplan.store.contact import weeks
from gridplan.store.plans import plans
from gridplan.store.registry import households, village_changes, villages
from gridplan.store.registry.village_changes import Journal
from gridplan.words import series

MOST_NAMED: Final = 10
"""Codes that a sentence names."""
BETWEEN: Final = re.compile(r"[\s,;，；、]+")


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why exceptions are accepted that come of a split: each by its place, and all that have none of their own."""

    own: Mapping[int, str] = field(default_factory=dict)
    alike: str = ""

    def of(self, place: int) -> str:
        """Return why an exception is accepted; blank where nothing was said."""
        return one_line(self.own.get(place, "")) or one_line(self.alike)


@dataclass(frozen=True)
class SplitRequest:
    """Which part of a village is to be one of its own: hamlets, grids and households, and what it is called."""

    name: str
    code: str | None
    hamlets: frozenset[str]
    grids: frozenset[int]
    codes: tuple[str, ...]
    """As they were typed: one a line, or several."""
    with_members: bool
    """Whether the members go along who live in its hamlets, or whose grids all go."""
    from_one: bool
    """Whether its grids are numbered from 1, instead of keeping their numbers."""


@dataclass(frozen=True)
class SplitPage:
    """A village with the parts of which another may be made: hamlets and grids with their households."""

    village: RowMapping
    hamlets: tuple[tuple[str, int], ...]
    grids: tuple[tuple[DrawnGrid, str], ...]
    """Each with the hamlets that its households are in."""


def split_page(store: Store, village_id: int) -> SplitPage:
    """Return what the form shows that splits a village."""
    with store.read() as connection:
        row = villages.by_id(connection, village_id)
        counted = Counter(home["hamlet"] or "" for home in village_changes.live_rows(connection, village_id))
        town = plans.town(connection, list(plans.published(connection, [village_id]).values()))
    grids = []
    for planned in town.villages:
        for grid in planned.grids:
            inside = {home.hamlet for home in planned.plan.grids.get(grid.number, ()) if home.hamlet}
            grids.append((grid, "、".join(sorted(inside, key=hamlet_key))))
    return SplitPage(row, tuple(sorted(counted.items(), key=lambda one: hamlet_key(one[0]))), tuple(grids))


def parse_split(form: FormFields, hamlets: Collection[str], grids: Collection[str]) -> SplitRequest:
    """Return which part of a village a form says is to be one of its own.

    Raises
    ------
    InputRefused
        It has no name, or nothing is chosen.
    """
    found = SplitRequest(
        name=form.text("name", required=True, of_list="village") or "",
        code=form.text("code", of_list="id"),
        hamlets=frozenset(hamlets),
        grids=frozenset(number for number in map(whole_number, grids) if number is not None),
        codes=tuple(line for line in map(str.strip, form.fields.get("codes", "").splitlines()) if line),
        with_members="members" in form.fields,
        from_one="from_one" in form.fields,
    )
    if not (found.hamlets or found.grids or found.codes):
        form.reject("codes", "split.nothing_chosen")
    form.check()
    return found


@dataclass(frozen=True)
class _Parts:
    """The two parts of a village as they will be planned, which takes long to draw, and what they are made of."""

    lists_key: int
    before: InForce
    homes: tuple[RowMapping, ...]
    """Those of the part that goes."""
    stay: int
    part: PlannedVillage | None
    rest: PlannedVillage | None
    cut: Mapping[int, int]
    """The grids that were cut, by the number of the half that goes."""
    places: Mapping[str, int]


def preview_split(
    store: Store, who: Who, source_id: int, asked: SplitRequest, *, now: datetime, today: date
) -> VillageChange:
    """Return what making a village of a part of another comes to; nothing is changed.

    Raises
    ------
    InputRefused
        It cannot be split so.
    """
    with store.read() as connection:
        parts = _parts(connection, source_id, asked, today)
    try:
        with store.write() as connection:
            raise OnlyShown(_split(connection, who, source_id, asked, parts, Reasons(), now=now, today=today)[0])
    except OnlyShown as shown:
        return shown.found


def split(
    store: Store,
    who: Who,
    source_id: int,
    asked: SplitRequest,
    seen: str,
    reasons: Reasons,
    *,
    now: datetime,
    today: date,
) -> int:
    """Make a village of a part of another, in one transaction, and return its id.

    `seen` is the fingerprint of what was shown, `reasons` are for its exceptions.

    Raises
    ------
    InputRefused
        It cannot be split so, or an exception has no reason.
    Conflict
        It comes to something else than was shown.
    """
    with store.read() as connection:
        parts = _parts(connection, source_id, asked, today)
    with store.change(who, "split", "village", now=now) as change:
        connection = change.connection
        found, change_id, ids = _split(connection, who, source_id, asked, parts, reasons, now=now, today=today)
        check_seen(found, seen)
        lengths = [len(reasons.of(place)) for place in range(len(found.exceptions))]
        if missing := lengths.count(0):
            raise InputRefused("drafts.reasons_missing", n=missing)
        if (longest := max(lengths, default=0)) > LONGEST_TEXT:
            raise InputRefused("registry.too_long", most=LONGEST_TEXT, n=longest)
        change.object_id = change_id
        change.by_village = {id_: {"households": found.households} for id_ in ids}
        return ids[1]


def _parts(connection: Connection, source_id: int, asked: SplitRequest, today: date) -> _Parts:
    """Return the parts of a village that is split.

    Raises
    ------
    InputRefused
        A code is of no household of the village, or everybody goes, or nobody.
    """
    source = villages.by_id(connection, source_id)
    before = InForce.read(connection, [source_id], today)
    whole = before.of(source["name"])
    everybody = village_changes.live_rows(connection, source_id)
    in_grid = whole.plan.grid_of if whole else {}
    listed = _listed(asked.codes, {folded(home["code"]): home["code"] for home in everybody})
    if unknown := [typed for typed, code in listed.items() if code is None]:
        raise InputRefused("split.unknown", n=len(unknown), codes=series(unknown[:MOST_NAMED]), village=source["name"])
    codes = {
        *listed.values(),
        *(home["code"] for home in everybody if (home["hamlet"] or "") in asked.hamlets),
        *(code for code, number in in_grid.items() if number in asked.grids),
    }
    homes = tuple(home for home in everybody if home["code"] in codes)
    if not homes or len(homes) == len(everybody):
        raise InputRefused("split.everybody" if homes else "split.nothing_chosen")
    part, rest, cut, places = None, None, dict[int, int](), dict(before.places)
    if whole is not None:
        drawn, halves = cut_grids(whole, codes, read_obstacles(connection))
        cut.update(halves)
        numbers = {number for code, number in drawn.plan.grid_of.items() if code in codes}
        part, rest = parted(drawn, numbers, codes)
        places = places_anew(places, (part, rest), {*cut, *cut.values()})
    return _Parts(source["lists_key"], before, homes, len(everybody) - len(homes), part, rest, cut, places)


def _listed(lines: Iterable[str], called: Mapping[str, str]) -> dict[str, str | None]:
    """Return the codes of households by what was typed for them, None where there is none; `called` is by folded ones.

    A line is one code, also one with a space or a comma in it, or several.
    """
    typed = [
        one for line in lines for one in ([line] if folded(line) in called else BETWEEN.split(line)) if folded(one)
    ]
    return {one: called.get(folded(one)) for one in typed}


def _split(
    connection: Connection,
    who: Who,
    source_id: int,
    asked: SplitRequest,
    parts: _Parts,
    reasons: Reasons,
    *,
    now: datetime,
    today: date,
) -> tuple[VillageChange, int, tuple[int, int]]:
    village_changes.lock(connection, [source_id])
    source = villages.by_id(connection, source_id)
    if source["retired_on"]:
        raise InputRefused("split.retired", village=source["name"])
    if source["lists_key"] != parts.lists_key:
        parts = _parts(connection, source_id, asked, today)
    open_ = tuple(unsettled(connection, [source_id]))
    journal: Journal = []
    retired_id = _retired_of_name(connection, asked.name)
    target_id = village_changes.begin_village(connection, journal, source, (asked.name, asked.code), retired_id)
    ids, names = (source_id, target_id), (source["name"], villages.by_id(connection, target_id)["name"])
    part, rest, cut = parts.part, parts.rest, parts.cut
    taken = village_changes.numbers_ever(connection, target_id)
    numbers = _new_numbers(part, cut, taken, from_one=asked.from_one) if part else {}
    was = {cut.get(number, number): new for number, new in numbers.items()}
    moved = _carry_part(connection, journal, ids, parts, was, today, with_members=asked.with_members)
    has_boundaries = source["boundary"] is not None and part is not None and part.boundary is not None
    if source["boundary"] is not None:
        shapes = [side.boundary if side and has_boundaries else None for side in (rest, part)]
        village_changes.set_boundaries(connection, journal, dict(zip(ids, shapes, strict=True)))
    content: dict[str, Any] = {
        "households": [home["id"] for home in parts.homes],
        "hamlets": [],
        "numbers": sorted(was.items()),
        "groups": [],
        "labels": [],
        "cut": sorted(cut.values()),
        "plan": None,
        "rest": None,
        "before": [parts.before.ids.get(source_id), None],
        "rows": journal,
    }
    exceptions: tuple[PlanException, ...] = ()
    if part is not None and rest is not None:
        labels = labels_of(part, numbers, cut)
        content["labels"] = [(numbers[old], given, label) for old, given, label in labels]
        own = renamed(part, Naming(names[1], numbers, {old: given for old, given, _ in labels}))
        exceptions, because = _exceptions(parts.before, ((rest, rest), (part, own)), cut, reasons)
        town = _with_people_of_parts(parts.before.town, (rest, own), was, {*cut.values()})
        in_force = replace(parts.before, places=parts.places)
        saved = put_in_force(connection, who, in_force, town, because, now=now, today=today)
        content["plan"], content["rest"] = saved.get(names[1]), saved.get(names[0])
        if content["rest"] is None:
            village_changes.archive(connection, source_id, now, today)
    weeks.recount_villages(connection, ids, since=now)
    change_id = note(connection, "split", ids, content, who, now=now, today=today)
    found = VillageChange(
        "split",
        *names,
        len(parts.homes),
        tuple(sorted(was.items())),
        sum(1 for _, number in parts.before.town.leads if number in was),
        moved,
        (),
        Counter(entry["table"] for entry in journal),
        parts.stay,
        tuple(_cut_grids(part, rest, cut)) if part and rest else (),
        exceptions,
        has_boundaries,
        open_,
        printed_sheets(connection, source_id, today),
    )
    return with_fingerprint(found, parts.before, content), change_id, ids


def _carry_part(
    connection: Connection,
    journal: Journal,
    ids: tuple[int, int],
    parts: _Parts,
    numbers: Numbers,
    today: date,
    *,
    with_members: bool,
) -> int:
    """Let the households of a part, and all that goes with them, be of another village; return how many members go."""
    source_id, target_id = ids
    home_ids, start = [home["id"] for home in parts.homes], villages.by_id(connection, source_id)["start_day"]
    households.carry_over(connection, parts.homes, target_id, start, today)
    there = {home["hamlet"] for home in parts.homes} - {None}
    staying = {home["hamlet"] for home in village_changes.live_rows(connection, source_id)}
    moved = _carry_members(connection, journal, ids, parts, there - staying) if with_members else 0
    village_changes.carry_hamlets(connection, journal, ids, whole=there - staying, shared=there & staying)
    village_changes.carry_needs(connection, journal, home_ids, target_id)
    village_changes.carry_kept_apart(connection, journal, ids, {*home_ids})
    shared = {None, *parts.cut.values()}
    village_changes.carry_grids(connection, journal, ids, numbers, today, shared=shared)
    village_changes.widen_scopes(connection, journal, *ids)
    return moved


def _exceptions(
    before: InForce,
    sides: Iterable[tuple[PlannedVillage, PlannedVillage]],
    cut: Numbers,
    reasons: Reasons,
) -> tuple[tuple[PlanException, ...], dict[str, dict[ExceptionKey, str]]]:
    """Return the exceptions that come of a split, and why all of them are accepted, by village."""
    found: list[PlanException] = []
    because = {}
    for side, called in sides:
        known = because[called.plan.village] = reasons_carried(before, side, called)
        for one, new in zip(side.exceptions, called.exceptions, strict=True):
            if _comes_of_it(one, before, cut):
                known[ExceptionKey.of(new)] = reasons.of(len(found))
                found.append(new)
    return tuple(found), because


def _with_people_of_parts(
    town: TownPlan, sides: tuple[PlannedVillage, PlannedVillage], numbers: Numbers, cut: Collection[int]
) -> TownPlan:
    """Return the plans of the parts of a village with its people: those of a grid that is cut are in both halves."""
    rest, own = sides

    def at(key: GridKey) -> Iterator[GridKey]:
        _, number = key
        if number not in numbers or number in cut:
            yield key
        if number in numbers:
            yield own.plan.village, numbers[number]

    return with_people(town, [side for side in (rest, own) if side.grids], at)


def _new_numbers(part: PlannedVillage, cut: Numbers, taken: Collection[int], *, from_one: bool) -> dict[int, int]:
    """Return the numbers that grids of a part have in the village that it becomes."""
    wanted = {grid.number: cut.get(grid.number, grid.number) for grid in part.grids}
    in_order = sorted(wanted, key=wanted.__getitem__)
    if from_one:
        return dict(zip(in_order, range(max(taken, default=0) + 1, 2**31), strict=False))
    free = free_numbers(wanted.values(), taken)
    return {number: free[wanted[number]] for number in in_order}


def _cut_grids(part: PlannedVillage, rest: PlannedVillage, cut: Numbers) -> Iterator[CutGrid]:
    labels = {grid.number: grid.label for grid in rest.grids}
    for half, number in sorted(cut.items(), key=lambda one: one[1]):
        yield CutGrid(number, labels[number], len(rest.plan.grids[number]), len(part.plan.grids[half]))


def _comes_of_it(one: PlanException, before: InForce, cut: Numbers) -> bool:
    """Return whether an exception of a part of a village was none of the village."""
    (whole,) = before.town.villages
    return one.grid in {*cut, *cut.values()} or ExceptionKey.of(one) not in map(ExceptionKey.of, whole.exceptions)


def _carry_members(
    connection: Connection, journal: Journal, ids: tuple[int, int], parts: _Parts, hamlets: Collection[str]
) -> int:
    """Let the members go along who live in hamlets that go whole, or whose grids all do; return how many they are."""
    gone = {grid.number for grid in parts.part.grids} if parts.part else set()
    grids: dict[str, set[int]] = {}
    for one in parts.before.town.assignments:
        grids.setdefault(one.member_id, set()).add(one.grid)
    go = [
        row["id"]
        for row in village_changes.members_of(connection, ids[0])
        if row["hamlet"] in hamlets or (row["code"] in grids and grids[row["code"]] <= gone)
    ]
    return village_changes.carry_members(connection, journal, ids, only=go)


def _retired_of_name(connection: Connection, name: str) -> int | None:
    """Return the retired village of a name, if there is one.

    Raises
    ------
    InputRefused
        There is one of that name that is not retired.
    """
    for known in villages.rows(connection):
        if folded(known["name"]) == folded(name):
            raise InputRefused("registry.village_known", village=known["name"])
    of_name = (id_ for known, id_ in villages.ids_by_name(connection).items() if folded(known) == folded(name))
    return next(of_name, None)
