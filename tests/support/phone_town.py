"""A town whose members have phones: the members of two grids, and where everything that they entered has ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from itertools import count
from zoneinfo import ZoneInfo

from model_phone import Json, ModelPhone
from sample_drafts import member_id, plan_in_force
from service import OWN
from sqlalchemy import insert, select, update

from gridplan.service.access.passwords import hash_secret
from gridplan.service.contact.own_grids import grids_of
from gridplan.store import Store
from gridplan.store.contact.merges import merged_into
from gridplan.store.phone import devices, journal
from gridplan.store.tables import amendment, assignment, kept_apart, member, plan, village, visit
from gridplan.words import Message

ZONE = ZoneInfo("Asia/Shanghai")
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
"""Since when the town is visited."""
TOKENS = count()


def begin(store: Store) -> tuple[int, int, int]:
    """Begin visits in the filled town; return lead and deputy of a grid, and the lead of another one."""
    first, second, third = (member_id(store, f"{OWN}-M{n}") for n in (1, 2, 3))
    with store.write() as connection:
        connection.execute(update(village).values(start_day=BEGUN.date(), notice_day=BEGUN.date()))
        connection.execute(update(plan).values(published_at=BEGUN))
        connection.execute(update(assignment).values(since=BEGUN.date()))
        connection.execute(update(member).values(max_grids=9))
    here = {"plan_id": plan_in_force(store), "number": 1, "role": "deputy", "since": BEGUN.date()}
    with store.write() as connection:
        connection.execute(insert(assignment).values(**here, member_id=second, why=Message("map.no_lead")))
    return first, second, third


def day_at(now: datetime) -> str:
    return now.astimezone(ZONE).date().isoformat()


def homes_of(store: Store, member: int, now: datetime) -> list[int]:
    """Return the households that a member calls on."""
    with store.read() as connection:
        grids = grids_of(connection, member, now.astimezone(ZONE).date(), ZONE)
    return sorted(home.id for grid, _ in grids for home in grid.households if not home.record.own)


def new_token(store: Store, member: int, now: datetime) -> str:
    """Return a token for a phone of a member, as signing in gives it."""
    token = f"token-{next(TOKENS)}"
    with store.write() as connection:
        day = now.astimezone(ZONE).date()
        row = devices.add(connection, member, hash_secret(token), address="http://127.0.0.1:8000", day=day, now=now)
        journal.note_device(store.data, row)
    return token


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


# ---- where everything ended


def wrong(store: Store, phones: Sequence[ModelPhone], *, erased: Collection[int] = ()) -> set[str]:
    """Return what is wrong with where everything ended that was entered on phones.

    Each operation ends once: stored, kept apart, gone with its household, or still shown as not sent. A visit that is
    stored is of the household that was tapped, and says what was said of it last.
    """
    with store.read() as connection:
        visits = {row["id"]: row for row in connection.execute(select(visit)).mappings()}
        changes = {row["id"]: row for row in connection.execute(select(amendment)).mappings()}
        apart = {row["id"]: row for row in connection.execute(select(kept_apart)).mappings()}
        merged = merged_into(connection)
    found: set[str] = set()
    made = {id_: op for phone in phones for id_, op in phone.made.items()}
    shown = {id_ for phone in phones for id_ in phone.unsent()}
    for id_, op in made.items():
        home = _household(op, made)
        is_stored = id_ in visits or id_ in changes
        ends = ["stored"] * is_stored + ["kept apart"] * (id_ in apart) + ["not sent"] * (id_ in shown)
        if home in erased:
            found |= {f"{op['type']} of an erased household {end}" for end in ends if end != "not sent"}
        elif len(ends) != 1:
            found.add(f"{op['type']} {' and '.join(ends) or 'lost'}")
        if id_ in visits and visits[id_]["household_id"] not in (home, merged.get(home)):
            found.add("visit of another household")
        if id_ in apart and apart[id_]["why"] == "broken":
            found.add(f"{op['type']} broke the service")
        if id_ in apart and apart[id_]["verdict"] == "conflict":
            found.add(f"{op['type']} in conflict with itself")
    found |= {"something that nobody entered" for id_ in (*visits, *changes, *apart) if id_ not in made}
    ways_back = {
        op["visit"] for id_, op in made.items() if op.get("kind") == "withdraw" and id_ in shown | apart.keys()
    }
    taken_back = {id_ for phone in phones for id_ in phone.taken_back} - ways_back
    found |= {"taken back and standing" for id_ in taken_back & visits.keys() if visits[id_]["state"] == "standing"}
    return found | _told_otherwise(made, visits, changes)


def _household(op: Json, made: dict[str, Json]) -> int:
    return int(op["household"] if op["type"] == "visit" else made[op["visit"]]["household"])


def _told_otherwise(made, visits, changes) -> set[str]:
    """Return whether visits say something else than was said of them last, by what of that is stored."""
    last: dict[str, dict[str, Json]] = defaultdict(dict)
    for id_, op in sorted(made.items(), key=lambda one: one[1]["seq"]):
        if op["type"] == "amend" and id_ in changes:
            last[op["visit"]][op["kind"]] = op
    found = set()
    for id_, row in visits.items():
        if id_ not in made:
            continue
        if "withdraw" in last[id_]:
            found |= {"withdrawn and standing"} if row["state"] != "withdrawn" else set()
            continue
        found |= {"standing and withdrawn"} if row["state"] == "withdrawn" else set()
        for field in ("outcome", "channel"):
            if row[field] != last[id_].get(field, made[id_])[field]:
                found.add(f"another {field} than was said last")
    return found
