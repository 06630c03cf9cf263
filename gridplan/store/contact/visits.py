"""Visits: added under an id that is made where they are entered, changed by amendments alone, counted by one rule."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, exists, insert, select, update

from gridplan.contact.amendments import Amendment, amended
from gridplan.contact.calendar import Week, is_settled, local_day
from gridplan.contact.clocks import Clock
from gridplan.contact.visits import Visit, contacts
from gridplan.errors import NotFound
from gridplan.store.contact import weeks as grid_weeks
from gridplan.store.contact.merges import merged_into
from gridplan.store.rows import chunks, insert_new, only_row
from gridplan.store.system.town_settings import read_settings
from gridplan.store.tables import amendment, household, kept_apart, visit

Verdict = Literal["created", "replay", "conflict"]
"""Added; there already with the same content; there with other content, which was kept apart."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Who entered visits, on what, and when they came in."""

    account_id: int | None
    """None: the command line."""
    received_at: datetime
    sheet_id: int | None = None
    meeting_id: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """How something came from a phone."""

    device_id: int | None
    seq: int
    """Counts on that phone."""
    content_hash: str
    """Of what the phone sent, which is the same whenever it sends that again."""
    clock: Clock | None = None
    """Of a visit: how far the phone's clock was to be trusted."""
    meeting_id: str | None = None


NOT_SENT: Final[Mapping[str, Sent]] = {}


# ---- added and changed


def add(
    connection: Connection, visits: Iterable[Visit], entry: Entry, sent: Mapping[str, Sent] = NOT_SENT
) -> dict[str, Verdict]:
    """Add visits of an entry as `add_entered` does."""
    return add_entered(connection, ((one, entry) for one in visits), sent).verdicts


class Added(NamedTuple):
    """What became of visits, by id, the villages of their households, and those of which weeks were counted again."""

    verdicts: dict[str, Verdict]
    village_of: dict[int, int]
    counted: frozenset[int]


def add_entered(
    connection: Connection, entered: Iterable[tuple[Visit, Entry]], sent: Mapping[str, Sent] = NOT_SENT
) -> Added:
    """Add visits and return what became of each; `sent` tells of those that phones sent, by id.

    One whose id is there already is the same visit sent again, or, with other content, is kept apart (of what phones
    sent by who called, with all that was sent): what is stored is never overwritten.

    Raises
    ------
    NotFound
        There is no such household.
    """
    entered_by_id = {one.id: (one, entry) for one, entry in entered}
    chosen = [one for _, (one, _) in sorted(entered_by_id.items())]
    village_of = villages_of(connection, {one.household for one in chosen})
    verdicts: dict[str, Verdict] = {}
    created: list[Visit] = []
    for some in chunks(chosen):
        rows = [_row(one, village_of[one.household], entered_by_id[one.id][1], sent.get(one.id)) for one in some]
        added = insert_new(connection, visit, rows, "id")
        stored = content_hashes(connection, [one.id for one in some if one.id not in added])
        for one, row in zip(some, rows, strict=True):
            same = stored.get(one.id) == row["content_hash"]
            verdicts[one.id] = "created" if one.id in added else "replay" if same else "conflict"
            created += [one] if one.id in added else []
            if verdicts[one.id] == "conflict" and one.id not in sent:
                _keep_apart(connection, one, row)
    at = max((entered_by_id[one.id][1].received_at for one in created), default=None)
    counted = frozenset[int]() if at is None else recount(connection, created, at)
    return Added(verdicts, village_of, counted)


def add_first(connection: Connection, entered: Sequence[tuple[Visit, Entry]]) -> None:
    """Add visits in weeks of households of which nothing is entered yet: the rows that `add` gives of many entries."""
    village_of = villages_of(connection, {one.household for one, _ in entered})
    settings = read_settings(connection)
    zone = ZoneInfo(settings.time_zone)
    day_of = {at: local_day(at, zone) for at in {entry.received_at for _, entry in entered}}
    in_time: list[Visit] = []
    late: list[Visit] = []
    weeks: dict[int, set[Week]] = defaultdict(set)
    for one, entry in entered:
        week = one.week
        if is_settled(week, settings.settle_days, day_of[entry.received_at]):
            late.append(one)
        else:
            in_time.append(one)
            weeks[one.household].add(week)
    counted = contacts(in_time, merged_into(connection))
    rows = [_row(one, village_of[one.household], entry) | {"contact_of": counted.get(one.id)} for one, entry in entered]
    if rows:
        connection.execute(insert(visit), rows)
    touched: dict[Week, set[int]] = defaultdict(set)
    for village_id, _, household_id in grid_weeks.grids_of_members(connection, weeks):
        for week in weeks[household_id]:
            touched[week].add(village_id)
    grid_weeks.recount(connection, touched, None)
    if late:
        recount(connection, late, max(day_of))


