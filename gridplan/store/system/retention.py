"""What is kept for a time only: rows about visits and deeds that are older than that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Delete, Update, delete, exists, select, update

from gridplan.contact.calendar import Week
from gridplan.store.tables import (
    amendment,
    audit,
    correction,
    cover,
    feedback,
    gone,
    grid_tally,
    grid_week,
    kept_apart,
    linkage,
    linkage_call,
    linked_person,
    need,
    need_step,
    plan,
    plan_edit,
    plan_step,
    sheet,
    sheet_week,
    snapshot,
    term_change,
    visit,
)


def finish_weeks(first: Week) -> Update:
    """Return the statement that makes counts of weeks before one final: they stay, and their visits go."""
    return update(grid_week).where(grid_week.c.week < first.key, ~grid_week.c.is_final).values(is_final=True)


def forget_answers(before: datetime) -> Update:
    """Return the statement that forgets what steps in drafts were answered before a moment; the steps stay."""
    old = (plan_step.c.made_at < before) & plan_step.c.answer.is_not(None)
    return update(plan_step).where(old).values(answer=None)


def old_rows(first: Week, moment: datetime) -> Iterator[Delete]:
    """Yield the statements that delete what is of before a week or of before a moment, in their order.

    Visits go by whole weeks: which of them counts is told within one.
    """
    old = visit.c.day < first.monday
    yield delete(amendment).where(amendment.c.visit_id.in_(select(visit.c.id).where(old)))
    yield delete(visit).where(old)
    yield delete(gone).where(gone.c.day < first.monday)
    yield delete(kept_apart).where(kept_apart.c.received_at < moment)
    yield delete(grid_tally).where(grid_tally.c.week < first.key)
    yield delete(sheet_week).where(sheet_week.c.week < first.key)
    is_empty = ~exists().where(visit.c.sheet_id == sheet.c.id) & ~exists().where(sheet_week.c.sheet_id == sheet.c.id)
    yield delete(sheet).where(sheet.c.month < first.month, sheet.c.printed_at < moment, is_empty)
    yield delete(cover).where(cover.c.last_day < first.monday)
    yield delete(term_change).where(term_change.c.day < first.monday)
    yield delete(linkage_call).where(linkage_call.c.day < first.monday)
    yield delete(linkage).where(linkage.c.until_day < first.monday)
    is_linked = exists().where(linkage.c.person_id == linked_person.c.id)
    yield delete(linked_person).where(linked_person.c.retired_on < first.monday, ~is_linked)
    yield delete(correction).where(correction.c.made_at < moment)
    closed = need.c.closed_day < first.monday
    yield delete(need_step).where(need_step.c.need_n.in_(select(need.c.n).where(closed)))
    yield delete(need).where(closed)
    yield delete(snapshot).where(snapshot.c.made_at < moment)
    yield delete(feedback).where(feedback.c.at < moment)
    published = select(plan.c.id).where(plan.c.state != "draft", plan.c.published_at < moment)
    for of_plan in (plan_step, plan_edit):
        yield delete(of_plan).where(of_plan.c.plan_id.in_(published))
    yield delete(audit).where(audit.c.at < moment)
