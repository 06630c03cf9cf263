"""What is proposed for a draft, before it is done: who would move where, and what that costs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from gridplan.edits import PlanRows, ProposalKind
from gridplan.errors import InputRefused
from gridplan.roles import Actor
from gridplan.service.redraw.history import stale
from gridplan.service.redraw.open_plan import OpenPlan, as_of_day, open_plan, plan_of, sketch_of
from gridplan.store import Store
from gridplan.words import Lang, Message, metres

if TYPE_CHECKING:
    from gridplan.planning.replan import DraftGrids, Price


def proposal(
    store: Store,
    actor: Actor,
    plan_id: int,
    version: int,
    kind: ProposalKind,
    grids: Collection[int],
    households: Collection[int],
    lang: Lang,
    day: date,
) -> dict[str, Any]:
    """Return what is proposed for grids or households of a draft, as moves that an edit can make, and its price.

    Raises
    ------
    NotFound
        There is no such plan.
    Conflict
        The draft has another version by now, or is none any more.
    InputRefused
        A grid or a household is not in this village.
    """
    from gridplan.planning.replan import propose  # loads the engine, which most pages do without

    with store.read() as connection:
        opened = as_of_day(connection, open_plan(connection, plan_id), day)
        if opened.row["version"] != version:
            raise stale(connection, actor, plan_id, version, lang)
        if unknown := next((number for number in grids if number not in opened.rows.grids), None):
            raise InputRefused("redraw.no_grid", number=unknown)
        if any(home not in opened.rows.memberships and not opened.lives_here(home) for home in households):
            raise InputRefused("redraw.no_household")
        draft = _draft_grids(connection, opened)
    codes = [opened.homes[home]["code"] for home in households]
    found = propose(draft, kind, grids, codes)
    return {
        "version": version,
        "kind": kind,
        "said": found.said.say(lang),
        "notes": [note.say(lang) for note in found.notes],
        "price": list(_price(found.price, lang)) if found.moves else [],
        "moves": [(opened.id_of[code], number) for code, number in sorted(found.moves.items())],
    }


def _draft_grids(connection: Connection, opened: OpenPlan) -> DraftGrids:
    """Return the grids of a draft and what is locked of them; who is new in the village is in none."""
    from gridplan.planning.replan import DraftGrids

    rows, before = _with_new(connection, opened), opened.planned
    plan = plan_of(opened, rows)
    code = {id_: home["code"] for id_, home in opened.homes.items()}
    return DraftGrids(
        replace(before, plan=plan),
        led=rows.leads().keys(),
        locked_grids={number for number, row in rows.grids.items() if row.locked},
        locked_households={code[id_] for id_, row in rows.memberships.items() if row.locked},
        terrain=sketch_of(connection, opened, plan.households).terrain,
    )


def _with_new(connection: Connection, opened: OpenPlan) -> PlanRows:
    """Return rows with the households that are new in the village where the lists have them, if they have a place."""
    new = [id_ for id_, state in opened.states.items() if state == "new"]
    if not new:
        return opened.rows
    why, is_drawn = Message("town.in_no_grid"), opened.planned.walk_m is not None
    stands = {
        id_: replace(row, why=why)
        for id_, row in opened.as_listed(connection, new).items()
        if row is not None and (row.lon is not None or not is_drawn)
    }
    return replace(opened.rows, memberships={**opened.rows.memberships, **stands})


def _price(price: Price, lang: Lang) -> Iterator[tuple[str, str]]:
    """Yield what a proposal costs, each with its name."""

    def named(code: str, value: str) -> tuple[str, str]:
        return Message(code).say(lang), value

    def from_to(before: str, after: str) -> str:
        return Message("proposal.price.from_to", {"before": before, "after": after}).say(lang)

    yield named("proposal.price.broken", from_to(f"{price.broken_before:,}", f"{price.broken_after:,}"))
    yield named("proposal.price.changed", f"{price.changed:,}")
    if price.placed:
        yield named("proposal.price.placed", f"{price.placed:,}")
    yield named("proposal.price.leads", f"{price.leads:,}")
    if price.walk_before is not None and price.walk_after is not None:
        yield named("proposal.price.walk", from_to(metres(price.walk_before, lang), metres(price.walk_after, lang)))
