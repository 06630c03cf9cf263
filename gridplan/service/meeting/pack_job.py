"""The job that makes a pack: a snapshot and its files are made in a process of their own, then kept at once.

The files are written into the folder of packs and named by rows once all of them are there. What no row names is
removed when the job has ended: a job that fails or is cancelled leaves nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping

from gridplan.errors import NotAllowed, NotFound
from gridplan.exchange.meeting.content import Content
from gridplan.roles import Actor
from gridplan.service.jobs.control import Progress, finish_job, step
from gridplan.service.meeting.access import Asking, check_profile
from gridplan.service.meeting.forms import ALONE, FORMS, Key
from gridplan.service.meeting.packs import PackForm, PackRequest, may_have
from gridplan.service.meeting.prints import audit_details, keep_snapshot
from gridplan.store import Store, Who, packs, snapshots
from gridplan.store.access import scope
from gridplan.store.rows import Row
from gridplan.store.system import jobs
from gridplan.words import Message

KIND: Final = "pack"
FILES_KEPT: Final = timedelta(days=1)
"""How long files are kept; afterwards they are made again from their snapshot."""


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that was made; `file_id` where it was there before."""

    form: PackForm
    file: str
    size: int
    file_id: int | None = None


@dataclass(frozen=True)
class MadeFiles:
    """What a job made: files, and the snapshot that they are of where it is a new one."""

    snapshot: Row
    files: tuple[MadeFile, ...]


def request_pack(
    store: Store, actor: Actor, asked: PackRequest, reason: str, *, pack_id: int | None, now: datetime
) -> int:
    """Queue the making of a pack that was checked, and return the id of the job."""
    asking = Asking(actor)
    with store.read() as connection:
        inside = scope.of_town(connection) if asked.villages is None else frozenset(asked.villages)
    if asked.draft_id is not None:
        from gridplan.service.meeting.snapshots import draw_plans

        draw_plans(store, asking, asked.draft_id)
    return _queue(store, actor, inside, {"asked": asked.to_json(), "reason": reason, "pack": pack_id}, now)


def request_again(store: Store, actor: Actor, file_id: int, *, now: datetime) -> int:
    """Queue the making of a file that is not kept any more, and return the id of the job.

    Raises
    ------
    NotFound
        There is no such file, or it is not for who asks.
    """
    with store.read() as connection:
        file = packs.file_by_id(connection, file_id)
        row = packs.snapshot_by_id(connection, file["snapshot_id"])
        if not may_have(actor, row):
            raise NotFound("entrance.not_here")
    return _queue(store, actor, row["villages"], {"snapshot": row["id"], "files": [file_id]}, now)


def _queue(
    store: Store, actor: Actor, inside: Sequence[int] | frozenset[int], what: dict[str, Any], now: datetime
) -> int:
    of = {"villages": sorted(inside), "account": actor.account_id, "at": now.isoformat(), "mark": secrets.token_hex(12)}
    with store.write() as connection:
        return jobs.add(connection, KIND, of | what, made_by=actor.account_id, now=now)


# ---- in the process of the job


def make_files(store: Store, request: Mapping[str, Any], report: Progress) -> MadeFiles:
    """Make a snapshot and write its forms, or write forms of one again; in the process of the job.

    Raises
    ------
    NotAllowed
        Who asked for it may no longer have it.
    InputRefused
        There is no plan any more.
    """
    from gridplan.service.meeting.content import content
    from gridplan.service.meeting.pictures import pictures_of
    from gridplan.service.meeting.writing import write_form

    report(step(Message("pack.at.snapshot")))
    with store.read() as connection:
        row, forms = _snapshot(connection, request), _forms(connection, request)
    packs.make_folder(store)
    contents: dict[tuple[bool, Key | None], Content] = {}
    made = []
    for at, (form, file_id) in enumerate(forms):
        what = Message(f"pack.form.{form.form}")
        report(step(Message("pack.at.form", {"form": what, "n": at + 1, "of": len(forms)}), at, len(forms)))
        of = form.form if form.form in ALONE else None
        holds = (row["profile"] in FORMS[form.form].tells_contact, of)
        if holds not in contents:
            with store.read() as connection:
                contents[holds] = content(connection, row, form.form)
        pictures = pictures_of(store, row) if form.with_imagery else ()
        of_form = (contents[holds], form.form, form.format, form.size)
        written = write_form(*of_form, with_ground=form.with_ground, pictures=pictures)
        name = f"{request['mark']}-{at}.{form.format}"
        path = packs.path(store, name)
        path.touch(0o600)
        path.write_bytes(written)
        made.append(MadeFile(form, name, len(written), file_id))
    return MadeFiles(dict(row), tuple(made))


