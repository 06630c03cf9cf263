"""What members of the demo town report: corrections and what is answered, needs and how they are followed up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from sqlalchemy import Connection

from gridplan.demo.contact import DemoGrid
from gridplan.demo.corrections import answer_to, reported
from gridplan.demo.needs import asked, course
from gridplan.demo.span import Span
from gridplan.needs import standing
from gridplan.store import needs
from gridplan.store.contact import corrections, visits
from gridplan.store.contact.corrections import CorrectionQuery, CorrectionState
from gridplan.store.contact.history import PastVisit, add_rows, open_needs_of_nobody
from gridplan.store.needs import By, Need
from gridplan.store.rows import update_row
from gridplan.store.tables import household

OPEN: Final[tuple[CorrectionState, ...]] = ("open",)


def add_demo_corrections(
    connection: Connection, grids: Sequence[DemoGrid], starts: Mapping[int, date], span: Span
) -> None:
    """Add what is reported of households in a span of time, and answer it; what is accepted changes the lists."""
    add_rows(connection, "correction", reported(grids, starts, span))
    for row in corrections.rows(connection, None, CorrectionQuery(states=OPEN)):
        given = answer_to(row, span) if row["entered_by"] is None and row["retired_on"] is None else None
        if given is None:
            continue
        corrections.answer(connection, row["id"], given.state, before=OPEN, word=given.word, by=None, at=given.at)
        if given.state == "accepted":
            update_row(connection, household, row["household_id"], row["content"])


def add_demo_needs(connection: Connection, entered: Sequence[PastVisit], span: Span) -> None:
    """Add what households asked for at visits, and follow up all needs that nobody else has entered a step of."""
    village_of = visits.villages_of(connection, {one.visit.household for one in entered})
    owners = {village_id: needs.owners(connection, village_id)[0] for village_id in set(village_of.values())}
    new = []
    for one in asked(entered, span):
        visit, village_id = one.at.visit, village_of[one.at.visit.household]
        what = (one.category, one.text, visit.day, visit.source, visit.member, visit.id)
        at_once = [step for step, later in course(one.id, visit.day, owners[village_id], span) if not later]
        new.append(
            (Need(one.id, village_id, visit.household, *what), at_once, By(None, one.at.received_at, visit.member))
        )
    needs.add_first(connection, new)
    open_needs = {row["n"]: row for row in open_needs_of_nobody(connection)}
    for n, rows in needs.steps_of(connection, open_needs).items():
        row, steps = open_needs[n], list(needs.steps(rows))
        if any(step["entered_by"] for step in rows):
            continue
        owner = needs.owners(connection, row["village_id"])[0]
        to_come = [
            (step, at)
            for step, later in course(row["id"], row["raised_day"], owner, span)
            if step.id not in {one.id for one in steps} and (at := row["received_at"] + later) <= span.now
        ]
        for step, at in to_come:
            needs.add_step(connection, n, step, By(None, at))
        if to_come:
            needs.set_standing(connection, n, standing([*steps, *(step for step, _ in to_come)]))
