"""Restore: the backup is the town, or what was before is, whole, whatever is in the file and whenever it stops."""

import hashlib
import json
import os
import shutil
import sqlite3
import stat
import sys
import zipfile
from contextlib import closing
from datetime import timedelta
from functools import partial

import pytest
from databases import ON_BOTH
from redrawing import move, undo
from sample_drafts import draft_like, household_id, inside, plan_of
from service import NOW, OWN, PASSWORD, serve
from sqlalchemy import select, text

from gridplan.errors import Conflict, InputRefused, LoginRefused
from gridplan.service.access import invitations
from gridplan.service.admin.backup import back_up
from gridplan.service.admin.restore import restore
from gridplan.store import Store
from gridplan.store.data_folder import hold_folder
from gridplan.store.database import BEFORE_RELEASE, COMMAND_LINE
from gridplan.store.registry import scans, villages
from gridplan.store.system import backup_rows
from gridplan.store.system.town_settings import TownSettings, read_settings, write_settings
from gridplan.store.tables import audit, household, session

LATER = NOW + timedelta(days=1)


@pytest.fixture
def other(tmp_path, request, databases):
    """Return an empty store on the other kind of database."""
    kind = "postgresql" if type(databases).__name__ == "SqliteFiles" else "sqlite"
    folder = tmp_path / "other"
    folder.mkdir()
    with request.getfixturevalue(kind).copy("empty", folder) as store:
        yield store


def url_of(store):
    return None if store.dialect == "sqlite" else store.url


def everything(store):
    """Every row of every table, but for those and for the column that a restore changes by design."""
    left_out = {"session", "audit", "invitation"}
    with store.read() as connection:
        return {
            table.name: sorted(
                row for row in map(repr, connection.execute(select(*kept_columns(table))).all()) if "'epoch'" not in row
            )
            for table in backup_rows.TABLES
            if table.name not in left_out
        }


def kept_columns(table):
    return [column for column in table.columns if column.name not in ("figures_key", "lists_key")]


def reopened(store):
    return Store(store.data, url_of(store))


@ON_BOTH
def test_what_was_restored_is_what_was_kept(town, file):
    before = everything(town)
    with town.change(COMMAND_LINE, "change", "household", now=NOW) as change:
        change.connection.execute(household.update().values(name="lost"))
    (town.folder / "scans" / "1.png").write_bytes(b"spoilt")
    town.close()
    done = restore(file, held_by_nobody(town), url_of(town), now=LATER)
    store = reopened(town)
    assert everything(store) == before
    assert (store.folder / "scans" / "1.png").read_bytes() == b"a map"
    assert (done.before / "scans" / "1.png").read_bytes() == b"spoilt"
    store.close()


def test_edits_of_drafts_are_restored_and_can_be_undone(town, tmp_path):
    plan, file = plan_of(town, draft_like(town, OWN)), tmp_path / "edited.backup"
    before, home = inside(town, plan), household_id(town, f"{OWN}0001")
    move(town, plan, 0, {home: -1})
    back_up(town, file, now=NOW)
    town.close()
    restore(file, held_by_nobody(town), url_of(town), now=LATER)
    store = reopened(town)
    assert inside(store, plan) != before
    undo(store, plan, 1)
    assert inside(store, plan) == before
    store.close()


def held_by_nobody(store):
    for lock in ("gridplan.lock", "gridplan.db-service"):
        (store.data / lock).touch()
    return store.data


@ON_BOTH
def test_a_backup_of_one_database_is_restored_into_the_other(town, file, other):
    restore(file, held_by_nobody(other), url_of(other), now=LATER)
    store = reopened(other)
    assert everything(store) == everything(town)
    with store.change(COMMAND_LINE, "add", "village", now=LATER) as change:  # numbers go on where they were
        villages.add_missing(change.connection, ["new"])
    if store.dialect == "postgresql":  # which plans by what it knows of the rows
        with store.read() as connection:
            known = text("SELECT count(*) FROM pg_stats WHERE tablename = 'household' AND attname = 'village_id'")
            assert connection.execute(known).scalar_one() == 1
    store.close()


