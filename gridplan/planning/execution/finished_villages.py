"""Villages that are finished while a town is planned, kept in a folder so that a run that broke off can go on there.

Arrays and numbers in files of numpy and JSON, each whole or not there; nothing that is run when it is read.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from gridplan import __version__
from gridplan.engine.grid_count import OtherCount
from gridplan.engine.hamlets import HamletSplit
from gridplan.engine.solve import Cut, Drawing
from gridplan.errors import InputRefused, OutputRefused
from gridplan.planning.county import PlanSettings, Task

FINGERPRINT: Final = "fingerprint.json"
NOTHING: Final = -1
"""The length of an outline that there is none of."""


@dataclass(frozen=True)
class PartFolder:
    """Where the villages of a plan are kept as they are finished, until the whole of it is in its own folder."""

    path: Path
    resume: bool = False
    """Whether the run before is to go on, if it was of the same lists, settings and version."""

    @classmethod
    def beside(cls, folder: Path, *, resume: bool) -> PartFolder:
        """Return that of a plan for a folder: DIR.part beside DIR."""
        whole = folder.absolute()
        return cls(whole.with_name(f"{whole.name}.part"), resume)

    @property
    def is_there(self) -> bool:
        """Whether a run that broke off has left something."""
        return (self.path / FINGERPRINT).is_file()

    def begin(self, tasks: Iterable[Task], settings: PlanSettings) -> FinishedVillages:
        """Return what there is of these villages if the run before is to go on; else nothing, and what was there goes.

        Raises
        ------
        InputRefused
            The run before was of other lists, other settings or another version.
        OutputRefused
            The folder cannot be written, or is none that gridplan made.
        """
        fingerprint = _fingerprint(tasks, settings)
        if self.resume and self.is_there:
            found = _read_json(self.path / FINGERPRINT)
            if other := next((name for name, value in fingerprint.items() if found.get(name) != value), None):
                raise InputRefused(f"plan.resume.{other}", folder=str(self.path))
            return FinishedVillages(self.path)
        if self.path.exists() and not self.is_there and (not self.path.is_dir() or any(self.path.iterdir())):
            raise OutputRefused("plan.in_the_way", path=str(self.path))
        self.remove()
        with _writing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            (self.path / FINGERPRINT).write_text(json.dumps(fingerprint), encoding="utf-8")
        return FinishedVillages(self.path)

    def remove(self) -> None:
        """Remove what was kept: the plan is there, or another one begins."""
        if self.is_there:
            shutil.rmtree(self.path, ignore_errors=True)


@dataclass(frozen=True)
class FinishedVillages:
    """The villages of one run that are cut or drawn, by name, in a folder of their own."""

    folder: Path

    def cut(self, village: str) -> Cut | None:
        """Return the cut of a village that is finished."""
        if (kept := self._read("cut", village)) is None:
            return None
        arrays, more = kept
        splits = tuple(HamletSplit(tuple(one[0]), *one[1:]) for one in more.pop("split_hamlets"))
        others = tuple(OtherCount(*one) for one in more.pop("other_counts"))
        lists: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in more.items()
        }
        return Cut(arrays["grid"], **lists, split_hamlets=splits, other_counts=others)

    def keep_cut(self, village: str, cut: Cut) -> None:
        """Keep the cut of a village."""
        more = {one.name: getattr(cut, one.name) for one in fields(cut) if one.name != "grid"}
        self._write("cut", village, {"grid": cut.grid}, more)

    def drawing(self, village: str) -> Drawing | None:
        """Return the drawing of a village that is finished."""
        if (kept := self._read("drawing", village)) is None:
            return None
        arrays, _ = kept
        ends, whole = np.cumsum(np.maximum(arrays["length"], 0)), arrays.pop("outline").tobytes()
        lengths = arrays.pop("length")
        outline = np.array(
            [
                None if length == NOTHING else shapely.from_wkb(whole[end - length : end])
                for length, end in zip(lengths.tolist(), ends.tolist(), strict=True)
            ],
            object,
        )
        return Drawing(outline=outline, **arrays)

    def keep_drawing(self, village: str, drawing: Drawing) -> None:
        """Keep the drawing of a village."""
        written = [None if shape is None else shapely.to_wkb(shape) for shape in drawing.outline]
        arrays = {
            **{one.name: getattr(drawing, one.name) for one in fields(drawing) if one.name != "outline"},
            "outline": np.frombuffer(b"".join(one for one in written if one is not None), np.uint8),
            "length": np.array([NOTHING if one is None else len(one) for one in written], np.int64),
        }
        self._write("drawing", village, arrays, {})

    def _path(self, kind: str, village: str) -> Path:
        return self.folder / f"{sha256(village.encode()).hexdigest()[:32]}.{kind}.npz"

    def _write(self, kind: str, village: str, arrays: Mapping[str, Any], more: Mapping[str, Any]) -> None:
        text = np.frombuffer(json.dumps(more, default=lambda value: value.item()).encode(), np.uint8)
        with _writing(self.folder), tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as file:
            np.savez(file, more=text, **arrays)
            file.close()
            Path(file.name).replace(self._path(kind, village))

    def _read(self, kind: str, village: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return arrays and more; None where there is no whole file."""
        try:
            with self._path(kind, village).open("rb") as file, np.load(file, allow_pickle=False) as kept:
                arrays = dict(kept)
            return arrays, json.loads(arrays.pop("more").tobytes())
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputRefused("plan.folder", folder=str(folder), why=error.strerror or type(error).__name__) from error


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _fingerprint(tasks: Iterable[Task], settings: PlanSettings) -> dict[str, str]:
    """Return what tells a run from others: its version, its settings and what lists make of its villages."""
    lists = sha256()
    for task in sorted(tasks, key=lambda task: task.village):
        data, barriers = task.data, task.data.barriers
        shapes = [data.boundary, *(barriers.lines if barriers else ()), *(barriers.areas if barriers else ())]
        shapes += [*(barriers.crossings if barriers else ())]
        arrays = (data.xy, data.hamlet, task.grid)
        for part in (
            json.dumps([task.village, task.kept, task.grids, len(shapes), len(data.xy)]).encode(),
            *(b"-" if one is None else np.ascontiguousarray(one).tobytes() for one in arrays),
            *(shapely.to_wkb(shape) for shape in shapes),
        ):
            lists.update(len(part).to_bytes(8, "big") + part)
    return {
        "version": __version__,
        "settings": sha256(json.dumps(asdict(settings), sort_keys=True).encode()).hexdigest(),
        "lists": lists.hexdigest(),
    }
