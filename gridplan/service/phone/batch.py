"""What a phone sends at once: one transaction, in which each thing gets a verdict of its own.

Each is inserted first and looked for afterwards, so that the same sent twice at one moment is one. What breaks the
service is kept apart, and the others are taken all the same; only where the database itself is away or full nothing is
taken, and the phone keeps all of it.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping

from gridplan.contact.clocks import Moment, Reading
from gridplan.contact.operations import (
    AmendMade,
    CorrectionMade,
    NeedMade,
    Operation,
    OrderMade,
    SyncRequest,
    Unreadable,
    VisitMade,
    content_hash,
)
from gridplan.errors import TooMuchWaits, Unavailable
from gridplan.exchange.lists.rows.private_columns import without_identity_numbers
from gridplan.service.contact.record import in_audit
from gridplan.service.phone.authority import Authority
from gridplan.service.phone.devices import MOST_QUARANTINED
from gridplan.service.phone.sender import Result, Sender
from gridplan.service.phone.sent_reports import take_corrections, take_needs, take_orders
from gridplan.service.phone.sent_visits import take_amendments, take_visits
from gridplan.store import Change, Store, Who
from gridplan.store.access import accounts
from gridplan.store.contact import apart
from gridplan.store.phone import devices, gone
from gridplan.store.phone.devices import Device
from gridplan.store.phone.epoch import epoch
from gridplan.store.registry import members
from gridplan.store.system.health import last_backup

UNREADABLE: Final = "unreadable"
BROKEN: Final = "broken"
"""Why something is quarantined: it says what none may say; it broke the service."""
APART: Final = ("conflict", "quarantined")
"""The verdicts on what is kept apart."""
WAIT_S: Final = 3600
"""After how many seconds a phone asks again whether the desk has settled some of that."""
LONGEST_KEPT: Final = 4096
"""Letters of what is kept of an operation."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SyncAnswer:
    """What a phone is answered."""

    epoch: str
    high: int
    """Operations of this phone that were ever answered for."""
    kept_until: datetime | None
    """What was answered for before this moment is in a backup."""
    results: tuple[Result, ...]
    notices: tuple[str, ...] = ()


def take_batch(store: Store, device: Device, request: SyncRequest, *, now: datetime, zone: ZoneInfo) -> SyncAnswer:
    """Take what a phone sends, and return what became of each operation once all of it is stored.

    Raises
    ------
    Unavailable
        The database is away, locked or full: nothing was taken.
    TooMuchWaits
        More would be kept apart of this member than the desk is to settle at a time: nothing was taken.
    """
    if not request.operations:
        with store.write() as connection:
            held = devices.hold(connection, device.member_id)
            return _answer(connection, held[device.id], request, (), now=now, zone=zone)
    with store.change(in_audit(Who(None, "member")), "hand in", "visit", now=now) as change:
        held = devices.hold(change.connection, device.member_id)
        sender = _sender(change, held, device, request, now=now, zone=zone)
        results = take(sender, request.operations)
        _check_room(sender, results)
        change.by_village = counts(sender, results, request.ignored)
        return _answer(change.connection, held[device.id], request, results, now=now, zone=zone)


def _check_room(sender: Sender, results: Sequence[Result]) -> None:
    is_kept = any(result.verdict in APART for result in results)
    if is_kept and apart.not_settled(sender.connection, sender.member_id) > MOST_QUARANTINED:
        raise TooMuchWaits("sync.too_much_apart", n=MOST_QUARANTINED, seconds=WAIT_S)


def _sender(
    change: Change, held: Mapping[int, Device], device: Device, request: SyncRequest, *, now: datetime, zone: ZoneInfo
) -> Sender:
    connection, member_id = change.connection, device.member_id
    authority = Authority(connection, member_id, now.astimezone(zone).date(), zone)
    return Sender(
        connection,
        member_id,
        accounts.ids_by_member(connection, [member_id]).get(member_id),
        members.by_id(connection, member_id)["village_id"],
        device.id,
        authority.is_over(held[device.id]),
        min(one.made_at for one in held.values()),
        Reading(now, request.now),
        zone,
        authority,
    )


