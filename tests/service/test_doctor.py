"""The doctor: a sentence for everything that a service needs, and what to do where something is wrong."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from databases import ON_BOTH
from sample_drafts import household_id, member_id
from service import OWN

from gridplan.contact.visits import Visit
from gridplan.service.admin.doctor import examine, recount
from gridplan.store.contact import visits
from gridplan.store.contact.visits import Entry
from gridplan.store.database import COMMAND_LINE
from gridplan.store.system.town_settings import read_settings, write_settings
from gridplan.store.tables import grid_week, visit
from gridplan.store.town_folder import point_to
from gridplan.words import LANGS

NOW = datetime.now(UTC)
"""The real one, when the tests began: a PostgreSQL server has a clock of its own."""


def found(store, now=None):
    """The codes of what the doctor says, by whether it is good."""
    now = now or datetime.now(UTC)
    url = None if store.dialect == "sqlite" else store.url
    said = {}
    for finding in examine(store.folder, url, now=now):
        assert all(finding.message.say(lang) for lang in LANGS)
        said.setdefault(finding.state, set()).add(finding.message.code.removeprefix("doctor."))
    return said


def backed_up(store):
    with store.change(COMMAND_LINE, "backup", "town", now=NOW):
        pass


@ON_BOTH
def test_a_service_with_a_backup_is_well(store):
    backed_up(store)
    well = found(store)
    own = {"sqlite": "safe", "postgresql": "postgis"}[store.dialect]
    assert well["good"] == {"folder", "room", "bundle", "tables", "clock", "backup", "counted", "weeks_counted", own}
    assert "problem" not in well


def test_without_a_backup_or_with_an_old_one_it_is_not(store):
    assert found(store)["problem"] == {"no_backup"}
    backed_up(store)
    assert "backup" in found(store, NOW + timedelta(days=7))["good"]
    assert "backup_old" in found(store, NOW + timedelta(days=8))["problem"]


def test_a_town_that_was_restored_has_the_backup_it_came_from(store):
    with store.change(COMMAND_LINE, "restore", "town", now=NOW) as change:
        change.detail = {"made_at": (NOW - timedelta(days=2)).isoformat()}
    assert "backup" in found(store, NOW + timedelta(days=5))["good"]
    assert "backup_old" in found(store, NOW + timedelta(days=6))["problem"]


def test_a_clock_that_is_behind_what_was_done_is_wrong(store):
    backed_up(store)
    assert "clock_behind" in found(store, NOW - timedelta(hours=1))["problem"]


@pytest.mark.postgresql
def test_a_clock_that_differs_from_that_of_the_database_is_wrong(postgresql, tmp_path):
    with postgresql.copy("empty", tmp_path) as store:
        assert "clocks_differ" in found(store, NOW - timedelta(days=9999))["problem"]


def test_a_time_zone_that_nobody_knows_is_wrong(store):
    with store.write() as connection:
        write_settings(connection, replace(read_settings(connection), time_zone="Mars/Base"))
    assert "no_zone" in found(store)["problem"]


@ON_BOTH
def test_tables_of_another_version_and_no_tables_are_wrong(store):
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    assert found(store)["problem"] == {"store.old_tables"}
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    assert found(store)["problem"] == {{"sqlite": "store.empty", "postgresql": "store.no_tables"}[store.dialect]}


def test_a_folder_that_is_kept_in_step_or_that_others_can_read_is_wrong(store):
    (store.folder / ".dropbox").touch()
    store.folder.chmod(0o755)
    assert {"serve.synced_folder", "readable_by_others"} <= found(store)["problem"]


@pytest.mark.postgresql
def test_a_database_without_postgis_is_wrong(postgresql, tmp_path):
    with postgresql.copy("empty", tmp_path) as store:
        with store.write() as connection:
            connection.exec_driver_sql("DROP EXTENSION postgis CASCADE")
        assert "no_postgis" in found(store)["problem"]


def test_what_restores_left_is_noted(sqlite, tmp_path):
    with sqlite.copy("empty", tmp_path) as store:
        for name in (".restore-abc", "town-20261116-020000"):
            (tmp_path / name).mkdir()
        point_to(tmp_path, tmp_path)
        assert {"unfinished", "earlier"} <= found(store)["note"]
        (tmp_path / "current").write_text("nonsense")
        assert "store.bad_pointer" in found(store)["problem"]


def test_a_visit_that_does_not_count_as_the_rule_says_is_wrong_until_all_are_counted_again(service):
    store = service.store
    home, lead = household_id(store, f"{OWN}0001"), member_id(store, f"{OWN}-M1")
    with store.write() as connection:
        visits.add(connection, [Visit("a", home, lead, NOW.date(), "met", "door", "sheet")], Entry(None, NOW))
        connection.execute(visit.update().values(contact_of=None))
    assert {"miscounted", "weeks_miscounted"} <= found(store)["problem"]
    assert recount(store, now=NOW) == 1
    assert {"counted", "weeks_counted"} <= found(store)["good"]


def test_a_week_that_is_not_what_its_visits_make_it_is_named(service):
    store = service.store
    home, lead = household_id(store, f"{OWN}0001"), member_id(store, f"{OWN}-M1")
    monday = date(2026, 12, 28)
    with store.write() as connection:
        some = [Visit(str(n), home, lead, monday + timedelta(7 * n), "met", "door", "sheet") for n in range(2)]
        visits.add(connection, some, Entry(None, NOW))
        connection.execute(grid_week.update().where(grid_week.c.week == "2026-W53").values(contacts=2))
    url = None if store.dialect == "sqlite" else store.url
    said = {one.message.code: one.message.values for one in examine(store.folder, url, now=NOW)}
    assert said["doctor.weeks_miscounted"] == {"n": 1, "weeks": f"{OWN} 2026-W53"}