def _keep_apart(connection: Connection, other: Visit, row: Mapping[str, Any]) -> None:
    """Keep the content that came with an id that other content is stored under; the same content once."""
    names = ("id", "content_hash", "village_id", "member_id", "entered_by", "received_at")
    kept = {name: row[name] for name in names} | {"content": content(other)}
    insert_new(connection, kept_apart, [kept], "id", "content_hash")


def amend(
    connection: Connection,
    amendments: Iterable[Amendment],
    entry: Entry,
    *,
    member_id: int | None = None,
    sent: Mapping[str, Sent] = NOT_SENT,
) -> dict[str, Verdict]:
    """Change visits by amendments, in their order, and return what became of each amendment, by id.

    `sent` tells of those that phones sent, by id: what was made later on the same phone stays, whichever came first.

    Raises
    ------
    NotFound
        There is no such visit.
    """
    verdicts: dict[str, Verdict] = {}
    touched: list[Visit] = []
    for one in amendments:
        before, phone = by_id(connection, one.visit_id), sent.get(one.id)
        after = before if phone and _is_overtaken(connection, one, phone) else amended(before, one)
        changed = [name for name in CHANGED if getattr(before, name) != getattr(after, name)]
        row = {
            "id": one.id,
            "visit_id": one.visit_id,
            "kind": one.kind,
            "before": {name: _plain(getattr(before, name)) for name in changed},
            "after": {name: _plain(value) for name, value in one.after.items()},
            "member_id": member_id,
            "entered_by": entry.account_id,
            "received_at": entry.received_at,
            "device_id": phone.device_id if phone else None,
            "seq": phone.seq if phone else None,
            "content_hash": phone.content_hash if phone else None,
        }
        if not insert_new(connection, amendment, [row], "id"):
            stored = only_row(connection, select(amendment).where(amendment.c.id == one.id))
            compared = ("content_hash",) if phone else ("visit_id", "kind", "after")
            same = all(stored[name] == row[name] for name in compared)
            verdicts[one.id] = "replay" if same else "conflict"
            continue
        verdicts[one.id] = "created"
        if changed:
            values = {COLUMN_OF.get(name, name): getattr(after, name) for name in changed}
            values["contact_of"] = None  # until it is counted anew: on its other day there may be a contact already
            if "household" in changed:
                values["village_id"] = villages_of(connection, {after.household})[after.household]
            connection.execute(update(visit).where(visit.c.id == one.visit_id).values(**values))
            touched += [before, after]
    recount(connection, touched, entry.received_at)
    return verdicts


def _is_overtaken(connection: Connection, one: Amendment, phone: Sent) -> bool:
    """Return whether the same of a visit was changed by what was made later on the same phone."""
    alike = ("dispute", "uphold") if one.kind in ("dispute", "uphold") else (one.kind,)
    later = (
        select(amendment.c.n)
        .where(amendment.c.visit_id == one.visit_id, amendment.c.kind.in_(alike))
        .where(amendment.c.device_id == phone.device_id, amendment.c.seq > phone.seq)
    )
    return connection.execute(later).first() is not None


CHANGED: Final = ("outcome", "channel", "day", "week_only", "household", "state")
"""The fields of a visit that amendments change."""
COLUMN_OF: Final = {"household": "household_id", "member": "member_id"}


def recount(connection: Connection, touched: Iterable[Visit], at: datetime) -> frozenset[int]:
    """Let visits be contacts again as the rule has it, in all weeks in which some of a household were touched.

    Returns the villages of which weeks were counted again.
    """
    merged = merged_into(connection)
    weeks: dict[int, set[Week]] = defaultdict(set)
    for one in touched:
        weeks[merged.get(one.household, one.household)].add(one.week)
    return _recount(connection, weeks, merged, at)


def recount_households(connection: Connection, household_ids: Collection[int], at: datetime | None = None) -> None:
    """Let all visits of households be contacts again as the rule has it: after a merge, `at` that moment, say."""
    merged = merged_into(connection)
    ids = _with_merged(household_ids, merged)
    found = select(visit.c.day).where(visit.c.household_id.in_(ids)).distinct()
    weeks = set(map(Week.of, connection.execute(found).scalars()))
    _recount(connection, {merged.get(one, one): weeks for one in ids}, merged, at)


