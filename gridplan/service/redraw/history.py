"""The history of a draft: its edits and the steps taken in them, and its rows as they were at one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection

from gridplan.edits import PlanRows, applied, keep_households
from gridplan.errors import StaleEdit
from gridplan.roles import Actor
from gridplan.service.redraw.answers import step_summary, summary
from gridplan.service.redraw.open_plan import OpenPlan, closed, draft_row
from gridplan.service.registry.edit_conflict import town_clock
from gridplan.store import Store
from gridplan.store.plans import edits
from gridplan.store.registry import households, members
from gridplan.words import Lang, Message, bracketed, series

NAMED: Final = 10
"""So many households are named that could not be put back; the others are only counted."""


MOST_TOLD: Final = 100
"""So many steps are told of at once."""


def history(
    store: Store, actor: Actor, plan_id: int, lang: Lang, before: int | None = None, most: int = MOST_TOLD
) -> dict[str, Any]:
    """Return the latest steps taken in a draft before a version, and the edits made by them, the earliest first.

    It says which edit the draft stands on, and before which version there is more to ask for.

    Raises
    ------
    NotFound
        There is no such plan.
    Conflict
        It is no draft any more.
    """
    with store.read() as connection:
        row = draft_row(connection, plan_id)
        steps = edits.steps_before(connection, plan_id, before, most)
        found = edits.edits(connection, plan_id, [one["edit_id"] for one in steps if one["kind"] == "edit"])
        on_way = {*edits.way(edits.parent_of(connection, plan_id), row["edit_id"])}
        clock = town_clock(connection)
        return {
            "version": row["version"],
            "edit": row["edit_id"],
            "edits": [
                {
                    "parent": one["parent_id"],
                    "kind": one["kind"],
                    "on_way": one["id"] in on_way,
                    **summary(one, actor, lang, clock),
                }
                for one in found
            ],
            "steps": [step_summary(one, actor, lang, clock) for one in steps],
            "earlier": steps[0]["version"] if steps and steps[0]["version"] > 1 else None,
        }


def stale(connection: Connection, actor: Actor, plan_id: int, version: int, lang: Lang) -> StaleEdit:
    """Return why a step is refused that was taken from a version of a plan: it is none any more that can be edited."""
    row, clock = edits.plan_row(connection, plan_id), town_clock(connection)
    why = closed(connection, row) or Message("redraw.stale")
    since = [step_summary(one, actor, lang, clock) for one in edits.steps_since(connection, plan_id, version)]
    latest = since[-1]["version"] if since else row["version"]  # others may save more while these are read
    return StaleEdit(why.code, version=latest, since=since, **dict(why.values))


def rows_at(connection: Connection, opened: OpenPlan, edit_id: int | None) -> tuple[PlanRows, tuple[Message, ...]]:
    """Return the rows of a plan as they were after an edit, and what of them cannot be so any more.

    Raises
    ------
    NotFound
        The plan has no such edit.
    """
    rows = opened.rows
    for changes in edits.changes_between(connection, opened.id, opened.row["edit_id"], edit_id):
        rows = applied(rows, changes)
    return _possible(connection, opened, rows)


def _possible(connection: Connection, opened: OpenPlan, rows: PlanRows) -> tuple[PlanRows, tuple[Message, ...]]:
    """Return rows without what the lists do not allow any more, and the sentences that say so.

    Households that retired, or live elsewhere now, are not moved; those, and members, that are not kept any more, or
    members who do not serve, do not come back.
    """
    now = opened.rows.memberships
    changed = {home for home, row in rows.memberships.items() if now.get(home) != row}
    back = households.rows_by_id(connection, changed - opened.homes.keys())
    known = {**opened.homes, **{one["id"]: one for one in back}}
    erased = changed - known.keys()
    gone = sorted(
        home
        for home in changed - erased
        if home in now and now[home].number != rows.memberships[home].number and not opened.lives_here(home)
    )
    given = rows.assignments.keys() - opened.rows.assignments.keys()
    headed = {number for number, row in rows.groups.items() if opened.rows.groups.get(number) != row}
    people = {key.member_id for key in given} | {rows.groups[number].head_id or 0 for number in headed}
    serving, names = members.serving(connection, people), members.names(connection, people)
    lost = sorted(key for key in given if key.member_id not in serving)
    headless = sorted(number for number in headed if (rows.groups[number].head_id or 0) in names.keys() - serving)

    def sentences() -> Iterator[Message]:
        if gone:
            who = series((bracketed(known[home]["name"] or "–", known[home]["code"]) for home in gone), NAMED)
            yield Message("redraw.left_out.gone", {"who": who})
        if erased:
            yield Message("redraw.left_out.erased", {"n": len(erased)})
        for key in lost:
            yield Message("redraw.left_out.member", {"who": names.get(key.member_id, "–"), "number": key.number})
        for number in headless:
            head = names[rows.groups[number].head_id or 0]
            yield Message("redraw.left_out.head", {"who": head, "group": number})

    said = tuple(sentences())
    without = replace(
        rows,
        assignments={key: why for key, why in rows.assignments.items() if key not in lost},
        groups={
            number: replace(row, head_id=None) if number in headless else row for number, row in rows.groups.items()
        },
    )
    return keep_households(without, opened.rows, [*gone, *erased]), said
