"""A household that asked for it is erased: all that was known of it goes, and an empty row is all there is of it.

The row stays so that plans of before, and counts of their grids, remain what they were. Its id is noted as gone, and
those of its visits, so that no phone brings them back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, func, select, update

from gridplan.contact.calendar import Week
from gridplan.store.contact import weeks as grid_weeks
from gridplan.store.contact.merges import merged_into
from gridplan.store.phone import gone
from gridplan.store.tables import (
    amendment,
    cadence,
    correction,
    household,
    household_state,
    kept_apart,
    membership,
    need,
    need_step,
    plan,
    plan_edit,
    plan_exception,
    plan_step,
    residence,
    visit,
)

NOTHING: Final[Mapping[str, Any]] = dict.fromkeys(
    ("name", "phone", "address", "door", "hamlet", "lon", "lat", "first_day", "visited_since")
)
NOWHERE: Final[Mapping[str, Any]] = {"lon": None, "lat": None, "hamlet": None, "position": "hamlet"}
"""Of a membership: where the household stood when it was planned."""
OF_HOUSEHOLD: Final = (visit, need, correction, household_state, cadence, residence)
"""Tables of which the rows of a household go."""


@dataclass(frozen=True, slots=True)
class KnownOf:
    """How much is known of a household besides what is on the lists."""

    visits: int
    first_day: date | None
    """Of its visits."""
    needs: int
    corrections: int
    states: int


def known_of(connection: Connection, household_id: int) -> KnownOf:
    """Return how much is known of a household, and of those that were merged into it."""
    ids = _with_merged(connection, household_id)

    def count(table: Table) -> int:
        found = select(func.count()).select_from(table).where(table.c.household_id.in_(ids))
        return connection.execute(found).scalar_one()

    first_day = connection.execute(select(func.min(visit.c.day)).where(visit.c.household_id.in_(ids))).scalar_one()
    return KnownOf(count(visit), first_day, count(need), count(correction), count(household_state))


def erase(connection: Connection, household_id: int, *, day: date, now: datetime) -> list[str]:
    """Erase a household, and those that were merged into it; return the keys under which it is gone."""
    ids = _with_merged(connection, household_id)
    connection.execute(select(household.c.id).where(household.c.id.in_(ids)).order_by(household.c.id).with_for_update())
    touched = _weeks(connection, ids)
    codes = list(connection.execute(select(household.c.code).where(household.c.id.in_(ids))).scalars())
    visits = list(connection.execute(select(visit.c.id).where(visit.c.household_id.in_(ids))).scalars())
    needs = list(connection.execute(select(need.c.n).where(need.c.household_id.in_(ids))).scalars())
    connection.execute(delete(need_step).where(need_step.c.need_n.in_(needs)))
    connection.execute(delete(amendment).where(amendment.c.visit_id.in_(visits)))
    connection.execute(update(visit).where(visit.c.household_id.in_(ids)).values(contact_of=None))
    for table in OF_HOUSEHOLD:
        connection.execute(delete(table).where(table.c.household_id.in_(ids)))
    visits += _forget_kept_apart(connection, {*ids, *visits})
    _forget_in_plans(connection, ids, codes)
    retired_on = func.coalesce(household.c.retired_on, day)
    left: dict[str, Any] = {"position": "hamlet", "retired_on": retired_on, "erased_on": day}
    for id_ in ids:
        empty = update(household).where(household.c.id == id_).values({**NOTHING, **left, "code": f"erased-{id_}"})
        connection.execute(empty.values(version=household.c.version + 1))
    grid_weeks.recount(connection, touched, now)
    return gone.add(connection, [*ids, *visits], day)


def erase_gone(connection: Connection, *, day: date, now: datetime) -> None:
    """Erase the households again that are gone, in a database of before they were."""
    known = list(connection.execute(select(household.c.id).where(household.c.erased_on.is_(None))).scalars())
    are_gone = gone.are_gone(connection, known)
    for id_ in known:
        if id_ in are_gone:
            erase(connection, id_, day=day, now=now)


def _with_merged(connection: Connection, household_id: int) -> list[int]:
    return [household_id, *(old for old, last in merged_into(connection).items() if last == household_id)]


def _weeks(connection: Connection, ids: Collection[int]) -> dict[Week, set[int]]:
    """Return the weeks in which households have visits, with the villages whose grids count them."""
    villages = {village_id for village_id, _, _ in grid_weeks.grids_of_members(connection, ids)}
    days = connection.execute(select(visit.c.day).where(visit.c.household_id.in_(ids)).distinct()).scalars()
    return {Week.of(day): villages for day in days} if villages else {}


def _forget_in_plans(connection: Connection, ids: Collection[int], codes: Collection[str]) -> None:
    """Forget where households stood in plans, in the steps of drafts too, and what was said of them alone."""
    connection.execute(delete(plan_exception).where(plan_exception.c.household.in_(codes)))
    connection.execute(update(plan_step).where(plan_step.c.answer.is_not(None)).values(answer=None))
    connection.execute(update(membership).where(membership.c.household_id.in_(ids)).values(NOWHERE))
    for id_, outside in connection.execute(select(plan.c.id, plan.c.outside)).all():
        if not set(codes).isdisjoint(outside):
            left = [code for code in outside if code not in codes]
            connection.execute(update(plan).where(plan.c.id == id_).values(outside=left))
    of_ids = select(membership.c.plan_id).where(membership.c.household_id.in_(ids))
    steps = select(plan_edit.c.id, plan_edit.c.changes).where(plan_edit.c.plan_id.in_(of_ids))
    for id_, changes in connection.execute(steps).all():
        rows = [
            [home, *(state and {**state, **NOWHERE} for state in states)] if home in ids else [home, *states]
            for home, *states in changes.get("memberships", ())
        ]
        told = [one for one in changes.get("exceptions", ()) if set(codes).isdisjoint(map(str, one[0]))]
        forgot = {**changes, "memberships": rows, "exceptions": told}
        if any(forgot[name] != changes.get(name, []) for name in forgot):
            connection.execute(update(plan_edit).where(plan_edit.c.id == id_).values(changes=forgot))


def _forget_kept_apart(connection: Connection, of: Set[int | str]) -> list[str]:
    """Delete what is kept apart of households or visits, with the changes of it, and return the ids that it had."""
    rows = connection.execute(select(kept_apart.c.n, kept_apart.c.id, kept_apart.c.content)).all()
    theirs = {id_ for _, id_, content in rows if _is_of(of, id_, content)}
    found = [n for n, id_, content in rows if id_ in theirs or _is_of(theirs, id_, content)]
    connection.execute(delete(kept_apart).where(kept_apart.c.n.in_(found)))
    return sorted(theirs)


def _is_of(of: Set[int | str], id_: str, content: Mapping[str, Any]) -> bool:
    """Return whether something kept apart names one of some households or visits, as far as it could be read."""
    said = content.get("operation")
    if isinstance(said, str):  # cut off
        return id_ in of or any(str(one) in said for one in of if isinstance(one, int))
    both = (content, said if isinstance(said, Mapping) else {})
    named = [id_, *(one.get(name) for one in both for name in ("household", "visit"))]
    return any(isinstance(one, int | str) and one in of for one in named)
