"""The changes in the preview of an import: how many of each kind, the first of them, and the households in doubt."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypedDict

from gridplan.model import Household, Member
from gridplan.service.imports.diff import ImportDiff
from gridplan.service.imports.staged_batch import StagedBatch
from gridplan.service.imports.staging import FEATURE_KINDS
from gridplan.store.registry.villages import Scope

ROWS_SHOWN: Final = 20
"""Rows of each kind of change that are shown."""
MEMBER_FIELDS: Final = ("name", "kind", "village", "hamlet", "max_grids", "available", "excused_until", "ties")
Json = dict[str, Any]


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

    def rows(of: Iterable[tuple[str, Json]]) -> ChangeGroup:
        known = [(code, what) for code, what in of if code in was and code not in retired]
        return {"n": len(known), "rows": [_who(was[code]) | what for code, what in known[:ROWS_SHOWN]]}

    listed_again = [code for code in diff.retired if code in was]
    amended = ((code, {"fields": list(_amended(was[code], diff))}) for code in changes.amended if code in was)
    found: dict[str, ChangeGroup] = {
        "new": {"n": len(diff.new_homes), "rows": [_who(_row(home)) for home in diff.new_homes[:ROWS_SHOWN]]},
        "moved": rows((code, {"metres": None if math.isnan(m) else m}) for code, m in changes.moved.items()),
        "renamed": rows((code, _turned(*pair)) for code, pair in changes.renamed.items()),
        "other_village": rows((code, _turned(*pair)) for code, pair in changes.other_village.items()),
        "other_hamlet": rows((code, _turned(*pair)) for code, pair in changes.other_hamlet.items()),
        "amended": rows(amended),
        "gone": rows((code, {}) for code in changes.gone),
        "retired": {"n": len(listed_again), "rows": [_who(was[code]) for code in listed_again[:ROWS_SHOWN]]},
        "new_members": {"n": len(diff.new_members), "rows": list(map(_member, diff.new_members[:ROWS_SHOWN]))},
        "changed_members": _changed_members(batch),
        "new_villages": {
            "n": len(diff.new_villages),
            "rows": [{"name": one.name} for one in diff.new_villages[:ROWS_SHOWN]],
        },
        "redrawn": {
            "n": len(diff.changed_villages),
            "rows": [{"name": one.name} for one in list(diff.changed_villages.values())[:ROWS_SHOWN]],
        },
        "renamed_villages": {
            "n": len(changes.villages),
            "rows": [{"name": name, "was": before, "now": name} for name, before in changes.villages.items()],
        },
        "anchors": {
            "n": len(diff.anchors),
            "rows": [{"name": one.name or one.village, "village": one.village} for one in diff.anchors[:ROWS_SHOWN]],
        },
    }
    found |= {kind: {"n": len(diff.shapes.get(kind, ())), "rows": []} for kind in FEATURE_KINDS.values()}
    yield from ((kind, what) for kind, what in found.items() if what["n"])


def _turned(was: str | None, now: str | None) -> Json:
    return {"was": was or "–", "now": now or "–"}


def _row(home: Household) -> Json:
    return {
        "code": home.household_id,
        "name": home.name,
        "door": home.door,
        "village": home.village,
        "hamlet": home.hamlet,
    }


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
    rows = []
    for id_, now in known[:ROWS_SHOWN]:
        was = before[id_]
        turned = [part for part in MEMBER_FIELDS if _plain(getattr(now, part)) != _plain(was[part])]
        moved = ["position"] if (now.lon, now.lat) != (was["lon"], was["lat"]) else []
        rows.append(_member(now) | {"fields": [*turned, *moved]})
    return {"n": len(known), "rows": rows}


def _within(rows: Mapping[str, Mapping[str, Any]], scope: Scope) -> dict[str, Mapping[str, Any]]:
    """Return the households or members of a scope, by code; who is of no village is in every one."""
    return {code: row for code, row in rows.items() if scope is None or row["village_id"] in (None, *scope)}


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


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
        _who(_row(listed[id_]))
        | {
            "candidates": [_who(known[code]) for code in candidates.get(id_, ()) if code in known],
            "answered": id_ in answers,
            "answer": answers.get(id_),
        }
        for id_ in dict.fromkeys((*unsure, *answers))
    ]
