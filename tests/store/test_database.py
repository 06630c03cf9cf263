"""A store: whatever its folder is called, whoever else writes to it, and however often it is opened."""

import multiprocessing
import pickle
from contextlib import closing, suppress

import pytest
from service import NOW
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import DBAPIError

from gridplan.errors import Conflict, InputRefused, NotFound, Unavailable
from gridplan.store import Store
from gridplan.store.data_folder import hold_file
from gridplan.store.database import COMMAND_LINE, OnlyReads
from gridplan.store.system import backup_rows
from gridplan.store.tables import audit

EACH = 150


def write_often(folder):
    store = Store(folder)
    for _ in range(EACH):
        with store.change(COMMAND_LINE, "change", "town", now=NOW):
            pass
    store.close()


@pytest.mark.slow
def test_two_processes_that_write_at_once_lose_nothing(tmp_path):
    store = Store(tmp_path)
    store.upgrade()
    other = multiprocessing.get_context("spawn").Process(target=write_often, args=[tmp_path])
    other.start()
    write_often(tmp_path)
    other.join()
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(audit)).scalar_one() == 2 * EACH
        assert backup_rows.is_sound(connection)
    store.close()


def test_a_process_that_writes_keeps_others_from_it(tmp_path):
    store = Store(tmp_path)
    store.upgrade()
    turn = tmp_path / "gridplan.db-writing"
    with store.write(), pytest.raises(BlockingIOError), hold_file(turn):
        pass
    with hold_file(turn):
        pass
    store.close()


@pytest.mark.parametrize("name", ["plain", "镇 数据", "a#b", "a?b=c", "50%", "a:b"])
def test_the_folder_may_have_any_name(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    store = Store(folder)
    store.upgrade()
    store.close()
    assert {path.name for path in folder.iterdir()} == {"gridplan.db", "gridplan.db-writing"}
    again = Store(folder)
    again.check_tables()
    again.close()


@pytest.mark.parametrize("url", ["nonsense", "mysql://here/db", "oracle+cx_oracle://here"])
def test_an_address_of_no_database_that_is_known_is_said(tmp_path, url):
    with pytest.raises(InputRefused, match="--db"):
        Store(tmp_path, url)


def test_a_read_sees_one_state_however_long_it_lasts(store):
    with store.read() as connection:
        before = backup_rows.counts(connection)
        with store.change(COMMAND_LINE, "change", "town", now=NOW):
            pass
        assert backup_rows.counts(connection) == before
    with store.read() as connection:
        assert backup_rows.counts(connection) != before


def test_all_that_is_read_for_a_page_is_of_one_state_and_goes_on_after_a_statement_that_failed(store):
    def entries():
        with store.read() as connection:
            return connection.execute(select(func.count()).select_from(audit)).scalar_one()

    other = Store(store.data, store.named_url)
    with store.one_state():
        assert entries() == 0
        with other.change(COMMAND_LINE, "change", "town", now=NOW):
            pass
        assert entries() == 0
        with pytest.raises(DBAPIError), store.read() as connection:
            connection.execute(text("SELECT nothing"))
        assert entries() == 1
    with other.change(COMMAND_LINE, "change", "town", now=NOW):
        pass
    assert entries() == 2
    other.close()


@pytest.mark.postgresql
def test_a_statement_stays_prepared_in_postgresql_from_one_read_to_the_next_however_they_end(postgresql, tmp_path):
    with postgresql.copy("empty", tmp_path) as store:
        for _ in range(7):
            with suppress(NotFound), store.read() as connection:
                connection.execute(select(func.count()).select_from(audit))
                raise NotFound("entrance.not_here")
        with store.read() as connection:
            prepared = connection.execute(text("SELECT statement FROM pg_prepared_statements")).scalars().all()
            assert any("audit" in statement for statement in prepared)
        with pytest.raises(Unavailable, match="read-only"), store.read() as connection:
            connection.execute(delete(audit))


@pytest.mark.postgresql
def test_one_service_at_a_time_has_a_postgresql_database(postgresql, tmp_path):
    with postgresql.copy("empty", tmp_path) as store:
        other = Store(tmp_path, store.url)
        with store.hold_database(), pytest.raises(Conflict), other.hold_database():
            pass
        with other.hold_database():
            pass
        other.close()


def test_another_process_of_a_service_only_reads_and_nobody_takes_it_for_an_error_that_it_cannot_write(store):
    with closing(pickle.loads(pickle.dumps(store.for_reading()))()) as reading:
        with reading.read() as connection:
            assert connection.execute(select(func.count()).select_from(audit)).scalar_one() == 0
        with pytest.raises(OnlyReads), suppress(Exception), reading.change(COMMAND_LINE, "change", "town", now=NOW):
            pass


def test_a_service_that_another_one_replaced_reads_and_writes_no_more(store):
    store.become_service()
    other = Store(store.data, store.named_url)
    with other.change(COMMAND_LINE, "change", "town", now=NOW):  # the command line writes beside a service
        pass
    with store.change(COMMAND_LINE, "change", "town", now=NOW):
        pass
    other.become_service()
    with pytest.raises(Unavailable, match="runs on this database now"), store.write():
        pass
    with pytest.raises(Unavailable, match="runs on this database now"), store.read():
        pass
    with other.change(COMMAND_LINE, "change", "town", now=NOW):
        pass
    other.close()


@pytest.mark.postgresql
def test_a_service_whose_connection_was_cut_goes_on_until_another_one_has_the_database(postgresql, tmp_path):
    with postgresql.copy("empty", tmp_path) as store, store.hold_database():
        store.become_service()
        other = Store(tmp_path, store.url)
        with other.read() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid != pg_backend_pid()"
                    " AND datname = current_database()"
                )
            )
        with store.change(COMMAND_LINE, "change", "town", now=NOW):
            pass
        with other.hold_database():
            other.become_service()
            with pytest.raises(Unavailable, match="runs on this database now"), store.write():
                pass
        other.close()
