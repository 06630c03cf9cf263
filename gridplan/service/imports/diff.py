"""An import batch beside the town: what its staged lists would change, and what blocks that."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from gridplan.exchange.lists.features import not_known, shape_keys
from gridplan.exchange.lists.village_names import ListedVillage, VillageNames
from gridplan.model import Hamlet, Household, Member, Village
from gridplan.names import folded, folded_hamlet
from gridplan.planning.update.list_changes import ListChanges, MergedLists, merge_lists
from gridplan.service.imports.alike_villages import VillageQuestion, village_questions
from gridplan.service.imports.own_villages import OwnPart, VillageChoice, own_part, village_choice
from gridplan.service.imports.staging import (
    ImportChoices,
    StagedLists,
    UploadedFile,
    batch_folder,
    read_staged_lists,
    staged_files,
    unpack_archives,
)
from gridplan.service.imports.stored_names import with_stored_names
from gridplan.service.jobs.control import Progress, step
from gridplan.store import Store, tables
from gridplan.store.registry import features, households, members, villages
from gridplan.store.registry.villages import Scope
from gridplan.store.rows import Row
from gridplan.store.system import imports
from gridplan.words import Message, series

NAMES_SHOWN: Final = 5
T = TypeVar("T")
COMPARED: Final[Mapping[str, Callable[[str | None], str]]] = {
    "village": folded,
    "hamlet": folded_hamlet,
    "name": folded,
}
"""How what a member is known by is compared."""


@dataclass(frozen=True)
class StoredTown:
    """The town as the store has it now; rows of households and members are by code, those retired among them."""

    villages: Mapping[str, Mapping[str, Any]]
    hamlets: tuple[Hamlet, ...]
    households: Mapping[str, Mapping[str, Any]]
    members: Mapping[str, Mapping[str, Any]]
    shapes: Mapping[str, frozenset[bytes]]
    grounds: Mapping[int, BaseGeometry]
    fingerprint: str

    @property
    def known(self) -> tuple[Village, ...]:
        """The villages as the reading of lists takes them."""
        return tuple(map(villages.model_of, self.villages.values()))


def read_town(connection: Connection) -> StoredTown:
    """Return the town as it is now."""
    return StoredTown(
        villages={row["name"]: dict(row) for row in imports.all_villages(connection)},
        hamlets=villages.hamlets(connection),
        households=imports.rows_by_code(connection, tables.household),
        members=imports.rows_by_code(connection, tables.member),
        shapes={kind: found for kind in features.KINDS if (found := _keys(connection, kind))},
        grounds=features.grounds(connection),
        fingerprint=imports.fingerprint(connection),
    )


def _keys(connection: Connection, kind: features.Kind) -> frozenset[bytes]:
    return frozenset(shape_keys(features.shapes(connection, kind)))


@dataclass(frozen=True)
class ImportDiff:
    """What would be added and changed; what a list lacks stays as it is, and so does what is retired."""

    changes: ListChanges
    new_homes: tuple[Household, ...]
    changed_homes: Mapping[int, Household]
    """Households as the lists have them, by their ids in the store."""
    retired: tuple[str, ...]
    """Codes of households that are retired and still listed."""
    id_of: Mapping[str, str]
    """Codes by the ids of the lists."""
    new_members: tuple[Member, ...]
    changed_members: Mapping[int, Member]
    unknown_villages: Mapping[str, int]
    """What members name as their village and is none, and how many do."""
    new_villages: tuple[Village, ...]
    changed_villages: Mapping[int, Village]
    """Villages with another boundary or code, by their ids."""
    renamed: Mapping[int, str]
    """New names of villages, by their ids."""
    anchors: tuple[Hamlet, ...]
    shapes: Mapping[str, tuple[BaseGeometry, ...]]
    touched: frozenset[int]
    """Ids of the villages that the lists name."""
    retired_villages: tuple[str, ...]
    returned_villages: tuple[int, ...]
    """Ids of the villages that are retired without anybody ever having been of them: the lists bring them back."""

    @property
    def counts(self) -> dict[str, int]:
        """How much of each kind would change, without the kinds of which nothing does."""
        found = {
            "new": len(self.new_homes),
            "changed": len(self.changed_homes),
            "new_members": len(self.new_members),
            "changed_members": len(self.changed_members),
            "new_villages": len(self.new_villages),
            "redrawn": len(self.changed_villages),
            "renamed_villages": len(self.renamed),
            "returned_villages": len(self.returned_villages),
            "anchors": len(self.anchors),
            **{kind: len(shapes) for kind, shapes in self.shapes.items()},
        }
        return {kind: n for kind, n in found.items() if n}


def import_diff(town: StoredTown, lists: StagedLists, choices: ImportChoices) -> ImportDiff:
    """Return what the lists would change about the town."""
    listed = lists.households
    old = [households.model_of(row) for row in town.households.values()]
    new = list(listed.households) if listed else []
    before = {home.household_id: home for home in old}
    in_lists = {home.household_id for home in new}  # files may have been mended since an answer was given
    answers = {id_: of for id_, of in choices.answers.items() if id_ in in_lists and (of is None or of in before)}
    result = merge_lists(old, new, made=listed.made_ids if listed else frozenset(), answers=answers)
    changes = result.changes
    id_of = {name: row["id"] for name, row in town.villages.items()}
    id_of |= {name: id_of[before] for name, before in changes.villages.items()}
    in_homes = {home.village for home in new}
    people = _Members(town, lists, result, frozenset({*id_of, *in_homes, *(one.name for one in lists.villages)}))
    named = in_homes | {one.name for one in lists.villages} | people.villages | {one.village for one in lists.hamlets}
    told = {one.name: one for one in lists.names.villages}
    touched = {id_of[name] for name in named if name in id_of}
    touched |= {town.households[code]["village_id"] for code in changes.old_of.values()}
    is_retired = {code for code, row in town.households.items() if row["retired_on"] is not None}
    changed = {code for code in changes.old_of.values()} - {*changes.same} - is_retired
    in_place = {home.household_id: home for home in result.households}
    retired = {name for name in named & town.villages.keys() if town.villages[name]["retired_on"] is not None}
    lived_in = {row["village"] for of in (town.households, town.members) for row in of.values()}
    renamed = {id_of[before]: name for name, before in changes.villages.items()}
    covered = _covered(town, changes)
    return ImportDiff(
        changes=replace(
            changes,
            gone=tuple(code for code in changes.gone if code not in is_retired and before[code].village in covered),
        ),
        new_homes=tuple(home for home in result.households if home.household_id not in before),
        changed_homes={
            town.households[code]["id"]: in_place[code] for code in sorted(changed) if in_place[code] != before[code]
        },
        retired=tuple(sorted(is_retired.intersection(changes.old_of.values()))),
        id_of=result.id_of,
        new_members=people.new,
        changed_members=people.changed,
        unknown_villages=people.unknown,
        new_villages=tuple(told.get(name, Village(name)) for name in sorted(named - id_of.keys())),
        changed_villages=dict(_redrawn(town, (told[name] for name in sorted(named & told.keys())))),
        renamed=renamed,
        anchors=_moved_anchors(town, lists.hamlets),
        shapes=dict(_new_shapes(town, lists.shapes)),
        touched=frozenset(touched),
        retired_villages=tuple(sorted(retired & lived_in)),
        returned_villages=tuple(sorted(town.villages[name]["id"] for name in retired - lived_in)),
    )


def _covered(town: StoredTown, changes: ListChanges) -> set[str]:
    """Return the villages of which the lists have at least half of the households; only there one can be missing."""
    listed = Counter(town.households[code]["village"] for code in changes.old_of.values())
    living = Counter(row["village"] for row in town.households.values() if row["retired_on"] is None)
    return {name for name, n in listed.items() if 2 * n >= living[name]}


def _redrawn(town: StoredTown, drawn: Iterable[Village]) -> Iterator[tuple[int, Village]]:
    for village in drawn:
        row = town.villages.get(village.name)
        if row is None:
            continue
        was, now = row["boundary"], village.boundary
        moved = now is not None and (was is None or not was.equals_exact(now, 1e-9, normalize=True))
        told = {"code": village.code, "phone": village.phone, "town": village.town}
        if moved or any(new and new != row[of] for of, new in told.items()):
            yield row["id"], village


def _moved_anchors(town: StoredTown, listed: Sequence[Hamlet]) -> tuple[Hamlet, ...]:
    known = {(one.village, one.name): (round(one.lon, 7), round(one.lat, 7)) for one in town.hamlets}
    latest = {(one.village, one.name): one for one in listed}
    return tuple(one for key, one in latest.items() if known.get(key) != (round(one.lon, 7), round(one.lat, 7)))


def _new_shapes(
    town: StoredTown, lists: Mapping[str, Sequence[BaseGeometry]]
) -> Iterator[tuple[str, tuple[BaseGeometry, ...]]]:
    for kind, shapes in lists.items():
        known = town.shapes.get(kind, frozenset())
        if new := not_known(shapes, known):
            yield kind, new


class _Members:
    """The members listed beside those of the store: found by code, or where it was made by name, village and hamlet."""

    def __init__(self, town: StoredTown, lists: StagedLists, homes: MergedLists, known: frozenset[str]) -> None:
        listed = lists.members.members if lists.members else lists.book.members
        given = set(lists.members.columns) if lists.members else {"kind", "village", "hamlet", "max_grids"}
        unknown: Counter[str] = Counter()
        self.villages: set[str] = set()
        new: list[Member] = []
        changed: dict[int, Member] = {}
        placed = [_in_known_village(one, known, lists.names, homes, unknown) for one in listed]
        for one, row in _paired(town, placed, made="member_id" not in given and lists.members is not None):
            self.villages |= {one.village} if one.village else set()
            if row is None:
                new.append(one)
                continue
            self.villages |= {row["village"]} if row["village"] else set()
            was = members.model_of(row)
            now = _as_listed(was, one, given)
            if row["retired_on"] is None and now != was:
                changed[row["id"]] = now
        self.new, self.changed, self.unknown = _with_free_codes(new, town), changed, dict(unknown)


def _in_known_village(
    one: Member, known: frozenset[str], names: VillageNames, homes: MergedLists, unknown: Counter[str]
) -> Member:
    """Return a member with the village as the store calls it, none if it knows none, and with ties by its codes."""
    village = one.village
    if village not in known:
        found = names.find(ListedVillage(village or ""))
        village = found[0].name if len(found) == 1 and found[0].name in known else None
    if one.village and village is None:
        unknown[one.village] += 1
    village = homes.changes.villages.get(village, village) if village else None
    return replace(one, village=village, ties=tuple(homes.id_of.get(tie, tie) for tie in one.ties))


def _as_listed(was: Member, listed: Member, given: set[str]) -> Member:
    """Return a member as the list has it, with all that it leaves blank."""
    placed = listed if listed.lon is not None else was
    return replace(
        was,
        name=listed.name,
        kind=listed.kind or was.kind,
        village=listed.village or was.village,
        hamlet=listed.hamlet or was.hamlet,
        phone=listed.phone or was.phone,
        lon=placed.lon,
        lat=placed.lat,
        max_grids=listed.max_grids if "max_grids" in given else was.max_grids,
        available=listed.available if "available" in given else was.available,
        excused_until=listed.excused_until if "excused_until" in given else was.excused_until,
        ties=listed.ties or was.ties,
        named_on_maps=listed.named_on_maps if "named_on_maps" in given else was.named_on_maps,
    )


def _paired(
    town: StoredTown, listed: Sequence[Member], *, made: bool
) -> Iterator[tuple[Member, Mapping[str, Any] | None]]:
    """Yield every listed member with the row of the store it is, None for who is new."""
    if not made:
        yield from ((one, town.members.get(one.member_id)) for one in listed)
        return
    free = dict(town.members)
    found: dict[int, Mapping[str, Any]] = {}
    for parts in (("village", "hamlet", "name"), ("village", "name")):
        by_key: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for code, row in free.items():
            by_key[tuple(COMPARED[part](row[part]) for part in parts)].append(code)
        wanted: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for at, one in enumerate(listed):
            if at not in found:
                wanted[tuple(COMPARED[part](getattr(one, part)) for part in parts)].append(at)
        for key, places in wanted.items():
            if len(parts) == 3 or len(places) == len(by_key.get(key, ())) == 1:
                for at, code in zip(places, by_key.get(key, ()), strict=False):
                    found[at] = free.pop(code)
    yield from ((one, found.get(at)) for at, one in enumerate(listed))


def _with_free_codes(new: Sequence[Member], town: StoredTown) -> tuple[Member, ...]:
    """Return new members, those whose code another has with the next free one."""
    changes, named = set(town.members), []
    for one in new:
        code, n = one.member_id, 1
        while code in changes:
            n += 1
            code = f"{one.member_id}-{n}"
        changes.add(code)
        named.append(replace(one, member_id=code))
    return tuple(named)


def nouns_after(town: StoredTown, diff: ImportDiff) -> tuple[list[Household], list[Member]]:
    """Return the households and members as they will be once a batch is applied, without those retired."""
    name_of = {name: diff.renamed.get(row["id"], name) for name, row in town.villages.items()}
    homes = _changed(town.households, diff.changed_homes, households.model_of)
    people = [*_changed(town.members, diff.changed_members, members.model_of), *diff.new_members]
    homes = [replace(home, village=name_of.get(home.village, home.village)) for home in homes]
    people = [replace(one, village=name_of.get(one.village, one.village) if one.village else None) for one in people]
    return [*homes, *diff.new_homes], people


def _changed(rows: Mapping[str, Row], changed: Mapping[int, T], model_of: Callable[[Row], T]) -> list[T]:
    return [changed.get(row["id"], model_of(row)) for row in rows.values() if row["retired_on"] is None]


# ---- a batch beside the town


@dataclass(frozen=True)
class StagedBatch:
    """What the files of an import batch hold, beside the town as it is."""

    folder: Path
    files: tuple[UploadedFile, ...]
    choices: ImportChoices
    town: StoredTown
    lists: StagedLists
    diff: ImportDiff
    scope: Scope
    """The villages of the planner who asked; None for an administrator."""
    own: OwnPart | None = None
    """The part about those villages, where the lists are about others too."""
    choice: VillageChoice | None = None
    """The villages of the lists, where there are several to choose from."""

    @property
    def village_questions(self) -> list[VillageQuestion]:
        """What the planner is asked of villages that may be others; within a scope, of those that may be some of it."""
        lists, scope = self.lists, self.scope
        listed: Counter[str] = Counter()
        for table in lists.households.tables if lists.households else ():
            listed.update(table.households)
        for named in (lists.villages, self.diff.new_villages):
            listed.update({village.name: 0 for village in named})
        listed.update(dict.fromkeys(self.diff.unknown_villages, 0))
        rows = self.town.villages.items()
        known = [name for name, row in rows if row["retired_on"] is None and (scope is None or row["id"] in scope)]
        for name in self.choices.left_out:
            listed.pop(name, None)
        asked = village_questions(listed, known, self.choices.villages)
        return [one for one in asked if scope is None or one["answer"] or not {*known}.isdisjoint(one["candidates"])]


def stage_batch(store: Store, request: Mapping[str, Any], progress: Progress) -> StagedBatch:
    """Read the files of an import batch, and what they would change about the town."""
    with store.read() as connection:
        row = imports.by_id(connection, request["batch_id"])
        town = read_town(connection)
    folder, choices = batch_folder(store, row), ImportChoices(**row["choices"])
    files = unpack_archives(folder, row["files"])
    steps = 2 * len(files) + 1
    done = 0

    def report(name: str) -> None:
        nonlocal done
        done = min(done + 1, steps - 1)
        progress(step(Message("imports.at.reading", {"file": name}), done, steps))

    lists = read_staged_lists(staged_files(folder, files, choices, report), town.known, town.hamlets, report)
    lived_in = ((row["village"], row["hamlet"] or "") for row in town.households.values())
    lists = with_stored_names(lists, town.known, lived_in, town.hamlets)
    progress(step(Message("imports.at.comparing"), steps - 1, steps))
    choice = None
    if lists.plan is None:
        grounds = {name: row["boundary"] for name, row in town.villages.items() if row["boundary"] is not None}
        choice = village_choice(lists, choices.left_out, grounds)
        lists = choice.part.lists if choices.left_out else lists
        choice = choice if len(choice.counted) > 1 else None
    diff, own, scope = import_diff(town, lists, choices), None, request["villages"]
    if scope is not None and lists.plan is None:
        own = _own_part(town, lists, scope, choices, diff)
        if choices.only_own:
            lists, diff = own.lists, import_diff(town, own.lists, choices)
        own = None if own.is_whole else own
    return StagedBatch(folder, tuple(files), choices, town, lists, diff, scope, own, choice)


def _own_part(
    town: StoredTown, lists: StagedLists, scope: Collection[int], choices: ImportChoices, diff: ImportDiff
) -> OwnPart:
    """Return the part of lists about the villages of a scope, without what the town has in other villages by now."""
    own = {name for name, row in town.villages.items() if row["id"] in scope}
    strangers = {code for code, row in town.members.items() if row["village_id"] not in (None, *scope)}
    part = own_part(
        lists,
        lambda village: village in own or any(one.name in own for one in lists.names.find(ListedVillage(village))),
        lambda shape: not features.villages_of(town.grounds, shape) - set(scope),
        strangers,
    )
    known = (diff if part.is_whole else import_diff(town, part.lists, choices)).changes.old_of
    return part.without({id_ for id_, was in known.items() if town.households[was]["village_id"] not in scope})


def import_blockers(batch: StagedBatch) -> Iterator[Message]:
    """Yield why nothing can be applied as it is."""
    lists = batch.lists
    for file in lists.files:
        if file.problem is not None and file.kind != "aside":
            yield Message("imports.blocked.file", {"name": file.name})
        if file.is_asked:
            yield Message("imports.blocked.asked", {"name": file.name})
    if asked := sum(question["answer"] is None for question in batch.village_questions):
        yield Message("imports.blocked.alike", {"n": asked})
    plans = sum(file.kind == "plan" for file in lists.files)
    if plans > 1 or (plans and (lists.households or lists.members or lists.villages or lists.hamlets or lists.shapes)):
        yield Message("imports.blocked.plan_alone")
    if batch.diff.retired_villages:
        yield Message("imports.blocked.retired_villages", _named(batch.diff.retired_villages))
    if batch.scope is not None:
        yield from _out_of_scope(batch, batch.scope)


def _out_of_scope(batch: StagedBatch, scope: Collection[int]) -> Iterator[Message]:
    town, diff, plan = batch.town, batch.diff, batch.lists.plan
    name_of = {row["id"]: name for name, row in town.villages.items()}
    of_plan = {one.plan.village for one in plan.villages} if plan else set()
    new = {village.name for village in diff.new_villages} | (of_plan - town.villages.keys())
    if new:
        yield Message("imports.blocked.new_villages", _named(new))
    touched = diff.touched | {town.villages[name]["id"] for name in of_plan & town.villages.keys()}
    if others := {name_of[id_] for id_ in touched if id_ not in scope}:
        yield Message("imports.blocked.other_villages", _named(others))
    if of_town := [one.name for one in (*diff.new_members, *diff.changed_members.values()) if not one.village]:
        yield Message("imports.blocked.town_members", _named(of_town))
    shapes = [shape for found in diff.shapes.values() for shape in found]
    reached = {id_ for shape in shapes for id_ in features.villages_of(town.grounds, shape)}
    if n := len(reached - set(scope)):
        yield Message("imports.blocked.features", {"n": n})


def _named(names: Collection[str]) -> dict[str, object]:
    return {"names": series(sorted(names), NAMES_SHOWN)}
