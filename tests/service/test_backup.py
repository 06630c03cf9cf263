"""Backup and restore: checked before they count, between either database; nothing is lost when something is wrong."""

import hashlib
import json
import sqlite3
import threading
import zipfile
from contextlib import closing
from datetime import timedelta

import pytest
from service import NOW, PASSWORD, serve
from sqlalchemy import select

from gridplan.errors import Conflict, InputRefused, LoginRefused, OutputRefused
from gridplan.service.access import invitations
from gridplan.service.admin.backup import back_up, restore
from gridplan.store import Store
from gridplan.store.data_folder import hold_folder
from gridplan.store.database import BEFORE_RELEASE, COMMAND_LINE
from gridplan.store.registry import villages
from gridplan.store.system import backup_rows, health
from gridplan.store.tables import audit, household, metadata, session

LATER = NOW + timedelta(days=1)


@pytest.fixture
def town(tmp_path, databases):
    """Return the store of the drawn town, with a scanned map beside it."""
    folder = tmp_path / "town"
    (folder / "scans").mkdir(parents=True)
    (folder / "scans" / "1.png").write_bytes(b"a map")
    with databases.copy("filled", folder) as store:
        yield store


@pytest.fixture
def file(town, tmp_path):
    """Return a backup of the town."""
    file = tmp_path / "backups" / "town.backup"
    back_up(town, file, now=NOW)
    return file


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
    """Every row of every table, but for those that a restore changes by design."""
    left_out = {"session", "audit", "invitation"}
    with store.read() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in metadata.sorted_tables
            if table.name not in left_out
        }


def reopened(store):
    return Store(store.folder, url_of(store))


# ---- backup


def test_a_backup_has_every_row_and_every_picture(town, file):
    with zipfile.ZipFile(file) as packed:
        manifest = json.loads(packed.read("manifest.json"))
        assert packed.read("scans/1.png") == b"a map"
    with town.read() as connection:
        rows = backup_rows.counts(connection)
    assert manifest["rows"] == rows | {"audit": rows["audit"] - 1}  # that it was made is written down afterwards
    assert set(manifest["rows"]) == set(metadata.tables)
    assert rows["household"] > 800


def test_nobody_else_on_the_computer_can_read_it(file):
    assert file.stat().st_mode & 0o077 == 0


def test_that_it_was_made_is_in_the_audit(town, file):
    with town.read() as connection:
        assert health.last(connection, "backup") == NOW


def test_a_town_can_be_backed_up_while_it_is_changed(town, tmp_path):
    stop = threading.Event()

    def change():
        while not stop.is_set():
            with town.change(COMMAND_LINE, "change", "household", now=NOW) as edit:
                edit.connection.execute(household.update().values(version=household.c.version + 1))

    thread = threading.Thread(target=change)
    thread.start()
    try:
        back_up(town, tmp_path / "now.backup", now=NOW)
    finally:
        stop.set()
        thread.join()
    back = restore(tmp_path / "now.backup", made(tmp_path / "copy"), None, now=NOW)
    copy = Store(tmp_path / "copy")
    with copy.read() as connection:
        assert len(set(connection.execute(select(household.c.version)).scalars())) == 1
    assert back.backup.rows["household"] > 0
    copy.close()


def made(folder):
    folder.mkdir()
    (folder / "gridplan.lock").touch()
    return folder


def test_a_backup_that_cannot_be_written_leaves_the_one_before(town, file):
    before = file.read_bytes()
    with pytest.raises(OutputRefused, match="cannot be written"):
        back_up(town, file / "below", now=NOW)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_database_whose_rows_do_not_fit_together_is_not_backed_up_over_a_good_backup(town, file):
    before = file.read_bytes()
    if town.dialect == "sqlite":
        with closing(sqlite3.connect(town.folder / "gridplan.db")) as database, database:
            database.execute("UPDATE household SET village_id = 999")
    else:
        with town.write() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            connection.execute(household.update().values(village_id=999))
    with pytest.raises(OutputRefused):
        back_up(town, file, now=LATER)
    assert file.read_bytes() == before


# ---- restore


def test_what_was_restored_is_what_was_kept(town, file):
    before = everything(town)
    with town.change(COMMAND_LINE, "change", "household", now=NOW) as change:
        change.connection.execute(household.update().values(name="lost"))
    (town.folder / "scans" / "1.png").write_bytes(b"spoilt")
    town.close()
    done = restore(file, held_by_nobody(town), url_of(town), now=LATER)
    store = reopened(town)
    assert everything(store) == before
    assert (town.folder / "scans" / "1.png").read_bytes() == b"a map"
    assert (town.folder / done.kept / "scans" / "1.png").read_bytes() == b"spoilt"
    store.close()


def held_by_nobody(store):
    (store.folder / "gridplan.lock").touch()
    return store.folder


def test_a_backup_of_one_database_is_restored_into_the_other(town, file, other):
    restore(file, held_by_nobody(other), url_of(other), now=LATER)
    store = reopened(other)
    assert everything(store) == everything(town)
    with store.change(COMMAND_LINE, "add", "village", now=LATER) as change:  # numbers go on where they were
        villages.add_missing(change.connection, ["new"])
    store.close()


