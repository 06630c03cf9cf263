"""A file that a command writes: refused before anything is made where it cannot be, and put in its place at once."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gridplan.errors import OutputRefused, is_disk_full


def check_place(path: Path) -> None:
    """Refuse where no file can be written, before anything is noted as printed.

    Raises
    ------
    OutputRefused
        It is a folder, a device, or in a folder that is not there or takes nothing.
    """
    with _refused(path):
        if path.is_dir():
            raise OutputRefused("export.is_folder", path=str(path))
        if path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        half = _half(path)
        half.touch()
        half.unlink()


def write_file(path: Path, written: bytes) -> None:
    """Put a file in its place at once; what is there already is replaced only once the new one is whole.

    Raises
    ------
    OutputRefused
        The disk is full, or the place takes nothing.
    """
    half = _half(path)
    with _refused(path):
        try:
            half.write_bytes(written)
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)


def _half(path: Path) -> Path:
    """Return the file beside another one that is to take its place."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    """Have what the system says against a file be a refusal."""
    try:
        yield
    except OSError as problem:
        code = "store.full" if is_disk_full(problem) else "export.not_written"
        raise OutputRefused(code, path=str(path), why=problem.strerror or str(problem)) from problem
