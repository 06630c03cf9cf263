"""Where the data of a service may lie, and that one process at a time has them."""

import subprocess
import sys
from pathlib import Path

import pytest

from gridplan.errors import Conflict, InputRefused, OutputRefused
from gridplan.store.data_folder import hold_folder, make_data_folder, unsuitable_folder

MOUNTS = r"""/dev/sda1 / ext4 rw 0 0
server:/export /srv/share nfs4 rw 0 0
//nas/town /mnt/our\040disk cifs rw 0 0
user@host:/ /home/me/far fuse.sshfs rw 0 0
/dev/sdb1 /srv/share/disk xfs rw 0 0
"""


@pytest.fixture
def mounts(tmp_path):
    file = tmp_path / "mounts"
    file.write_text(MOUNTS)
    return file


@pytest.mark.parametrize(
    ("part", "cloud"),
    [
        ("OneDrive", "OneDrive"),
        ("OneDrive - 镇政府", "OneDrive"),
        ("dropbox (Personal)", "Dropbox"),
        ("Mobile Documents", "iCloud"),
        ("Nextcloud", "Nextcloud"),
        ("WPS云盘", "WPS"),
        ("WPS Cloud Files", "WPS"),
        ("金山文档", "WPS"),
        ("我的坚果云", "坚果云"),
        ("Nutstore Files", "坚果云"),
        ("BaiduSyncdisk", "百度网盘"),
    ],
)
def test_a_folder_that_is_kept_in_step_with_elsewhere_is_refused_with_the_reason(tmp_path, part, cloud):
    folder = tmp_path / part / "town"
    with pytest.raises(InputRefused) as refused:
        make_data_folder(folder)
    assert refused.value.message.code == "serve.synced_folder"
    assert refused.value.message.values == {"folder": str(folder), "cloud": cloud}
    assert not folder.exists()


def test_such_a_folder_is_known_by_what_the_program_leaves_in_it_too(tmp_path):
    (tmp_path / ".dropbox").touch()
    assert unsuitable_folder(tmp_path / "shared" / "town").values["cloud"] == "Dropbox"


def test_a_folder_below_that_of_onedrive_is_known_by_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("OneDriveCommercial", str(tmp_path / "office"))
    assert unsuitable_folder(tmp_path / "office" / "town").values["cloud"] == "OneDrive"
    assert unsuitable_folder(tmp_path / "officers" / "town") is None


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv/share/town", "nfs4"),
        ("/mnt/our disk/town", "cifs"),
        ("/home/me/far/town", "fuse.sshfs"),
        ("//server/share/town", "UNC"),
    ],
)
def test_a_folder_on_a_network_is_refused(mounts, folder, kind):
    assert unsuitable_folder(Path(folder), mounts).values["kind"] == kind


@pytest.mark.parametrize("folder", ["/srv/share/disk/town", "/home/me/town", "/srv/onedrives", "/srv/my dropbox notes"])
def test_a_folder_on_a_disk_of_this_computer_is_good(mounts, folder):
    assert unsuitable_folder(Path(folder), mounts) is None


def test_whoever_knows_better_may_have_it(tmp_path):
    assert make_data_folder(tmp_path / "Dropbox", any_disk=True).is_dir()


def test_nobody_else_on_the_computer_can_look_into_it(tmp_path):
    assert make_data_folder(tmp_path / "town").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputRefused, match="file"):
        make_data_folder(tmp_path / "file" / "town")


def test_one_process_at_a_time_holds_a_folder(tmp_path):
    folder = make_data_folder(tmp_path / "town")
    other = [
        sys.executable,
        "-c",
        f"from gridplan.store.data_folder import *\nwith hold_folder(Path({str(folder)!r})): pass",
    ]
    with hold_folder(folder):
        with pytest.raises(Conflict), hold_folder(folder):
            pass
        refused = subprocess.run(other, capture_output=True, text=True, check=False)
        assert "gridplan already runs on" in refused.stderr
    with hold_folder(folder):
        pass