def _snapshot(connection: Connection, request: Mapping[str, Any]) -> Row:
    """Return the row of the snapshot: the one that is there, or a new one that is not kept yet."""
    from gridplan.service.meeting.snapshots import Wanted, frozen

    if "snapshot" in request:
        return snapshots.by_id(connection, request["snapshot"])
    actor = _maker(connection, request["account"])
    asked = PackRequest.from_json(request["asked"])
    wanted = Wanted(
        lang=asked.lang,
        profile=asked.profile,
        villages=asked.villages,
        grids={asked.villages[0]: asked.grids} if asked.villages and asked.grids else {},
        draft_id=asked.draft_id,
        reason=request["reason"],
        pack_id=request["pack"],
        forms=[form.form for form in asked.forms],
    )
    return frozen(connection, Asking(actor), wanted, now=datetime.fromisoformat(request["at"])) | {"maker": actor.name}


def _forms(connection: Connection, request: Mapping[str, Any]) -> list[tuple[PackForm, int | None]]:
    if "asked" in request:
        return [(form, None) for form in PackRequest.from_json(request["asked"]).forms]
    found = (packs.file_by_id(connection, file_id) for file_id in request["files"])
    return [(PackForm(one["form"], one["format"], **one["options"]), one["id"]) for one in found]


def _maker(connection: Connection, account_id: int) -> Actor:
    actor = scope.actor(connection, account_id)
    if actor is None:
        raise NotAllowed("entrance.not_allowed")
    return actor


# ---- in the service


def save_files(store: Store, job: RowMapping, made: MadeFiles, now: datetime) -> None:
    """Keep what a job made.

    Raises
    ------
    NotAllowed
        Who asked for it may no longer have it.
    Conflict
        The job was cancelled, or one of its tick sheets was printed in the meantime.
    """
    row = made.snapshot
    with store.read() as connection:
        actor = _maker(connection, job["made_by"])
    if not may_have(actor, row):
        raise NotAllowed("entrance.not_allowed")
    is_new = "id" not in row
    if is_new:
        check_profile(Asking(actor), row["profile"], row["reason"] or "")
    who = Who(actor.account_id, actor.role)
    with store.change(who, "take" if is_new else "make again", "snapshot", now=now) as change:
        connection = change.connection
        forms = [one.form.form for one in made.files]
        if is_new:
            change.object_id = keep_snapshot(connection, row)
            change.by_village = audit_details(row, forms)
            packs.add_files(connection, change.object_id, [_row(one, now) for one in made.files])
        else:
            change.object_id = row["id"]
            for one in made.files:
                packs.set_file(connection, one.file_id or 0, {"file": one.file, "size": one.size, "made_at": now})
            detail = {"profile": row["profile"], "code": row["code"], "forms": forms}
            change.by_village = dict.fromkeys(row["villages"], detail)
        finish_job(connection, job, {"snapshot": change.object_id}, now)


def _row(one: MadeFile, now: datetime) -> dict[str, Any]:
    form = one.form
    return {
        "form": form.form,
        "format": form.format,
        "options": form.options,
        "file": one.file,
        "size": one.size,
        "made_at": now,
    }


def remove_strays(store: Store) -> None:
    """Remove the files that no row names and no job is making."""
    with store.read() as connection:
        named = packs.kept_names(connection)
        making = tuple(job["request"]["mark"] for job in jobs.open_jobs(connection, kind=KIND))
    for path in (store.folder / packs.FOLDER).glob("*"):
        if path.name not in named and not path.name.startswith(making):
            path.unlink(missing_ok=True)


def remove_old_files(store: Store, *, now: datetime) -> None:
    """Remove the files and the links that were kept long enough."""
    with store.write() as connection:
        packs.forget_files(connection, now - FILES_KEPT)
        packs.forget_links(connection, now - 30 * FILES_KEPT)
    remove_strays(store)
