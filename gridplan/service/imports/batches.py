"""Import batches: files are uploaded, previewed, corrected, and then applied or discarded."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import IO, Any, ClassVar, Final

from sqlalchemy import Connection, RowMapping

from gridplan.coordinates import frame_named
from gridplan.errors import Conflict, GridplanError, InputRefused, NotFound
from gridplan.exchange.tables.cells import CONTROL
from gridplan.exchange.tables.formats import READERS
from gridplan.roles import Actor
from gridplan.service.imports.detect import FILE_KINDS
from gridplan.service.imports.imported_land import land_there, take_back
from gridplan.service.imports.preview import Preview, is_complete
from gridplan.service.imports.preview_files import FRAMES, FilePreview
from gridplan.service.imports.staging import (
    IMPORTS_FOLDER,
    SHAPEFILE_PARTS,
    ImportChoices,
    UploadedFile,
    batch_folder,
    remove_closed_folders,
)
from gridplan.service.jobs.control import JobStatus, job_status, may_see_job
from gridplan.store import Store, Who
from gridplan.store.system import imports, jobs
from gridplan.words import Lang, Message, message_from_json, say

BATCH_LIFETIME: Final = timedelta(days=1)
"""How long files wait to be confirmed."""
SUMMARISED: Final[tuple[str, ...]] = ("new", "new_members", "new_villages", "moved", "changed_members", "other_village")
"""The kinds of change that the sentence above the button speaks of."""
MOST_FILES: Final = 200
LONGEST_FILE_NAME: Final = 120
ENDINGS: Final = frozenset(READERS) | SHAPEFILE_PARTS
SLASHES: Final = re.compile(r"[\\/]")

Upload = tuple[str, IO[bytes]]
"""The name that a file came with, and its content."""


# ---- the pages


def upload_page(store: Store, actor: Actor, *, now: datetime) -> list[RowMapping]:
    """Return the open import batches that the page for files lists."""
    discard_old_batches(store, now=now)
    with store.read() as connection:
        return [row for row in imports.open_batches(connection) if _may_see(row, actor)]


@dataclass(frozen=True)
class BatchPage:
    """All that the page of an import batch shows: its preview, or its result once it is applied."""

    kinds: ClassVar = FILE_KINDS
    frames: ClassVar = FRAMES
    batch: RowMapping
    job: JobStatus | None
    """The latest job; None for an actor who has lost a village since, and has to have it previewed again."""
    preview: Preview | None
    overlapping: tuple[RowMapping, ...]
    """Open import batches of other people that are about some of the same villages."""
    land: Mapping[str, int]
    """How much of what it brought of the land is there and can be taken back, kind by kind."""

    @property
    def is_applying(self) -> bool:
        """Whether the job that applies the lists waits or runs."""
        return self.job is not None and self.job.is_open and self.job.kind == "import"

    @property
    def choices(self) -> ImportChoices:
        """What the planner has chosen so far."""
        return ImportChoices(**self.batch["choices"])

    @property
    def keeps_grids(self) -> bool:
        """Whether to start from the grids that the lists have: unless the planner said, where most keep the rules."""
        chosen = self.choices.keep_grids
        return self.grids_are_sound if chosen is None else chosen

    @property
    def grids_are_sound(self) -> bool:
        """Whether the lists have grids of which at least half are within the usual bounds."""
        grids = self.preview["grids"] if self.preview else None
        return grids is not None and 2 * int(grids["within"]) >= int(grids["n"])

    @property
    def strange_files(self) -> list[FilePreview]:
        """The files that were not understood, and that nobody has said what they are."""
        files = self.preview["files"] if self.preview else ()
        return [file for file in files if not file["is_understood"] and not file["may_be"]]

    @property
    def asked_files(self) -> list[FilePreview]:
        """The files of which the planner has to say what they are."""
        return [file for file in (self.preview["files"] if self.preview else ()) if file["may_be"]]

    @property
    def says_nothing_new(self) -> bool:
        """Whether all that the files say is known already: they were understood, to the last row."""
        preview = self.preview
        if preview is None or self.strange_files or self.asked_files or preview["unsure"] or preview["refused"]["rows"]:
            return False
        return preview["is_empty"] and any(file["kind"] != "aside" for file in preview["files"])

    @property
    def summary(self) -> list[Message]:
        """The changes that the sentence above the button speaks of."""
        changes = self.preview["changes"] if self.preview else {}
        kinds = [kind for kind in SUMMARISED if kind in changes] or list(changes)
        return [Message(f"imports.change.{kind}", {"n": changes[kind]["n"]}) for kind in kinds]

    @property
    def frame_offers(self) -> list[tuple[str, list[FilePreview]]]:
        """The frames that some files should rather be read in, each with those files."""
        files = self.preview["files"] if self.preview else []
        frames = dict.fromkeys(frame for file in files for frame in file["better_frames"])
        return [(frame, [file for file in files if frame in file["better_frames"]]) for frame in frames]


def batch_page(store: Store, actor: Actor, batch_id: int) -> BatchPage:
    """Return what the page of an import batch shows.

    Raises
    ------
    NotFound
        There is none, it is another's, or it was discarded.
    """
    with store.read() as connection:
        row = _batch_of(connection, actor, batch_id)
        if row["state"] == "discarded":
            raise NotFound("entrance.not_here")
        may_see = _may_see_preview(connection, actor, row)
        land = land_there(connection, row).counts if row["state"] == "confirmed" else {}
        touched = set(row["preview"].get("touched", ()))
        overlapping = tuple(
            other
            for other in imports.open_batches(connection)
            if other["made_by"] != row["made_by"] and touched.intersection(other["preview"].get("touched", ()))
        )
    job = job_status(store, actor, row["job_id"]) if may_see else None
    preview = row["preview"] if may_see and is_complete(row["preview"]) else None
    return BatchPage(row, job, preview, overlapping, land)


def preview_file(store: Store, actor: Actor, batch_id: int, name: str) -> Path:
    """Return a file that the preview has written beside the lists.

    Raises
    ------
    NotFound
        The batch or its preview is not the actor's to see, or there is no such file.
    """
    with store.read() as connection:
        row = _batch_of(connection, actor, batch_id)
        may_see = _may_see_preview(connection, actor, row)
    path = batch_folder(store, row) / name
    if not may_see or not path.is_file():
        raise NotFound("entrance.not_here")
    return path


# ---- from files to their end


def start_batch(store: Store, actor: Actor, uploads: Sequence[Upload], *, now: datetime) -> int:
    """Store uploaded files and queue their preview; return the id of their import batch.

    Raises
    ------
    InputRefused
        As for `store_uploads`.
    """
    discard_old_batches(store, now=now)
    folder = secrets.token_hex(16)
    files = store_uploads(store.folder / IMPORTS_FOLDER / folder, (), uploads)
    try:
        with store.write() as connection:
            batch_id = imports.add(connection, folder=folder, files=files, made_by=actor.account_id, now=now)
            _queue_preview(connection, actor, batch_id, now)
    except GridplanError:
        shutil.rmtree(store.folder / IMPORTS_FOLDER / folder, ignore_errors=True)
        raise
    return batch_id


def add_files(store: Store, actor: Actor, batch_id: int, uploads: Sequence[Upload], *, now: datetime) -> None:
    """Add files to a batch and queue another preview.

    Raises
    ------
    NotFound, Conflict
        It is not the actor's, or it is being applied or was.
    InputRefused
        As for `store_uploads`.
    """
    with store.write() as connection:
        row = _open_batch(connection, actor, batch_id)
        files = store_uploads(batch_folder(store, row), row["files"], uploads)
        imports.change(connection, batch_id, files=files)
        _queue_preview(connection, actor, batch_id, now)


def save_choices(store: Store, actor: Actor, batch_id: int, choices: ImportChoices, *, now: datetime) -> None:
    """Save what the planner chose and queue another preview.

    Raises
    ------
    NotFound, Conflict
        It is not the actor's, or it is being applied or was.
    InputRefused
        A kind or a frame is none that there is.
    """
    for frame in choices.frames.values():
        if frame and frame_named(frame) is None:
            raise InputRefused("imports.no_frame", frame=frame)
    if wrong := next((kind for kind in choices.kinds.values() if kind not in FILE_KINDS), None):
        raise InputRefused("imports.no_kind", kind=wrong)
    with store.write() as connection:
        row = _open_batch(connection, actor, batch_id)
        asked = {
            one["code"]: [home["code"] for home in one["candidates"]]
            for one in row["preview"].get("unsure", ())
            if one["code"] in choices.answers
        }
        imports.change(connection, batch_id, choices=asdict(replace(choices, asked=asked)))
        _queue_preview(connection, actor, batch_id, now)


def confirm_batch(
    store: Store,
    actor: Actor,
    batch_id: int,
    *,
    keep_grids: bool,
    lang: Lang,
    today: date,
    now: datetime,
    seals: Collection[str] = (),
) -> None:
    """Queue the job that applies what was previewed; with `keep_grids`, the grids of the lists become a first draft.

    Where something speaks against the villages, or some lie in parts far apart, `seals` are those of what was ticked:
    its numbers were seen.
    Confirming twice is confirming once.

    Raises
    ------
    NotFound, Conflict
        It is not the actor's, it was applied already, or there is no preview yet.
    InputRefused
        Something was not ticked, or has other numbers by now.
    """
    with store.write() as connection:
        row = _batch_of(connection, actor, batch_id)
        if _is_applying(connection, row):
            return
        row = _open_batch(connection, actor, batch_id)
        if not _is_previewed(connection, row) or not _may_see_preview(connection, actor, row):
            raise Conflict("imports.preview_first")
        gate, gaps = row["preview"]["gate"], row["preview"]["gaps"]
        if gate and gate["seal"] not in seals:
            raise InputRefused("imports.gate_first", fact=message_from_json(gate["facts"][0]))
        if gaps and gaps["seal"] not in seals:
            raise InputRefused("imports.gaps_first", part=message_from_json(gaps["parts"][0]))
        chosen = replace(ImportChoices(**row["choices"]), keep_grids=keep_grids)
        imports.change(connection, batch_id, choices=asdict(chosen))
        name = say("imports.draft_kept" if keep_grids else "imports.draft_loaded", lang, day=today.isoformat())
        request = {"fingerprint": row["preview"]["fingerprint"], "today": today.isoformat(), "name": name}
        _queue(connection, "import", actor, batch_id, request, now)


def take_back_land(store: Store, who: Who, actor: Actor, batch_id: int, *, today: date, now: datetime) -> None:
    """Take back what an import brought of the land: features, places and boundaries, as far as they are as it has them.

    Raises
    ------
    NotFound
        It is not the actor's, or nothing of that is there.
    NotAllowed
        It is of villages that are not the actor's.
    """
    with store.read() as connection:
        _batch_of(connection, actor, batch_id)
    take_back(store, who, actor, batch_id, today=today, now=now)


def discard_batch(store: Store, actor: Actor, batch_id: int, *, now: datetime) -> None:
    """Discard a batch with its files and preview.

    Raises
    ------
    NotFound, Conflict
        It is not the actor's, or it is being applied or was.
    """
    with store.write() as connection:
        _discard(connection, _open_batch(connection, actor, batch_id), now)
    remove_closed_folders(store)


def discard_old_batches(store: Store, *, now: datetime) -> None:
    """Discard the batches that have waited for a day."""
    with store.write() as connection:
        for row in imports.open_batches(connection):
            if row["made_at"] < now - BATCH_LIFETIME:
                _discard(connection, row, now)
    remove_closed_folders(store)


def _discard(connection: Connection, row: RowMapping, now: datetime) -> None:
    if row["job_id"]:
        jobs.end(connection, row["job_id"], "cancelled", now=now)
    imports.change(connection, row["id"], state="discarded", files=[], choices={}, preview={})


# ---- uploads: their names are checked, and they are stored under random ones


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
        ending = PurePosixPath(name).suffix.lower()
        if ending == ".xlsm":
            raise InputRefused("read.macros", file=name)
        if ending not in ENDINGS:
            raise InputRefused("read.ending", file=name, endings=" ".join(READERS))
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    there = set(folder.iterdir())
    try:
        return [*kept, *_written(folder, kept, named)]
    except (GridplanError, OSError):
        for path in set(folder.iterdir()) - there:
            path.unlink(missing_ok=True)
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
    return plain if len(plain) <= LONGEST_FILE_NAME else f"{path.stem[:LONGEST_FILE_NAME]}{path.suffix[:10]}"


# ---- whose they are, and their jobs


def _may_see(row: RowMapping, actor: Actor) -> bool:
    return row["made_by"] == actor.account_id or actor.may("see all imports")


def _batch_of(connection: Connection, actor: Actor, batch_id: int) -> RowMapping:
    row = imports.by_id(connection, batch_id)
    if not _may_see(row, actor):
        raise NotFound("entrance.not_here")
    return row


def _open_batch(connection: Connection, actor: Actor, batch_id: int) -> RowMapping:
    row = _batch_of(connection, actor, batch_id)
    if row["state"] != "open" or _is_applying(connection, row):
        raise Conflict("imports.already")
    return row


def _may_see_preview(connection: Connection, actor: Actor, row: RowMapping) -> bool:
    """Return whether the latest job was about villages that the actor still has."""
    return row["job_id"] is not None and may_see_job(jobs.by_id(connection, row["job_id"]), actor)


def _is_applying(connection: Connection, row: RowMapping) -> bool:
    if row["job_id"] is None:
        return False
    job = jobs.by_id(connection, row["job_id"])
    return job["kind"] == "import" and job["state"] in jobs.OPEN_STATES


def _is_previewed(connection: Connection, row: RowMapping) -> bool:
    """Return whether files and choices are those that the preview is of."""
    if row["job_id"] is None or not is_complete(row["preview"]):
        return False
    job = jobs.by_id(connection, row["job_id"])
    return job["kind"] != "preview" or job["state"] == "done"


def _queue_preview(connection: Connection, actor: Actor, batch_id: int, now: datetime) -> None:
    row = imports.by_id(connection, batch_id)
    if row["job_id"]:
        jobs.end(connection, row["job_id"], "cancelled", now=now)
    if not _may_see_preview(connection, actor, row):
        imports.change(connection, batch_id, preview={})
    _queue(connection, "preview", actor, batch_id, {}, now)


def _queue(
    connection: Connection, kind: str, actor: Actor, batch_id: int, request: Mapping[str, Any], now: datetime
) -> None:
    scope = None if actor.scope is None else sorted(actor.scope)
    asked = {"batch_id": batch_id, "villages": scope, **request}
    job_id = jobs.add(connection, kind, asked, made_by=actor.account_id, now=now)
    imports.change(connection, batch_id, job_id=job_id)
