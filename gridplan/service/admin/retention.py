"""Nothing about visits and edits, and no line of the audit log, is kept longer than PRIVACY.md says.

Old rows go once a day.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final

from gridplan.contact.calendar import Week, months_later
from gridplan.service.jobs.repeated import repeated
from gridplan.service.meeting.pack_job import remove_old_files
from gridplan.service.phone.devices import UNUSED
from gridplan.store import Store
from gridplan.store.phone import devices, journal
from gridplan.store.system.retention import finish_weeks, forget_answers, old_rows
from gridplan.store.system.town_settings import town_day

KEPT_MONTHS: Final = 24
ANSWERS_KEPT: Final = timedelta(days=1)
"""How long the same request, sent again, gets the same answer: it holds names."""
EVERY_S: Final = 24 * 3600
log = logging.getLogger(__name__)


def remove_old(store: Store, *, now: datetime) -> int:
    """Delete what is older than it may be, and return how many rows that was; others may write in between."""
    remove_old_files(store, now=now)
    with store.read() as connection:
        first = Week.of(months_later(town_day(connection, now), -KEPT_MONTHS))
    moment = datetime(first.monday.year, first.monday.month, first.monday.day, tzinfo=now.tzinfo)
    with store.write() as connection:
        connection.execute(finish_weeks(first))
        connection.execute(forget_answers(now - ANSWERS_KEPT))
        journal.forget_before(store.data, moment)
        removed = devices.forget_unused(connection, (now - UNUSED).date())
    for statement in old_rows(first, moment):
        with store.write() as connection:
            removed += connection.execute(statement).rowcount
    return removed


def old_rows_removed_daily(store: Store, clock: Callable[[], datetime]) -> AbstractContextManager[None]:
    """Remove old rows now and once a day, as long as a service answers."""

    def remove() -> None:
        if removed := remove_old(store, now=clock()):
            log.info("%s rows older than %s months are removed", removed, KEPT_MONTHS)

    return repeated(remove, EVERY_S, "retention")
