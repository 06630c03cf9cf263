"""The migrations: from nothing to the tables that the code knows, on either database, and what is there stays."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect
from sqlalchemy.dialects.postgresql.base import ischema_names

from gridplan.store import Store
from gridplan.store.columns import PostgisGeometry
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
