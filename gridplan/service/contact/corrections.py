"""Corrections: a household is not as the lists have it, and somebody reports it; what is accepted changes the list.

The household changes now and its grid with the next plan. What is refused, or asked back, is answered in words, which
who reported it sees.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Connection, RowMapping

from gridplan.contact.corrections import CORRECTIONS, FIELDS, FROM_DESK, CorrectionKind, is_complete
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.names import one_line
from gridplan.roles import Actor
from gridplan.service.contact.record import in_audit
from gridplan.service.registry import households as registry
from gridplan.service.registry.form import FormFields
from gridplan.service.registry.households import HouseholdForm
from gridplan.store import Change, Store, Who
from gridplan.store.contact import corrections
from gridplan.store.contact.corrections import UNANSWERED, CorrectionQuery, CorrectionState
from gridplan.store.registry import households, villages
from gridplan.store.registry.villages import Scope
from gridplan.store.rows import Row
from gridplan.words import Message

AnswerTo = Literal["accept", "refuse", "ask back", "open again"]
STATE_AFTER: Final[Mapping[AnswerTo, CorrectionState]] = {
    "accept": "accepted",
    "refuse": "refused",
    "ask back": "asked back",
    "open again": "open",
}
Tab = Literal["open", "asked back", "answered"]
TABS: Final[Mapping[Tab, tuple[CorrectionState, ...]]] = {
    "open": ("open",),
    "asked back": ("asked back",),
    "answered": ("accepted", "refused"),
}


# ---- reported


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports; its id is made where it is entered, so that what is sent twice is one."""

    id: str
    kind: CorrectionKind
    village_id: int
    household_id: int | None
    content: Mapping[str, Any]
    member_id: int | None = None
    """The member who reports it; None: the desk."""


@dataclass(frozen=True, slots=True)
class ReportPage:
    """What the form of a report shows: the household it is about, none of a new house, and which others there are."""

    home: RowMapping | None
    village: RowMapping
    others: tuple[Row, ...]
    hamlets: tuple[str, ...]


def report_page(store: Store, village_id: int | None, household_id: int | None) -> ReportPage:
    """Return what the form of a report shows, of a household or, of a new one, the village.

    Raises
    ------
    NotFound
        There is no such household or village.
    """
    with store.read() as connection:
        home = None if household_id is None else households.by_id(connection, household_id)
        of = villages.by_id(connection, (village_id or 0) if home is None else home["village_id"])
        others = corrections.others_of(connection, of["id"], household_id)
        return ReportPage(home, of, tuple(others), tuple(households.hamlets_of(connection, [of["id"]])))


def kinds_for(home: RowMapping | None) -> tuple[CorrectionKind, ...]:
    """Return what may be reported of a household, or where there is none yet."""
    if home is None:
        return ("new house",)
    if home["retired_on"] is not None:
        return ("came back",)
    return tuple(kind for kind in CORRECTIONS if kind not in ("new house", "came back"))


def parse_report(form: FormFields, page: ReportPage, *, member_id: int | None = None) -> Report:
    """Return the report of a form.

    Raises
    ------
    InputRefused
        Something in the form is wrong, or what has to be known is missing.
    """
    home = page.home
    kind = next((kind for kind in kinds_for(home) if kind == form.fields.get("kind")), None)
    if kind is None:
        raise InputRefused("correction.no_such_kind")
    content = _content(form, kind, {row["id"] for row in page.others}, frozenset())
    if kind not in FROM_DESK and not is_complete(kind, content):
        form.reject(FIELDS[kind][0], "registry.required")
    form.check()
    return Report(_id(form), kind, page.village["id"], None if home is None else home["id"], content, member_id)


def _id(form: FormFields) -> str:
    try:
        return str(UUID(form.fields.get("id", "")))
    except ValueError as problem:
        raise InputRefused("correction.no_id") from problem


