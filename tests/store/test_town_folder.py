"""Where a town lies in its data folder; and that no new one is begun where one was."""

import shutil
from contextlib import closing

import pytest

from gridplan.errors import InputRefused
from gridplan.store import Store
from gridplan.store.data_folder import make_data_folder
from gridplan.store.town_folder import earlier_towns, mark_begun, point_to, town_folder

NEW = "town-20261117-020000"


def test_a_town_lies_in_its_data_folder_until_something_else_is_said(tmp_path):
    assert town_folder(tmp_path) == tmp_path
    (tmp_path / NEW).mkdir()
    point_to(tmp_path, tmp_path / NEW)
    assert town_folder(tmp_path) == tmp_path / NEW
    point_to(tmp_path, tmp_path)
    assert town_folder(tmp_path) == tmp_path
    assert sorted(path.name for path in tmp_path.iterdir()) == ["current", NEW]
    assert (tmp_path / "current").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "said", ["", "\n", "nonsense", "..", "../other", "/etc", NEW + "/scans", "\x00", "é", "a" * 10**6]
)
def test_a_pointer_that_names_no_folder_of_a_town_is_refused(tmp_path, said):
    (tmp_path / NEW).mkdir()
    (tmp_path / "current").write_text(said)
    with pytest.raises(InputRefused, match="does not name a folder") as refused:
        Store(tmp_path)
    assert "gridplan restore" in str(refused.value)


def test_a_pointer_to_nothing_or_none_beside_restored_towns_is_refused(tmp_path):
    (tmp_path / "current").write_text(NEW)
    with pytest.raises(InputRefused, match=f"lies in .*{NEW}, which is not there"):
        Store(tmp_path)
    (tmp_path / "current").unlink()
    (tmp_path / NEW).mkdir()
    with pytest.raises(InputRefused, match=f"current is missing.*{NEW}"):
        Store(tmp_path)


def test_a_town_in_a_sub_folder_is_opened_with_all_that_is_its(tmp_path):
    (tmp_path / NEW).mkdir()
    point_to(tmp_path, tmp_path / NEW)
    with pytest.raises(InputRefused, match="traces of a town"):
        Store(tmp_path).upgrade()
    with closing(Store(tmp_path / NEW)) as store:
        store.upgrade()
    with closing(Store(tmp_path)) as store:
        store.check_tables()
        assert store.folder == tmp_path / NEW


TRACES = ["gridplan.db-wal", "gridplan.db-shm", "gridplan.db-journal", "gridplan.db-writing", "current"]
FOLDERS = ["scans", "imports", "before-20261117-020000", "files-20261117-020000", ".restore-abc"]


@pytest.mark.parametrize("trace", [*TRACES, *FOLDERS, "basemap.pmtiles", "address.txt", "gridplan.lock"])
def test_no_town_is_begun_where_a_trace_of_one_lies(tmp_path, trace):
    place = tmp_path / trace
    if trace in FOLDERS:
        place.mkdir()
    elif trace == "gridplan.lock":
        place.touch()
        mark_begun(tmp_path)
    else:
        place.write_text("." if trace == "current" else "")
    for use in (Store.upgrade, Store.check_tables):
        with closing(Store(tmp_path)) as store, pytest.raises(InputRefused) as refused:
            use(store)
        assert (refused.value.message.code, refused.value.message.values["traces"]) == ("store.traces", trace)
    assert [path.name for path in tmp_path.iterdir()] == [trace]


def test_in_a_new_folder_a_town_is_begun_though_a_start_before_was_killed(tmp_path):
    folder = make_data_folder(tmp_path / "data")  # with a lock, as a start makes it first
    (folder / ".begin-abc").mkdir()
    (folder / ".begin-abc" / "gridplan.db").touch()
    with closing(Store(folder)) as store:
        store.upgrade()
        store.check_tables()
    assert not list(folder.glob(".begin-*"))
    assert (folder / "gridplan.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100], ids=["empty", "nonsense"])
def test_a_file_without_a_town_is_never_filled_with_a_new_one(tmp_path, content):
    (tmp_path / "gridplan.db").write_bytes(content)
    with pytest.raises(Exception, match="restore") as refused, closing(Store(tmp_path)) as store:
        store.upgrade()
    assert refused.value.message.code in {"store.empty", "store.damaged"}
    assert (tmp_path / "gridplan.db").read_bytes() == content


@pytest.mark.postgresql
def test_no_town_is_begun_in_postgresql_where_its_folder_has_traces(postgresql, tmp_path):
    (tmp_path / "scans").mkdir()
    with postgresql.bare() as url, closing(Store(tmp_path, url)) as store:
        with pytest.raises(InputRefused, match="traces of a town"):
            store.upgrade()
        assert store.revision is None


def test_what_was_the_town_before_is_known(tmp_path):
    for name in ("before-20251117-020000", "town-20261116-020000", NEW):
        (tmp_path / name).mkdir()
    (tmp_path / "gridplan.db").touch()
    assert earlier_towns(tmp_path) == []  # nobody can say which one is the town
    point_to(tmp_path, tmp_path / NEW)
    assert earlier_towns(tmp_path) == ["before-20251117-020000", "gridplan.db", "town-20261116-020000"]
    shutil.rmtree(tmp_path / "before-20251117-020000")
    point_to(tmp_path, tmp_path)
    assert earlier_towns(tmp_path) == ["town-20261116-020000", NEW]
