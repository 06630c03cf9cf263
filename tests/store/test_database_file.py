"""The file of a SQLite database: when it is taken away while it is open, nothing is said to be kept or made anew."""

import os
import shutil
from contextlib import closing

import pytest
from service import NOW
from sqlalchemy import func, select

from gridplan.errors import Conflict, InputRefused, Unavailable
from gridplan.store import Store
from gridplan.store.database import COMMAND_LINE
from gridplan.store.tables import audit
from gridplan.store.town_folder import point_to


@pytest.fixture
def open_store(tmp_path):
    """Return a store in the middle of its work."""
    (tmp_path / "data").mkdir()
    with closing(Store(tmp_path / "data")) as store:
        store.upgrade()
        change(store)
        yield store


def change(store):
    with store.change(COMMAND_LINE, "change", "town", now=NOW):
        pass


def changes(store):
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(audit)).scalar_one()


def away(folder, names):
    """Move files out of a folder, and return how to bring them back."""
    beside = folder.parent / "beside"
    beside.mkdir()
    moved = [path for path in sorted(folder.iterdir()) if path.name in names]
    for path in moved:
        path.rename(beside / path.name)

    def back():
        for path in moved:
            (beside / path.name).rename(path)

    return back


@pytest.mark.parametrize(
    "names", [["gridplan.db"], ["gridplan.db-wal"], ["gridplan.db", "gridplan.db-wal", "gridplan.db-shm"]]
)
def test_after_a_file_was_moved_nothing_is_kept_or_made_until_it_is_back(open_store, names):
    back = away(open_store.data, names)
    for use in (change, changes):
        with pytest.raises(Unavailable, match=names[0]):
            use(open_store)
    assert not (open_store.data / names[0]).exists()
    back()
    change(open_store)
    assert changes(open_store) == 2


def test_after_the_folder_was_moved_nothing_is_kept_or_made_until_it_is_back(open_store):
    open_store.data.rename(open_store.data.with_name("elsewhere"))
    with pytest.raises(Unavailable):
        change(open_store)
    assert not open_store.data.exists()
    open_store.data.with_name("elsewhere").rename(open_store.data)
    change(open_store)


@pytest.mark.parametrize("said", [None, ".", "town-20261117-020000"])
def test_a_town_that_its_folder_names_no_more_gets_nothing_until_it_does(tmp_path, open_store, said):
    open_store.close()
    town = open_store.data / "town-20261101-020000"
    shutil.copytree(open_store.data, town)
    point_to(open_store.data, town)
    with closing(Store(open_store.data)) as store:
        change(store)
        pointer = store.data / "current"
        pointer.unlink() if said is None else pointer.write_text(said)
        with pytest.raises(Unavailable, match="current"):
            change(store)
        point_to(store.data, town)
        change(store)
        assert changes(store) == 3


def test_a_file_that_was_replaced_gets_nothing_that_was_meant_for_the_other_one(open_store):
    file = open_store.data / "gridplan.db"
    shutil.copy(file, file.with_name("copy"))
    before = file.with_name("copy").read_bytes()
    file.with_name("copy").replace(file)
    for use in (change, changes):
        with pytest.raises(Unavailable, match="replaced"):
            use(open_store)
    open_store.close()
    with pytest.raises(Unavailable, match="replaced"):
        change(open_store)
    with pytest.raises(Unavailable, match="replaced"):  # in another process of the same service, which is begun later
        open_store.for_reading()()
    assert file.read_bytes() == before


def test_what_was_moved_within_a_transaction_is_not_said_to_be_kept(open_store):
    with pytest.raises(Unavailable, match="moved"), open_store.change(COMMAND_LINE, "change", "town", now=NOW):
        away(open_store.data, ["gridplan.db"])


def test_after_a_file_was_moved_no_new_town_is_begun_in_its_place(open_store):
    back = away(open_store.data, ["gridplan.db"])
    with closing(Store(open_store.data)) as other, pytest.raises(InputRefused, match="traces of a town"):
        other.upgrade()
    back()
    assert changes(open_store) == 1


def test_a_database_under_two_names_is_refused(open_store):
    os.link(open_store.data / "gridplan.db", open_store.data.with_name("other.db"))
    with pytest.raises(InputRefused, match="hard link"):
        Store(open_store.data.parent, f"sqlite:///{open_store.data.with_name('other.db')}")


def test_one_service_has_a_file_whatever_it_is_called(open_store, tmp_path):
    linked = tmp_path / "linked"
    linked.symlink_to(open_store.data)
    (tmp_path / "one.db").symlink_to(open_store.data / "gridplan.db")
    others = [Store(linked), Store(tmp_path, f"sqlite:///{open_store.data / 'gridplan.db'}")]
    others.append(Store(tmp_path, f"sqlite:///{tmp_path / 'one.db'}"))
    with open_store.hold_database():
        for other in others:
            with pytest.raises(Conflict, match="already runs on this database"), other.hold_database():
                pass
    for other in others:
        with other.hold_database():
            pass
        other.close()
