"""What staged lists would change about the town."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from gridplan.exchange.lists.villages import folded_village
from gridplan.model import Hamlet, Household, Member, Village
from gridplan.names import folded
from gridplan.planning.update.list_changes import ListChanges, MergedLists, merge_lists
from gridplan.service.imports.staging import ImportChoices, StagedLists
from gridplan.store.registry import features, households, members, villages
from gridplan.store.system import imports

NO_CHANGES: Final = ListChanges((), (), {}, {}, {}, {}, (), (), {}, {})


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
        return tuple(Village(row["name"], row["code"], row["boundary"]) for row in self.villages.values())


def read_town(connection: Connection) -> StoredTown:
    """Return the town as it is now."""
    shapes: dict[str, set[bytes]] = defaultdict(set)
    for row in features.rows(connection):
        shapes[row["kind"]].add(row["shape"].normalize().wkb)
    return StoredTown(
        villages={row["name"]: dict(row) for row in imports.all_villages(connection)},
        hamlets=villages.hamlets(connection),
        households={row["code"]: dict(row) for row in imports.all_households(connection)},
        members={row["code"]: dict(row) for row in imports.all_members(connection)},
        shapes={kind: frozenset(found) for kind, found in shapes.items()},
        grounds=features.grounds(connection),
        fingerprint=imports.fingerprint(connection),
    )


@dataclass(frozen=True)
class ImportDiff:
    """What would be added and changed; what a list lacks stays as it is, and so does what is retired."""

    changes: ListChanges = NO_CHANGES
    new_homes: tuple[Household, ...] = ()
    changed_homes: Mapping[int, Household] = field(default_factory=dict)
    """Households as the lists have them, by their ids in the store."""
    retired: tuple[str, ...] = ()
    """Codes of households that are retired and still listed."""
    id_of: Mapping[str, str] = field(default_factory=dict)
    """Codes by the ids of the lists."""
    new_members: tuple[Member, ...] = ()
    changed_members: Mapping[int, Member] = field(default_factory=dict)
    unknown_villages: Mapping[str, int] = field(default_factory=dict)
    """What members name as their village and is none, and how many do."""
    new_villages: tuple[Village, ...] = ()
    changed_villages: Mapping[int, Village] = field(default_factory=dict)
    """Villages with another boundary or code, by their ids."""
    renamed: Mapping[int, str] = field(default_factory=dict)
    """New names of villages, by their ids."""
    anchors: tuple[Hamlet, ...] = ()
    shapes: Mapping[str, tuple[BaseGeometry, ...]] = field(default_factory=dict)
    touched: frozenset[int] = frozenset()
    """Ids of the villages that the lists name."""
    retired_villages: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything would change."""
        return any(
            (
                self.new_homes,
                self.changed_homes,
                self.new_members,
                self.changed_members,
                self.new_villages,
                self.changed_villages,
                self.renamed,
                self.anchors,
                self.shapes,
            )
        )


def import_diff(town: StoredTown, lists: StagedLists, choices: ImportChoices) -> ImportDiff:
    """Return what the lists would change about the town."""
    listed = lists.households
    old = [households.model_of(row) for row in town.households.values()]
    new = list(listed.households) if listed else []
    answers = _valid(choices.answers, old, new)
    result = merge_lists(old, new, made=listed.made_ids if listed else frozenset(), answers=answers)
    changes = result.changes
    id_of = {name: row["id"] for name, row in town.villages.items()}
    id_of |= {name: id_of[before] for name, before in changes.villages.items()}
    in_homes = {home.village for home in new}
    people = _Members(town, lists, result, frozenset({*id_of, *in_homes, *(one.name for one in lists.villages)}))
    named = in_homes | {one.name for one in lists.villages} | people.villages | {one.village for one in lists.hamlets}
    drawn = {one.name: one for one in lists.villages}
    touched = frozenset(id_of[name] for name in named if name in id_of) | _homes_now(town, changes)
    before = {code: home for code, home in zip(town.households, old, strict=True)}
    is_retired = {code for code, row in town.households.items() if row["retired_on"] is not None}
    changed = {code for code in changes.old_of.values()} - {*changes.same} - is_retired
    in_place = {home.household_id: home for home in result.households}
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
        new_villages=tuple(drawn.get(name, Village(name)) for name in sorted(named - id_of.keys())),
        changed_villages=dict(_redrawn(town, drawn.values())),
        renamed=renamed,
        anchors=_moved_anchors(town, lists.hamlets),
        shapes=dict(_new_shapes(town, lists.shapes)),
        touched=touched,
        retired_villages=tuple(
            sorted(name for name in named & town.villages.keys() if town.villages[name]["retired_on"] is not None)
        ),
    )


def _valid(
    answers: Mapping[str, str | None], old: Sequence[Household], new: Sequence[Household]
) -> dict[str, str | None]:
    """Return the answers about households that are in the lists; files may have been mended since they were given."""
    before, after = ({home.household_id for home in homes} for homes in (old, new))
    return {id_: is_ for id_, is_ in answers.items() if id_ in after and (is_ is None or is_ in before)}


def _covered(town: StoredTown, changes: ListChanges) -> set[str]:
    """Return the villages of which the lists have at least half of the households; only there one can be missing."""
    listed = Counter(town.households[code]["village"] for code in changes.old_of.values())
    living = Counter(row["village"] for row in town.households.values() if row["retired_on"] is None)
    return {name for name, n in listed.items() if 2 * n >= living[name]}


def _homes_now(town: StoredTown, changes: ListChanges) -> frozenset[int]:
    """Return the villages in which the store has the households that are listed."""
    return frozenset(town.households[code]["village_id"] for code in changes.old_of.values())


def _redrawn(town: StoredTown, drawn: Iterable[Village]) -> Iterator[tuple[int, Village]]:
    for village in drawn:
        row = town.villages.get(village.name)
        if row is None:
            continue
        was, now = row["boundary"], village.boundary
        moved = now is not None and (was is None or not was.equals_exact(now, 1e-9, normalize=True))
        if moved or (village.code and village.code != row["code"]):
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
        if new := {key: shape for shape in shapes if (key := shape.normalize().wkb) not in known}:
            yield kind, tuple(new.values())


class _Members:
    """The members listed beside those of the store: found by code, or where it was made by name, village and hamlet."""

    def __init__(self, town: StoredTown, lists: StagedLists, homes: MergedLists, known: frozenset[str]) -> None:
        listed = lists.members.members if lists.members else lists.book.members
        given = set(lists.members.columns) if lists.members else {"kind", "village", "hamlet", "max_grids"}
        unknown: Counter[str] = Counter()
        self.villages: set[str] = set()
        new: list[Member] = []
        changed: dict[int, Member] = {}
        written = {folded_village(name): name for name in known}
        placed = [_in_known_village(one, written, homes, unknown) for one in listed]
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


def _in_known_village(one: Member, written: Mapping[str, str], homes: MergedLists, unknown: Counter[str]) -> Member:
    """Return a member with the village as the store calls it, none if it knows none, and with ties by its codes."""
    village = written.get(folded_village(one.village or ""))
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
        lon=placed.lon,
        lat=placed.lat,
        max_grids=listed.max_grids if "max_grids" in given else was.max_grids,
        available=listed.available if "available" in given else was.available,
        excused_until=listed.excused_until if "excused_until" in given else was.excused_until,
        ties=listed.ties or was.ties,
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
            by_key[tuple(folded(row[part]) for part in parts)].append(code)
        wanted: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for at, one in enumerate(listed):
            if at not in found:
                wanted[tuple(folded(getattr(one, part)) for part in parts)].append(at)
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