def _answer(
    connection: Connection,
    device: Device,
    request: SyncRequest,
    results: Sequence[Result],
    *,
    now: datetime,
    zone: ZoneInfo,
) -> SyncAnswer:
    """Return the answer; a phone that was told of more than is known here hears so, and sends all of it again."""
    n = sum(result.verdict != "later" for result in results)
    received = device.received + n
    devices.note_sent(
        connection,
        device.id,
        now.astimezone(zone).date(),
        received=received,
        unsent=max(0, request.unsent - n),
    )
    high = device.received if request.high > device.received else received
    backup = last_backup(connection)
    is_sure = backup is not None and backup <= now  # else it was made while the clock was ahead, nobody knows when
    return SyncAnswer(epoch(connection), high, backup if is_sure else None, tuple(results))


# ---- each of them

Take = Callable[[Sender, Sequence[Any]], dict[str, Result]]
TAKES: Final[Mapping[type, Take]] = {
    VisitMade: take_visits,
    AmendMade: take_amendments,
    CorrectionMade: take_corrections,
    NeedMade: take_needs,
    OrderMade: take_orders,
}
"""What takes operations of a type, in the order in which they are taken: visits before what changes them."""


def take(sender: Sender, operations: Sequence[Operation | Unreadable]) -> tuple[Result, ...]:
    """Return what became of operations, in their order."""
    hashes = [content_hash(one.content, sender.member_id) for one in operations]
    kept = {
        (row["id"], row["content_hash"]): row for row in apart.of_ids(sender.connection, {one.id for one in operations})
    }
    results = _gone(sender, operations)
    for place, one in enumerate(operations):
        if place in results:
            continue
        if (one.id, hashes[place]) in kept:
            results[place] = _kept_before(kept[one.id, hashes[place]])
        elif isinstance(one, Unreadable):
            results[place] = Result(one.id, "quarantined", why=UNREADABLE)
            _keep(sender, one, hashes[place], results[place])
    for type_, take in TAKES.items():
        waiting = [place for place, one in enumerate(operations) if place not in results and isinstance(one, type_)]
        while waiting:
            once = {operations[place].id: place for place in reversed(waiting)}
            some = sorted((operations[place] for place in once.values()), key=_order)
            taken = {once[id_]: result for id_, result in _attempt(sender, take, some).items()}
            results |= taken
            for place, result in taken.items():
                if result.verdict in APART:
                    _keep(sender, operations[place], hashes[place], result)
            waiting = [place for place in waiting if place not in results]
    return tuple(results[place] for place in range(len(operations)))


def _order(one: Any) -> tuple[Any, ...]:
    """Return by what operations of a type are sorted: by id, so that no two batches wait for each other."""
    if isinstance(one, AmendMade):
        return one.visit, one.seq, one.id
    return (one.seq, one.id) if isinstance(one, OrderMade) else (one.id,)


def _attempt(sender: Sender, take: Take, some: Sequence[Any]) -> dict[str, Result]:
    """Take operations together; where one of them breaks that, each by itself."""
    try:
        with sender.connection.begin_nested():
            return take(sender, some)
    except Exception as problem:
        if _is_of_database(problem):
            raise
        if len(some) > 1:
            return {id_: result for one in some for id_, result in _attempt(sender, take, [one]).items()}
        log.exception("an operation of a phone broke the service: %s", some[0].id)
        return {some[0].id: Result(some[0].id, "quarantined", why=BROKEN)}


