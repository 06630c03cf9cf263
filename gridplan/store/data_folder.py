"""Where the data of a service may lie: on a disk of this computer that nothing else copies or holds."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gridplan.errors import Conflict, InputRefused, OutputRefused
from gridplan.words import Message

LOCK: Final = "gridplan.lock"
ADDRESS: Final = "address.txt"
"""The file that says where the service of a folder answers, or did last."""
CLOUDS: Final = {
    "OneDrive": r"onedrive( - .*)?",
    "Dropbox": r"dropbox( \(.*\))?",
    "iCloud": r"icloud ?drive|mobile documents|com~apple~clouddocs",
    "Google Drive": r"google ?drive|googledrive-.*",
    "Nextcloud": r"nextcloud\d?",
    "ownCloud": r"owncloud\d?",
    "Syncthing": r"syncthing",
    "WPS": r"wps ?(云盘|网盘|云文档|drive|cloud|cloud files)|金山文档|wpsdrive",
    "坚果云": r"(我的)?坚果云|nutstore( files)?",
    "百度网盘": r"baidu ?(syncdisk|netdisk.*)|百度网盘.*|百度云.*",
}
"""Names of the folders that programs keep the same as somewhere else."""
MARKS: Final = {
    ".dropbox": "Dropbox",
    ".nextcloudsync.log": "Nextcloud",
    ".owncloudsync.log": "ownCloud",
    ".stfolder": "Syncthing",
}
"""What such a program leaves in the folder that it looks after, whatever the folder is called."""
NETWORKS: Final = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|davfs|glusterfs|fuse\.(sshfs|rclone|davfs|gvfsd.*|glusterfs)"
)


def default_folder() -> Path:
    """Return the folder of the data where none is named: the same one wherever gridplan is started from."""
    return Path.home() / "gridplan-data"


def unsuitable_folder(folder: Path, mounts: Path = Path("/proc/mounts")) -> Message | None:
    """Return why a folder cannot hold a database that is in use, or None.

    Programs that synchronise a folder copy a database and its log at different moments; over a network its locks do
    not hold. Both lose data.
    """
    place = folder.expanduser().resolve()
    if any(str(path).startswith(("\\\\", "//")) for path in (folder, place)):
        return Message("serve.network_folder", {"folder": str(place), "kind": "UNC"})
    if cloud := _cloud(place):
        return Message("serve.synced_folder", {"folder": str(place), "cloud": cloud})
    kind = _kind_of_disk(place, mounts)
    if kind and NETWORKS.fullmatch(kind):
        return Message("serve.network_folder", {"folder": str(place), "kind": kind})
    return None


def _cloud(place: Path) -> str | None:
    for part in place.parts:
        for cloud, name in CLOUDS.items():
            if re.fullmatch(name, part, re.IGNORECASE):
                return cloud
    for variable in ("OneDrive", "OneDriveCommercial", "OneDriveConsumer"):
        if (root := os.environ.get(variable)) and place.is_relative_to(Path(root).resolve()):
            return "OneDrive"
    return next((MARKS[mark] for above in (place, *place.parents) for mark in MARKS if (above / mark).exists()), None)


def _kind_of_disk(place: Path, mounts: Path) -> str | None:
    """Return the file system that a place is on, where the system tells."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    kinds = {}
    for _, where, kind, *_ in filter(None, map(str.split, lines)):
        kinds[Path(re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), where))] = kind
    return next((kinds[above] for above in (place, *place.parents) if above in kinds), None)


def make_data_folder(folder: Path | None, *, any_disk: bool = False) -> Path:
    """Make the folder of a service, the usual one if none is named, for the user alone, and return it.

    Raises
    ------
    InputRefused
        It is synchronised or on a network, and `any_disk` was not asked for.
    OutputRefused
        It cannot be made.
    """
    place = (folder or default_folder()).expanduser()
    if not any_disk and (reason := unsuitable_folder(place)):
        raise InputRefused(reason.code, **reason.values)
    try:
        if not place.exists():
            place.mkdir(parents=True)
            place.chmod(0o700)
        (place / LOCK).touch(0o600)
    except OSError as error:
        raise OutputRefused("serve.no_folder", folder=str(place), why=error.strerror) from error
    return place


def note_address(folder: Path, address: str) -> None:
    """Note in a folder where its service answers, for the commands that print links while it runs."""
    path = folder / ADDRESS
    path.touch(0o600)
    path.write_text(f"{address}\n", encoding="utf-8")


def noted_address(folder: Path) -> str | None:
    """Return where the service of a folder answers, or did last; None where none ever ran."""
    path = folder / ADDRESS
    return path.read_text(encoding="utf-8").strip() if path.exists() else None


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Hold a folder, so that no second process serves it or takes its data away.

    Raises
    ------
    Conflict
        Another process holds it.
    """
    try:
        with hold_file(folder / LOCK):
            yield
    except BlockingIOError as error:
        raise Conflict("serve.held", folder=str(folder)) from error


@contextmanager
def hold_file(path: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold a file, which is made if need be, that no other process does.

    Raises
    ------
    BlockingIOError
        Another one holds it, and it was not to be waited for.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _lock(file, wait=wait)
        except OSError as error:
            raise BlockingIOError(error.errno, error.strerror, str(path)) from error
        try:
            yield
        finally:
            _unlock(file)
    finally:
        os.close(file)


if sys.platform == "win32":
    import msvcrt

    FAR: Final = 2**30
    """Where the byte is that is held: beyond what is written, since nobody else can read it meanwhile."""

    def _lock(file: int, *, wait: bool) -> None:
        os.lseek(file, FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)  # waits for ten seconds

    def _unlock(file: int) -> None:
        os.lseek(file, FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(file: int, *, wait: bool) -> None:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
