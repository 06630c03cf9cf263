"""Steps in the edits of a draft, taken by the planner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from service import NOW

from gridplan.roles import Actor
from gridplan.service.redraw import steps
from gridplan.service.redraw.edits import EditRequest, Move
from gridplan.service.redraw.steps import Step
from gridplan.store import Store
from gridplan.store.access import scope
from gridplan.store.access.accounts import by_login


def planner(store: Store) -> Actor:
    with store.read() as connection:
        return scope.actor(connection, by_login(connection, "planner")["id"])


def step(plan_id: int, version: int, id_: str | None = None, **asked: Any) -> Step:
    return Step(plan_id, version, id_ or str(uuid4()), "en", asked)


def edit(store: Store, plan_id: int, version: int, request: EditRequest) -> dict[str, Any]:
    return steps.edit(store, planner(store), step(plan_id, version), request, now=NOW)


def move(
    store: Store, plan_id: int, version: int, moves: Mapping[int, int | None], id_: str | None = None
) -> dict[str, Any]:
    request = Move(tuple(moves.items()))
    asked = step(plan_id, version, id_, moves=sorted(moves.items()))
    return steps.edit(store, planner(store), asked, request, now=NOW)


def undo(store: Store, plan_id: int, version: int) -> dict[str, Any]:
    return steps.undo(store, planner(store), step(plan_id, version), of_others=False, now=NOW)
