"""Import batches: files are uploaded, previewed, corrected, and then applied or discarded."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from sqlalchemy import Connection, RowMapping

from gridplan.coordinates import frame_named
from gridplan.errors import Conflict, GridplanError, InputRefused, NotHere
from gridplan.exchange.tables.cells import CONTROL
from gridplan.exchange.tables.formats import READERS
from gridplan.roles import Actor
from gridplan.service.imports.detect import KINDS
from gridplan.service.imports.preview_job import IMPORTS_FOLDER, batch_folder
from gridplan.service.imports.staging import SHAPEFILE_PARTS, ImportChoices
from gridplan.service.jobs.status import may_see_job
from gridplan.store import Store
from gridplan.store.system import imports, jobs
from gridplan.words import Lang, say

BATCH_LIFETIME: Final = timedelta(days=1)
"""How long files wait to be confirmed."""
MOST_FILES: Final = 200
LONGEST_NAME: Final = 120
ENDINGS: Final = frozenset(READERS) | SHAPEFILE_PARTS
NAMELESS: Final = re.compile(r"[\\/]")

Upload = tuple[str, IO[bytes]]
"""The name that a file came with, and its content."""


def start_batch(store: Store, actor: Actor, uploads: Sequence[Upload], *, now: datetime) -> int:
    """Store uploaded files and queue their preview; return the id of their import batch.

    Raises
    ------
    InputRefused
        There is no file, there are too many, or one is of no kind that is read.
    """
    discard_old_batches(store, now=now)
    folder = secrets.token_hex(16)
    files = _keep_files(store.folder / IMPORTS_FOLDER / folder, (), uploads)
    with store.write() as connection:
        batch_id = imports.add(connection, folder=folder, files=files, made_by=actor.account_id, now=now)
        _queue_look(connection, actor, batch_id, now)
    return batch_id


def add_files(store: Store, actor: Actor, batch_id: int, uploads: Sequence[Upload], *, now: datetime) -> None:
    """Keep more files aside, one of the same name in the place of the earlier one, and look again.

    Raises
    ------
    NotHere, Conflict
        It is not the actor's, or it is being taken over or was.
    InputRefused
        As for `begin`.
    """
    with store.write() as connection:
        row = _open(connection, actor, batch_id)
        files = _keep_files(batch_folder(store, row), row["files"], uploads)
        imports.change(connection, batch_id, files=files)
        _queue_look(connection, actor, batch_id, now)


def save_choices(store: Store, actor: Actor, batch_id: int, choices: ImportChoices, *, now: datetime) -> None:
    """Keep what the planner chose, and look again.

    Raises
    ------
    NotHere, Conflict
        It is not the actor's, or it is being taken over or was.
    InputRefused
        A kind or a frame is none that there is.
    """
    for frame in choices.frames.values():
        if frame and frame_named(frame) is None:
            raise InputRefused("imports.no_frame", frame=frame)
    if wrong := next((kind for kind in choices.kinds.values() if kind not in KINDS), None):
        raise InputRefused("imports.no_kind", kind=wrong)
    with store.write() as connection:
        row = _open(connection, actor, batch_id)
        asked = {one["code"]: [home["code"] for home in one["candidates"]] for one in row["preview"].get("unsure", ())}
        kept = replace(choices, asked={id_: of for id_, of in asked.items() if id_ in choices.answers})
        imports.change(connection, batch_id, choices=asdict(kept))
        _queue_look(connection, actor, batch_id, now)


def confirm_batch(
    store: Store, actor: Actor, batch_id: int, *, keep: bool, lang: Lang, today: date, now: datetime
) -> None:
    """Have what was previewed taken over; with `keep`, with a first draft of the grids that the lists have.

    Asking twice is asking once.

    Raises
    ------
    NotHere, Conflict
        It is not the actor's, it was taken over already, or nothing was found yet.
    """
    with store.write() as connection:
        row = batch_of(connection, actor, batch_id)
        if _is_being(connection, row, "import"):
            return
        row = _open(connection, actor, batch_id)
        if not row["preview"] or not _may_see_found(connection, actor, row):
            raise Conflict("imports.look_first")
        chosen = replace(ImportChoices(**row["choices"]), keep=keep)
        imports.change(connection, batch_id, choices=asdict(chosen))
        name = say("imports.draft_kept" if keep else "imports.draft_loaded", lang, day=today.isoformat())
        request = {"fingerprint": row["preview"]["fingerprint"], "today": today.isoformat(), "name": name}
        _queue(connection, "import", actor, batch_id, request, now)


def discard_batch(store: Store, actor: Actor, batch_id: int, *, now: datetime) -> None:
    """Throw files away, and what was understood of them.

    Raises
    ------
    NotHere, Conflict
        It is not the actor's, or it is being taken over or was.
    """
    with store.write() as connection:
        row = _open(connection, actor, batch_id)
        _throw_away(connection, row, now)
    shutil.rmtree(batch_folder(store, row), ignore_errors=True)


def discard_old_batches(store: Store, *, now: datetime) -> None:
    """Throw away what has waited for a day."""
    with store.write() as connection:
        old = [row for row in imports.open_batches(connection) if row["made_at"] < now - BATCH_LIFETIME]
        for row in old:
            _throw_away(connection, row, now)
    for row in old:
        shutil.rmtree(batch_folder(store, row), ignore_errors=True)


def batch_of(connection: Connection, actor: Actor, batch_id: int) -> RowMapping:
    """Return an import batch of the actor; an administrator sees them all.

    Raises
    ------
    NotHere
        There is none, or it is another's.
    """
    row = imports.by_id(connection, batch_id)
    if actor.role != "administrator" and row["made_by"] != actor.account_id:
        raise NotHere("entrance.not_here")
    return row


def preview_file(store: Store, actor: Actor, batch_id: int, name: str) -> Path:
    """Return a file that the look has written beside the lists.

    Raises
    ------
    NotHere
        The batch is not the actor's, or no longer what was found, or there is no such file of it.
    """
    with store.read() as connection:
        row = batch_of(connection, actor, batch_id)
        may = _may_see_found(connection, actor, row)
    path = batch_folder(store, row) / name
    if not may or not path.is_file():
        raise NotHere("entrance.not_here")
    return path


def overlapping_batches(connection: Connection, row: RowMapping) -> list[RowMapping]:
    """Return the open import batches of other people that are about some of the same villages."""
    touched = set(row["preview"].get("touched", ()))
    return [
        other
        for other in imports.open_batches(connection)
        if other["made_by"] != row["made_by"] and touched.intersection(other["preview"].get("touched", ()))
    ]


def _throw_away(connection: Connection, row: RowMapping, now: datetime) -> None:
    if row["job_id"]:
        jobs.end(connection, row["job_id"], "cancelled", now=now)
    imports.change(connection, row["id"], state="discarded", files=[], choices={}, preview={})


def _open(connection: Connection, actor: Actor, batch_id: int) -> RowMapping:
    row = batch_of(connection, actor, batch_id)
    if row["state"] != "open" or _is_being(connection, row, "import"):
        raise Conflict("imports.already")
    return row


def _may_see_found(connection: Connection, actor: Actor, row: RowMapping) -> bool:
    """Return whether the last look, and so what it found, was at villages that the actor still has."""
    return row["job_id"] is not None and may_see_job(jobs.by_id(connection, row["job_id"]), actor)


def _is_being(connection: Connection, row: RowMapping, kind: str) -> bool:
    if row["job_id"] is None:
        return False
    job = jobs.by_id(connection, row["job_id"])
    return bool(job["kind"] == kind and job["state"] in {"queued", "running"})


def _queue_look(connection: Connection, actor: Actor, batch_id: int, now: datetime) -> None:
    row = imports.by_id(connection, batch_id)
    if row["job_id"]:
        jobs.end(connection, row["job_id"], "cancelled", now=now)
    if not _may_see_found(connection, actor, row):
        imports.change(connection, batch_id, preview={})
    _queue(connection, "preview", actor, batch_id, {}, now)


def _queue(
    connection: Connection, kind: str, actor: Actor, batch_id: int, request: Mapping[str, Any], now: datetime
) -> None:
    scope = None if actor.scope is None else sorted(actor.scope)
    asked = {"batch_id": batch_id, "villages": scope, **request}
    job_id = jobs.add(connection, kind, asked, made_by=actor.account_id, now=now)
    imports.change(connection, batch_id, job_id=job_id)


# ---- the files


def _keep_files(
    folder: Path, before: Sequence[Mapping[str, Any]], uploads: Sequence[Upload]
) -> list[Mapping[str, Any]]:
    """Write files into a folder under names of our own; return all that are there now."""
    named = [(_called(name), content) for name, content in uploads]
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


def _written(folder: Path, kept: Iterable[Mapping[str, Any]], named: Iterable[Upload]) -> Iterator[Mapping[str, Any]]:
    """Write files; the parts of one shapefile get one name."""
    stems = {
        PurePosixPath(file["name"]).stem: PurePosixPath(file["stored"]).stem for file in kept if _is_part(file["name"])
    }
    taken = {file["name"] for file in kept}
    for name, content in named:
        path = PurePosixPath(name)
        own_name = stems.setdefault(path.stem, secrets.token_hex(8)) if _is_part(name) else secrets.token_hex(8)
        stored = f"{own_name}{path.suffix.lower()}"
        with (folder / stored).open("wb") as file:
            shutil.copyfileobj(content, file)
        if not (folder / stored).stat().st_size:
            raise InputRefused("read.empty", file=name)
        n = 1
        while name in taken:
            n += 1
            name = f"{path.stem} ({n}){path.suffix}"
        taken.add(name)
        yield {"id": stored, "stored": stored, "name": name}


def _is_part(name: str) -> bool:
    ending = PurePosixPath(name).suffix.lower()
    return ending == ".shp" or ending in SHAPEFILE_PARTS


def _called(name: str) -> str:
    """Return what a file is called, without its folders and whatever cannot be shown."""
    plain = CONTROL.sub("", NAMELESS.split(name)[-1]).strip() or "?"
    path = PurePosixPath(plain)
    return plain if len(plain) <= LONGEST_NAME else f"{path.stem[:LONGEST_NAME]}{path.suffix[:10]}"


def _check_ending(name: str) -> None:
    ending = PurePosixPath(name).suffix.lower()
    if ending == ".xlsm":
        raise InputRefused("read.macros", file=name)
    if ending not in ENDINGS:
        raise InputRefused("read.ending", file=name, endings=" ".join(READERS))
