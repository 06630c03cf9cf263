"""What the page of a draft is told: all of it when it is opened, and after each step what is different."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, RowMapping

from gridplan.edits import ExceptionKey, PlanRows, differ
from gridplan.exchange.map_data import DECIMALS
from gridplan.model import Assignment
from gridplan.roles import Actor
from gridplan.rules import ABOUT_LEADS, ABOUT_SIZE, Violation, violations
from gridplan.service.contact.own_list import mark
from gridplan.service.redraw.open_plan import OpenPlan
from gridplan.service.registry.edit_conflict import town_clock
from gridplan.store.plans import edits
from gridplan.store.registry import members
from gridplan.words import Lang, Message, metres, on_page


def redraw_answer(connection: Connection, opened: OpenPlan, actor: Actor, lang: Lang) -> dict[str, Any]:
    """Return all that the page needs of a draft of a village."""
    bounds, planned, names = opened.planned.bounds, opened.planned, _names(connection, opened.rows)
    return {
        "plan": opened.id,
        "village": opened.village,
        "draft": opened.row["draft_id"],
        "version": opened.row["version"],
        "bounds": [bounds.least, bounds.most],
        "bounds_count": bounds.counts,
        "is_drawn": planned.walk_m is not None,
        "boundary": shapes([planned.boundary])[0],
        "households": [_household(opened, id_) for id_ in _in_order(opened, opened.homes)],
        "grids": _grids(opened, opened.rows.grids, names, lang),
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
        if differ(before.rows.memberships.get(id_), after.rows.memberships.get(id_))
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
        "households": [_household(after, id_) for id_ in _in_order(after, changed)],
        "left": [id_ for id_ in sorted(changed) if not _is_shown(after, id_)],
        "grids": _grids(after, sorted(touched), names, lang),
        "gone": sorted(before.rows.grids.keys() - after.rows.grids.keys()),
        **_state(connection, after, edit_id, actor, lang),
    }


def _in_order(opened: OpenPlan, ids: Iterable[int]) -> list[int]:
    """Return those households that are shown, in the order of their codes."""
    shown = [id_ for id_ in ids if _is_shown(opened, id_)]
    return sorted(shown, key=lambda id_: str(opened.homes[id_]["code"]))


def _is_shown(opened: OpenPlan, household_id: int) -> bool:
    return household_id in opened.rows.memberships or opened.lives_here(household_id)


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
        "state": opened.state_of(household_id) or "",
    }


def _grids(opened: OpenPlan, numbers: Collection[int], names: Mapping[int, str], lang: Lang) -> list[dict[str, Any]]:
    """Return grids as they are told."""
    people = _people(opened.rows)
    outlines = shapes([opened.drawn[number].outline for number in numbers])
    return [
        {
            "number": number,
            "label": row.label,
            "group": row.group_number,
            "locked": row.locked,
            "size": drawn.size,
            "living": (opened.planned.living or {}).get(number),
            "walk_m": drawn.walk_m,
            "walk": None if drawn.walk_m is None else metres(drawn.walk_m, lang),
            "connected": drawn.connected,
            "outline": outline,
            "shares_ground": number in opened.rough and opened.rough[number].shares_ground,
            "leads": [{"id": id_, "name": names[id_]} for role, id_ in people.get(number, ()) if role == "lead"],
            "deputies": [{"id": id_, "name": names[id_]} for role, id_ in people.get(number, ()) if role == "deputy"],
        }
        for number, outline in zip(numbers, outlines, strict=True)
        for row, drawn in [(opened.rows.grids[number], opened.drawn[number])]
    ]


def _names(connection: Connection, rows: PlanRows) -> Mapping[int, str]:
    """Return how the members are called who have its grids."""
    return members.names(connection, {key.member_id for key in rows.assignments})


def _people(rows: PlanRows) -> dict[int, list[tuple[str, int]]]:
    """Return who has each grid, with the role, by its number."""
    found: dict[int, list[tuple[str, int]]] = {}
    for key in sorted(rows.assignments):
        found.setdefault(key.number, []).append((key.role, key.member_id))
    return found


def shapes(outlines: Sequence[BaseGeometry | None]) -> list[dict[str, Any] | None]:
    """Return shapes in degrees as GeoJSON has them."""
    rounded = shapely.transform(np.array(outlines, object), lambda at: at.round(DECIMALS))
    return [None if text is None else json.loads(text) for text in shapely.to_geojson(rounded)]


def _state(connection: Connection, opened: OpenPlan, edit_id: int | None, actor: Actor, lang: Lang) -> dict[str, Any]:
    """Return what changes with every step: the rules that are broken, and what can be undone and redone."""
    clock = town_clock(connection)
    last = None if edit_id is None else edits.edit_by_id(connection, opened.id, edit_id)
    following = edits.next_edit(connection, opened.id, edit_id)
    return {
        "edit": edit_id,
        "is_exact": opened.is_exact,
        "broken": list(_broken(opened, lang)),
        "undo": None if last is None else summary(last, actor, lang, clock),
        "redo": None if following is None else summary(following, actor, lang, clock),
    }


def _broken(opened: OpenPlan, lang: Lang) -> Iterator[dict[str, Any]]:
    """Yield the rules that are broken, each with the exception that is made of it; then the exceptions of no rule."""
    assignments = [
        Assignment(opened.village, key.number, str(key.member_id), key.role, why)
        for key, why in opened.rows.assignments.items()
    ]
    exceptions, named = opened.rows.exceptions, set()
    for one in violations(opened.planned, assignments):
        key = _exception_of(opened, one)
        named.add(key)
        yield _rule(opened, one.message, one.grid, one.household_id, key, lang)
    for key, row in exceptions.items():
        if key not in named or (key.household, key.number) == (None, None):
            yield _rule(opened, row.reason, key.number, key.household, key, lang)


def _exception_of(opened: OpenPlan, broken: Violation) -> ExceptionKey | None:
    """Return the exception that is made of a broken rule: its own, or that of its hamlet or village."""
    home = None if broken.household_id is None else opened.homes[opened.id_of[broken.household_id]]
    own = ExceptionKey(broken.message.code, None, broken.household_id, broken.grid)
    if own in opened.rows.exceptions or broken.message.code in ABOUT_LEADS:
        return own if own in opened.rows.exceptions else None
    wider = [key for key in opened.rows.exceptions if (key.household, key.number) == (None, None)]
    return next((key for key in wider if key.hamlet is None or (home and key.hamlet == home["hamlet"])), None)


def _rule(
    opened: OpenPlan, said: Message, grid: int | None, household: str | None, key: ExceptionKey | None, lang: Lang
) -> dict[str, Any]:
    return {
        "code": said.code,
        "text": on_page(said).say(lang),
        "grid": grid,
        "household": None if household is None else opened.id_of.get(household),
        "mark": _mark(opened, said.code, grid),
        "exception": None if key is None else key._asdict(),
        "reason": None if key is None else opened.rows.exceptions[key].accepted_because,
    }


def _mark(opened: OpenPlan, code: str, grid: int | None) -> str | None:
    """Return how maps mark a grid that breaks a rule."""
    if code in ("rule.not_connected", "rule.across_gap"):
        return "pieces"
    if code not in ABOUT_SIZE.values() or grid is None:
        return None
    planned = opened.planned
    return "small" if planned.counted_in(opened.drawn[grid]) < planned.bounds.least else "large"


Clock = Callable[[datetime], str]


def summary(edit: RowMapping, actor: Actor, lang: Lang, clock: Clock) -> dict[str, Any]:
    """Return an edit as it is told: what, by whom and when."""
    return {"edit": edit["id"], **_told(edit, actor, lang, clock)}


def step_summary(step: RowMapping, actor: Actor, lang: Lang, clock: Clock) -> dict[str, Any]:
    """Return a step as it is told, with the version since and the edit that the plan stood on then."""
    told = _told(step, actor, lang, clock)
    return {"version": step["version"], "kind": step["kind"], "edit": step["edit_id"], **told}


def _told(row: RowMapping, actor: Actor, lang: Lang, clock: Clock) -> dict[str, Any]:
    return {
        "said": row["said"].say(lang),
        "by": row["maker"],
        "at": clock(row["made_at"]),
        "own": row["made_by"] == actor.account_id,
    }