def miscounted(connection: Connection) -> tuple[int, frozenset[int]]:
    """Return how many visits there are, and the households of those that are not contacts as the rule has it."""
    merged, examined, wrong = merged_into(connection), 0, set[int]()
    found = select(visit.c.household_id).distinct()
    last = sorted({merged.get(one, one) for one in connection.execute(found).scalars()})
    for some in chunks(last):
        visits_of = select(*COLUMNS, visit.c.contact_of).where(visit.c.household_id.in_(_with_merged(some, merged)))
        rows = connection.execute(visits_of).mappings().all()
        counted = contacts(map(visit_of, rows), merged)
        examined += len(rows)
        wrong |= {row["household"] for row in rows if row["contact_of"] != counted.get(row["id"])}
    return examined, frozenset(wrong)


def _recount(
    connection: Connection, weeks: Mapping[int, set[Week]], merged: Mapping[int, int], at: datetime | None
) -> frozenset[int]:
    touched: dict[Week, set[int]] = defaultdict(set)
    numbers = set[int]()
    for some in chunks(sorted(one for one, of in weeks.items() if of)):
        ids = _with_merged(some, merged)
        days = [day for one in some for week in weeks[one] for day in (week.monday, week.sunday)]
        between = {"ids": ids, "first": min(days), "last": max(days)}
        rows = connection.execute(_TO_COUNT, between).mappings().all()
        counted = contacts(map(visit_of, rows), merged)
        changed = [
            {"of_n": row["n"], "now": now, "was": row["contact_of"]}
            for row in rows
            if (now := counted.get(row["id"])) != row["contact_of"]
        ]
        # none of them counts first: a household has no two contacts on one day in between either
        _set_contacts(connection, [one | {"now": None} for one in changed if one["was"] is not None])
        _set_contacts(connection, [one for one in changed if one["now"] is not None])
        for village_id, number, one in grid_weeks.grids_of_members(connection, ids):
            numbers.add(number)
            for week in weeks[merged.get(one, one)]:
                touched[week].add(village_id)
    return grid_weeks.recount(connection, touched, at, numbers)


def _set_contacts(connection: Connection, changed: Sequence[Mapping[str, int | None]]) -> None:
    if changed:  # one by itself is not sent as a batch, which takes longer
        connection.execute(_SET_CONTACT, changed if len(changed) > 1 else changed[0])


def _with_merged(household_ids: Collection[int], merged: Mapping[int, int]) -> list[int]:
    return [*household_ids, *(old for old, new in merged.items() if new in set(household_ids))]


# ---- read


FIELDS: Final = tuple((one.name, visit.c[COLUMN_OF.get(one.name, one.name)]) for one in fields(Visit))
"""The fields of a visit, each with its column."""
COLUMNS: Final = tuple(column.label(name) for name, column in FIELDS)
"""The columns of a visit under the names of its fields."""
_BY_ID: Final = select(*COLUMNS).where(visit.c.id == bindparam("id"))
_TO_COUNT: Final = (
    select(*COLUMNS, visit.c.n, visit.c.contact_of)
    .where(visit.c.household_id.in_(bindparam("ids", expanding=True)))
    .where(visit.c.day >= bindparam("first"), visit.c.day <= bindparam("last"))
)
_SET_CONTACT: Final = update(visit).where(visit.c.n == bindparam("of_n")).values(contact_of=bindparam("now"))
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_BY_IDS: Final = select(*COLUMNS, visit.c.village_id, visit.c.entered_by).where(visit.c.id.in_(_IDS))
_SENT: Final = select(
    visit.c.id,
    visit.c.content_hash,
    visit.c.day,
    visit.c.clock,
    exists().where(amendment.c.visit_id == visit.c.id, amendment.c.kind == "day").label("is_dated"),
).where(visit.c.id.in_(_IDS))
_AMENDED: Final = select(amendment.c.id, amendment.c.content_hash).where(amendment.c.id.in_(_IDS))
_WITHDRAWN: Final = (
    select(visit.c.n).where(visit.c.id.in_(bindparam("ids", expanding=True)), visit.c.state == "withdrawn").limit(1)
)
_VILLAGES: Final = select(household.c.id, household.c.village_id).where(
    household.c.id.in_(bindparam("ids", expanding=True))
)


