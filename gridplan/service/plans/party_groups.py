"""Party groups of plans that are stored: made for plans of before there were any."""

from __future__ import annotations

from datetime import datetime

from gridplan.planning.party_groups import complete_groups
from gridplan.store import Store
from gridplan.store.chain import groups
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans


def make_missing_groups(store: Store, *, now: datetime) -> int:
    """Put the grids of every plan of before there were party groups into groups; return how many plans those are."""
    with store.read() as connection:
        lacking = groups.plans_without_groups(connection)
        made = {plan_id: complete_groups(plans.town(connection, [plan_id])).villages[0] for plan_id in lacking}
    if made:
        with store.change(COMMAND_LINE, "make", "party group", now=now) as change:
            for plan_id, planned in made.items():
                groups.save_groups(change.connection, plan_id, planned)
            change.detail = {"plans": len(made)}
    return len(made)
