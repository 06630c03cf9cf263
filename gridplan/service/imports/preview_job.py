"""The job that looks at what was brought: reads the files, and says what is there and what would change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import RowMapping

from gridplan.exchange.lists.households.households import write_refused
from gridplan.exchange.lists.members import write_refused_members
from gridplan.service.imports.blockers import import_blockers
from gridplan.service.imports.diff import ImportDiff, StoredTown, import_diff, read_town
from gridplan.service.imports.preview import preview
from gridplan.service.imports.preview_map import preview_map
from gridplan.service.imports.staging import (
    ImportChoices,
    StagedLists,
    UploadedFile,
    read_staged_lists,
    staged_files,
    unpack_archives,
)
from gridplan.service.jobs.runner import Progress
from gridplan.service.jobs.status import step
from gridplan.store import Store
from gridplan.store.system import imports
from gridplan.words import LANGS, Message

IMPORTS_FOLDER: Final = "imports"
"""The folder of the store that has a folder for every import batch."""
PREVIEW_MAP: Final = "map.json"


@dataclass(frozen=True)
class StagedBatch:
    """What the files of an import batch hold, beside the town as it is."""

    files: tuple[UploadedFile, ...]
    choices: ImportChoices
    town: StoredTown
    brought: StagedLists
    proposal: ImportDiff


def batch_folder(store: Store, row: RowMapping) -> Path:
    """Return the folder that the files of an import batch are in."""
    return store.folder / IMPORTS_FOLDER / str(row["folder"])


def refused_file(kind: str, lang: str) -> str:
    """Return the name of the file with the refused rows of households or members, in a language."""
    return f"refused_{kind}.{lang}.csv"


def stage_batch(store: Store, request: Mapping[str, Any], progress: Progress) -> StagedBatch:
    """Read the files of an import batch, and what they would change about the town."""
    with store.read() as connection:
        row = imports.by_id(connection, request["batch_id"])
        town = read_town(connection)
    folder, choices = batch_folder(store, row), ImportChoices(**row["choices"])
    files = unpack_archives(folder, row["files"])
    steps = 2 * len(files) + 1
    done = 0

    def said(name: str) -> None:
        nonlocal done
        done = min(done + 1, steps - 1)
        progress(step(Message("imports.at.reading", {"file": name}), done, steps))

    pieces = staged_files(folder, files, choices, said)
    brought = read_staged_lists(pieces, town.known, town.hamlets, said)
    progress(step(Message("imports.at.comparing"), steps - 1, steps))
    return StagedBatch(tuple(files), choices, town, brought, import_diff(town, brought, choices))


def preview_batch(store: Store, request: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Return what the page shows of an import batch; in the job's own process."""
    looked = stage_batch(store, request, progress)
    with store.read() as connection:
        folder = batch_folder(store, imports.by_id(connection, request["batch_id"]))
    _write_refused(folder, looked.brought)
    scope = request["villages"]
    points = preview_map(looked.town, looked.brought, scope)
    (folder / PREVIEW_MAP).write_text(json.dumps(points, ensure_ascii=False), encoding="utf-8")
    blocked = tuple(import_blockers(looked.town, looked.brought, looked.proposal, scope))
    found = preview(looked.town, looked.brought, looked.proposal, looked.choices, blocked, scope)
    return {"files": looked.files, "found": found}


def _write_refused(folder: Path, brought: StagedLists) -> None:
    for lang in LANGS:
        if brought.households:
            write_refused(folder / refused_file("households", lang), brought.households, lang)
        if brought.members:
            write_refused_members(folder / refused_file("members", lang), brought.members, lang)


def save_preview(store: Store, job: RowMapping, looked: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    """Keep what was found, unless the files or choices have changed since; in the service."""
    batch_id = job["request"]["batch_id"]
    with store.write() as connection:
        row = imports.by_id(connection, batch_id)
        if row["state"] == "open" and row["job_id"] == job["id"]:
            imports.change(connection, batch_id, files=list(looked["files"]), preview=looked["found"])
    return {"batch_id": batch_id}