def _gone(sender: Sender, operations: Sequence[Operation | Unreadable]) -> dict[int, Result]:
    """Return which operations are of what was erased: nothing of them is kept.

    A visit of a household that is gone is gone itself, for the changes of it, which name it alone.
    """
    named = [_named(one.content) for one in operations]
    all_named = frozenset().union(*named)
    gone.wait_for_erasures(sender.connection, all_named)
    known = gone.are_gone(sender.connection, all_named)
    late = {one.id for one in operations if isinstance(one, VisitMade) and one.household in known}
    if late:
        gone.add(sender.connection, late, sender.authority.today)
        known |= late
    return {place: Result(operations[place].id, "gone") for place, ids in enumerate(named) if ids & known}


def _named(said: Any) -> frozenset[int | str]:
    """Return the ids that an operation names: its own, and those of its household and its visit."""
    ids = [said.get(name) for name in ("id", "household", "visit")] if isinstance(said, Mapping) else []
    return frozenset(id_ for id_ in ids if isinstance(id_, int | str))


def _is_of_database(problem: BaseException | None) -> bool:
    """Return whether the database itself failed, or the machine: what was sent is not to blame."""
    while problem is not None:
        if isinstance(problem, Unavailable | MemoryError):
            return True
        problem = problem.__context__
    return False


# ---- kept apart


def _kept_before(row: RowMapping) -> Result:
    """Return what became of an operation that was kept apart when it came first."""
    day = row["content"].get("day")
    result = Result(
        row["id"], row["verdict"], day and date.fromisoformat(day), row["why"], village_id=row["village_id"]
    )
    return replace(result, verdict="replay", why=None) if row["settled_as"] == "accepted" else result


def _keep(sender: Sender, one: Operation | Unreadable, hash_: str, result: Result) -> None:
    kept = {
        "household": result.household,
        "day": result.day and result.day.isoformat(),
        "source": sender.source,
        **({} if isinstance(one, Unreadable) else _told(sender.moment(one))),
    }
    row = {
        "id": one.id,
        "content_hash": hash_,
        "content": {**kept, "operation": _kept_of(one.content)},
        "verdict": result.verdict,
        "why": result.why,
        "device_id": sender.device_id,
        "village_id": sender.village_id,
        "member_id": sender.member_id,
        "entered_by": sender.account_id,
        "received_at": sender.received.service,
    }
    if result.is_dropped:
        row |= {
            "content": {"day": kept["day"]},
            "settled_at": sender.received.service,
            "settled_as": "dropped",
        }
    apart.keep(sender.connection, [row])


def _kept_of(content: Any) -> Any:
    """Return what is kept of an operation: nothing of brackets without end."""
    try:
        return _cut(without_private(content))
    except RecursionError:
        return None


def _told(moment: Moment) -> dict[str, Any]:
    return {"made_at": moment.at.isoformat(), "clock": moment.clock}


def _cut(content: Any) -> Any:
    """Return what is kept of an operation; of one that is long, or has numbers that are none, the beginning as text."""
    text = json.dumps(content, ensure_ascii=True)
    try:
        json.dumps(content, allow_nan=False)
    except ValueError:
        return text[:LONGEST_KEPT]
    return content if len(text) <= LONGEST_KEPT else text[:LONGEST_KEPT]


def without_private(content: Any) -> Any:
    """Return what an operation says without the identity numbers in its texts."""
    if isinstance(content, Mapping):
        return {without_private(name): without_private(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [without_private(value) for value in content]
    return without_identity_numbers(content) if isinstance(content, str) else content


def counts(sender: Sender, results: Sequence[Result], ignored: int) -> dict[int | None, dict[str, Any]]:
    """Return what the audit says of a batch: how many entries of each village, by verdict."""
    by_village: dict[int | None, Counter[str]] = {}
    for result in results:
        of_village = by_village.setdefault(result.village_id or sender.village_id, Counter())
        of_village["entries"] += 1
        of_village[result.verdict] += 1
    if ignored:
        next(iter(by_village.values()))["ignored"] = ignored
    return {village_id: dict(of_village) for village_id, of_village in by_village.items()}
