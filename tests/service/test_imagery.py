"""Orthophotos and maps: sent in pieces, cut by a job, drawn beneath, in the backup, and removed again."""

import math
import shutil

import pytest
from databases import ON_BOTH
from rasters import geotiff
from service import NOW, OTHER, OWN

from gridplan.errors import Conflict, DiskFull, InputRefused, NotAllowed
from gridplan.service.admin.backup import back_up
from gridplan.service.admin.restore import restore
from gridplan.service.registry import imagery
from gridplan.store import Store, Who
from gridplan.store.access import accounts, scope
from gridplan.store.registry import scans, villages
from gridplan.store.system import jobs

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


class Town:
    """A store, its planner, and what the planner sends."""

    def __init__(self, store):
        self.store = store
        with store.read() as connection:
            self.planner = scope.actor(connection, accounts.by_login(connection, "planner")["id"])
            self.own, self.other = (villages.ids_by_name(connection)[name] for name in (OWN, OTHER))
        self.who = Who(self.planner.account_id, self.planner.role)

    def begin(self, name="own.tif", size=1000, frame="", village="own"):
        village_id = None if village is None else self.own
        return imagery.begin(self.store, self.planner, self.who, village_id, name=name, size=size, frame=frame, now=NOW)

    def send(self, file):
        content = file.read_bytes()
        id_ = self.begin(size=len(content))
        at = 0
        while at < len(content):
            at = imagery.add_piece(self.store, id_, at, content[at : at + 50_000])
        return id_

    def cut(self, id_):
        """Do what the job does, and return its result."""
        imagery.cut(self.store, self.planner, id_, now=NOW)
        with self.store.write() as connection:
            job = jobs.claim_next(connection, NOW)
        found = imagery.cut_imagery(self.store, job["request"], lambda _: None)
        imagery.save_imagery(self.store, job, found, NOW)
        with self.store.read() as connection:
            return jobs.by_id(connection, job["id"])["result"]

    def files(self):
        return sorted(path.suffix for path in (self.store.folder / "imagery").glob("*"))


@pytest.fixture
def town(service):
    """Return a town whose planner sends files."""
    return Town(service.store)


def of_own_village(folder, **more):
    return geotiff(folder / "own.tif", **{"crs": "EPSG:32650", "corner": (119.43, 31.41), **more})


@pytest.mark.slow
@ON_BOTH
def test_a_file_is_sent_cut_shown_kept_in_the_backup_and_removed(town, tmp_path):
    id_ = town.send(of_own_village(tmp_path))
    assert town.cut(id_)["imagery"] == id_
    assert town.files() == [".tiles"]
    (row,) = imagery.imagery_of(town.store, [town.own])
    zoom, n = row["first_zoom"], 2 ** row["first_zoom"]
    column = int((row["west"] + 180) / 360 * n)
    line = int((1 - math.asinh(math.tan(math.radians(row["north"]))) / math.pi) / 2 * n)
    tile = imagery.tile(town.store, id_, zoom, column, line)
    assert tile is not None and tile.startswith((b"\xff\xd8", b"RIFF"))
    assert imagery.tile(town.store, id_, zoom, column + 9, line) is None
    assert imagery.imagery_of(town.store, [town.other]) == []

    back_up(town.store, tmp_path / "town.backup", now=NOW)
    other = tmp_path / "other"
    other.mkdir()
    restored = Store(restore(tmp_path / "town.backup", other, None, now=NOW).folder)
    assert imagery.tile(restored, id_, zoom, column, line) == tile
    assert [path.suffix for path in (restored.folder / "imagery").glob("*")] == [".tiles"]
    restored.close()

    assert imagery.remove(town.store, town.who, id_, now=NOW) == town.own
    assert (town.files(), imagery.imagery_of(town.store, None)) == ([], [])


@pytest.mark.slow
@ON_BOTH
def test_what_does_not_say_where_it_lies_becomes_a_picture_to_be_placed(town, tmp_path):
    result = town.cut(town.send(of_own_village(tmp_path, crs=None)))
    with town.store.read() as connection:
        (picture,) = scans.of_village(connection, town.own)
    assert (result, picture["controls"], town.files()) == ({"scan": picture["id"]}, [], [])


@pytest.mark.slow
def test_what_lies_far_from_the_villages_is_refused_and_leaves_no_trace(town, tmp_path):
    id_ = town.send(of_own_village(tmp_path, crs="EPSG:32645", corner=(87.0, 31.4)))
    with pytest.raises(InputRefused) as refused:
        town.cut(id_)
    assert refused.value.message.code == "imagery.far"
    assert refused.value.message.values["lon"] == pytest.approx(87.0, abs=0.01)
    imagery.remove(town.store, town.who, id_, now=NOW)
    assert town.files() == []


def test_a_piece_that_was_lost_or_sent_twice_is_asked_for_again(town):
    id_ = town.begin(size=10)
    assert imagery.add_piece(town.store, id_, 0, b"12345") == 5
    assert imagery.add_piece(town.store, id_, 0, b"12345") == 5
    assert imagery.add_piece(town.store, id_, 7, b"89") == 5
    with pytest.raises(Conflict):
        imagery.cut(town.store, town.planner, id_, now=NOW)
    with pytest.raises(InputRefused):
        imagery.add_piece(town.store, id_, 5, b"6789012")
    assert imagery.add_piece(town.store, id_, 5, b"67890") == 10


@ON_BOTH
def test_a_file_that_cannot_be_taken_is_refused_before_it_is_sent(town, monkeypatch):
    for given in ({"size": imagery.LARGEST + 1}, {"frame": "mars"}):
        with pytest.raises(InputRefused):
            town.begin(**given)
    with pytest.raises(NotAllowed):
        town.begin(village=None)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 99, 1))
    with pytest.raises(DiskFull):
        town.begin()
    assert imagery.imagery_of(town.store, None) == []


def test_files_that_nobody_names_are_removed_with_the_next_one(town):
    id_ = town.begin()
    imagery.add_piece(town.store, id_, 0, b"1")
    (town.store.folder / "imagery" / "0123.cut").write_bytes(b"left over")
    town.begin()
    assert town.files() == [".part"]
