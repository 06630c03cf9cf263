"""Who could lead a grid of a draft: members of its village and of none, nearest first, with what speaks for each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from gridplan.service.plans.leads import Candidate, lead_choice_in
from gridplan.service.redraw.open_plan import draft_row
from gridplan.store import Store
from gridplan.words import Lang, Message, day


def candidates(store: Store, plan_id: int, number: int, today: date, lang: Lang) -> list[dict[str, Any]]:
    """Return who could lead a grid of a draft.

    Raises
    ------
    NotFound
        There is no such plan or grid.
    Conflict
        It was published, or its draft deleted.
    """
    with store.read() as connection:
        draft_row(connection, plan_id)
        choice = lead_choice_in(connection, plan_id, number, today)
    return [
        {
            "id": one.id,
            "name": one.member.name,
            "facts": list(_facts(one, lang, today)),
            "is_lead": one.is_lead,
            "is_deputy": one.is_deputy,
            "has_room": one.room > 0,
            "can_help": not one.leads and not one.is_deputy,
        }
        for one in choice.candidates
    ]


def _facts(one: Candidate, lang: Lang, today: date) -> Iterator[str]:
    """Yield how far the member lives and whom they know, how many grids they have, and when they are away."""
    yield one.facts.say(lang)
    most = one.member.max_grids
    load = Message("drafts.leads_of", {"leads": one.leads, "most": most}) if one.leads else Message("drafts.leads_none")
    yield load.say(lang)
    if not one.is_available:
        until = one.member.excused_until
        away = Message("drafts.away_until", {"until": day(until, lang, today)}) if until else Message("drafts.away")
        yield away.say(lang)