def _content(
    form: FormFields, kind: CorrectionKind, others: Collection[int], village_ids: Collection[int]
) -> dict[str, Any]:
    """Return what a form knows of the fields of a kind; what is blank is left out."""
    wanted = FIELDS[kind]
    found: dict[str, Any] = {name: form.text(name) for name in ("name", "door", "hamlet") if name in wanted}
    if "lon" in wanted and (place := form.place()):
        found |= {"lon": place[0], "lat": place[1]}
    if "other" in wanted:
        found["other"] = form.chosen_id("other", others, required=False)
    if "village" in wanted:
        found["village"] = form.chosen_id("village", village_ids, required=False)
    return {name: value for name, value in found.items() if value is not None}


def report(store: Store, who: Who, new: Report, *, now: datetime) -> None:
    """Keep a report; one that is there already is the same sent again. Who may is asked before."""
    with store.change(in_audit(who), "report", "correction", now=now) as change:
        change.village_id = new.village_id
        change.detail = {"corrections": int(corrections.add(change.connection, row_of(new, who.account_id, now)))}


def row_of(new: Report, account_id: int | None, now: datetime) -> dict[str, Any]:
    """Return a report as it is kept."""
    return {
        "id": new.id,
        "village_id": new.village_id,
        "household_id": new.household_id,
        "kind": new.kind,
        "content": dict(new.content),
        "member_id": new.member_id,
        "entered_by": account_id,
        "made_at": now,
    }


# ---- read


@dataclass(frozen=True)
class CorrectionsPage:
    """The corrections that were asked for, and how many there are in each state."""

    rows: tuple[RowMapping, ...]
    counts: Mapping[Tab, int]
    villages: tuple[tuple[int, str], ...]
    homes: Mapping[int, RowMapping]
    """The other households that some are about, by id."""


def corrections_page(store: Store, scope: Scope, tab: Tab, query: CorrectionQuery) -> CorrectionsPage:
    """Return the corrections of a scope, those of a tab."""
    with store.read() as connection:
        found = corrections.rows(connection, scope, replace(query, states=TABS[tab]))
        n = corrections.counts(connection, scope)
        return CorrectionsPage(
            tuple(found),
            {name: sum(n.get(state, 0) for state in states) for name, states in TABS.items()},
            tuple((row["id"], row["name"]) for row in villages.rows(connection, scope)),
            _others(connection, found),
        )


def reported_by(store: Store, member_id: int) -> tuple[RowMapping, ...]:
    """Return what a member reported, the newest first, with what was answered."""
    with store.read() as connection:
        return tuple(corrections.rows(connection, None, CorrectionQuery(member_id=member_id)))


@dataclass(frozen=True)
class CorrectionPage:
    """A correction to be answered, with what a form offers for what is missing."""

    row: RowMapping
    report: ReportPage
    villages: tuple[tuple[int, str], ...]
    homes: Mapping[int, RowMapping]


def correction_page(store: Store, actor: Actor, correction_id: str) -> CorrectionPage:
    """Return a correction.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    with store.read() as connection:
        row = corrections.by_id(connection, correction_id)
        known = tuple((one["id"], one["name"]) for one in villages.rows(connection, actor.scope))
        others = _others(connection, [row])
    return CorrectionPage(row, report_page(store, row["village_id"], row["household_id"]), known, others)


def _others(connection: Connection, found: Sequence[RowMapping]) -> dict[int, RowMapping]:
    ids = {row["content"]["other"] for row in found if row["content"].get("other")}
    return {id_: households.by_id(connection, id_) for id_ in sorted(ids)}


def told(row: RowMapping, homes: Mapping[int, RowMapping], village_names: Mapping[int, str]) -> tuple[Message, ...]:
    """Return what a report says besides its kind, a sentence for each field."""
    found = []
    for name, value in row["content"].items():
        if name in ("lon", "lat"):
            continue
        if name == "other":
            home = homes.get(value)
            value = " ".join(filter(None, (home["name"], home["door"], home["code"]))) if home else "–"
        elif name == "village":
            value = village_names.get(value, "–")
        found.append(Message(f"correction.says.{name}", {"value": value}))
    if "lon" in row["content"]:
        found.append(Message("correction.says.place"))
    return tuple(found)


# ---- answered


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of answers that were given together: how many count, and why the others do not, by correction."""

    n: int = 0
    problems: Mapping[str, Message] = field(default_factory=dict)


