"""Files that were brought as a page shows them: what each is, its columns with samples, and what is doubtful of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from gridplan.coordinates import WGS84, frame_option, frame_shown
from gridplan.exchange.lists.households.households import HouseholdList, ReadTable
from gridplan.exchange.tables.cells import shown
from gridplan.exchange.tables.columns import folded
from gridplan.service.imports.staging import FIELDS_OF, StagedFile, StagedLists
from gridplan.words import Message, message_to_json

SAMPLES: Final = 3
MENTIONED: Final = "frame.note.mentioned_option"
FRAMES: Final = (frame_option(WGS84), "cgcs2000", "gcj02", "bd09")
"""The frames that a page offers; any other is stated by its EPSG code."""
Json = dict[str, Any]


def file_preview(piece: StagedFile, brought: StagedLists) -> Json:
    """Return a piece as the page shows it."""
    read = _tables_of(piece, brought.households)
    columns = {field: header for table in reversed(read) for field, header in table.columns.items()}
    if piece.kind == "members" and brought.members:
        columns = dict(brought.members.columns)
    headers = list(dict.fromkeys(text for table in piece.tables for text in table.header if text.strip()))
    frames = sorted({frame_shown(table.frame) for table in read if table.frame})
    return {
        "key": piece.key,
        "name": piece.name,
        "kind": piece.kind,
        "guessed": piece.guessed,
        "rows": sum(len(table.rows) for table in piece.tables),
        "problem": message_to_json(piece.problem) if piece.problem else None,
        "headers": headers,
        "samples": _samples(piece, headers),
        "fields": _fields(piece, columns, headers),
        "frames": frames,
        "frame": frame_option(piece.source.frame) if piece.source.frame else "",
        "doubts": [message_to_json(doubt) for table in read for doubt in (*table.doubts, *frame_mentions(table))],
        "offers": sorted(_better_frames(piece, brought)),
    }


def _tables_of(piece: StagedFile, listed: HouseholdList | None) -> list[ReadTable]:
    if piece.kind != "households" or listed is None:
        return []
    return [table for table in listed.tables if table.name == piece.name or table.name.startswith(f"{piece.name}#")]


def _better_frames(piece: StagedFile, brought: StagedLists) -> set[str]:
    """Return the frames with which more households would be in their village, if a piece is read in them."""
    if piece.kind == "villages":
        every = brought.households.tables if brought.households else ()
        return _options(every, "frame.seen.outlines")
    read = _tables_of(piece, brought.households)
    mentioned = {str(note.values["option"]) for table in read for note in frame_mentions(table)}
    return mentioned | _options(read, "frame.seen.households")


def _options(tables: Iterable[ReadTable], code: str) -> set[str]:
    return {str(doubt.values["option"]) for table in tables for doubt in table.doubts if doubt.code == code}


def frame_mentions(table: ReadTable) -> list[Message]:
    """Return where a header or a title speaks of another frame than a table was read in."""
    return [note for note in table.notes if note.code == MENTIONED]


def _samples(piece: StagedFile, headers: Iterable[str]) -> dict[str, list[str]]:
    """Return what stands first under each header; what is never stored is not among them."""
    found: dict[str, dict[str, None]] = {header: {} for header in headers}
    for table in piece.tables:
        for header, column in zip(table.header, table.rows.columns, strict=False):
            if header in found:
                for cell in column:
                    if len(found[header]) >= SAMPLES:
                        break
                    if cell.strip():
                        found[header].setdefault(shown(cell.strip()))
    return {header: list(cells) for header, cells in found.items()}


def _fields(piece: StagedFile, columns: Mapping[str, str], headers: Collection[str]) -> list[Json]:
    """Return the fields of a list with the header that each is taken from, "" for none."""
    if piece.kind not in FIELDS_OF or not headers:
        return []
    wanted = piece.source.columns
    of_kind = FIELDS_OF[piece.kind]
    if not columns and not piece.problem:
        columns = _recognised(piece)
    usual = [name for name in of_kind if name in columns or name in wanted or name in _usual(piece)]
    return [{"field": name, "header": wanted.get(name, columns.get(name, ""))} for name in usual]


def _recognised(piece: StagedFile) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, groups in FIELDS_OF[piece.kind].items():
        for table in piece.tables:
            for header in table.header:
                if field not in found and any(folded(header) in group for group in groups):
                    found[field] = header
    return found


def _usual(piece: StagedFile) -> tuple[str, ...]:
    drawn = any(table.shapes is not None for table in piece.tables)
    places = () if drawn else ("lon", "lat")
    return {
        "households": ("id", "name", "phone", "address", "door", *places, "village", "hamlet", "grid", "lead"),
        "members": ("member_id", "name", "kind", "village", "hamlet", *places, "max_grids", "available", "ties"),
        "hamlets": ("village", "hamlet", *places),
        "villages": ("village", "code"),
    }.get(piece.kind, ())