ENTERED: Final = ("contact_of", "entered_by", "received_at", "sheet_id", "meeting_id")
"""The columns that say what became of a visit and how it came in."""


def visit_of(row: RowMapping) -> Visit:
    """Return the visit of a row that has `COLUMNS`."""
    return Visit(**{name: row[name] for name, _ in FIELDS})


def by_id(connection: Connection, visit_id: str) -> Visit:
    """Return a visit.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    return visit_of(only_row(connection, _BY_ID, {"id": visit_id}))


def rows_by_id(connection: Connection, ids: Collection[str]) -> dict[str, RowMapping]:
    """Return visits by id, of those that there are: `COLUMNS`, its village and who entered it."""
    return {row["id"]: row for row in connection.execute(_BY_IDS, {"ids": [*ids]}).mappings()} if ids else {}


def sent_before(connection: Connection, ids: Collection[str]) -> dict[str, RowMapping]:
    """Return of visits that are stored what was sent (its hash), day, clock, and whether the day was corrected."""
    return {row["id"]: row for row in connection.execute(_SENT, {"ids": [*ids]}).mappings()} if ids else {}


def amended_before(connection: Connection, ids: Collection[str]) -> dict[str, str | None]:
    """Return the hashes of what was sent of amendments that are stored, by id."""
    return {id_: hash_ for id_, hash_ in connection.execute(_AMENDED, {"ids": [*ids]})} if ids else {}


def content_hashes(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Return the hashes of what first came in of visits, of those that there are."""
    found: dict[str, str] = {}
    for some in chunks(ids):
        rows = connection.execute(select(visit.c.id, visit.c.content_hash).where(visit.c.id.in_(some)))
        found |= {id_: hash_ for id_, hash_ in rows}
    return found


def is_withdrawn(connection: Connection, ids: Sequence[str]) -> bool:
    """Return whether one of some visits was withdrawn: the form that said it does not bring it back."""
    return connection.execute(_WITHDRAWN, {"ids": ids}).first() is not None


def of_households(
    connection: Connection, household_ids: Collection[int], *, first: date | None = None, last: date | None = None
) -> list[RowMapping]:
    """Return the visits of households between two days, the newest first: `COLUMNS` and `ENTERED`."""
    days = [visit.c.day >= first] if first else []
    days += [visit.c.day <= last] if last else []
    found = (
        select(
            *COLUMNS, visit.c.contact_of, visit.c.entered_by, visit.c.received_at, visit.c.sheet_id, visit.c.meeting_id
        )
        .where(visit.c.household_id.in_(household_ids), *days)
        .order_by(visit.c.day.desc(), visit.c.n.desc())
    )
    return list(connection.execute(found).mappings())


def is_visited_since(connection: Connection, village_id: int, day: date) -> bool:
    """Return whether a visit was recorded in a village on a day or later."""
    found = select(visit.c.n).where(visit.c.village_id == village_id, visit.c.day >= day).limit(1)
    return connection.execute(found).first() is not None


# ---- what is compared


CONTENT: Final = tuple(name for name, _ in FIELDS if name != "state")


def content(one: Visit) -> dict[str, Any]:
    """Return what a visit says, without its state, as it is compared and kept apart."""
    return {name: _plain(getattr(one, name)) for name in CONTENT}


def content_hash(one: Visit) -> str:
    """Return the hash of what a visit says, whatever the order in which it was written down."""
    return hashlib.sha256(json.dumps(content(one), sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _row(one: Visit, village_id: int, entry: Entry, sent: Sent | None = None) -> dict[str, Any]:
    return {
        **{column.name: getattr(one, field) for field, column in FIELDS},
        "village_id": village_id,
        "sheet_id": entry.sheet_id,
        "meeting_id": sent.meeting_id if sent else entry.meeting_id,
        "entered_by": entry.account_id,
        "received_at": entry.received_at,
        "content_hash": sent.content_hash if sent else content_hash(one),
        "device_id": sent.device_id if sent else None,
        "clock": sent.clock if sent else None,
    }


def villages_of(connection: Connection, household_ids: frozenset[int] | set[int]) -> dict[int, int]:
    """Return the villages that households belong to now.

    Raises
    ------
    NotFound
        There is no such household.
    """
    found: dict[int, int] = {}
    for some in chunks(sorted(household_ids)):
        found |= {id_: village_id for id_, village_id in connection.execute(_VILLAGES, {"ids": some})}
    if len(found) < len(household_ids):
        raise NotFound("entrance.not_here")
    return found
