"""The corrections of the demo town, put into its service, and what is answered to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from sqlalchemy import Connection

from gridplan.demo.contact import DemoGrid
from gridplan.demo.corrections import answer_to, reported
from gridplan.demo.span import Span
from gridplan.store.contact import corrections
from gridplan.store.contact.corrections import CorrectionQuery, CorrectionState
from gridplan.store.contact.history import add_rows
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
