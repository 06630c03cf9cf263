"""What a phone sends: operations read from JSON, each by itself, and what is compared when one is sent again.

What an operation may say is listed once, in `FIELDS`. A field that is not there is ignored and counted, so that phones
and a service of another version understand each other. One that says something else than it may, or something that the
service alone decides, spoils its own operation and no other.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal, TypeVar, get_args

from gridplan.contact.amendments import AMENDMENTS
from gridplan.contact.clocks import Reading
from gridplan.contact.visits import CHANNELS, OUTCOMES, Channel, Outcome
from gridplan.errors import InputRefused
from gridplan.names import LONGEST_TEXT

VERSION: Final = 1
MOST: Final = 50
"""Operations in one request."""
LARGEST: Final = 2**53 - 1
"""The largest whole number that JavaScript reads exactly."""
LONGEST_ORDER: Final = 500
"""Households that somebody walks to."""
MOST_DAYS: Final = 3660
"""Days ago that anything is told of."""
ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""A random id. Ids that are worked out from something, as those of sheets are, no phone may give."""
EARLIEST, LATEST = datetime(1000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
"""Between which the clocks of phones are read: however wrong they are, what is worked out from them is a moment."""
PROTECTED: Final = frozenset(
    {
        "member",
        "day",
        "week",
        "village",
        "grid",
        "state",
        "source",
        "clock",
        "device",
        "counts",
        "entered_by",
        "received_at",
        "member_id",
        "village_id",
    }
)
"""What the service alone says of an operation; of a type whose field it is, it is no such thing."""

AmendKind = Literal["withdraw", "dispute", "uphold", "outcome", "channel", "day"]


# ---- operations


@dataclass(frozen=True, slots=True)
class Made:
    """What every operation has."""

    id: str
    seq: int
    """Counts on the phone."""
    made_at: datetime
    """By the phone's clock."""
    heard: Reading
    """When the phone had last heard from the service then."""
    list: date
    """The day of the list that the phone held."""
    content: Mapping[str, Any]
    """All that it says, as it is compared and kept."""


@dataclass(frozen=True, slots=True)
class VisitMade(Made):
    """A visit."""

    household: int
    outcome: Outcome
    channel: Channel
    days_ago: int
    group: str | None
    """The same for all that were met at once."""


@dataclass(frozen=True, slots=True)
class AmendMade(Made):
    """A change of a visit, which may be on its way yet: what it is to be, where the kind does not say it."""

    visit: str
    kind: AmendKind
    to: Outcome | Channel | None
    days_ago: int | None


@dataclass(frozen=True, slots=True)
class CorrectionMade(Made):
    """A report that a household is not as the list has it."""

    kind: str
    household: int | None
    """None: a new house."""
    grid: tuple[int, int]
    """A plan, and the number of a grid in it."""
    fields: Mapping[str, str | float]


@dataclass(frozen=True, slots=True)
class NeedMade(Made):
    """A need that was raised."""

    household: int
    visit: str | None
    category: str
    text: str
    days_ago: int
    solved: bool


@dataclass(frozen=True, slots=True)
class OrderMade(Made):
    """The order in which the member walks."""

    households: tuple[int, ...]


Operation = VisitMade | AmendMade | CorrectionMade | NeedMade | OrderMade


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An operation that says what none may say, or not what it has to."""

    id: str
    """As far as it has one."""
    field: str
    """The first one that is wrong."""
    content: Any


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What a phone sends at once."""

    now: datetime
    """By its clock."""
    high: int
    """The most operations of it that it was told the service has answered for."""
    unsent: int
    operations: tuple[Operation | Unreadable, ...]
    ignored: int
    """Fields that nobody here knows."""


# ---- fields


class _Wrong(Exception):
    """A field says what it may not."""


Check = Callable[[Any], Any]
Choice = TypeVar("Choice", bound=str)


def _whole(least: int, most: int) -> Check:
    def check(value: Any) -> int:
        is_whole = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
        if not is_whole or not least <= value <= most:
            raise _Wrong
        return int(value)

    return check


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > LARGEST:
        raise _Wrong
    return float(value)


def _moment(value: Any) -> int:
    """Return milliseconds since 1970, those of the nearest moment that can be worked with."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _Wrong
    return int(max(_milliseconds(EARLIEST), min(value, _milliseconds(LATEST))))


def _heard(value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        raise _Wrong
    return {name: _moment(value.get(name)) for name in ("server", "device")}


def _id(value: Any) -> str:
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise _Wrong
    return value


def _day(value: Any) -> str:
    try:
        if isinstance(value, str) and date.fromisoformat(value).isoformat() == value:
            return value
    except ValueError:
        pass
    raise _Wrong


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\0" in value or not _is_encodable(value):
        raise _Wrong
    return value


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Wrong
    return value


def _choice(*choices: Choice) -> Check:
    def check(value: Any) -> Choice:
        found = next((one for one in choices if one == value), None)
        if found is None:
            raise _Wrong
        return found

    return check


def _maybe(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def _all(check: Check, least: int, most: int) -> Check:
    def check_all(value: Any) -> list[Any]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise _Wrong
        return [check(one) for one in value]

    return check_all


_HOUSEHOLD: Final = _whole(1, LARGEST)
_DAYS: Final = _whole(0, MOST_DAYS)
MADE: Final[Mapping[str, Check]] = {
    "id": _id,
    "seq": _whole(0, 2**31 - 1),
    "made_at": _moment,
    "after": _heard,
    "list": _day,
}
FIELDS: Final[Mapping[str, Mapping[str, Check]]] = {
    "visit": {
        "household": _HOUSEHOLD,
        "outcome": _choice(*OUTCOMES),
        "channel": _choice(*CHANNELS),
        "days_ago": _DAYS,
        "group": _maybe(_id),
    },
    "amend": {"visit": _text, "kind": _choice(*(kind for kind in AMENDMENTS if kind in get_args(AmendKind)))},
    "correction": {
        "kind": _text,
        "household": _maybe(_HOUSEHOLD),
        "grid": _all(_whole(0, LARGEST), 2, 2),
        "content": lambda value: _content(value),
    },
    "need": {
        "household": _HOUSEHOLD,
        "visit": _maybe(_id),
        "category": _text,
        "text": _text,
        "days_ago": _DAYS,
        "solved": _flag,
    },
    "order": {"households": _all(_HOUSEHOLD, 0, LONGEST_ORDER)},
}
"""What each type of operation says besides `MADE`, with what checks it."""
OF_AMENDMENT: Final[Mapping[str, Mapping[str, Check]]] = {
    "outcome": {"outcome": _choice(*OUTCOMES)},
    "channel": {"channel": _choice(*CHANNELS)},
    "day": {"days_ago": _DAYS},
}
"""What an amendment of a kind says besides."""
OF_CORRECTION: Final[Mapping[str, Check]] = {
    "name": _text,
    "door": _text,
    "hamlet": _text,
    "lon": _number,
    "lat": _number,
    "other": _HOUSEHOLD,
}


def _content(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong
    return {name: check(value[name]) for name, check in OF_CORRECTION.items() if value.get(name) is not None}


# ---- read


def read_request(body: Any, most: int = MOST) -> SyncRequest:
    """Return what a phone sends at once, or has saved in a file, which may hold more.

    Raises
    ------
    InputRefused
        It is nothing of the kind (`sync.not_understood`), of a version that is not known here
        (`sync.other_version`), or holds too many operations (`sync.too_many`).
    """
    if not isinstance(body, dict) or not isinstance(body.get("ops"), list):
        raise InputRefused("sync.not_understood")
    if body.get("v") != VERSION:
        raise InputRefused("sync.other_version")
    sent: list[Any] = body["ops"]
    if len(sent) > most:
        raise InputRefused("sync.too_many", n=len(sent), most=most)
    count = _whole(0, LARGEST)
    try:
        now, high, unsent = _moment(body.get("now")), count(body.get("high")), count(body.get("unsent"))
    except (_Wrong, OverflowError, ValueError):
        raise InputRefused("sync.not_understood") from None
    read = [_read(one) for one in sent]
    return SyncRequest(_at(now), high, unsent, tuple(one for one, _ in read), sum(n for _, n in read))


def read_operation(content: Any) -> Operation | Unreadable:
    """Return the operation that says something: what a phone sent, or what is kept of that."""
    return _read(content)[0]


def _read(said: Any) -> tuple[Operation | Unreadable, int]:
    """Return an operation, and how many fields of it nobody here knows."""
    if not isinstance(said, dict):
        return Unreadable("", "", said), 0
    id_ = said["id"] if isinstance(said.get("id"), str) and ID.fullmatch(said["id"]) else ""
    type_ = said.get("type")
    if not isinstance(type_, str) or type_ not in FIELDS:
        return Unreadable(id_, "type", said), 0
    known = {**MADE, **FIELDS[type_]}
    if type_ == "amend" and isinstance(said.get("kind"), str):
        known |= OF_AMENDMENT.get(said["kind"], {})
    content: dict[str, Any] = {"type": type_}
    for name, check in known.items():
        try:
            content[name] = check(said.get(name))
        except (_Wrong, OverflowError, ValueError):  # the latter two: numbers that are none
            return Unreadable(id_, name, said), 0
    others = said.keys() - content.keys()
    if protected := sorted(others & PROTECTED):
        return Unreadable(id_, protected[0], said), 0
    return _operation({name: value for name, value in content.items() if value is not None}), len(others)


def _operation(content: Mapping[str, Any]) -> Operation:
    heard = Reading(_at(content["after"]["server"]), _at(content["after"]["device"]))
    list_ = date.fromisoformat(content["list"])
    made = (content["id"], content["seq"], _at(content["made_at"]), heard, list_, content)
    of = content.get
    match content["type"]:
        case "visit":
            return VisitMade(
                *made, content["household"], content["outcome"], content["channel"], content["days_ago"], of("group")
            )
        case "amend":
            return AmendMade(*made, content["visit"], content["kind"], of("outcome") or of("channel"), of("days_ago"))
        case "correction":
            return CorrectionMade(
                *made, content["kind"], of("household"), (content["grid"][0], content["grid"][1]), content["content"]
            )
        case "need":
            return NeedMade(
                *made,
                content["household"],
                of("visit"),
                content["category"],
                content["text"],
                content["days_ago"],
                content["solved"],
            )
        case _:
            return OrderMade(*made, tuple(content["households"]))


def _at(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


# ---- what is compared


def content_hash(content: Any, member_id: int) -> str:
    """Return the hash of what a member's phone sent, whichever phone, and whatever the order of its fields."""
    try:
        said = json.dumps([member_id, content], sort_keys=True, ensure_ascii=True)
    except RecursionError:  # brackets without end, of which nothing is kept either
        said = json.dumps([member_id, None])
    return hashlib.sha256(said.encode()).hexdigest()
