"""A folder to write into: its files appear together or not at all, and no list that was given is written over."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from gridplan.errors import OutputRefused
from gridplan.exchange.lists.refused_csv import REFUSED_SUFFIX
from gridplan.exchange.tables.source import parse_source


def check_not_input(given: Iterable[str], folder: Path, names: Iterable[str]) -> None:
    """Raise OutputRefused where a file that is to be written would take the place of one that was given."""
    read = {parse_source(argument).path.resolve() for argument in given}
    for name in names:
        if (folder / name).resolve() in read:
            raise OutputRefused("plan.own_list", file=str(folder / name))


def check_writable(folder: Path, names: Iterable[str]) -> None:
    """Raise OutputRefused where `atomic_folder` could not write; what is made to find out is gone afterwards."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        with atomic_folder(folder, (), "plan.folder"):
            _refuse_in_the_way(folder, names)
    finally:
        for place in missing:
            if place.is_dir() and not any(place.iterdir()):
                place.rmdir()


@contextmanager
def atomic_folder(folder: Path, names: Collection[str], refusal: str) -> Iterator[Path]:
    """Yield a folder within `folder` to write into; its files are moved over only once all of them are there.

    Of `names`, those that were not written are removed from `folder`.

    Raises
    ------
    OutputRefused
        The folder cannot be written, which is refused with the code `refusal`, or a folder is where a file has to be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".draft-", dir=folder) as place:
            draft = Path(place)
            yield draft
            _refuse_in_the_way(folder, names)
            for name in names:
                if (draft / name).exists():
                    (draft / name).replace(folder / name)
                else:
                    (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputRefused(refusal, folder=str(folder), why=error.strerror or type(error).__name__) from error


def remove_stale(folder: Path, columns: Mapping[str, Sequence[str]]) -> None:
    """Remove the files of these names whose last columns are these; one that has others is none of ours, and stays."""
    for name, own in columns.items():
        path = folder / name
        if path.is_file():
            with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
                header = next(csv.reader(file), [])
            if [column.removesuffix(REFUSED_SUFFIX) for column in header[-len(own) :]] == list(own):
                path.unlink()


def _refuse_in_the_way(folder: Path, names: Iterable[str]) -> None:
    if blocked := next((name for name in names if (folder / name).is_dir()), None):
        raise OutputRefused("plan.in_the_way", path=str(folder / blocked))
