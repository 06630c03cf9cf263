"""Uploaded files: their names are checked, and they are stored under random names in the folder of a batch."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Final

from gridplan.errors import GridplanError, InputRefused
from gridplan.exchange.tables.cells import CONTROL
from gridplan.exchange.tables.formats import READERS
from gridplan.service.imports.staging import SHAPEFILE_PARTS, UploadedFile

MOST_FILES: Final = 200
LONGEST_NAME: Final = 120
ENDINGS: Final = frozenset(READERS) | SHAPEFILE_PARTS
SLASHES: Final = re.compile(r"[\\/]")

Upload = tuple[str, IO[bytes]]
"""The name that a file came with, and its content."""


def store_uploads(folder: Path, before: Sequence[UploadedFile], uploads: Sequence[Upload]) -> list[UploadedFile]:
    """Write files into a folder, one of the same name in the place of the earlier one; return all that are there now.

    Raises
    ------
    InputRefused
        There is no file, there are too many, or one is empty or of no kind that is read.
    """
    named = [(_plain_name(name), content) for name, content in uploads]
    new = {name for name, _ in named}
    kept = [file for file in before if file["name"] not in new]
    if not named:
        raise InputRefused("imports.no_file")
    if len(kept) + len(named) > MOST_FILES:
        raise InputRefused("imports.too_many", n=len(kept) + len(named), most=MOST_FILES)
    for name, _ in named:
        _check_ending(name)
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    try:
        return [*kept, *_written(folder, kept, named)]
    except GridplanError:
        if not before:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _written(folder: Path, kept: Iterable[UploadedFile], named: Iterable[Upload]) -> Iterator[UploadedFile]:
    """Write files; the parts of one shapefile get one name."""
    stems = {
        PurePosixPath(file["name"]).stem: PurePosixPath(file["stored"]).stem for file in kept if _is_part(file["name"])
    }
    used = {file["name"] for file in kept}
    for name, content in named:
        path = PurePosixPath(name)
        stem = stems.setdefault(path.stem, secrets.token_hex(8)) if _is_part(name) else secrets.token_hex(8)
        stored = f"{stem}{path.suffix.lower()}"
        with (folder / stored).open("wb") as file:
            shutil.copyfileobj(content, file)
        if not (folder / stored).stat().st_size:
            raise InputRefused("read.empty", file=name)
        n = 1
        while name in used:
            n += 1
            name = f"{path.stem} ({n}){path.suffix}"
        used.add(name)
        yield {"stored": stored, "name": name}


def _is_part(name: str) -> bool:
    ending = PurePosixPath(name).suffix.lower()
    return ending == ".shp" or ending in SHAPEFILE_PARTS


def _plain_name(name: str) -> str:
    """Return the name of a file without its folders and without characters that cannot be shown."""
    plain = CONTROL.sub("", SLASHES.split(name)[-1]).strip() or "?"
    path = PurePosixPath(plain)
    return plain if len(plain) <= LONGEST_NAME else f"{path.stem[:LONGEST_NAME]}{path.suffix[:10]}"


def _check_ending(name: str) -> None:
    ending = PurePosixPath(name).suffix.lower()
    if ending == ".xlsm":
        raise InputRefused("read.macros", file=name)
    if ending not in ENDINGS:
        raise InputRefused("read.ending", file=name, endings=" ".join(READERS))
