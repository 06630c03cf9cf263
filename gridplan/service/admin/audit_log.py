"""The audit log as people read it: each deed a sentence with the names of today, a page at a time.

The audit keeps ids and counts. Names are looked up when it is read, within the scope and the powers of who reads it:
what is in another village by now, or gone, is called by what it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.names import sort_key
from gridplan.roles import Actor
from gridplan.store import Store
from gridplan.store.database import COMMAND_LINE
from gridplan.store.registry import villages
from gridplan.store.system import audit
from gridplan.store.system.audit import AuditQuery, Deed, Entry, Kind
from gridplan.store.system.town_settings import TownSettings
from gridplan.words import Message, catalogue, series

PAGE_SIZE: Final = 50
NAMED_VILLAGES: Final = 3
"""Villages that a sentence names; all of them are in what is folded below it."""


def _all(verbs: str, object_: str) -> frozenset[Kind]:
    return frozenset((verb, object_) for verb in verbs.split(", "))


KINDS: Final[Mapping[str, frozenset[Kind]]] = {
    "imports": _all("import, take back", "lists"),
    "households": _all("add, change, retire, unretire, erase, place, put back, merge, split", "household")
    | _all("answer", "correction"),
    "members": _all(
        "add, change, retire, unretire, cover, change cover, reassign, take back grids, note agreement", "member"
    )
    | _all("prepare, withdraw, change", "term"),
    "plans": _all("plan, rename, delete, undelete", "draft")
    | _all("load, publish, schedule, take back, hold, edit, redraw, copy", "plan")
    | _all("send, type back, apply", "consultation")
    | _all("apply", "workbook")
    | _all("give lead, take back lead", "grid")
    | _all("make, change, move", "party group"),
    "villages": _all("add, change, draw, retire, unretire, change days", "village")
    | _all("merge, take back merger, split, take back split, end former numbers", "village")
    | _all("anchor, unanchor", "hamlet"),
    "land": _all("add, remove", "feature") | _all("add, remove, pin", "scan") | _all("add, cut, remove", "imagery"),
    "visits": _all("record, amend, recount, settle, hand in", "visit")
    | _all("hand in", "phone file")
    | _all("set state", "household")
    | _all("report", "correction"),
    "linkage": _all("change", "linkage rules")
    | _all("change", "branch")
    | _all("change, link, end link, note calls, take back calls", "linked person"),
    "needs": _all("raise, follow up, print slips", "need"),
    "sheets": _all("print", "sheet") | _all("count", "grid"),
    "cards": _all("make cards, withdraw card, phone lost", "member") | _all("print", "contact card"),
    "packs": _all("take, make again, download", "snapshot") | _all("save, change, renew, retire", "pack"),
    "accounts": _all("set up, add, change, disable, enable, invite", "account"),
    "signing_in": _all("enter, enter by invitation, leave, end session, change password", "account"),
    "settings": _all("change", "settings")
    | _all("add, remove", "cadence")
    | _all("add, remove", "pause")
    | _all("backup, restore", "town"),
}
"""Every kind of deed: verb and object, under what it can be asked for."""
WITHOUT_TIME: Final = KINDS["visits"] | KINDS["needs"]
"""Deeds whose time of day is not shown: when somebody was on the way is nobody's business."""
KNOWN: Final = frozenset().union(*KINDS.values())
NAMELESS: Final = {COMMAND_LINE.role: "audit.by_command_line", "member": "audit.by_member"}
"""What those are called who are not named, by their role."""
SETTINGS_CALLED: Final = {
    **{name: f"settings.{name}" for name in ("name", "address", "approval", "time_zone", "languages", "notes")},
    **{name: f"settings.{name}" for name in ("phones", "household_names")},
    **{name: f"settings.{name}" for name in ("tiles_url", "tiles_frame", "bounds_count")},
    **{field.name: "settings.titles" for field in fields(TownSettings) if field.name.startswith("title_")},
    "cadence_days": "settings.cadence",
    "visit_minutes": "settings.minutes",
    "settle_days": "settings.settle_days",
}
"""The codes of what the fields of the settings are called."""
PACK_CALLED: Final = {
    "name": "pack.name",
    "scope": "pack.scope",
    "profile": "pack.profile",
    "forms": "pack.forms",
    "lang": "page.language",
    "reason": "pack.why",
}
"""The codes of what can be changed of a saved pack."""
PRINTED: Final = {"tick-sheets": "sheets", "contact-cards": "cards"}
"""What is counted of forms that are noted as printed."""
MANY: Final = {"account": "accounts", "feature": "features"}
"""Of which objects many are made at once, and what counts them."""
LOADED_CALLED: Final = {
    "villages": "audit.villages",
    "households": "imports.did.new",
    "members": "imports.did.new_members",
}
"""The codes of what a loaded plan brought."""
COUNTED: Final = {
    "backup": ("rows", 0),
    "end session": ("sessions", 1),
    "make cards": ("cards", 0),
    "make": ("plans", 0),
    "anchor": ("households", 0),
    "link": ("links", 0),
    "note calls": ("calls", 0),
    "take back calls": ("calls", 0),
    "print": ("sheets", 0),
    "record": ("visits", 0),
    "amend": ("visits", 0),
    "settle": ("visits", 0),
    "hand in": ("entries", 0),
    "report": ("corrections", 0),
    "answer": ("corrections", 0),
    **dict.fromkeys(("raise", "follow up", "print slips"), ("needs", 0)),
}
"""What the sentence of a verb counts, where that is not villages, and how many a row without it means."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the log is asked for: who did it (0: the command line), its kind, village, first and last day, a text."""

    who: int | None = None
    what: str = ""
    village_id: int | None = None
    since: date | None = None
    until: date | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Thing(Message):
    """What a sentence names and may lead to: its name is the sentence, `kind` and `ids` say what it is."""

    kind: str = ""
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A deed: when, in which role, the sentence that says who did what, and what is to know besides."""

    at: datetime
    role: str
    sentence: Message
    details: tuple[Message, ...]
    has_time: bool
    """Whether the time of day is shown besides the date."""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the audit log, the newest first, and what it can be asked for."""

    lines: tuple[Line, ...]
    before: int | None
    """The id to go on before; None where nothing is older."""
    villages: tuple[tuple[int, str], ...]
    """Ids and names of the villages within the scope."""
    authors: tuple[tuple[int, str | None], ...]
    """Who did something within the scope; 0 is the command line."""


