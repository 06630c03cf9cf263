"""What is kept for a time only goes after it, and nothing else does."""

import re
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from databases import ON_BOTH
from redrawing import move, undo
from sample_drafts import draft_like, household_id, member_id, plan_of, village_id
from service import NOW, OWN
from sqlalchemy import func, insert, select

from gridplan.contact.amendments import Amendment
from gridplan.contact.calendar import Week
from gridplan.contact.visits import Visit
from gridplan.service.admin.retention import KEPT_MONTHS, old_rows_removed_daily, remove_old
from gridplan.store import tables
from gridplan.store.chain import linkage
from gridplan.store.contact import visits
from gridplan.store.contact.visits import Entry
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.system.retention import old_rows

LATER = datetime(2028, 12, 28, 2, 0, tzinfo=UTC)
"""Two years after a Monday, the first of week 53."""
MONDAY = date(2026, 12, 28)


@pytest.fixture
def store(service):
    """Return a store with visits, sheets and deeds of the week before and of week 53."""
    store = service.store
    home, lead, id_ = household_id(store, f"{OWN}0001"), member_id(store, f"{OWN}-M1"), village_id(store)
    with store.write() as connection:
        plan_id = plans.published(connection)[id_]
        kind = {"title": "leader", "subject": "village", "rule": "exactly", "count": 1, "cadence_days": None}
        linkage.save_kind(connection, None, kind)
        (kind_id,) = linkage.kinds(connection)
        for n, monday in enumerate((MONDAY - timedelta(7), MONDAY)):
            entered = datetime(monday.year, monday.month, monday.day, 4, tzinfo=UTC)
            sheet = {
                "id": n, "number": f"{n}", "plan_id": plan_id, "village_id": id_, "grid": 1,
                "month": date(2026, 10 + 2 * n, 1), "member_id": lead, "printed_at": entered,
            }  # fmt: skip
            connection.execute(insert(tables.sheet).values(**sheet))
            connection.execute(insert(tables.sheet_row).values(sheet_id=n, row=1, household_id=home))
            week = f"2026-W{52 + n}"
            of_week = {"week": week, "entered_at": entered}
            connection.execute(insert(tables.sheet_week).values(sheet_id=n, member_id=lead, **of_week))
            connection.execute(insert(tables.grid_tally).values(village_id=id_, grid=1, met=1, of=2, **of_week))
            entry = Entry(None, entered, sheet_id=n)
            dated = Visit(f"dated {n}", home, lead, monday, "met", "door", "sheet")
            tick = Visit(f"tick {n}", home, lead, monday + timedelta(6), "met", "door", "sheet", week_only=True)
            visits.add(connection, [dated, tick], entry)
            visits.add(connection, [Visit(f"dated {n}", home, lead, monday, "away", "door", "sheet")], entry)
            visits.amend(connection, [Amendment(f"x{n}", f"tick {n}", "channel", {"channel": "phone"})], entry)
            days = {"first_day": monday, "last_day": monday + timedelta(6)}
            connection.execute(insert(tables.cover).values(member_id=lead, by_member_id=lead, village_id=id_, **days))
            person_id = linkage.add_person(connection, f"{n}", kind_id)
            last = {"from_day": monday, "until_day": monday + timedelta(6)}
            link_id = linkage.add_link(connection, {"person_id": person_id, "village_id": id_, **last})
            linkage.add_calls(connection, monday, {link_id: f"{n}"}, linkage.Entry(None, entered))
            linkage.change_person(connection, person_id, {"retired_on": monday + timedelta(6)})
            connection.execute(insert(tables.feedback).values(at=entered, role="member", page="/", text=f"{n}"))
    return store


def counts(store):
    names = [
        "linkage_call",
        "linkage",
        "linked_person",
        "visit",
        "amendment",
        "kept_apart",
        "sheet",
        "sheet_row",
        "sheet_week",
        "grid_tally",
        "cover",
        "feedback",
    ]
    with store.read() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(tables.metadata.tables[name])).scalar_one()
            for name in names
        }


@ON_BOTH
def test_old_visits_go_by_whole_weeks_with_all_that_came_with_them(store):
    before = counts(store)
    assert remove_old(store, now=LATER - timedelta(days=7)) > 0  # deeds of the first day
    assert counts(store) == before
    remove_old(store, now=LATER)
    assert counts(store) == {name: n // 2 for name, n in before.items()}
    with store.read() as connection:
        assert set(connection.execute(select(tables.visit.c.id)).scalars()) == {"dated 1", "tick 1"}
        assert visits.miscounted(connection) == (2, frozenset())


def test_all_that_is_said_to_be_kept_so_long_goes():
    rows = (Path(__file__).parents[2] / "PRIVACY.md").read_text(encoding="utf-8").splitlines()
    said = {name for row in rows if f"{KEPT_MONTHS} months" in row for name in re.findall(r"`(\w+)\.\w+`", row)}
    assert said - {"sheet_row"} == {one.table.name for one in old_rows(Week(2026, 53), NOW)}  # rows go with sheets


def test_answers_to_steps_in_drafts_go_after_a_day_and_edits_long_after_the_draft_is_published(store):
    plan = plan_of(store, draft_like(store, OWN))
    move(store, plan, 0, {household_id(store, f"{OWN}0001"): None})

    def left(*columns):
        with store.read() as connection:
            return connection.execute(select(*columns)).all()

    remove_old(store, now=NOW + timedelta(hours=23))
    assert left(tables.plan_step.c.answer)[0].answer["version"] == 1
    remove_old(store, now=NOW + timedelta(hours=25))
    assert left(tables.plan_step.c.version, tables.plan_step.c.answer) == [(1, None)]
    undo(store, plan, 1)
    remove_old(store, now=LATER + timedelta(days=30))
    assert len(left(tables.plan_edit.c.id)) == 1
    with store.write() as connection:
        plans.publish(connection, [plan], COMMAND_LINE, now=NOW, today=NOW.date())
    remove_old(store, now=LATER + timedelta(days=30))
    assert left(tables.plan_edit.c.id) == left(tables.plan_step.c.version) == []


def test_lines_of_the_audit_log_go_after_as_long(store):
    with store.change(COMMAND_LINE, "backup", "town", now=NOW):
        pass
    remove_old(store, now=NOW + timedelta(days=700))
    with store.read() as connection:
        first = connection.execute(select(tables.audit.c.at).order_by(tables.audit.c.id)).scalars().first()
    assert first == NOW
    remove_old(store, now=NOW + timedelta(days=760))
    with store.read() as connection:
        assert connection.execute(select(tables.audit.c.id)).all() == []


def test_a_service_removes_what_is_old_when_it_begins(store):
    with old_rows_removed_daily(store, lambda: LATER + timedelta(days=30)):
        pass
    assert not any(counts(store).values())


def test_what_goes_wrong_is_logged_and_looked_at_again_the_next_day(service, caplog):
    def broken():
        raise RuntimeError("no time")

    with old_rows_removed_daily(service.store, broken):
        (thread,) = (one for one in threading.enumerate() if one.name == "retention")
        thread.join(0.2)
        assert thread.is_alive()
    assert "no time" in caplog.text
