"""The migrations: from nothing to the tables that the code knows, on either database, and what is there stays."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.exc import IntegrityError

from gridplan.store import Store
from gridplan.store.columns import PostgisGeometry
from gridplan.store.contact import weeks
from gridplan.store.tables import metadata


@pytest.fixture
def upgraded(tmp_path, databases, monkeypatch):
    """Return a store whose tables the migrations made from nothing."""
    monkeypatch.setitem(ischema_names, "geometry", lambda *_: PostgisGeometry())
    with databases.bare() as url:
        store = Store(tmp_path, url)
        assert store.revision is None
        store.upgrade()
        yield store
        store.close()


@pytest.fixture
def first_tables(tmp_path, databases):
    """Return a store with the first tables: a draft, and a plan of another one that was restored."""
    with databases.bare() as url:
        store = Store(tmp_path, url)
        store.upgrade("tables_1")
        with store.write() as connection:
            for row in FIRST_ROWS:
                connection.execute(text(row))
        yield store
        store.close()


FIRST_ROWS = (
    "INSERT INTO village (id, name) VALUES (1, 'a')",
    "INSERT INTO account (id, name, role, made_at) VALUES (1, 'x', 'planner', '2026-11-16')",
    """INSERT INTO draft (id, name, made_by, made_at, settings, notes)
       VALUES (1, 'd', 1, '2026-11-16', '{}', '[]'), (2, 'e', 1, '2026-11-16', '{}', '[]')""",
    "INSERT INTO household (id, code, village_id, position, hamlet) VALUES (7, 'H', 1, 'exact', 'east')",
    """INSERT INTO plan (id, village_id, draft_id, revision, state,
                         least, most, boundary_given, kept, planned, split_hamlets, outside)
       VALUES (1, 1, 1, 1, 'archived', 10, 15, false, false, 1, '[]', '[]'),
              (2, 1, 2, 2, 'draft', 10, 15, false, false, 1, '[]', '[]'),
              (3, 1, 1, 3, 'published', 10, 15, false, false, 1, '[]', '[]')""",
    "INSERT INTO setting (key, value) VALUES ('cadence_days', '14')",
    "INSERT INTO grid (plan_id, number, size, connected) VALUES (1, 4, 1, true), (3, 4, 1, true)",
    "INSERT INTO membership (plan_id, household_id, number) VALUES (1, 7, 4), (3, 7, 4)",
)


ROWS_WITH_VISITS = (
    "UPDATE plan SET published_at = '2026-12-01 04:00:00', archived_at = '2026-12-30 04:00:00' WHERE id = 1",
    "UPDATE plan SET published_at = '2026-12-30 04:00:00' WHERE id = 3",
    "UPDATE membership SET number = 5 WHERE plan_id = 3",
    "INSERT INTO member (id, code, name, max_grids, available, ties, version) VALUES (1, 'M', 'm', 1, true, '[]', 1)",
    """INSERT INTO visit (id, household_id, member_id, village_id, day, week_only, outcome, channel, source,
                          received_at, content_hash, contact_of)
       VALUES ('a', 7, 1, 1, '2026-12-29', false, 'met', 'door', 'sheet', '2026-12-29', '', 7),
              ('b', 7, 1, 1, '2026-12-31', false, 'met', 'door', 'sheet', '2026-12-31', '', 7),
              ('c', 7, 1, 1, '2027-01-03', false, 'met', 'door', 'sheet', '2027-01-03', '', 7),
              ('d', 7, 1, 1, '2027-01-04', false, 'away', 'door', 'sheet', '2027-01-04', '', null)""",
)
"""A redraw on the Wednesday of week 53, contacts before and after it, and a visit that is none."""


def test_plans_keep_the_number_they_came_into_force_under_and_their_grids(first_tables):
    first_tables.upgrade()
    with first_tables.read() as connection:
        plans = connection.execute(text("SELECT id, draft_id, revision, repeats FROM plan ORDER BY id")).all()
        homes = connection.execute(text("SELECT plan_id, number, position, hamlet FROM membership ORDER BY 1")).all()
        cadences = connection.execute(text("SELECT subject, village_id, days, grace FROM cadence")).all()
    assert plans == [(1, 1, 1, None), (2, 2, None, None), (3, None, 3, None)]
    assert homes == [(1, 4, "exact", "east"), (3, 4, "exact", "east")]
    assert cadences == [("household", None, 14, None)]  # chosen as a setting once
    with pytest.raises(IntegrityError), first_tables.write() as connection:  # rows are held together again
        connection.execute(text("INSERT INTO grid (plan_id, number, size, connected) VALUES (99, 1, 1, true)"))


def test_visits_that_are_there_are_counted_by_week_and_grid(first_tables):
    first_tables.upgrade("tables_7")
    with first_tables.write() as connection:
        connection.execute(text("INSERT INTO grid (plan_id, number, size, connected) VALUES (3, 5, 1, true)"))
        for row in ROWS_WITH_VISITS:
            connection.execute(text(row))
    first_tables.upgrade()
    with first_tables.read() as connection:
        rows = connection.execute(text("SELECT week, number, contacts, contacted FROM grid_week ORDER BY 2")).all()
        assert rows == [("2026-W53", 4, 1, 1), ("2026-W53", 5, 2, 1)]
        assert weeks.miscounted(connection) == (1, {})


def ours(thing, name, kind, reflected, compare_to):
    return not (kind == "table" and name == "spatial_ref_sys")  # PostGIS's own


def test_they_lead_to_the_tables_that_the_code_knows(upgraded):
    options = {"include_object": ours, "compare_type": True, "compare_server_default": True}
    with upgraded.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
    upgraded.check_tables()


def test_what_a_row_has_to_fulfil_is_the_same_too(upgraded):
    with upgraded.read() as connection:
        found = {
            (table, check["name"])
            for table in metadata.tables
            for check in inspect(connection).get_check_constraints(table)
        }
    assert found == {
        (table.name, constraint.name)
        for table in metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }


def test_what_is_there_stays_when_there_is_nothing_to_do(service):
    def everything():
        with service.store.read() as connection:
            return [connection.execute(table.select()).all() for table in metadata.sorted_tables]

    before = everything()
    service.store.upgrade()
    assert repr(everything()) == repr(before)