def audit_page(
    store: Store, actor: Actor, asked: AuditFilter, *, zone: ZoneInfo, before: int | None = None
) -> AuditPage:
    """Return what happened within the scope of an account, as far as it was asked for."""
    query = AuditQuery(
        by=asked.who,
        kinds=KINDS.get(asked.what, ()),
        village_id=asked.village_id,
        since=datetime.combine(asked.since, time(), zone) if asked.since else None,
        until=datetime.combine(asked.until + timedelta(days=1), time(), zone) if asked.until else None,
        text=asked.text,
    )
    with store.read() as connection:
        named = tuple((row["id"], row["name"]) for row in villages.rows(connection, actor.scope))
        found = audit.deeds(connection, actor.scope, query, most=PAGE_SIZE + 1, before=before)
        shown = found[:PAGE_SIZE]
        names = _Names(connection, actor, shown, zone)
        return AuditPage(
            lines=tuple(names.line(deed) for deed in shown),
            before=shown[-1][-1].id if len(found) > PAGE_SIZE else None,
            villages=named,
            authors=tuple((id_ or 0, name) for id_, name in audit.authors(connection, actor.scope)),
        )


class _Names:
    """The names of today of all that some deeds are about, as far as who reads them may know them."""

    def __init__(self, connection: Connection, actor: Actor, deeds: Iterable[Deed], zone: ZoneInfo) -> None:
        self.actor, self.zone = actor, zone
        wanted: dict[str, set[int]] = defaultdict(set)
        for deed in deeds:
            for kind, id_ in _ids(deed):
                wanted[kind].add(id_)
        self.rows = {kind: audit.things(connection, kind, wanted[kind], actor.scope) for kind in audit.THINGS}

    def line(self, deed: Deed) -> Line:
        """Return a deed as it is read."""
        one = deed[0]
        has_time = (one.verb, one.object) not in WITHOUT_TIME
        return Line(one.at, one.role, self._sentence(deed), tuple(self._details(deed)), has_time)

    def _sentence(self, deed: Deed) -> Message:
        one = deed[0]
        who = one.by or Message(NAMELESS.get(one.role, "audit.by_nobody"))
        if (one.verb, one.object) not in KNOWN:
            return Message("audit.unknown", {"who": who, "verb": one.verb, "object": one.object})
        counted, otherwise = COUNTED.get(one.verb, ("", 1))
        values = {
            "who": who,
            "villages": series(self._villages(deed), most=NAMED_VILLAGES),
            "n": sum(row.detail.get(counted, otherwise) for row in deed),
            **self._what(one),
        }
        did = Message(f"audit.did.{one.verb}_{one.object}".replace(" ", "_"), values)
        after = series(self._after(deed), most=NAMED_VILLAGES if one.verb == "make cards" else None)
        return Message("audit.and", {"did": did, "more": after}) if after.items else did

    def _what(self, one: Entry) -> Mapping[str, object]:
        """Return what the sentence of a deed names besides who and where."""
        if one.verb == "restore":
            made = datetime.fromisoformat(one.detail["made_at"]).astimezone(self.zone)
            return {"made": f"{made:%Y-%m-%d %H:%M}"}
        if one.object == "grid":
            number = one.detail["number"]
            is_there = one.object_id in self.rows["plan"]
            grid = {"village": self._village_name(one.village_id), "number": number}
            ids = (one.object_id or 0, number) if is_there else ()
            return {"what": self._thing("member", one.detail["member"]), "grid": Thing("audit.grid", grid, "grid", ids)}
        if one.object == "party group":
            return {"village": self._village_name(one.village_id), **one.detail}
        many = MANY.get(one.object, "")
        if one.object_id is None and many in one.detail:
            return {"what": Message(f"audit.{many}", {"n": one.detail[many]})}
        named = one.object in audit.THINGS and one.object != "plan"  # a plan is called by its village
        return {"what": self._thing(one.object, one.object_id)} if named else {}

    def _after(self, deed: Deed) -> Iterator[str | Message]:
        """Yield what stands behind a sentence: fields that were changed, what lists brought, whose cards they are."""
        one = deed[0]
        if one.verb in ("import", "load"):
            for key, n in ((key, n) for key, n in one.detail.items() if key != "ids"):
                yield _called(LOADED_CALLED.get(key) or f"imports.did.{key}", f"{key} {n}", n=n)
        elif one.verb == "make cards":
            yield from [self._thing("member", one.object_id)] if one.object_id else self._villages(deed)
        elif one.object == "account" and "role" in one.detail:
            yield _called(f"role.{one.detail['role']}", one.detail["role"])
        elif one.verb == "change":
            called = {"settings": SETTINGS_CALLED, "pack": PACK_CALLED}.get(one.object, {})
            codes = {called.get(name) or f"registry.field.{name}": name for name in one.detail.get("fields", ())}
            yield from (_called(code, name) for code, name in codes.items())
        elif one.object in ("cadence", "pause"):
            yield from self._expected(deed)
        elif one.object == "snapshot":
            yield from _in_snapshot(deed)
        elif one.verb == "edit":
            yield _called(f"audit.edit.{one.detail['kind']}".replace(" ", "_"), one.detail["kind"])
        elif grids := one.detail.get("grids"):
            yield Message("audit.grids", {"n": grids})

    def _expected(self, deed: Deed) -> Iterator[str | Message]:
        """Yield where, of whom and from when on something is expected of visits, or nothing."""
        one = deed[0]
        detail = one.detail
        yield from [self._village(one.village_id)] if one.village_id else [Message("visits.whole_town")]
        if one.object == "pause":
            yield Message(f"pause.{detail['kind']}")
            yield Message("audit.from_to", {"first": detail["first_day"], "last": detail["last_day"]})
            return
        if detail["number"]:
            yield Message("map.grid", {"number": detail["number"]})
        yield Message(f"visits.subject.{detail['kind']}")
        days = detail["days"]
        yield Message("visits.every", {"n": days}) if days else Message("visits.as_above")
        yield Message("audit.from", {"day": detail["from_day"]})

    def _details(self, deed: Deed) -> Iterator[Message]:
        """Yield what is folded below the sentence: of each village what was done there."""
        here = [row for row in deed if row.village_id is not None]
        for row in sorted(here, key=lambda row: sort_key(self._village_name(row.village_id))):
            values: dict[str, object] = {"village": self._village(row.village_id)}
            if row.verb == "publish":
                plan = self.rows["plan"].get(row.detail.get("plan", 0))
                values |= {"revision": plan["revision"] if plan else "–", "n": row.detail.get("exceptions", 0)}
                yield Message("audit.published", values)
            elif row.verb == "schedule":
                yield Message("audit.scheduled", values | {"day": row.detail["day"]})
            elif row.verb == "make cards" and len(deed) > 1:
                yield Message("audit.cards", values | {"n": row.detail.get("cards", 0)})
            elif len(deed) > (0 if row.verb == "import" else NAMED_VILLAGES):
                yield self._village(row.village_id)

    def _villages(self, deed: Deed) -> Iterator[Message]:
        ids = [row.village_id for row in deed if row.village_id is not None]
        yield from (self._village(id_) for id_ in sorted(ids, key=lambda id_: sort_key(self._village_name(id_))))

    def _village(self, id_: int | None) -> Message:
        name = self._village_name(id_)
        return _named(name, "village", id_ or 0) if name else Message("audit.gone.village")

    def _village_name(self, id_: int | None) -> str:
        row = self.rows["village"].get(id_ or 0)
        return str(row["name"]) if row else ""

    def _thing(self, kind: str, id_: int | None) -> Message:
        """Return what a deed is about: by its name where who reads it may know that, else by its code or number."""
        row = self.rows[kind].get(id_ or 0)
        if row is None or id_ is None:
            return Message(f"audit.gone.{kind}", {"id": "–" if id_ is None else str(id_)})
        if kind in ("household", "member") and not self.actor.may("see households"):
            return Message(f"audit.thing.{kind}", {"name": row["code"]})
        name = row["name"] or (row["code"] if kind == "household" else str(id_))
        called = Message(f"audit.thing.{kind}", {"name": _named(name, kind, id_)})
        if kind != "household":
            return called
        place = " ".join(filter(None, (row["village"], row["hamlet"], row["door"])))
        return Message("list.bracketed", {"what": called, "detail": place})


