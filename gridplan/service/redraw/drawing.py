"""The exact drawing of drafts: it follows their edits, which leave outlines rough, before anybody else sees them."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Collection
from dataclasses import replace
from importlib import import_module
from typing import Any, Final

from gridplan.service.redraw.answers import shapes
from gridplan.service.redraw.open_plan import OpenPlan, keep, open_plan, sketch_of
from gridplan.store import Store
from gridplan.store.plans import edits

ENGINE: Final = "gridplan.planning.sketch"
ONE_AT_A_TIME: Final = threading.Lock()
"""Drawings of one village share shapes that threads must not prepare at once."""


def load_engine() -> None:
    """Load the engine beside what is done now, which takes it a second, so that the first edit does not wait."""
    if ENGINE not in sys.modules:
        threading.Thread(target=_load_engine, name="engine", daemon=True).start()


def _load_engine() -> None:
    import_module(ENGINE)
    gc.freeze()  # what is loaded stays: no collection looks through it again, for which an edit would have to wait


def ensure_drawn(store: Store, plan_ids: Collection[int]) -> None:
    """Draw those of plans exactly that are drafts and were edited since they were drawn.

    Whatever shows outlines of drafts, or writes them into files, does this first.
    """
    with store.read() as connection:
        waiting = edits.not_drawn(connection, plan_ids)
    for plan_id in waiting:
        drawn(store, plan_id)


def drawn(store: Store, plan_id: int) -> OpenPlan:
    """Return a draft plan as it stands, drawn exactly, and save its outlines.

    Raises
    ------
    NotFound, Conflict
        As for `open_plan`.
    """
    while True:  # once, unless it is edited meanwhile
        with ONE_AT_A_TIME, store.read() as connection:
            opened = open_plan(connection, plan_id)
            if opened.is_exact:
                return opened
            planned = opened.planned
            exact = sketch_of(connection, opened, planned.plan.households).redraw(planned, planned.plan)
        outline = {grid.number: grid.outline for grid in exact.grids}
        grids = tuple(replace(grid, outline=outline[grid.number]) for grid in planned.grids)
        row = opened.row
        with store.write() as connection:
            if edits.set_drawn(connection, plan_id, row["version"]):
                edits.set_figures(connection, plan_id, {number: {"outline": of} for number, of in outline.items()})
                now = replace(opened, planned=replace(planned, grids=grids), rough={}, is_exact=True)
                keep(connection, now, row["version"], row["step_id"])
                return now


def drawing_answer(store: Store, plan_id: int) -> dict[str, Any]:
    """Return the version of a draft plan, and its outlines as they are drawn exactly.

    Raises
    ------
    NotFound, Conflict
        As for `open_plan`.
    """
    opened = drawn(store, plan_id)
    outlines = shapes([grid.outline for grid in opened.planned.grids])
    numbers = (grid.number for grid in opened.planned.grids)
    return {
        "version": opened.row["version"],
        "outlines": [{"number": number, "outline": of} for number, of in zip(numbers, outlines, strict=True)],
    }