def answer_all(
    store: Store,
    actor: Actor,
    chosen: Mapping[str, int | None],
    given: AnswerTo,
    word: str | None,
    *,
    now: datetime,
    today: date,
) -> Answered:
    """Give the same answer to corrections, each with the version of its household that was seen; each by itself.

    Raises
    ------
    InputRefused
        The answer has no word, and needs one.
    NotFound
        One of them is not there, or not within the scope.
    """
    who = Who(actor.account_id, actor.role)
    with store.read() as connection:
        if not actor.reaches({corrections.by_id(connection, id_)["village_id"] for id_ in chosen}):
            raise NotFound("entrance.not_here")
    if given in ("refuse", "ask back") and not word:
        raise InputRefused("correction.no_word")
    if given != "accept":
        return Answered(_answer_in_words(store, who, list(chosen), given, word, now=now))
    problems: dict[str, Message] = {}
    for correction_id, version in chosen.items():
        try:
            with store.read() as connection:
                content = corrections.by_id(connection, correction_id)["content"]
            accept(store, who, correction_id, version, content, now=now, today=today)
        except (InputRefused, Conflict, NotFound) as error:
            problems[correction_id] = error.message
    return Answered(len(chosen) - len(problems), problems)


def _answer_in_words(
    store: Store, who: Who, ids: Sequence[str], given: AnswerTo, word: str | None, *, now: datetime
) -> int:
    reopens = given == "open again"
    before: tuple[CorrectionState, ...] = ("refused", "asked back") if reopens else UNANSWERED
    by_village: dict[int | None, dict[str, Any]] = {}
    with store.change(who, "answer", "correction", now=now) as change:
        for correction_id in ids:
            row = corrections.by_id(change.connection, correction_id)
            if _settle(change.connection, row, given, word, who, before, now):
                counts = by_village.setdefault(row["village_id"], {"corrections": 0})
                counts["corrections"] += 1
        change.by_village = by_village
    return sum(counts["corrections"] for counts in by_village.values())


def _settle(
    connection: Connection,
    row: RowMapping,
    given: AnswerTo,
    word: str | None,
    who: Who,
    before: Collection[CorrectionState],
    now: datetime,
) -> bool:
    state, reopens = STATE_AFTER[given], given == "open again"
    by, at = (None, None) if reopens else (who.account_id, now)
    return corrections.answer(connection, row["id"], state, before=before, word=word, by=by, at=at)


def parse_answer(form: FormFields, page: CorrectionPage) -> dict[str, Any]:
    """Return what is accepted of a correction: what was reported, as it was completed or corrected in the form.

    Raises
    ------
    InputRefused
        Something in the form is wrong, or what has to be known is missing.
    """
    kind = page.row["kind"]
    known = {id_ for id_, _ in page.villages if id_ != page.row["village_id"]}
    content = _content(form, kind, {row["id"] for row in page.report.others}, known)
    if not is_complete(kind, content):
        form.reject(FIELDS[kind][0], "registry.required")
    form.check()
    return content


def accept(
    store: Store,
    who: Who,
    correction_id: str,
    version: int | None,
    content: Mapping[str, Any],
    *,
    now: datetime,
    today: date,
    confirmed: str = "",
) -> None:
    """Accept a correction: the household changes in the same transaction, and the audit says it as of any change.

    Raises
    ------
    Conflict
        It was answered already, or the household was changed since the version that was seen.
    InputRefused
        What has to be known is missing, or the household can no longer be changed like that.
    Unconfirmed
        The household would be doubtful; `confirmed` is the key of the doubts that were confirmed.
    """
    with store.read() as connection:
        row = corrections.by_id(connection, correction_id)
        home = None if row["household_id"] is None else households.by_id(connection, row["household_id"])
    if not is_complete(row["kind"], content):
        raise InputRefused("correction.not_complete")
    accepted = _Accepted(store, who, row, content, now, today, confirmed)
    if home is None:
        house = replace(_new_house(row["village_id"], content), confirmed=confirmed)
        registry.add(store, who, house, now=now, also=accepted.settle)
    else:
        accepted.change(home, home["version"] if version is None else version)


