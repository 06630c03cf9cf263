"""Ledgers kept before there was a record: previewed against the lists, then entered as visits, once."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Final

from sqlalchemy import Connection

from gridplan.contact.visits import CHANNELS, OUTCOMES, Visit, id_in_file
from gridplan.errors import InputRefused, NotFound
from gridplan.exchange.lists.entries import EntryList
from gridplan.exchange.lists.ledgers import LedgerRow, read_ledger
from gridplan.exchange.lists.refused_csv import write_refusals
from gridplan.exchange.lists.rows.rows import Refusal
from gridplan.exchange.lists.rows.told_villages import refused_alike
from gridplan.exchange.lists.village_names import VillageNames
from gridplan.exchange.tables.cells import refused
from gridplan.exchange.tables.formats import READERS
from gridplan.exchange.tables.source import Source
from gridplan.names import folded, one_line
from gridplan.service.contact.record import note_visits
from gridplan.store import Store, Who
from gridplan.store.contact import covers, visits
from gridplan.store.contact.visits import Entry, Verdict
from gridplan.store.plans.households_and_members import household_rows
from gridplan.store.registry import households, members, villages
from gridplan.store.registry.villages import Scope
from gridplan.words import Lang, Message

MOST_SHOWN: Final = 200
"""Refused rows that the page shows; the file of them has all."""


@dataclass(frozen=True, slots=True)
class LedgerPreview:
    """What a ledger holds and would add; nothing is stored of it until it is confirmed."""

    file: str
    lines: tuple[str, ...]
    """All visits of it, each on a line that goes with the form; none where all are stored already."""
    new: int
    same: int
    other: int
    first: date | None
    last: date | None
    refused: tuple[Refusal, ...]
    refused_csv: str
    notes: tuple[Message, ...]


def preview_ledger(
    store: Store, scope: Scope, name: str, content: IO[bytes], lang: Lang, *, today: date
) -> LedgerPreview:
    """Return what a ledger holds and would add.

    Raises
    ------
    InputRefused
        The file or its columns cannot be used.
    """
    called = one_line(name.replace("\\", "/").rpartition("/")[2])[:120] or "?"
    ending = Path(called).suffix.lower()
    if ending not in READERS:
        raise InputRefused("read.ending", file=called, endings=" ".join(READERS))
    with tempfile.TemporaryDirectory(prefix="gridplan-") as folder:
        path = Path(folder) / f"ledger{ending}"
        with path.open("wb") as file:
            shutil.copyfileobj(content, file)
        with store.read() as connection:
            found = read_ledger(Source(path, called=called), _Lists(connection, scope, today).told)
            told = _with_ids(found.entries)
            stored = visits.content_hashes(connection, [one.id for one in told])
        text = _refused_csv(Path(folder) / "refused.csv", found, lang)
    new = sum(one.id not in stored for one in told)
    same = sum(stored.get(one.id) == visits.content_hash(one) for one in told)
    days = sorted(one.day for one in told)
    return LedgerPreview(
        called,
        tuple(map(_line, told)) if same < len(told) else (),
        new,
        same,
        len(told) - new - same,
        days[0] if days else None,
        days[-1] if days else None,
        found.refused,
        text,
        found.notes,
    )


def _refused_csv(path: Path, found: EntryList[Visit], lang: Lang) -> str:
    if not found.refused:
        return ""
    write_refusals(path, found.header, found.refused, lang, several=len({one.table for one in found.refused}) > 1)
    return path.read_text(encoding="utf-8-sig")


class _Lists:
    """The households and members of a scope, as rows of ledgers call them."""

    def __init__(self, connection: Connection, scope: Scope, today: date) -> None:
        self.today = today
        self.codes = households.ids_by_code(connection, scope)
        self.village_of: dict[int, int] = {}
        self.by_door: dict[tuple[int, str, str], list[int]] = defaultdict(list)
        self.by_name: dict[tuple[int, str], list[int]] = defaultdict(list)
        self.grid_of: dict[int, tuple[int, int]] = {}
        for row in household_rows(connection):
            if scope is None or row["village_id"] in scope:
                self._add(row["id"], row["village_id"], row["name"], row["door"])
                if row["plan_id"] is not None:
                    self.grid_of[row["id"]] = row["plan_id"], row["number"]
        self.villages = {row["name"]: row["id"] for row in villages.rows(connection, scope)}
        self.village_names = VillageNames(villages.models(connection, scope))
        self.in_charge = covers.in_charge(connection, today, {plan_id for plan_id, _ in self.grid_of.values()})
        serving = {id_ for charged in self.in_charge.values() for id_ in charged.all}
        ids = members.ids_by_code(connection)
        self.members: dict[str, list[tuple[int, int | None]]] = defaultdict(list)
        for one in members.models(connection, scope):
            of = self.villages.get(one.village) if one.village else None
            self.members[folded(one.name)].append((ids[one.member_id], of))
            self.members[folded(one.member_id)].append((ids[one.member_id], of))
            serving.discard(ids[one.member_id])
        for id_, name in members.names(connection, serving).items():  # of other villages, with a grid here
            self.members[folded(name)].append((id_, None))

    @property
    def member_ids(self) -> set[int]:
        """The members of these villages, and those with a grid in them."""
        return {id_ for found in self.members.values() for id_, _ in found}

    def _add(self, id_: int, village_id: int, name: str | None, door: str | None) -> None:
        self.village_of[id_] = village_id
        if name:
            self.by_door[village_id, folded(name), folded(door)].append(id_)
            self.by_name[village_id, folded(name)].append(id_)

    def told(self, row: LedgerRow) -> Visit:
        """Return the visit of a row, without its id."""
        if row.day > self.today:
            raise refused("day", "record.ledger.to_come", "record.remedy.day")
        household = self._household(row)
        member = self._member(row, household)
        return Visit("", household, member, row.day, row.outcome, row.channel, "file")

    def _household(self, row: LedgerRow) -> int:
        if row.code:
            if row.code in self.codes:
                return self.codes[row.code]
            raise refused("id", "record.ledger.no_code", "record.remedy.household")
        meant = self.village_names.find(row.village)
        if len(meant) > 1:
            raise refused_alike(meant)
        if row.village.name and not meant:
            raise refused("village", "record.ledger.no_village", "record.remedy.village")
        here = [self.villages[meant[0].name]] if meant else list(self.villages.values())
        name = folded(row.name)
        found = [
            id_
            for village_id in here
            for id_ in (
                self.by_door[village_id, name, folded(row.door)] if row.door else self.by_name[village_id, name]
            )
        ]
        if len(found) != 1:
            code = "record.ledger.several" if found else "record.ledger.no_household"
            raise refused("name", code, "record.remedy.household", n=len(found))
        return found[0]

    def _member(self, row: LedgerRow, household: int) -> int:
        if not row.member:
            charged = self.in_charge.get(self.grid_of.get(household, (0, 0)))
            if charged is None or charged.lead is None:
                raise refused("member", "record.ledger.no_lead", "record.remedy.member")
            return charged.lead
        found = self.members.get(folded(row.member), [])
        near = {id_ for id_, village_id in found if village_id == self.village_of.get(household)}
        chosen = near or {id_ for id_, _ in found}
        if len(chosen) != 1:
            code = "record.ledger.members" if chosen else "record.ledger.no_member"
            raise refused("member", code, "record.remedy.member", n=len(chosen))
        return chosen.pop()


def _with_ids(told: Iterable[Visit]) -> list[Visit]:
    """Return visits with the ids that they have whenever the same file comes again."""
    before: Counter[tuple[int, int, date, str]] = Counter()
    named = []
    for one in told:
        key = one.household, one.member, one.day, one.channel
        id_ = id_in_file(one.household, one.member, one.day, one.channel, before[key])
        before[key] += 1
        named.append(Visit(id_, one.household, one.member, one.day, one.outcome, one.channel, "file"))
    return named


def _line(one: Visit) -> str:
    outcome, channel = OUTCOMES.index(one.outcome), CHANNELS.index(one.channel)
    day = one.day.isoformat().replace("-", "")  # %Y gives years before 1000 fewer digits
    return f"{one.household} {one.member} {day} {outcome}{channel}"


@dataclass(frozen=True, slots=True)
class EnteredLedger:
    """How many visits of a ledger are new, were there already, and were kept apart."""

    new: int
    same: int
    apart: int


def enter_ledger(
    store: Store, who: Who, scope: Scope, lines: Iterable[str], *, now: datetime, today: date
) -> EnteredLedger:
    """Enter what was previewed of a ledger, all of it or nothing.

    Raises
    ------
    NotFound
        A household or a member is not in these villages.
    InputRefused
        A line is none that a preview has.
    """
    told = _with_ids(map(_parsed, lines))
    with store.change(who, "record", "visit", now=now) as change:
        village_of = visits.villages_of(change.connection, {one.household for one in told})
        serving = _Lists(change.connection, scope, today).member_ids
        if not {one.member for one in told} <= serving or any(one.day > today for one in told):
            raise NotFound("entrance.not_here")
        if scope is not None and not set(village_of.values()) <= set(scope):
            raise NotFound("entrance.not_here")
        verdicts = visits.add(change.connection, told, Entry(who.account_id, now))
        note_visits(change, told, verdicts)
    counts: Counter[Verdict] = Counter(verdicts.values())
    return EnteredLedger(counts["created"], counts["replay"], counts["conflict"])


def _parsed(line: str) -> Visit:
    try:
        household, member, day, told = line.split()
        outcome, channel = OUTCOMES[int(told[0])], CHANNELS[int(told[1])]
        on = date(int(day[:4]), int(day[4:6]), int(day[6:8]))
        return Visit("", int(household), int(member), on, outcome, channel, "file")
    except (ValueError, IndexError):
        raise InputRefused("record.not_previewed") from None
