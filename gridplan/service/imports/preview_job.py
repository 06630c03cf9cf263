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
from gridplan.service.imports.blockers import refusals
from gridplan.service.imports.diff import Proposal, Town, propose, read_town
from gridplan.service.imports.preview import preview
from gridplan.service.imports.preview_map import points_on_map
from gridplan.service.imports.staging import Brought, Choices, File, pieces_of, read_brought, unpacked
from gridplan.service.jobs.runner import Progress
from gridplan.service.jobs.status import step
from gridplan.store import Store
from gridplan.store.system import imports
from gridplan.words import LANGS, Message

FOLDER: Final = "imports"
"""The folder of the store that has a folder for every import batch."""
MAP: Final = "map.json"


@dataclass(frozen=True)
class Looked:
    """What the files of an import batch hold, beside the town as it is."""

    files: tuple[File, ...]
    choices: Choices
    town: Town
    brought: Brought
    proposal: Proposal


def folder_of(store: Store, row: RowMapping) -> Path:
    """Return the folder that the files of an import batch are in."""
    return store.folder / FOLDER / str(row["folder"])


def refused_file(kind: str, lang: str) -> str:
    """Return the name of the file with the refused rows of households or members, in a language."""
    return f"refused_{kind}.{lang}.csv"


def read_all(store: Store, request: Mapping[str, Any], progress: Progress) -> Looked:
    """Read the files of an import batch, and what they would change about the town."""
    with store.read() as connection:
        row = imports.by_id(connection, request["batch_id"])
        town = read_town(connection)
    folder, choices = folder_of(store, row), Choices(**row["choices"])
    files = unpacked(folder, row["files"])
    steps = 2 * len(files) + 1
    done = 0

    def said(name: str) -> None:
        nonlocal done
        done = min(done + 1, steps - 1)
        progress(step(Message("imports.at.reading", {"file": name}), done, steps))

    pieces = pieces_of(folder, files, choices, said)
    brought = read_brought(pieces, town.known, town.hamlets, said)
    progress(step(Message("imports.at.comparing"), steps - 1, steps))
    return Looked(tuple(files), choices, town, brought, propose(town, brought, choices))


def look(store: Store, request: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Return what the page shows of an import batch; in the job's own process."""
    looked = read_all(store, request, progress)
    with store.read() as connection:
        folder = folder_of(store, imports.by_id(connection, request["batch_id"]))
    _write_refused(folder, looked.brought)
    scope = request["villages"]
    points = points_on_map(looked.town, looked.brought, scope)
    (folder / MAP).write_text(json.dumps(points, ensure_ascii=False), encoding="utf-8")
    blocked = tuple(refusals(looked.town, looked.brought, looked.proposal, scope))
    found = preview(looked.town, looked.brought, looked.proposal, looked.choices, blocked, scope)
    return {"files": looked.files, "found": found}


def _write_refused(folder: Path, brought: Brought) -> None:
    for lang in LANGS:
        if brought.households:
            write_refused(folder / refused_file("households", lang), brought.households, lang)
        if brought.members:
            write_refused_members(folder / refused_file("members", lang), brought.members, lang)


def keep(store: Store, job: RowMapping, looked: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    """Keep what was found, unless the files or choices have changed since; in the service."""
    batch_id = job["request"]["batch_id"]
    with store.write() as connection:
        row = imports.by_id(connection, batch_id)
        if row["state"] == "open" and row["job_id"] == job["id"]:
            imports.change(connection, batch_id, files=list(looked["files"]), preview=looked["found"])
    return {"batch_id": batch_id}
