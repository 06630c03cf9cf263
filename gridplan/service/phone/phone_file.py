"""The file of what a phone could not send, handed in at the desk: as if the phone had sent it, all of it or nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.contact.clocks import Reading
from gridplan.contact.operations import EARLIEST, SyncRequest, read_request
from gridplan.contact.operations import LARGEST as LARGEST_ID
from gridplan.errors import InputRefused, NotFound
from gridplan.names import one_line
from gridplan.service.contact.own_grids import grids_of
from gridplan.service.phone.authority import Authority
from gridplan.service.phone.batch import counts, take
from gridplan.service.phone.sender import Sender, SyncVerdict
from gridplan.store import Store, Who
from gridplan.store.access import accounts
from gridplan.store.phone import devices
from gridplan.store.registry import members
from gridplan.store.registry.villages import Scope

MOST: Final = 5_000
"""Entries in a file."""
LARGEST: Final = 4 * 2**20
"""Bytes of a file."""
REFUSED: Final = {
    "sync.not_understood": "phone_file.none",
    "sync.other_version": "phone_file.newer",
    "sync.too_many": "phone_file.too_many",
}
"""What is said of a file, by what is wrong with what it holds."""


@dataclass(frozen=True, slots=True)
class TakenFile:
    """What became of the entries of a file: how many there were of each verdict, and nobody's name."""

    called: str
    verdicts: Mapping[SyncVerdict, int]

    @property
    def entries(self) -> int:
        """How many it held."""
        return sum(self.verdicts.values())

    @property
    def apart(self) -> int:
        """How many are kept apart until somebody decides."""
        return self.verdicts.get("conflict", 0) + self.verdicts.get("quarantined", 0)


def take_file(
    store: Store, who: Who, scope: Scope, name: str, content: bytes, *, now: datetime, zone: ZoneInfo
) -> TakenFile:
    """Take the file of a phone, and return what became of what it holds once all of it is stored.

    The member entered it, so that a phone that sends some of it later sends nothing new; the audit names who handed the
    file in.

    Raises
    ------
    InputRefused
        It is no such file, not whole, too large, of a newer version, or of no member of these villages: nothing of it
        was taken.
    """
    called = one_line(name.replace("\\", "/").rpartition("/")[2])[:120] or "?"
    member_id, request = _read(content, called)
    with store.change(who, "hand in", "phone file", now=now) as change:
        sender = _sender(change.connection, scope, member_id, request, called, now=now, zone=zone)
        results = take(sender, request.operations)
        change.by_village = counts(sender, results, request.ignored)
    return TakenFile(called, Counter(result.verdict for result in results))


def _read(content: bytes, called: str) -> tuple[int, SyncRequest]:
    """Return whose file it is, and what it holds."""
    if len(content) > LARGEST:
        raise InputRefused("phone_file.too_large", file=called, most=LARGEST // 2**20)
    try:
        body: Any = json.loads(content.decode("utf-8-sig"))
        request = read_request(body, MOST)
    except InputRefused as error:
        raise InputRefused(REFUSED[error.message.code], file=called, **error.message.values) from error
    except (ValueError, RecursionError) as error:  # cut off where it was copied; not a text; brackets without end
        raise InputRefused("phone_file.none", file=called) from error
    member_id = body.get("member")
    if not isinstance(member_id, int) or not 0 < member_id <= LARGEST_ID:
        raise InputRefused("phone_file.none", file=called)
    return member_id, request


def _sender(
    connection: Connection,
    scope: Scope,
    member_id: int,
    request: SyncRequest,
    called: str,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> Sender:
    today = now.astimezone(zone).date()
    try:
        village_id = members.by_id(connection, member_id)["village_id"]
    except NotFound:
        raise InputRefused("phone_file.whose", file=called) from None
    if scope is not None:
        theirs = {village_id, *(grid.village_id for grid, _ in grids_of(connection, member_id, today, zone))}
        if not theirs & set(scope):
            raise InputRefused("phone_file.whose", file=called)
    held = devices.hold(connection, member_id)
    phones = list(held.values())
    authority = Authority(connection, member_id, today, zone)
    return Sender(
        connection,
        member_id,
        accounts.ids_by_member(connection, [member_id]).get(member_id),
        village_id,
        phones[0].id if len(phones) == 1 else None,
        bool(phones) and all(authority.is_over(one) for one in phones),
        min((one.made_at for one in phones), default=EARLIEST),
        Reading(now, request.now),
        zone,
        authority,
        "file",
    )
