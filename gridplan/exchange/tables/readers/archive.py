"""Zip files, workbooks among them: what they unpack to is known before they are unpacked, which is never to a disk."""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from gridplan.errors import InputRefused
from gridplan.exchange.tables.cells import shown
from gridplan.exchange.tables.source import Source
from gridplan.words import Message, series

MOST_ENTRIES = 1_000
MOST_RATIO = 200
"""Times its packed size that a file may unpack to; text and numbers that people wrote pack to a tenth or so."""
RATIO_FREE = 5_000_000
"""Bytes that a file may unpack to at any ratio."""
OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)")
OF_SYSTEM = re.compile(r"(^|/)(__MACOSX/|\.[^/]+$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
"""Members that no person put into an archive."""
NAMED = 5
"""Members that a note names."""
ENCRYPTED = 1
UTF8_NAME = 0x800


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip file, and its members that may be read, by name."""

    zip: zipfile.ZipFile
    members: Mapping[str, zipfile.ZipInfo]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the members as they were written."""
        return tuple(self.members)

    def read(self, name: str) -> bytes:
        """Return one member; zipfile stops at the size that the archive states for it."""
        return self.zip.read(self.members[name])

    def chunks(self, name: str, size: int = 1 << 22) -> Iterator[bytes]:
        """Yield one member piece by piece."""
        with self.zip.open(self.members[name]) as member:
            while piece := member.read(size):
                yield piece


def left_out(source: Source, names: Collection[str]) -> tuple[Message, ...]:
    """Return a note on members of an archive that were not read, if there are any but what systems put there."""
    named = [shown(name) for name in names if not OF_SYSTEM.search(name)]
    return (
        (Message("read.note.zip_left", {"n": len(named), "file": source.name, "names": series(named, NAMED)}),)
        if named
        else ()
    )


@contextmanager
def open_archive(source: Source, content: bytes, limit: int) -> Iterator[Archive]:
    """Open a zip file in memory after a check of its list of contents; more than `limit` bytes unpacked are refused.

    Raises
    ------
    InputRefused
        It is no zip file, is cut short or lies about its sizes, is encrypted, names one member twice or a place outside
        of itself, or unpacks to too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            members = file.infolist()
            _check(source, members, limit)
            yield Archive(file, {_name(member): member for member in members if not member.is_dir()})
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError):
        raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending) from None


def _name(member: zipfile.ZipInfo) -> str:
    """Return the name of a member; where it does not say that it is UTF-8, it is what Chinese systems write."""
    if member.flag_bits & UTF8_NAME or member.filename.isascii():
        return member.filename
    try:
        written = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return written.decode(encoding)
    return member.filename


def _check(source: Source, members: list[zipfile.ZipInfo], limit: int) -> None:
    if len(members) > MOST_ENTRIES:
        raise InputRefused("read.zip_entries", file=source.name, n=len(members), most=MOST_ENTRIES)
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if unpacked > limit or unpacked > max(RATIO_FREE, packed * MOST_RATIO):
        raise InputRefused("read.too_large", file=source.name, megabytes=unpacked // 1_000_000)
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise InputRefused("read.password", file=source.name)
    name, times = Counter(member.filename for member in members).most_common(1)[0] if members else ("", 0)
    if times > 1:
        raise InputRefused("read.zip_repeated", file=source.name, member=name)
    for member in members:
        if not member.filename or OUTSIDE.search(member.filename) or stat.S_ISLNK(member.external_attr >> 16):
            raise InputRefused("read.zip_outside", file=source.name, member=member.filename)