@ON_BOTH
def test_what_was_there_before_is_kept_beside(town, file):
    with town.change(COMMAND_LINE, "change", "household", now=NOW) as change:
        change.connection.execute(household.update().values(name="kept"))
    town.close()
    done = restore(file, held_by_nobody(town), url_of(town), now=LATER)
    if town.dialect == "sqlite":
        assert done.folder == town.data / "town-20261117-020000"
        assert done.before == town.data
        beside = Store(town.data, f"sqlite:///{done.before / 'gridplan.db'}")
        with beside.read() as connection:
            assert set(connection.execute(select(household.c.name)).scalars()) == {"kept"}
        beside.close()
    else:
        assert done.before_schema == "before-20261117-020000"
        store = reopened(town)
        with store.read() as connection:
            names = connection.exec_driver_sql(f'SELECT DISTINCT name FROM "{done.before_schema}".household').scalars()
            assert set(names) == {"kept"}
        store.close()


@ON_BOTH
def test_everybody_has_to_come_in_anew(town, file):
    service = serve(town)
    link = invitations.invite(town, COMMAND_LINE, 1, now=NOW)
    client = service.client("planner")
    back_up(town, file, now=NOW)
    town.close()
    restore(file, held_by_nobody(town), url_of(town), now=LATER)
    store = service.app.extensions["store"] = service.store = reopened(town)
    assert client.get("/").status_code == 302
    with pytest.raises(LoginRefused):
        invitations.invited_account(store, link.token, address="", now=LATER)
    service.enter(client, "planner", PASSWORD)
    assert client.get("/").status_code == 200
    with store.read() as connection:
        assert len(connection.execute(select(session)).all()) == 1
        assert connection.execute(select(audit.c.verb).where(audit.c.verb == "restore")).scalar_one()
    store.close()


def broken(file, change):
    """Write a backup anew with one part of it changed."""
    with zipfile.ZipFile(file) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    change(parts)
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)


def manifest_with(**changes):
    def change(parts):
        parts["manifest.json"] = json.dumps(json.loads(parts["manifest.json"]) | changes).encode()

    return change


def said(change):
    """Return a change of what the manifest says."""

    def changed(parts):
        manifest = json.loads(parts["manifest.json"])
        change(manifest)
        parts["manifest.json"] = json.dumps(manifest).encode()

    return changed


def moved(name):
    """Return a change by which the picture lies elsewhere, in the manifest too."""

    def change(parts):
        parts[name] = parts.pop("scans/1.png")
        said(lambda manifest: manifest["sha256"].update({name: manifest["sha256"].pop("scans/1.png")}))(parts)

    return change


def without_database(parts):
    parts.pop("gridplan.db")
    said(lambda manifest: manifest["sha256"].pop("gridplan.db"))(parts)


def twice(file):
    with zipfile.ZipFile(file, "a") as packed, pytest.warns(UserWarning, match="Duplicate"):
        packed.writestr("scans/1.png", b"another")


def linked(file):
    """Make the picture a link to a file of the computer, with the digest of what the link says."""
    with zipfile.ZipFile(file) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    link = zipfile.ZipInfo("scans/1.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    parts.pop("scans/1.png")
    digest = hashlib.sha256(b"/etc/passwd").hexdigest()
    said(lambda manifest: manifest["sha256"].update({"scans/1.png": digest}))(parts)
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
        packed.writestr(link, "/etc/passwd")


def packed_otherwise(file):
    """Pack the parts in a way in which no backup is, one that zip files may."""
    with zipfile.ZipFile(file) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)


def database(*statements):
    """Return a change of the database, with which the manifest agrees."""

    def change(parts):
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(parts["gridplan.db"].replace(WAL_MODE, ROLLBACK_MODE, 1))
            connection.execute("PRAGMA writable_schema=ON")
            for statement in statements:
                connection.execute(statement)
            connection.commit()
            parts["gridplan.db"] = connection.serialize()
        digest = hashlib.sha256(parts["gridplan.db"]).hexdigest()
        said(lambda manifest: manifest["sha256"].update({"gridplan.db": digest}))(parts)

    return change


