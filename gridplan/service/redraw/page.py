"""The page on which a draft of a village is redrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import RowMapping

from gridplan.roles import Actor
from gridplan.service.redraw.answers import redraw_answer
from gridplan.service.redraw.drawing import drawn, load_engine
from gridplan.service.redraw.open_plan import as_of_day, draft_row, open_plan
from gridplan.store import Store
from gridplan.store.plans import drafts
from gridplan.store.registry import villages
from gridplan.words import Lang


@dataclass(frozen=True, slots=True)
class RedrawPage:
    """A draft of a village: its plan, the draft that it is part of, the village."""

    plan: RowMapping
    draft: RowMapping
    village: RowMapping


def redraw_page(store: Store, plan_id: int) -> RedrawPage:
    """Return what the page of a draft shows before its script has asked for the plan.

    Raises
    ------
    NotFound
        There is no such plan.
    Conflict
        It was published, or its draft deleted.
    """
    with store.read() as connection:
        plan = draft_row(connection, plan_id)
        load_engine()
        return RedrawPage(
            plan, drafts.by_id(connection, plan["draft_id"]), villages.by_id(connection, plan["village_id"])
        )


def redraw_data(store: Store, actor: Actor, plan_id: int, lang: Lang, day: date) -> dict[str, Any]:
    """Return all that the page of a draft needs on a day, in a language.

    Raises
    ------
    NotFound
        As for `redraw_page`.
    Conflict
        As for `redraw_page`.
    """
    drawn(store, plan_id)
    with store.read() as connection:
        return redraw_answer(connection, as_of_day(connection, open_plan(connection, plan_id), day), actor, lang)
