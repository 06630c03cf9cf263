"""The list of villages: with counts of households, members and grids, and the plan in force."""

from __future__ import annotations

from sqlalchemy import Connection, Subquery, and_, func, select

from gridplan.store.lists import parts
from gridplan.store.lists.listing import Listing, containing
from gridplan.store.plans.households_and_members import counted_households
from gridplan.store.plans.plan_figures import FIGURES
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import by_name
from gridplan.store.tables import member, plan, village


def listing(_: Connection, scope: Scope) -> Listing:
    """Return the list of the villages of a scope."""
    homes, people = counted_households().subquery("homes"), _counted_members()
    counts = {
        "households": func.coalesce(homes.c.households, 0),
        "placed": func.coalesce(homes.c.placed, 0),
        "in_no_grid": func.coalesce(homes.c.in_no_grid, 0),
        "members": func.coalesce(people.c.members, 0),
        "grids": FIGURES["grids"],
        "without_lead": FIGURES["without_lead"],
    }
    rows = (
        select(village.c.id, village.c.name, village.c.code, village.c.notice_day, village.c.start_day)
        .add_columns(village.c.retired_on, village.c.boundary.is_not(None).label("boundary_given"))
        .add_columns(plan.c.id.label("plan_id"), plan.c.least, plan.c.most, plan.c.revision, plan.c.published_at)
        .add_columns(*(figure.label(name) for name, figure in counts.items()))
        .outerjoin(homes, homes.c.village_id == village.c.id)
        .outerjoin(people, people.c.village_id == village.c.id)
        .outerjoin(plan, and_(plan.c.village_id == village.c.id, plan.c.state == "published"))
        .where(in_scope(village.c.id, scope))
    )
    name, active, has_plan = by_name(village.c.name), village.c.retired_on.is_(None), plan.c.id.is_not(None)
    return Listing(
        rows=rows,
        order={
            "name": (name,),
            "code": (by_name(village.c.code),),
            "bounds": (plan.c.least, plan.c.most),
            "revision": (plan.c.revision,),
            "published": (plan.c.published_at,),
            "boundary": (village.c.boundary.is_(None),),
            "notice_day": (village.c.notice_day,),
            "start_day": (village.c.start_day,),
            **{key: (count,) for key, count in counts.items()},
            "retired_on": (village.c.retired_on,),
        },
        standing=(name, village.c.id),
        filters={
            "plan": parts.one_of({"any": has_plan, "none": ~has_plan}),
            "lead": parts.one_of({"none": counts["without_lead"] > 0}),
            "grid": parts.one_of({"none": counts["in_no_grid"] > 0}),
            "position": parts.one_of({"none": counts["placed"] < counts["households"]}),
            "state": parts.one_of({"": active, "retired": ~active}),
        },
        searched=containing(village.c.name, village.c.code),
        complete=lambda _, found: list(found),
    )


def _counted_members() -> Subquery:
    return (
        select(member.c.village_id, func.count().label("members"))
        .where(member.c.retired_on.is_(None))
        .group_by(member.c.village_id)
        .subquery("people")
    )
