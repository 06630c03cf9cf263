"""Which lead the contact cards of each grid name that were printed last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, insert, select

from gridplan.store.contact.covers import GridNumber
from gridplan.store.plans.households_and_members import LIVES_THERE
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.tables import card_print, household, membership, plan


def printed(connection: Connection, scope: Scope) -> dict[GridNumber, RowMapping]:
    """Return of each grid in force whose cards were printed whom they name, and when that was."""
    found = (
        select(card_print)
        .join(plan, plan.c.id == card_print.c.plan_id)
        .where(plan.c.state == "published", in_scope(plan.c.village_id, scope))
    )
    return {(row["plan_id"], row["number"]): row for row in connection.execute(found).mappings()}


def homes_of_plan(connection: Connection, plan_id: int) -> list[RowMapping]:
    """Return the households of the grids of a plan that live in its village, by grid and visiting order."""
    found = (
        select(household.c.id, household.c.code, household.c.name, membership.c.plan_id, membership.c.number)
        .join(membership, membership.c.household_id == household.c.id)
        .join(plan, plan.c.id == membership.c.plan_id)
        .where(membership.c.plan_id == plan_id, membership.c.number.is_not(None), LIVES_THERE)
        .order_by(membership.c.number, membership.c.place.is_(None), membership.c.place, household.c.code)
    )
    return list(connection.execute(found).mappings())


def note(connection: Connection, leads: Mapping[GridNumber, int | None], now: datetime) -> None:
    """Note that the cards of grids were printed, each with its lead."""
    for (plan_id, number), lead in leads.items():
        same = (card_print.c.plan_id == plan_id) & (card_print.c.number == number)
        connection.execute(delete(card_print).where(same))
        row = {"plan_id": plan_id, "number": number, "member_id": lead, "printed_at": now}
        connection.execute(insert(card_print).values(**row))
