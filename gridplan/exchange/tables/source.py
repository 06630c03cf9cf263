"""What a file argument means, FILE#layer@FRAME, and the table that every reader makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gridplan.coordinates import frame_named
from gridplan.errors import InputRefused
from gridplan.exchange.tables.packed import PackedRows
from gridplan.words import Message

PLANS_SHEET: Final = "gridplan"
"""The hidden sheet in which a workbook of ours names its plans: no list of anybody's."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file, the layer or sheet wanted of it, and the frame stated for it (EPSG:n); None where it is not named.

    A file that is kept under a name of our own is `called` what its owner calls it. `columns` are headers by field that
    win over what its headers suggest; `villages` are those that its owner means by what it calls them, folded.
    """

    path: Path
    layer: str | None = None
    frame: str | None = None
    called: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    villages: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file's name without its folders, as messages show it."""
        return self.called or self.path.name or str(self.path)

    @property
    def ending(self) -> str:
        """The file name's ending in lower case, with its dot."""
        return self.path.suffix.lower()

    def content(self) -> bytes:
        """Return the bytes of the file.

        Raises
        ------
        InputRefused
            It is missing, a folder, empty, or may not be read.
        """
        try:
            if self.path.is_dir():
                raise InputRefused("read.folder", file=self.name)
            if self.path.exists() and not self.path.is_file():
                raise InputRefused("read.not_regular", file=self.name)
            content = self.path.read_bytes()
        except (FileNotFoundError, ValueError):
            raise InputRefused("read.missing", file=self.path) from None
        except PermissionError:
            raise InputRefused("read.no_permission", file=self.name) from None
        except OSError as error:
            raise InputRefused("read.unreadable", file=self.name, why=error.strerror) from None
        if not content:
            raise InputRefused("read.empty", file=self.name)
        return content


@dataclass(frozen=True, slots=True)
class Unread:
    """A geometry that is there and cannot be read: what the file has for it, and why."""

    value: str
    reason: Message


@dataclass(frozen=True, slots=True)
class Table:
    """A list as its file holds it: a header, and rows of text cells just as they were written.

    Rows without any content are left out and counted. A row is as wide as the header, or wider where the file has
    cells that no header covers. `numbers` are the rows as a spreadsheet counts them, or the features counted from 1.
    `shapes` holds a geometry in WGS-84 degrees, or None, for every row of a file that has geometries; `unread` are, by
    index, those that cannot be read; `frame` is the frame the file itself states for them. `sheet` is the sheet or
    layer, `encoding` that of a text or attribute file, and `notes` say what was noticed while reading: nothing is left
    out without one. `torn` are rows that are refused in every list since their quotes do not match: the header of
    the column, by the row's number.
    """

    source: Source
    header: tuple[str, ...]
    rows: PackedRows
    numbers: Sequence[int]
    blank_rows: int = 0
    shapes: NDArray[np.object_] | None = None
    sheet: str | None = None
    encoding: str | None = None
    notes: tuple[Message, ...] = ()
    frame: str | None = None
    torn: Mapping[int, str] = field(default_factory=dict)
    unread: Mapping[int, Unread] = field(default_factory=dict)

    @property
    def drawn(self) -> bool:
        """Whether any row has a geometry, readable or not."""
        return bool(self.unread) or (self.shapes is not None and not shapely.is_missing(self.shapes).all())


def parse_source(argument: str | Source) -> Source:
    """Return what FILE, FILE#layer, FILE@FRAME or FILE#layer@FRAME names; `#` and `@` may also be part of a file name.

    Raises
    ------
    InputRefused
        The frame is none that gridplan knows.
    """
    if isinstance(argument, Source):
        return argument
    if _exists(argument):
        return Source(Path(argument))
    for at in _positions(argument, "#"):
        if _exists(argument[:at]):
            layer, frame = _layer_and_frame(argument[at + 1 :])
            return Source(Path(argument[:at]), layer or None, frame)
    for at in _positions(argument, "@"):
        if _exists(argument[:at]):
            return Source(Path(argument[:at]), None, _frame(argument[at + 1 :]))
    return Source(Path(argument))


def number_text(number: float) -> str:
    """Return a number of a file that keeps numbers as text: 13.0 is 13, 110.5 is 110.5."""
    return str(int(number)) if number.is_integer() else repr(number)


def _layer_and_frame(rest: str) -> tuple[str, str | None]:
    layer, at, frame = rest.rpartition("@")
    return (layer, _frame(frame)) if at else (rest, None)


def _frame(name: str) -> str:
    frame = frame_named(name)
    if frame is None:
        raise InputRefused("read.frame", frame=name)
    return frame


def _positions(text: str, mark: str) -> list[int]:
    return [at for at in range(len(text) - 1, 0, -1) if text[at] == mark]


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return False