def _in_snapshot(deed: Deed) -> Iterator[str | Message]:
    """Yield the profile of material for meetings and its forms, with how many are printed of those that are counted."""
    one = deed[0]
    yield _called(f"profile.{one.detail['profile']}", one.detail["profile"])
    for form in one.detail.get("forms", ()):
        called = _called(f"pack.form.{form}", form)
        n = sum(row.detail.get(PRINTED.get(form, ""), 0) for row in deed)
        yield Message("list.bracketed", {"what": called, "detail": str(n)}) if n else called


def _ids(deed: Deed) -> Iterator[tuple[str, int]]:
    """Yield kinds and ids of what the sentence of a deed names."""
    for row in deed:
        found = {
            "village": row.village_id,
            row.object: row.object_id,
            "plan": row.object_id if row.object == "grid" else row.detail.get("plan"),
            "member": row.object_id if row.object == "member" else row.detail.get("member"),
        }
        yield from ((kind, id_) for kind, id_ in found.items() if id_ is not None and kind in audit.THINGS)


def _called(code: str, written: str, **values: object) -> str | Message:
    """Return what a word of a row is called; one that is not known any more stands as it was written."""
    return Message(code, values) if catalogue("en").get(code) is not None else written


def _named(name: str, kind: str, *ids: int) -> Thing:
    return Thing("audit.name", {"name": name}, kind, ids)
