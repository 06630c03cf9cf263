"""The changes in the preview of an import: how many of each kind, the first of them, and the households in doubt."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypedDict, TypeVar

from gridplan.model import Household, Member
from gridplan.service.imports.diff import ImportDiff, StagedBatch
from gridplan.service.imports.staging import FEATURE_READERS
from gridplan.store.registry import members
from gridplan.store.registry.villages import Scope

ROWS_SHOWN: Final = 20
"""Rows of each kind of change that are shown."""
MEMBER_FIELDS: Final = (
    *("name", "kind", "village", "hamlet", "phone", "max_grids", "available", "excused_until", "ties"),
    "named_on_maps",
)
Json = dict[str, Any]
T = TypeVar("T")


class ChangeGroup(TypedDict):
    """One kind of change: how many there are, and the first of them."""

    n: int
    rows: list[Json]


def change_groups(batch: StagedBatch) -> Iterator[tuple[str, ChangeGroup]]:
    """Yield every kind of change that there is.

    Households and members outside the scope are left out: else a list of guessed codes would tell their names.
    """
    diff, changes = batch.diff, batch.diff.changes
    was = _within(batch.town.households, batch.scope)
    retired = {code for code, row in was.items() if row["retired_on"] is not None}

    def known(of: Iterable[tuple[str, Json]]) -> ChangeGroup:
        inside = [(code, what) for code, what in of if code in was and code not in retired]
        return _group(inside, lambda pair: _who(was[pair[0]]) | pair[1])

    amended = ((code, {"fields": list(_amended(was[code], diff))}) for code in changes.amended if code in was)
    found: dict[str, ChangeGroup] = {
        "new": _group(diff.new_homes, _household),
        "moved": known((code, {"metres": None if math.isnan(m) else m}) for code, m in changes.moved.items()),
        "renamed": known((code, _turned(*pair)) for code, pair in changes.renamed.items()),
        "other_village": known((code, _turned(*pair)) for code, pair in changes.other_village.items()),
        "other_hamlet": known((code, _turned(*pair)) for code, pair in changes.other_hamlet.items()),
        "amended": known(amended),
        "gone": known((code, {}) for code in changes.gone),
        "retired": _group([was[code] for code in diff.retired if code in was], _who),
        "new_members": _group(diff.new_members, _member),
        "changed_members": _changed_members(batch),
        "new_villages": _group(diff.new_villages, lambda village: {"name": village.name}),
        "redrawn": _group(list(diff.changed_villages.values()), lambda village: {"name": village.name}),
        "renamed_villages": {
            "n": len(changes.villages),
            "rows": [{"name": name, "was": before, "now": name} for name, before in changes.villages.items()],
        },
        "returned_villages": _group(
            [name for name, row in batch.town.villages.items() if row["id"] in diff.returned_villages],
            lambda name: {"name": name},
        ),
        "anchors": _group(diff.anchors, lambda place: {"name": place.name or place.village, "village": place.village}),
    }
    found |= {kind: {"n": len(diff.shapes.get(kind, ())), "rows": []} for kind, _ in FEATURE_READERS.values()}
    yield from ((kind, what) for kind, what in found.items() if what["n"])


def _group(found: Sequence[T], row: Callable[[T], Json]) -> ChangeGroup:
    return {"n": len(found), "rows": [row(one) for one in found[:ROWS_SHOWN]]}


def _turned(was: str | None, now: str | None) -> Json:
    return {"was": was or "–", "now": now or "–"}


def _household(one: Household) -> Json:
    return {"code": one.household_id, "name": one.name, "village": one.village, "hamlet": one.hamlet, "door": one.door}


def _who(row: Mapping[str, Any]) -> Json:
    return {part: row[part] for part in ("code", "name", "door", "village", "hamlet")}


def _amended(row: Mapping[str, Any], diff: ImportDiff) -> Iterator[str]:
    now = diff.changed_homes.get(row["id"])
    return (part for part in ("phone", "address", "door") if now and getattr(now, part) != row[part])


def _member(one: Member) -> Json:
    return {"code": one.member_id, "name": one.name, "village": one.village, "hamlet": one.hamlet, "door": None}


def _changed_members(batch: StagedBatch) -> ChangeGroup:
    before = {row["id"]: row for row in _within(batch.town.members, batch.scope).values()}
    known = [(id_, now) for id_, now in batch.diff.changed_members.items() if id_ in before]

    def row(changed: tuple[int, Member]) -> Json:
        now, was = changed[1], members.model_of(before[changed[0]])
        turned = [part for part in MEMBER_FIELDS if getattr(now, part) != getattr(was, part)]
        moved = ["position"] if (now.lon, now.lat) != (was.lon, was.lat) else []
        return _member(now) | {"fields": [*turned, *moved]}

    return _group(known, row)


def _within(rows: Mapping[str, Mapping[str, Any]], scope: Scope) -> dict[str, Mapping[str, Any]]:
    """Return the households or members of a scope, by code; who is of no village is in every one."""
    return {code: row for code, row in rows.items() if scope is None or row["village_id"] in (None, *scope)}


def unsure_households(batch: StagedBatch) -> list[Json]:
    """Return the households that may be one that is known, or new; and those that were answered for.

    Only households within the scope are named as candidates.
    """
    known = _within(batch.town.households, batch.scope)
    homes = batch.lists.households
    listed = {home.household_id: home for home in (homes.households if homes else ())}
    unsure, choices = batch.diff.changes.unsure, batch.choices
    candidates = {**choices.asked, **unsure}
    answers = {id_: is_ for id_, is_ in choices.answers.items() if id_ in listed}
    return [
        _household(listed[id_])
        | {
            "candidates": [_who(known[code]) for code in candidates.get(id_, ()) if code in known],
            "answered": id_ in answers,
            "answer": answers.get(id_),
        }
        for id_ in dict.fromkeys((*unsure, *answers))
    ]
