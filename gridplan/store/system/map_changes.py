"""Which changes draw something else on maps, and the last of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, func, or_, select, tuple_

from gridplan.store.tables import audit

MAP_CHANGES: Final = frozenset(
    {
        *((verb, "lists") for verb in ("import", "take back")),
        *(
            (verb, "household")
            for verb in ("add", "change", "retire", "unretire", "erase", "place", "put back", "merge", "split")
        ),
        *((verb, "member") for verb in ("add", "change", "retire", "unretire")),
        *((verb, "village") for verb in ("add", "change", "draw", "retire", "unretire")),
        *(
            (verb, "village")
            for verb in ("merge", "take back merger", "split", "take back split", "end former numbers")
        ),
        *((verb, "hamlet") for verb in ("anchor", "unanchor")),
        ("plan", "draft"),
        ("load", "plan"),
        ("publish", "plan"),
        ("give lead", "grid"),
        ("take back lead", "grid"),
        *((verb, "member") for verb in ("reassign", "take back grids")),
        ("change", "term"),
        ("restore", "town"),
    }
)
"""Verb and object of the changes after which maps are made anew; no other one empties the cache of the maps."""

PLAN_CHANGES: Final = frozenset({("plan", "draft"), ("load", "plan"), ("publish", "plan")})
"""Those that make other plans, and leave lists and leads as they are."""


def last_map_change(connection: Connection) -> str:
    """Return the number and the time of the last change that draws something else on a map."""
    draws = tuple_(audit.c.verb, audit.c.object).in_(sorted(MAP_CHANGES))
    last = select(audit.c.id, audit.c.at).where(draws).order_by(audit.c.id.desc()).limit(1)
    row = connection.execute(last).one_or_none()
    return f"{row.id}.{row.at:%y%m%d%H%M%S}" if row else "0"


def list_changes_since(connection: Connection, audit_id: int, village_ids: Collection[int]) -> int:
    """Return how many changes of lists and leads the audit tells of, after a row of it, that villages may be in."""
    of_lists = tuple_(audit.c.verb, audit.c.object).in_(sorted(MAP_CHANGES - PLAN_CHANGES))
    here = or_(audit.c.village_id.is_(None), audit.c.village_id.in_(village_ids))
    found = select(func.count()).select_from(audit)
    return connection.execute(found.where(audit.c.id > audit_id, of_lists, here)).scalar_one()
