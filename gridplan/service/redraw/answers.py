"""What the page of a draft is told: all of it when it is opened, and after each step what is different."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, RowMapping

from gridplan.edits import PlanRows
from gridplan.exchange.map_data import DECIMALS
from gridplan.model import Assignment
from gridplan.roles import Actor
from gridplan.rules import violations
from gridplan.service.contact.own_list import mark
from gridplan.service.redraw.open_plan import OpenPlan
from gridplan.service.registry.edit_conflict import local_time
from gridplan.store.plans import edits
from gridplan.store.registry import members
from gridplan.words import Lang, Message, metres


def redraw_answer(connection: Connection, opened: OpenPlan, actor: Actor, lang: Lang) -> dict[str, Any]:
    """Return all that the page needs of a draft of a village."""
    bounds, planned, names = opened.planned.bounds, opened.planned, _names(connection, opened.rows)
    return {
        "plan": opened.id,
        "village": opened.village,
        "draft": opened.row["draft_id"],
        "version": opened.row["version"],
        "bounds": [bounds.least, bounds.most],
        "is_drawn": planned.walk_m is not None,
        "boundary": _shape(planned.boundary),
        "households": [_household(opened, id_) for id_ in _in_order(opened)],
        "grids": [_grid(opened, number, names, lang) for number in opened.rows.grids],
        **_state(connection, opened, opened.row["edit_id"], actor, lang),
    }


def step_answer(
    connection: Connection,
    before: OpenPlan,
    after: OpenPlan,
    said: Message,
    left_out: Sequence[Message],
    actor: Actor,
    lang: Lang,
    *,
    edit_id: int | None,
) -> dict[str, Any]:
    """Return what a step changed."""
    changed = [
        id_
        for id_ in {*before.rows.memberships, *after.rows.memberships}
        if before.rows.memberships.get(id_) != after.rows.memberships.get(id_)
    ]
    leads = [_people(rows) for rows in (before.rows, after.rows)]
    touched = [
        number
        for number in after.rows.grids
        if before.rows.grids.get(number) != after.rows.grids[number]
        or before.drawn.get(number) != after.drawn.get(number)
        or leads[0].get(number) != leads[1].get(number)
    ]
    names = _names(connection, after.rows)
    return {
        "version": before.row["version"] + 1,
        "said": said.say(lang),
        "left_out": [one.say(lang) for one in left_out],
        "households": [_household(after, id_) for id_ in sorted(changed)],
        "grids": [_grid(after, number, names, lang) for number in sorted(touched)],
        "gone": sorted(before.rows.grids.keys() - after.rows.grids.keys()),
        **_state(connection, after, edit_id, actor, lang),
    }


def _in_order(opened: OpenPlan) -> list[int]:
    return sorted({*opened.homes}, key=lambda id_: str(opened.homes[id_]["code"]))


def _household(opened: OpenPlan, household_id: int) -> dict[str, Any]:
    home, row = opened.homes[household_id], opened.rows.memberships.get(household_id)
    stands = row if row is not None and row.position is not None else None
    return {
        "id": household_id,
        "code": home["code"],
        "name": home["name"],
        "mark": mark(home),
        "hamlet": stands.hamlet if stands else home["hamlet"],
        "lon": stands.lon if stands else home["lon"],
        "lat": stands.lat if stands else home["lat"],
        "at_hamlet": (stands.position if stands else home["position"]) == "hamlet",
        "grid": row.number if row else None,
        "locked": row.locked if row else False,
        "state": "new" if row is None else "" if opened.lives_here(household_id) else "gone",
    }


def _grid(opened: OpenPlan, number: int, names: Mapping[int, str], lang: Lang) -> dict[str, Any]:
    row, drawn, people = opened.rows.grids[number], opened.drawn[number], _people(opened.rows).get(number, [])
    return {
        "number": number,
        "label": row.label,
        "group": row.group_number,
        "locked": row.locked,
        "size": drawn.size,
        "walk_m": drawn.walk_m,
        "walk": None if drawn.walk_m is None else metres(drawn.walk_m, lang),
        "connected": drawn.connected,
        "outline": _shape(drawn.outline),
        "leads": [{"id": id_, "name": names[id_]} for role, id_ in people if role == "lead"],
        "deputies": [{"id": id_, "name": names[id_]} for role, id_ in people if role == "deputy"],
    }


def _names(connection: Connection, rows: PlanRows) -> Mapping[int, str]:
    """Return how the members are called who have its grids."""
    return members.names(connection, {key.member_id for key in rows.assignments})


def _people(rows: PlanRows) -> dict[int, list[tuple[str, int]]]:
    """Return who has each grid, with the role, by its number."""
    found: dict[int, list[tuple[str, int]]] = {}
    for key in sorted(rows.assignments):
        found.setdefault(key.number, []).append((key.role, key.member_id))
    return found


def _shape(shape: BaseGeometry | None) -> dict[str, Any] | None:
    """Return a shape in degrees as GeoJSON has it."""
    return (
        None
        if shape is None
        else json.loads(shapely.to_geojson(shapely.transform(shape, lambda at: at.round(DECIMALS))))
    )


def _state(connection: Connection, opened: OpenPlan, edit_id: int | None, actor: Actor, lang: Lang) -> dict[str, Any]:
    """Return what changes with every step: the rules that are broken, and what can be undone and redone."""
    last = None if edit_id is None else edits.edit_by_id(connection, opened.id, edit_id)
    return {
        "edit": edit_id,
        "broken": list(_broken(opened, lang)),
        "undo": _summary(connection, last, actor, lang),
        "redo": _summary(connection, edits.newest_child(connection, opened.id, edit_id), actor, lang),
    }


def _broken(opened: OpenPlan, lang: Lang) -> Iterable[dict[str, Any]]:
    assignments = [
        Assignment(opened.village, key.number, str(key.member_id), key.role, why)
        for key, why in opened.rows.assignments.items()
    ]
    for one in violations(opened.planned, assignments):
        household = None if one.household_id is None else opened.id_of[one.household_id]
        yield {"code": one.message.code, "text": one.message.say(lang), "grid": one.grid, "household": household}


def _summary(connection: Connection, edit: RowMapping | None, actor: Actor, lang: Lang) -> dict[str, Any] | None:
    if edit is None:
        return None
    return {
        "edit": edit["id"],
        "said": edit["said"].say(lang),
        "by": edit["maker"],
        "at": local_time(connection, edit["made_at"]),
        "own": edit["made_by"] == actor.account_id,
    }