HEADER = b"SQLite format 3\0\x10\0"
WAL_MODE, ROLLBACK_MODE = HEADER + b"\2\2", HEADER + b"\1\1"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
CRAFTED = {
    "another picture": (lambda parts: parts.update({"scans/1.png": b"?"}), "scans/1.png"),
    "no database": (lambda parts: parts.pop("gridplan.db"), "gridplan.db"),
    "no database, and none said": (without_database, "manifest.json"),
    "spoilt": (lambda parts: parts.update({"gridplan.db": b"x" * 4096}), "gridplan.db"),
    "other rows": (said(lambda manifest: manifest["rows"].update(household=1)), "household"),
    "fewer than none": (said(lambda manifest: manifest["rows"].update(household=-1)), "manifest.json"),
    "a table without rows": (said(lambda manifest: manifest["rows"].pop("account")), "account"),
    "rows without a table": (said(lambda manifest: manifest["rows"].update(evil=0)), "evil"),
    "no rows": (said(lambda manifest: manifest.pop("rows")), "manifest.json"),
    "no digests": (said(lambda manifest: manifest.update(sha256={})), "manifest.json"),
    "a part without a digest": (said(lambda manifest: manifest["sha256"].pop("scans/1.png")), "scans/1.png"),
    "a part that nobody knows": (lambda parts: parts.update({"gridplan.db-wal": b"x"}), "gridplan.db-wal"),
    "a moment nowhere": (said(lambda manifest: manifest.update(made_at="2026-11-16T02:00:00")), "manifest.json"),
    "a format in words": (said(lambda manifest: manifest.update(format="1")), "manifest.json"),
    "no object": (lambda parts: parts.update({"manifest.json": b"[1]"}), "manifest.json"),
    "deep": (lambda parts: parts.update({"manifest.json": b"[" * 100_000}), "manifest.json"),
    **{
        name: (moved(name), name) for name in ("../../evil", "/tmp/evil", "scans/../evil", "scans/a/b.png", "imports/x")
    },
    **{name: (moved(name), name) for name in ("scans/.png", "scans/a:b.png", "scans/a.html", "evil.db")},
}
"""What is done to the parts of a backup, and the part that is complained of."""
CRAFTED_DATABASES = {
    "a trigger": "CREATE TRIGGER evil AFTER DELETE ON session BEGIN DELETE FROM household; END",
    "a view": f"CREATE VIEW evil AS {ENDLESS}",
    "a view for a table": f"UPDATE sqlite_master SET type='view', sql='CREATE VIEW attempt AS {ENDLESS}', rootpage=0 "
    "WHERE name='attempt'",
    "another table": "CREATE TABLE evil (id INTEGER)",
    "another column": "ALTER TABLE household ADD COLUMN evil TEXT",
    "another index": "CREATE INDEX evil ON household (name)",
    "a table less": "DROP TABLE shortage",
    "a module": "CREATE VIRTUAL TABLE evil USING fts5(x)",
    "rows that refer to nothing": "UPDATE household SET village_id = 999",
    "no revision": "DELETE FROM alembic_version",
    "no moment": "UPDATE audit SET at = 'yesterday'",
    "no JSON": "UPDATE draft SET settings = '{'",
    "no shape": "UPDATE plan SET boundary = x'00'",
}
STRANGE_VALUES = [
    ("text for a number", "household", "UPDATE household SET lon = 'east'"),
    ("bytes for a text", "household", "UPDATE household SET name = x'ff'"),
    ("a page for a picture", "scan", "UPDATE scan SET file = 'evil.html'"),
    ("a file elsewhere", "scan", "UPDATE scan SET file = '../../gridplan.db'"),
]
SPOILT = {
    "empty": (lambda file: file.write_bytes(b""), "manifest.json"),
    "no zip": (lambda file: file.write_bytes(b"no zip at all"), "manifest.json"),
    "cut short": (lambda file: file.write_bytes(file.read_bytes()[:-100]), "manifest.json"),
    "twice": (twice, "manifest.json"),
    "linked": (linked, "scans/1.png"),
    "packed otherwise": (packed_otherwise, "manifest.json"),
    **{name: (lambda file, change=change: broken(file, change), part) for name, (change, part) in CRAFTED.items()},
}


def test_a_file_that_is_no_whole_backup_changes_nothing(town, file):
    refuse_all(town, file, SPOILT)


