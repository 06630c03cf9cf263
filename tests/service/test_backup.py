"""Backup: opened and counted before it counts, while the town runs; one that was there before is not lost."""

import json
import sqlite3
import threading
import zipfile
from contextlib import closing
from datetime import timedelta

import pytest
from databases import ON_BOTH
from service import NOW
from sqlalchemy import select

from gridplan.errors import OutputRefused
from gridplan.service.admin.backup import back_up
from gridplan.service.admin.restore import restore
from gridplan.store import Store
from gridplan.store.database import COMMAND_LINE
from gridplan.store.system import backup_rows, health
from gridplan.store.tables import household

LATER = NOW + timedelta(days=1)


@pytest.fixture
def file(town, tmp_path):
    """Return a backup that was made just now."""
    file = tmp_path / "backups" / "town.backup"
    back_up(town, file, now=NOW)
    return file


@ON_BOTH
def test_a_backup_has_every_row_and_every_picture_for_nobody_else_and_is_in_the_audit(town, file):
    assert file.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(file) as packed:
        manifest = json.loads(packed.read("manifest.json"))
        assert packed.read("scans/1.png") == b"a map"
    with town.read() as connection:
        rows = backup_rows.counts(connection)
        assert health.last_backup(connection) == NOW
    assert manifest["rows"] == rows | {"audit": rows["audit"] - 1}  # that it was made is written down afterwards
    assert set(manifest["rows"]) == {table.name for table in backup_rows.TABLES}
    assert rows["household"] > 800


@ON_BOTH
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


@ON_BOTH
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
