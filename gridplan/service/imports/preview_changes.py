"""What lists would change, as a page shows it: how much of each kind, the first of them, and who is in doubt."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from gridplan.model import Household, Member
from gridplan.service.imports.diff import ImportDiff, StoredTown
from gridplan.service.imports.staging import FEATURE_KINDS, ImportChoices, StagedLists
from gridplan.store.registry.villages import Scope

ROWS_SHOWN: Final = 20
"""Rows of each kind of change that are shown."""
MEMBER_FIELDS: Final = ("name", "kind", "village", "hamlet", "max_grids", "available", "excused_until", "ties")
Json = dict[str, Any]


def change_groups(town: StoredTown, proposal: ImportDiff, scope: Scope) -> Iterator[tuple[str, Json]]:
    """Yield every kind of change that there is: how many, and the first of them.

    Whoever is outside of the scope is left out, since a list that only guesses their codes would tell who they are.
    """
    changes = proposal.changes
    was = _within(town.households, scope)
    retired = {code for code, row in was.items() if row["retired_on"] is not None}

    def rows(of: Iterable[tuple[str, Json]]) -> Json:
        known = [(code, what) for code, what in of if code in was and code not in retired]
        return {"n": len(known), "rows": [_who(was[code]) | what for code, what in known[:ROWS_SHOWN]]}

    listed_again = [code for code in proposal.retired if code in was]
    amended = ((code, {"fields": list(_amended(was[code], proposal))}) for code in changes.amended if code in was)
    found = {
        "new": {"n": len(proposal.new_homes), "rows": [_who(_row(home)) for home in proposal.new_homes[:ROWS_SHOWN]]},
        "moved": rows((code, {"metres": None if math.isnan(m) else m}) for code, m in changes.moved.items()),
        "renamed": rows((code, _turned(*pair)) for code, pair in changes.renamed.items()),
        "other_village": rows((code, _turned(*pair)) for code, pair in changes.other_village.items()),
        "other_hamlet": rows((code, _turned(*pair)) for code, pair in changes.other_hamlet.items()),
        "amended": rows(amended),
        "gone": rows((code, {}) for code in changes.gone),
        "retired": {"n": len(listed_again), "rows": [_who(was[code]) for code in listed_again[:ROWS_SHOWN]]},
        "new_members": {"n": len(proposal.new_members), "rows": list(map(_member, proposal.new_members[:ROWS_SHOWN]))},
        "changed_members": _changed_members(town, proposal, scope),
        "new_villages": {
            "n": len(proposal.new_villages),
            "rows": [{"name": one.name} for one in proposal.new_villages[:ROWS_SHOWN]],
        },
        "redrawn": {
            "n": len(proposal.changed_villages),
            "rows": [{"name": one.name} for one in list(proposal.changed_villages.values())[:ROWS_SHOWN]],
        },
        "renamed_villages": {
            "n": len(changes.villages),
            "rows": [{"name": name, "was": before, "now": name} for name, before in changes.villages.items()],
        },
        "anchors": {
            "n": len(proposal.anchors),
            "rows": [
                {"name": one.name or one.village, "village": one.village} for one in proposal.anchors[:ROWS_SHOWN]
            ],
        },
    }
    found |= {kind: {"n": len(proposal.shapes.get(kind, ())), "rows": []} for kind in FEATURE_KINDS.values()}
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


def _amended(row: Mapping[str, Any], proposal: ImportDiff) -> Iterator[str]:
    now = proposal.changed_homes.get(row["id"])
    return (part for part in ("phone", "address", "door") if now and getattr(now, part) != row[part])


def _member(one: Member) -> Json:
    return {"code": one.member_id, "name": one.name, "village": one.village, "hamlet": one.hamlet, "door": None}


def _changed_members(town: StoredTown, proposal: ImportDiff, scope: Scope) -> Json:
    before = {row["id"]: row for row in _within(town.members, scope).values()}
    known = [(id_, now) for id_, now in proposal.changed_members.items() if id_ in before]
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


def unsure_households(
    town: StoredTown, brought: StagedLists, proposal: ImportDiff, choices: ImportChoices, scope: Scope
) -> list[Json]:
    """Return the households that may be one that is known, or new; and those that were answered for.

    Whom they may be is only said of households within the scope.
    """
    known = _within(town.households, scope)
    listed = {home.household_id: home for home in (brought.households.households if brought.households else ())}
    open_ = {**choices.asked, **proposal.changes.unsure}
    said = {id_: is_ for id_, is_ in choices.answers.items() if id_ in listed}
    return [
        _who(_row(listed[id_]))
        | {
            "candidates": [_who(known[code]) for code in open_.get(id_, ()) if code in known],
            "answered": id_ in said,
            "answer": said.get(id_),
        }
        for id_ in dict.fromkeys((*proposal.changes.unsure, *said))
    ]