@pytest.mark.slow
def test_a_backup_with_another_database_in_it_changes_nothing(sqlite, tmp_path):
    changes = {
        name: (lambda file, statement=statement: broken(file, database(statement)), "gridplan.db")
        for name, statement in CRAFTED_DATABASES.items()
    }
    for name, table, statement in STRANGE_VALUES:
        changes[name] = (lambda file, statement=statement: broken(file, database(statement)), table)
    (tmp_path / "town").mkdir()
    with sqlite.copy("filled", tmp_path / "town") as town:
        with town.write() as connection:
            scans.add(connection, 1, name="map", file="1.png", size=(1, 1), controls=())
        back_up(town, tmp_path / "backup", now=NOW)
        refuse_all(town, tmp_path / "backup", changes)


def refuse_all(town, file, changes):
    """Check that a backup is refused after each of some changes, and that nothing is changed or left by it."""
    held_by_nobody(town)
    before, files, good = everything(town), sorted(path.name for path in town.data.rglob("*")), file.read_bytes()
    for name, (spoil, part) in changes.items():
        file.write_bytes(good)
        spoil(file)
        try:
            restore(file, town.data, url_of(town), now=LATER)
        except InputRefused as refused:
            assert (refused.message.code, refused.message.values["part"]) == ("backup.broken", part), name
        else:
            pytest.fail(f"restored: {name}")
        assert sorted(path.name for path in town.data.rglob("*")) == files, name
    assert everything(town) == before


def test_a_backup_of_a_newer_version_is_refused(town, file):
    broken(file, manifest_with(format=2, gridplan="9.0"))
    with pytest.raises(InputRefused, match=r"9\.0"):
        restore(file, held_by_nobody(town), url_of(town), now=LATER)


def test_a_backup_of_before_the_first_release_is_refused(town, file):
    broken(file, database(f"UPDATE alembic_version SET version_num = '{BEFORE_RELEASE}'"))
    with pytest.raises(InputRefused, match="before the first release"):
        restore(file, held_by_nobody(town), url_of(town), now=LATER)


@ON_BOTH
def test_nothing_is_restored_while_the_service_runs(town, file):
    with hold_folder(held_by_nobody(town)), pytest.raises(Conflict, match="already runs"):
        restore(file, town.folder, url_of(town), now=LATER)


@pytest.mark.postgresql
def test_nothing_is_restored_into_a_database_that_is_served_from_elsewhere(postgresql, tmp_path):
    with postgresql.copy("filled", tmp_path) as store:
        back_up(store, tmp_path / "b", now=NOW)
        with store.hold_database(), pytest.raises(Conflict, match="already runs"):
            restore(tmp_path / "b", tmp_path, store.url, now=LATER)
        with store.read() as connection:
            assert connection.execute(select(household.c.id).limit(1)).scalar_one()


# ---- stopped at any moment

STEPS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "sqlite3.connect"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def kept_at_each_step(data, kept, act):
    """Act in a process of its own; keep a folder as it is before each step on the disk, as if it were killed there."""
    kept.mkdir()
    process = os.fork()
    if process == 0:
        done = 0

        def keep(event, arguments):
            nonlocal done
            if done >= 0 and event in STEPS and (event != "open" or (arguments[2] or 0) & WRITES):
                step, done = done, -1  # what is done to keep it is no step
                shutil.copytree(data, kept / f"{step:03}")
                done = step + 1

        sys.addaudithook(keep)
        act()
        os._exit(0)
    assert os.waitpid(process, 0)[1] == 0
    return sorted(kept.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("restored_before", [False, True], ids=["first", "again"])
def test_a_restore_that_is_killed_leaves_the_town_before_or_the_new_one_whole(tmp_path, sqlite, restored_before):
    data = tmp_path / "data"
    data.mkdir()
    with sqlite.copy("empty", data) as town:
        named(town, "new")
        back_up(town, tmp_path / "backup", now=NOW)
        named(town, "old")
        back_up(town, tmp_path / "before", now=NOW)
    if restored_before:
        restore(tmp_path / "before", data, None, now=NOW)
    act = partial(restore, tmp_path / "backup", data, None, now=LATER)
    steps = kept_at_each_step(data, tmp_path / "kept", act)
    assert len(steps) > 20
    found = []
    for folder in (*steps, data):
        with closing(Store(folder)) as town:
            town.check_tables()
            found.append(name_of(town))
    assert found == sorted(found, reverse=True)  # the old one until one of the last steps
    assert set(found) == {"old", "new"}


def named(store, name):
    with store.write() as connection:
        write_settings(connection, TownSettings(name=name))


def name_of(store):
    with store.read() as connection:
        return read_settings(connection).name
