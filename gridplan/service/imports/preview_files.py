"""The files in the preview of an import: what each is, its columns with samples, and what is doubtful of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, TypedDict

from gridplan.coordinates import WGS84, frame_option, frame_shown
from gridplan.exchange.lists.households.household_notes import TableReport
from gridplan.exchange.lists.households.households import HouseholdList
from gridplan.exchange.tables.cells import shown
from gridplan.exchange.tables.columns import folded
from gridplan.service.imports.detect import FileKind
from gridplan.service.imports.staging import FIELDS_OF, StagedFile, StagedLists
from gridplan.words import Message, message_to_json

SAMPLES: Final = 3
MENTIONED: Final = ("frame.note.mentioned_option", "frame.note.packed")
FRAMES: Final = (frame_option(WGS84), "cgcs2000", "gcj02", "bd09", "dms")
"""The frames that a page offers; any other is stated by its EPSG code."""
Json = dict[str, Any]


class FilePreview(TypedDict):
    """A file, or a layer or sheet of one, as the page shows it."""

    key: str
    name: str
    kind: FileKind
    guessed: FileKind
    """The kind it was recognised as; `kind` may be the planner's choice."""
    is_understood: bool
    why: Json | None
    """What it was seen from, where that is not plain."""
    may_be: tuple[FileKind, ...]
    """What the planner is asked to choose from."""
    rows: int
    problem: Json | None
    headers: list[str]
    samples: dict[str, list[str]]
    """What stands first under each header."""
    fields: list[dict[str, str]]
    """Each `field` of the list with the `header` that it is read from; "" for none."""
    frames: list[str]
    """The frames it was read in."""
    frame: str
    """The frame that the planner chose; "" for none."""
    doubts: list[Json]
    better_frames: list[str]
    """Frames with which more households would be in their village."""


def file_preview(file: StagedFile, lists: StagedLists) -> FilePreview:
    """Return a file as the page shows it."""
    read = _tables_of(file, lists.households)
    columns = {field: header for table in reversed(read) for field, header in table.columns.items()}
    if file.kind == "members" and lists.members:
        columns = dict(lists.members.columns)
    headers = list(dict.fromkeys(text for table in file.tables for text in table.header if text.strip()))
    frames = sorted({frame_shown(table.frame) for table in read if table.frame})
    return {
        "key": file.key,
        "name": file.name,
        "kind": file.kind,
        "guessed": file.guessed,
        "is_understood": file.is_understood,
        "why": message_to_json(file.why) if file.why else None,
        "may_be": file.may_be if file.is_asked else (),
        "rows": sum(len(table.rows) for table in file.tables),
        "problem": message_to_json(file.problem) if file.problem else None,
        "headers": headers,
        "samples": _samples(file, headers),
        "fields": _fields(file, columns, headers),
        "frames": frames,
        "frame": frame_option(file.source.frame) if file.source.frame else "",
        "doubts": [message_to_json(doubt) for table in read for doubt in (*table.doubts, *frame_mentions(table))],
        "better_frames": sorted(_better_frames(file, lists)),
    }


def _tables_of(file: StagedFile, listed: HouseholdList | None) -> list[TableReport]:
    if file.kind != "households" or listed is None:
        return []
    return [table for table in listed.tables if table.name == file.name or table.name.startswith(f"{file.name}#")]


def _better_frames(file: StagedFile, lists: StagedLists) -> set[str]:
    """Return the frames with which more households would be in their village, if a file is read in them."""
    if file.kind == "villages":
        every = lists.households.tables if lists.households else ()
        return _options(every, "frame.seen.outlines")
    read = _tables_of(file, lists.households)
    mentioned = {str(note.values["option"]) for table in read for note in frame_mentions(table)}
    return mentioned | _options(read, "frame.seen.households")


def _options(tables: Iterable[TableReport], code: str) -> set[str]:
    return {str(doubt.values["option"]) for table in tables for doubt in table.doubts if doubt.code == code}


def frame_mentions(table: TableReport) -> list[Message]:
    """Return what speaks of another frame than a table was read in: a header, a title, the digits of its numbers."""
    return [note for note in table.notes if note.code in MENTIONED]


def _samples(file: StagedFile, headers: Iterable[str]) -> dict[str, list[str]]:
    """Return what stands first under each header; private columns are not among them."""
    found: dict[str, dict[str, None]] = {header: {} for header in headers}
    for table in file.tables:
        for header, column in zip(table.header, table.rows.columns, strict=False):
            if header in found:
                for cell in column:
                    if len(found[header]) >= SAMPLES:
                        break
                    if cell.strip():
                        found[header].setdefault(shown(cell.strip()))
    return {header: list(cells) for header, cells in found.items()}


def _fields(file: StagedFile, columns: Mapping[str, str], headers: Collection[str]) -> list[dict[str, str]]:
    if file.kind not in FIELDS_OF or not headers:
        return []
    wanted = file.source.columns
    of_kind = FIELDS_OF[file.kind]
    if not columns and not file.problem:
        columns = _recognised(file)
    usual = [name for name in of_kind if name in columns or name in wanted or name in _usual(file)]
    return [{"field": name, "header": wanted.get(name, columns.get(name, ""))} for name in usual]


def _recognised(file: StagedFile) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, groups in FIELDS_OF[file.kind].items():
        for table in file.tables:
            for header in table.header:
                if field not in found and any(folded(header) in group for group in groups):
                    found[field] = header
    return found


def _usual(file: StagedFile) -> tuple[str, ...]:
    drawn = any(table.shapes is not None for table in file.tables)
    places = () if drawn else ("lon", "lat", "lonlat", "x", "y")
    return {
        "households": ("id", "name", "phone", "address", "door", *places, "village", "hamlet", "grid", "lead", "group"),
        "members": (
            "member_id",
            "name",
            "kind",
            "village",
            "hamlet",
            "phone",
            *places,
            "max_grids",
            "available",
            "ties",
        ),
        "hamlets": ("village", "hamlet", *places),
        "villages": ("village", "code", "phone"),
    }.get(file.kind, ())