def test_what_was_there_before_is_kept_beside(town, file):
    with town.change(COMMAND_LINE, "change", "household", now=NOW) as change:
        change.connection.execute(household.update().values(name="kept"))
    town.close()
    done = restore(file, held_by_nobody(town), url_of(town), now=LATER)
    assert done.kept == "before-20261117-020000"
    if town.dialect == "sqlite":
        beside = Store(town.folder / done.kept)
        with beside.read() as connection:
            assert set(connection.execute(select(household.c.name)).scalars()) == {"kept"}
        beside.close()
    else:
        store = reopened(town)
        with store.read() as connection:
            names = connection.exec_driver_sql(f'SELECT DISTINCT name FROM "{done.kept}".household').scalars()
            assert set(names) == {"kept"}
        store.close()


def test_everybody_has_to_come_in_anew(town, file):
    service = serve(town)
    link = invitations.invite(town, COMMAND_LINE, 1, now=NOW)
    client = service.client("planner")
    back_up(town, file, now=NOW)
    town.close()
    restore(file, held_by_nobody(town), url_of(town), now=LATER)
    assert client.get("/").status_code == 302
    with pytest.raises(LoginRefused):
        invitations.invited_account(town, link.token, address="", now=LATER)
    service.enter(client, "planner", PASSWORD)
    assert client.get("/").status_code == 200
    with town.read() as connection:
        assert len(connection.execute(select(session)).all()) == 1
        assert connection.execute(select(audit.c.verb).where(audit.c.verb == "restore")).scalar_one()


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


def fewer_rows(parts):
    manifest = json.loads(parts["manifest.json"])
    manifest["rows"]["household"] += 1
    parts["manifest.json"] = json.dumps(manifest).encode()


def climbing(parts):
    manifest = json.loads(parts["manifest.json"])
    manifest["sha256"]["../../evil"] = manifest["sha256"].pop("scans/1.png")
    parts["../../evil"] = parts.pop("scans/1.png")
    parts["manifest.json"] = json.dumps(manifest).encode()


SPOILT = {
    "empty": (lambda file: file.write_bytes(b""), "manifest.json"),
    "no zip": (lambda file: file.write_bytes(b"no zip at all"), "manifest.json"),
    "cut short": (lambda file: file.write_bytes(file.read_bytes()[:-100]), "manifest.json"),
    "another picture": (lambda file: broken(file, lambda parts: parts.update({"scans/1.png": b"?"})), "scans/1.png"),
    "no database": (lambda file: broken(file, lambda parts: parts.pop("gridplan.db")), "gridplan.db"),
    "spoilt": (lambda file: broken(file, lambda parts: parts.update({"gridplan.db": b"x" * 4096})), "gridplan.db"),
    "fewer rows": (lambda file: broken(file, fewer_rows), "household"),
    "climbing": (lambda file: broken(file, climbing), "../../evil"),
}


def test_a_file_that_is_no_whole_backup_changes_nothing(town, file):
    held_by_nobody(town)
    before, files, good = everything(town), sorted(path.name for path in town.folder.iterdir()), file.read_bytes()
    for name, (spoil, part) in SPOILT.items():
        file.write_bytes(good)
        spoil(file)
        with pytest.raises(InputRefused) as refused:
            restore(file, town.folder, url_of(town), now=LATER)
        assert (refused.value.message.code, refused.value.message.values["part"]) == ("backup.broken", part), name
    assert everything(town) == before
    assert sorted(path.name for path in town.folder.iterdir()) == files


def test_a_backup_of_a_newer_version_is_refused(town, file):
    broken(file, manifest_with(format=2, gridplan="9.0"))
    with pytest.raises(InputRefused, match=r"9\.0"):
        restore(file, held_by_nobody(town), url_of(town), now=LATER)


def test_a_backup_of_before_the_first_release_is_refused(town, file, tmp_path):
    def change(parts):
        database = tmp_path / "before.db"
        database.write_bytes(parts["gridplan.db"])
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", [BEFORE_RELEASE])
        parts["gridplan.db"] = database.read_bytes()
        digests = json.loads(parts["manifest.json"])["sha256"]
        digests["gridplan.db"] = hashlib.sha256(parts["gridplan.db"]).hexdigest()
        manifest_with(sha256=digests)(parts)

    broken(file, change)
    with pytest.raises(InputRefused, match="before the first release"):
        restore(file, held_by_nobody(town), url_of(town), now=LATER)


def test_nothing_is_restored_while_the_service_runs(town, file):
    with hold_folder(held_by_nobody(town)), pytest.raises(Conflict, match="already runs"):
        restore(file, town.folder, url_of(town), now=LATER)


@pytest.mark.postgresql
def test_nothing_is_restored_into_a_database_that_is_served_from_elsewhere(postgresql, tmp_path):
    with postgresql.copy("filled", tmp_path) as store:
        back_up(store, tmp_path / "b", now=NOW)
        with store.hold_database(), pytest.raises(Conflict, match="already runs"):
            restore(tmp_path / "b", made(tmp_path / "elsewhere"), store.url, now=LATER)
        with store.read() as connection:
            assert connection.execute(select(household.c.id).limit(1)).scalar_one()