@dataclass(frozen=True)
class _Accepted:
    """A correction that is accepted, and what it changes."""

    store: Store
    who: Who
    row: RowMapping
    content: Mapping[str, Any]
    now: datetime
    today: date
    confirmed: str

    def settle(self, change: Change) -> None:
        """Note in the transaction of a change that it was accepted."""
        if not _settle(change.connection, self.row, "accept", None, self.who, UNANSWERED, self.now):
            raise Conflict("correction.answered")

    def change(self, home: RowMapping, version: int) -> None:
        """Change the household that it is about."""
        kind: CorrectionKind = self.row["kind"]
        if (home["retired_on"] is None) == (kind == "came back"):
            raise InputRefused("correction.is_there" if kind == "came back" else "correction.is_gone")
        more: dict[str, Any] = {"now": self.now, "also": self.settle}
        if kind == "gone away":
            registry.retire(self.store, self.who, home["id"], version, self.today, **more)
        elif kind == "came back":
            registry.restore(self.store, self.who, home["id"], version, confirmed=self.confirmed, **more)
        elif kind == "two are one":
            self._merge(home, version)
        elif kind == "one is two":
            self._split(home, version)
        else:
            self._amend(home, version, more)

    def _amend(self, home: RowMapping, version: int, more: dict[str, Any]) -> None:
        changed = replace(_changed(home, self.content), confirmed=self.confirmed)
        if not registry.update(self.store, self.who, home["id"], version, changed, **more):
            with self.store.change(self.who, "answer", "correction", now=self.now) as change:  # the list says so by now
                self.settle(change)
                change.village_id, change.detail = home["village_id"], {"corrections": 1}

    def _merge(self, home: RowMapping, version: int) -> None:
        with self.store.change(self.who, "merge", "household", now=self.now) as change:
            self.settle(change)
            other = households.by_id(change.connection, self.content["other"])
            is_other = other["id"] != home["id"] and other["village_id"] == home["village_id"]
            if not is_other or other["retired_on"] is not None:
                raise InputRefused("correction.no_other")
            registry.end(change, home["id"], version, self.today)
            corrections.merge(change.connection, home["id"], other["id"], self.today, at=self.now)

    def _split(self, home: RowMapping, version: int) -> None:
        with self.store.change(self.who, "split", "household", now=self.now) as change:
            self.settle(change)
            before = households.by_id(change.connection, home["id"])
            if before["version"] != version:
                raise Conflict("registry.stale_unknown")
            name, door = self.content.get("name"), self.content.get("door")
            new = replace(_form_of(before), phone=None, name=name, door=door, confirmed=self.confirmed)
            new_id = registry.add_in_change(change, new, self.now)
            corrections.split(change.connection, home["id"], new_id, self.today)
            change.object_id, change.detail = home["id"], {"new": new_id}


def _new_house(village_id: int, content: Mapping[str, Any]) -> HouseholdForm:
    place = (content["lon"], content["lat"]) if "lon" in content else None
    name, door, hamlet = (one_line(content.get(field) or "") or None for field in ("name", "door", "hamlet"))
    return HouseholdForm(village_id, name, door, hamlet, phone=None, address=None, code=None, place=place)


def _form_of(home: RowMapping) -> HouseholdForm:
    """Return a household as its form has it now."""
    texts = {name: home[name] for name in ("name", "door", "hamlet", "phone", "address")}
    place = (home["lon"], home["lat"]) if home["position"] == "exact" else None
    return HouseholdForm(village_id=home["village_id"], code=None, place=place, **texts)


def _changed(home: RowMapping, content: Mapping[str, Any]) -> HouseholdForm:
    form = _form_of(home)
    if "village" in content:
        return replace(form, village_id=content["village"], hamlet=None)
    if "lon" in content:
        return replace(form, place=(content["lon"], content["lat"]))
    return replace(form, **content)
