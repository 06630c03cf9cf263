"""What is expected of visits: how often from which day on, and pauses; the audit of it, and what can be taken back."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from databases import ON_BOTH
from sample_drafts import household_id, village_id
from service import NOW, OTHER, OWN

from gridplan.contact.status import Cadence
from gridplan.errors import InputRefused
from gridplan.roles import Actor
from gridplan.service.admin import visit_settings as expected
from gridplan.service.admin.audit_log import AuditFilter, audit_page
from gridplan.service.registry.form import FormFields
from gridplan.store.contact.cadences import Cadences
from gridplan.store.contact.records import grid_contacts, paused
from gridplan.store.database import COMMAND_LINE
from gridplan.store.rows import update_row
from gridplan.store.tables import household
from gridplan.words import LANGS

TODAY = NOW.date()
TOMORROW = TODAY + timedelta(1)
PAUSE = {"kind": "flood", "first_day": TODAY, "last_day": TODAY}
ZONE = ZoneInfo("Asia/Shanghai")
ADMIN = Actor(1, "administrator", "administrator", None)


@pytest.fixture
def store(service):
    return service.store


def form_of(**fields):
    return FormFields({name: str(value) for name, value in fields.items()})


def set_cadence(store, actor=ADMIN, today=TODAY, **fields):
    form = form_of(**{"subject": "household", "days": 14, "from_day": TODAY} | fields)
    found = expected.parse_cadence(store, actor, form, today)
    expected.save_cadence(store, COMMAND_LINE, found, now=NOW)


def set_pause(store, actor=ADMIN, **fields):
    form = form_of(**PAUSE | fields)
    found = expected.parse_pause(store, actor, form, TODAY)
    expected.save_pause(store, COMMAND_LINE, found, now=NOW)


def page_of(store, actor=ADMIN, today=TODAY):
    return expected.visit_settings_page(store, actor, today)


def cadence_of(store, code, day=TODAY):
    with store.read() as connection:
        records = {one.id: one.record for grid in grid_contacts(connection, day, ZONE) for one in grid.households}
    return records[household_id(store, code)].cadence


@ON_BOTH
def test_a_cadence_of_town_village_grid_and_household_holds_from_its_day(store):
    home = f"{OWN}0001"
    assert (page_of(store).town, page_of(store).grid_days, page_of(store).cadences) == (Cadence(28), 7, ())
    set_cadence(store, days=21, grace=5)
    assert (page_of(store).town, cadence_of(store, home)) == (Cadence(21, 5), Cadence(21, 5))
    set_cadence(store, village_id=village_id(store), days=14, from_day=TOMORROW)
    set_cadence(store, household=home, days=60)
    set_cadence(store, household=home, days="", from_day=TOMORROW)
    assert [cadence_of(store, home, day) for day in (TODAY, TOMORROW)] == [Cadence(60), Cadence(14)]
    set_cadence(store, subject="grid", days=14, village_id=village_id(store), number=1)
    with store.read() as connection:
        cadences = Cadences(connection, TODAY)
        assert [cadences.of_grid(village_id(store), number) for number in (1, 2)] == [14, 7]


def test_what_is_set_for_the_same_day_again_takes_its_place(store):
    for days in (14, 21):
        set_cadence(store, days=days)
    assert [one.row["days"] for one in page_of(store).cadences] == [21]


@ON_BOTH
def test_those_in_force_and_to_come_are_listed_and_only_new_ones_can_be_taken_back(store):
    for from_day, days in ((TODAY, 14), (TOMORROW, 21), (TODAY + timedelta(9), 28)):
        set_cadence(store, days=days, from_day=from_day)
    listed = page_of(store, today=TOMORROW).cadences
    assert [(one.row["days"], one.has_begun, one.is_undoable) for one in listed] == [
        (21, True, True),
        (28, False, True),
    ]
    first, second = (one.row["id"] for one in page_of(store).cadences[:2])
    with pytest.raises(InputRefused, match="has begun"):
        expected.undo_cadence(store, COMMAND_LINE, first, now=NOW, today=TOMORROW)
    expected.undo_cadence(store, COMMAND_LINE, second, now=NOW, today=TOMORROW)
    assert page_of(store, today=TOMORROW).town == Cadence(14)


WRONG_CADENCES = (
    ("days", {"days": ""}),
    ("days", {"days": "0"}), ("days", {"days": "366"}), ("days", {"days": "x"}), ("grace", {"grace": "-1"}),
    ("from_day", {"from_day": ""}), ("from_day", {"from_day": "2026-11-15"}), ("from_day", {"from_day": "soon"}),
    ("village_id", {"village_id": "9999"}), ("number", {"number": "1"}), ("household", {"household": "nobody"}),
    ("subject", {"subject": "grid", "household": f"{OWN}0001"}), ("subject", {"subject": "grid", "grace": "3"}),
)  # fmt: skip
WRONG_PAUSES = (
    ("kind", {"kind": "score"}), ("first_day", {"first_day": ""}), ("last_day", {"last_day": "2026-11-15"}),
    ("last_day", {"last_day": "2027-11-16"}), ("last_day", {"last_day": ""}),
)  # fmt: skip


def test_what_cannot_be_is_said_at_its_field(store):
    cadence, pause = {"subject": "household", "days": 14, "from_day": TODAY}, PAUSE
    for parse, right, wrong in (
        (expected.parse_cadence, cadence, WRONG_CADENCES),
        (expected.parse_pause, pause, WRONG_PAUSES),
    ):
        for field, typed in wrong:
            form = form_of(**right | typed)
            with pytest.raises(InputRefused):
                parse(store, ADMIN, form, TODAY)
            assert list(form.problems) == [field], typed
            assert all(form.problems[field].say(lang) for lang in LANGS)


def test_a_household_is_found_by_its_code_or_a_name_that_is_its_own(store):
    first, second = (household_id(store, f"{OWN}000{n}") for n in (1, 2))
    with store.write() as connection:
        for id_ in (first, second):
            update_row(connection, household, id_, {"name": "同名"})
    with pytest.raises(InputRefused, match=f"{OWN}0001, {OWN}0002"):
        set_cadence(store, household="同名")
    with store.write() as connection:
        update_row(connection, household, second, {"name": "独名"})
    set_cadence(store, household="独名")
    assert [one.row["household_id"] for one in page_of(store).cadences] == [second]


@ON_BOTH
def test_who_has_some_villages_sets_and_sees_nothing_of_others(store):
    planner = Actor(2, "planner", "planner", frozenset({village_id(store)}))
    for elsewhere in ({"village_id": ""}, {"village_id": village_id(store, OTHER)}):
        with pytest.raises(InputRefused):
            set_cadence(store, planner, **elsewhere)
        with pytest.raises(InputRefused):
            set_pause(store, planner, **elsewhere)
    with pytest.raises(InputRefused, match="No household there"):
        set_cadence(store, planner, village_id=village_id(store), household=f"{OTHER}0001")
    set_cadence(store, village_id=village_id(store, OTHER))
    set_cadence(store, household=f"{OTHER}0001")
    set_pause(store, village_id=village_id(store, OTHER))
    set_cadence(store)
    page = page_of(store, planner)
    assert ([(one.row["village"], one.is_undoable) for one in page.cadences], page.pauses) == ([(None, False)], [])


@ON_BOTH
def test_a_pause_of_town_or_village_can_be_taken_back(store):
    id_ = village_id(store)
    set_pause(store, village_id=id_, first_day=TOMORROW, last_day=TOMORROW)
    set_pause(store, kind="festival", last_day=TOMORROW)
    with store.read() as connection:
        days = paused(connection)
    assert (sorted(days[None]), sorted(days[id_])) == ([TODAY, TOMORROW], [TODAY, TOMORROW])
    for one in page_of(store).pauses:
        expected.undo_pause(store, COMMAND_LINE, one["id"], now=NOW)
    assert page_of(store).pauses == []


def test_the_audit_says_what_was_set_and_of_no_single_household_which(store):
    id_ = village_id(store)
    set_cadence(store, household=f"{OWN}0001", days=60)
    set_cadence(store, village_id=id_, number=2, days="")
    set_pause(store)
    expected.undo_pause(store, COMMAND_LINE, page_of(store).pauses[0]["id"], now=NOW)
    lines = audit_page(store, ADMIN, AuditFilter(what="settings"), zone=ZONE).lines
    assert [line.sentence.say("en").partition(": ")[2] for line in lines[:4]] == [
        "Whole town, flood, 2026-11-16 to 2026-11-16",
        "Whole town, flood, 2026-11-16 to 2026-11-16",
        f"{OWN}, Grid 2, Each household, as the village or the town has it, from 2026-11-16",
        f"{OWN}, This household, every 60 days, from 2026-11-16",
    ]
    assert all(line.sentence.say("zh") for line in lines)
