"""The list of needs: those in hand first, the longest overdue at the top."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import case

from gridplan.needs import CATEGORIES, CLOSED, IN_HAND
from gridplan.store import needs
from gridplan.store.lists import parts
from gridplan.store.lists.listing import Condition, Listing, containing
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import by_name
from gridplan.store.tables import need, village


def listing(scope: Scope, today: date) -> Listing:
    """Return the list of the needs of a scope, as of a day."""
    found = needs.with_names().where(in_scope(need.c.village_id, scope))
    of_village = by_name(village.c.name)
    in_hand = case((need.c.state.in_(sorted(IN_HAND)), 0), else_=1)
    return Listing(
        rows=found,
        order={
            "n": (need.c.n,),
            "category": (need.c.category,),
            "village": (of_village,),
            "state": (in_hand, need.c.state),
            "deadline": (need.c.deadline,),
            "closed": (need.c.closed_day,),
            "department": (by_name(need.c.department),),
            "owner": (by_name(needs.OWNER.c.name),),
            "raised": (need.c.raised_day,),
        },
        standing=(in_hand, need.c.deadline, need.c.n),
        filters={
            "stage": parts.one_of(stages(today)),
            "village": parts.of_id(need.c.village_id, {}),
            "category": parts.one_of({category: need.c.category == category for category in CATEGORIES}),
            "department": lambda value: need.c.department == value if value else None,
            "owner": parts.of_id(need.c.owner_id, {"none": ~needs.is_owned()}),
        },
        searched=containing(need.c.text, need.c.department),
        complete=needs.with_homes,
    )


def stages(today: date) -> Mapping[str, Condition]:
    """Return the conditions of the parts of the list; "" is all that is not closed."""
    in_hand = need.c.state.in_(sorted(IN_HAND))
    return {
        "": need.c.closed_day.is_(None),
        "overdue": in_hand & (need.c.deadline < today),
        "open": need.c.state == "open",
        "referred": need.c.state == "referred",
        "waiting": need.c.state == "done",
        "closed": need.c.state.in_(sorted(CLOSED)),
    }
