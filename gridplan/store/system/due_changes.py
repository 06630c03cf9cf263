"""Whether something that was confirmed for a day is to be applied: one question, which is asked before each answer."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import Connection, bindparam, exists, or_, select

from gridplan.store.contact import terms
from gridplan.store.plans import schedule
from gridplan.store.registry import village_changes

_ANY: Final = select(
    or_(
        exists().where(terms.is_due(bindparam("day"))),
        exists().where(schedule.due(bindparam("day"))),
        exists().where(village_changes.has_labels_due(bindparam("day"))),
    )
)


def any_due(connection: Connection, day: date) -> bool:
    """Return whether the day has come of a change of term, of a plan, or from which grids lose their former numbers."""
    return connection.execute(_ANY, {"day": day}).scalar_one()
