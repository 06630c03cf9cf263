"""A file beside the database that outlives a restore: which phones there are, which were ended, and what is gone.

A backup knows nothing of what came after it. Without the journal a phone that was lost since could send again after a
restore, one that was added since could not, and a household that was erased since would be back. It names nobody.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from gridplan.store.data_folder import hold_file
from gridplan.store.phone import gone
from gridplan.store.phone.devices import WhyEnded
from gridplan.store.tables import device, member

JOURNAL: Final = "phones.journal"
LOCK: Final = f"{JOURNAL}-writing"
"""The file that is held while the journal is written, lest what one writes is lost in what another leaves out."""
AT_WORK: Final = {"ended_at": None, "ended_why": None}


def note_device(folder: Path, row: dict[str, Any]) -> None:
    """Note that a phone was added."""
    made_at, used_day = row["made_at"].isoformat(), row["used_day"].isoformat()
    _append(folder, {"kind": "added", **row, "made_at": made_at, "used_day": used_day})


def note_ended(folder: Path, device_ids: list[int], why: WhyEnded, now: datetime) -> None:
    """Note that phones were ended."""
    if device_ids:
        _append(folder, {"kind": "ended", "ids": device_ids, "why": why, "at": now.isoformat()})


def note_resumed(folder: Path, device_ids: list[int], now: datetime) -> None:
    """Note that phones go on that were ended by a handover."""
    if device_ids:
        _append(folder, {"kind": "resumed", "ids": device_ids, "of": now.isoformat()})


def note_gone(folder: Path, keys: list[str], day: date) -> None:
    """Note that what has these keys is gone."""
    _append(folder, {"kind": "gone", "keys": keys, "day": day.isoformat()})


def replay(folder: Path, connection: Connection) -> None:
    """Do to a database of before what the journal says came after it; what it knows already stays as it is."""
    for line in _lines(folder):
        if line["kind"] == "added":
            _add(connection, line)
        elif line["kind"] in ("ended", "resumed"):
            ended = (
                {"ended_at": datetime.fromisoformat(line["at"]), "ended_why": line["why"]} if "at" in line else AT_WORK
            )
            not_lost = device.c.id.in_(line["ids"]) & device.c.ended_why.is_distinct_from("lost")
            connection.execute(update(device).where(not_lost).values(ended))
        elif line["kind"] == "gone":
            gone.add_keys(connection, line["keys"], date.fromisoformat(line["day"]))


def _add(connection: Connection, line: dict[str, Any]) -> None:
    values = {name: line[name] for name in ("id", "member_id", "token_hash", "address")}
    is_there = connection.execute(select(device.c.id).where(device.c.id == values["id"])).first()
    if is_there is None and connection.execute(select(member.c.id).where(member.c.id == values["member_id"])).first():
        moments = {
            "made_at": datetime.fromisoformat(line["made_at"]),
            "used_day": date.fromisoformat(line["used_day"]),
        }
        connection.execute(insert(device).values(values | moments))


def forget_before(folder: Path, moment: datetime) -> None:
    """Leave out what the journal says of before a moment."""
    path = folder / JOURNAL
    if not path.exists():
        return
    with hold_file(folder / LOCK, wait=True):
        kept = [line for line in _lines(folder) if _moment(line) >= moment.isoformat()]
        part = path.with_suffix(".part")
        part.touch(0o600)
        part.write_text("".join(f"{json.dumps(line)}\n" for line in kept), encoding="ascii")
        part.replace(path)


def _moment(line: dict[str, Any]) -> str:
    return str(line.get("made_at") or line.get("at") or line.get("of") or line["day"])


def _append(folder: Path, line: dict[str, Any]) -> None:
    path = folder / JOURNAL
    with hold_file(folder / LOCK, wait=True):
        path.touch(0o600)
        with path.open("a", encoding="ascii") as file:
            file.write(f"{json.dumps(line)}\n")
            file.flush()
            os.fsync(file.fileno())


def _lines(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what was noted; a line that a power cut left unfinished is no line."""
    path = folder / JOURNAL
    if not path.exists():
        return
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        with suppress(ValueError):
            yield json.loads(line)
