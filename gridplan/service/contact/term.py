"""A change of term: new leads and new desk staff from a day on; the access of those who leave ends on that day.

What the lists say is looked at before it is confirmed. If its day is to come it is applied at the first request on or
after that day, whoever asks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, cast

from sqlalchemy import Connection, RowMapping

from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.exchange.lists.terms import ListedLead, ListedStaff
from gridplan.exchange.lists.village_names import ListedVillage, VillageNames
from gridplan.names import folded, numeral
from gridplan.roles import OF_VILLAGES, Actor, Role
from gridplan.service.access.accounts import LOGIN, LONGEST_NAME
from gridplan.service.access.login import plain_login
from gridplan.service.phone.devices import end_phones
from gridplan.service.plans.leads import GridAt
from gridplan.store import Change, Store, Who
from gridplan.store.access import accounts
from gridplan.store.contact import covers, terms
from gridplan.store.plans import assignments
from gridplan.store.plans.households_and_members import grids_in_force
from gridplan.store.plans.plan_figures import plans_in_force
from gridplan.store.registry import members, villages
from gridplan.store.rows import add_row, free_code
from gridplan.store.tables import member
from gridplan.words import LANGS, Message, series, words

BETWEEN: Final = re.compile("[;；、,，/]+")
AROUND_NUMBER: Final = re.compile(r"[\s第号]|微?网格|[Gg]rid")
"""What may stand around the number of a grid."""
LATEST: Final = 400
"""Days ahead that a change of term may be prepared."""
Json = dict[str, Any]


# ---- what the lists say


@dataclass(frozen=True, slots=True)
class TermLists:
    """The lists of a new term as they were read; None: there is none of these."""

    leads: Sequence[ListedLead] | None
    staff: Sequence[ListedStaff] | None


@dataclass(frozen=True, slots=True)
class TermProblem:
    """A row of a list that cannot be used, and why."""

    row: str
    why: Message


def draft_term(
    store: Store, actor: Actor, lists: TermLists, day: date, *, now: datetime, today: date
) -> int | tuple[TermProblem, ...]:
    """Keep what the lists say to be looked at, and return its id; or the rows that have to be mended first.

    Raises
    ------
    InputRefused
        There is no list, or the day is past or too far off.
    """
    if not lists.leads and not lists.staff:
        raise InputRefused("term.nothing")
    if not 0 <= (day - today).days <= LATEST:
        raise InputRefused("term.bad_day", first=today, days=LATEST)
    with store.write() as connection:
        reader = _Reader(connection, actor)
        content = {
            "leads": list(reader.leads(lists.leads or ())),
            "staff": None if lists.staff is None or actor.scope is not None else list(reader.staff(lists.staff)),
        }
        if reader.problems:
            return tuple(reader.problems)
        return terms.add_draft(connection, day, content, actor.account_id, now)


class _Reader:
    """Finds what rows mean: villages, grids in force, members by code or name, roles; and says what cannot be used."""

    def __init__(self, connection: Connection, actor: Actor) -> None:
        self.problems: list[TermProblem] = []
        self.villages = {row["name"]: row for row in villages.rows(connection, actor.scope)}
        self.called = VillageNames(villages.models(connection, actor.scope))
        self.grids = {
            (row["village_id"], row["number"]): row
            for row in assignments.led_grids(connection, plans_in_force(actor.scope))
        }
        self.members = members.models(connection)
        self.ids = members.ids_by_code(connection)
        self.logins = {row["login"]: row["id"] for row in accounts.every(connection) if row["login"]}
        self.roles = {folded(word): role for lang in LANGS for role, word in words("role.", lang).items()}

    def leads(self, listed: Sequence[ListedLead]) -> Iterator[Json]:
        """Yield who leads which grid."""
        seen: dict[GridAt, str] = {}
        for one in listed:
            refused = len(self.problems)
            village = self._village(one.row, one.village)
            grid = None if village is None else self._grid(one, village, seen)
            if village is None or grid is None:
                continue
            found = self._member(one, village)
            if len(self.problems) == refused:
                yield {
                    **{"plan": grid["plan_id"], "number": grid["number"], "village": village["id"]},
                    **{"before": grid["lead_id"], "member": found, "name": one.lead, "phone": one.phone},
                }

    def _grid(self, one: ListedLead, village: RowMapping, seen: dict[GridAt, str]) -> RowMapping | None:
        number = numeral(AROUND_NUMBER.sub("", one.grid))
        labelled = (
            row for row in self.grids.values() if row["village_id"] == village["id"] and row["label"] == one.grid
        )
        grid = self.grids.get((village["id"], number or 0)) or next(labelled, None)
        if grid is None:
            self._refuse(one.row, "term.no_grid", village=village["name"], grid=one.grid or "–")
            return None
        first = seen.setdefault((grid["plan_id"], grid["number"]), one.row)
        if first != one.row:
            self._refuse(one.row, "term.grid_twice", village=village["name"], grid=one.grid, other=first)
        return grid

    def _village(self, row: str, listed: ListedVillage) -> RowMapping | None:
        found = self.called.find(listed)
        if not found and not listed.name and len(self.villages) == 1:
            return next(iter(self.villages.values()))
        if len(found) > 1:
            self._refuse(row, "read.row.villages_alike", choices=series(one.name for one in found))
        elif not found:
            self._refuse(row, "term.no_village", village=listed.name or "–")
        return self.villages[found[0].name] if len(found) == 1 else None

    def _member(self, one: ListedLead, village: RowMapping) -> int | None:
        """Return the member that a row names, None for somebody new; of several of the name the code is asked for."""
        if not one.lead:
            self._refuse(one.row, "term.no_lead")
            return None
        if one.lead in self.ids:
            return self.ids[one.lead]
        mine = [
            of for of in self.members if folded(of.name) == folded(one.lead) and of.village in (None, village["name"])
        ]
        if len(mine) > 1:
            self._refuse(one.row, "term.several", name=one.lead, codes=", ".join(of.member_id for of in mine))
        return self.ids[mine[0].member_id] if len(mine) == 1 else None

    def staff(self, listed: Sequence[ListedStaff]) -> Iterator[Json]:
        """Yield the accounts that there are to be."""
        for one in listed:
            role, login = self.roles.get(folded(one.role), one.role), plain_login(one.login)
            names = [name for name in BETWEEN.split(one.villages) if name.strip()]
            found = [self._village(one.row, ListedVillage(name.strip())) for name in names]
            if role not in OF_VILLAGES:
                self._refuse(one.row, "term.no_role", role=one.role)
            elif not one.name or not LOGIN.fullmatch(login) or (login not in self.logins and not found):
                self._refuse(one.row, "term.staff_incomplete")
            elif all(found):
                ids = [village["id"] for village in found if village is not None]
                yield {
                    **{"account": self.logins.get(login), "name": one.name[:LONGEST_NAME], "login": login},
                    **{"role": role, "villages": ids},
                }

    def _refuse(self, row: str, code: str, **values: object) -> None:
        self.problems.append(TermProblem(row, Message(code, values)))


# ---- what it would do


@dataclass(frozen=True)
class TermGrid:
    """A grid of a new term: who leads it now, and who is to."""

    village: str
    at: GridAt
    before: str | None
    after: str
    is_new: bool
    """Whether the next lead is not on the list of members yet."""
    stays: bool


@dataclass(frozen=True)
class TermPage:
    """A change of term as it would be applied now, or as it was."""

    row: RowMapping
    grids: tuple[TermGrid, ...]
    leave: tuple[str, ...]
    """Members who lead no grid any more: their access ends."""
    unlisted: int
    """Grids in force of these villages that are on no list, and stay as they are."""
    staff_new: tuple[str, ...]
    staff_leave: tuple[str, ...]


def term_page(store: Store, actor: Actor, term_id: int) -> TermPage:
    """Return what a change of term does.

    Raises
    ------
    NotFound
        There is none with this id, or it is not within the scope.
    """
    with store.read() as connection:
        row = terms.by_id(connection, term_id)
        _check(actor, row)
        leads = row["content"]["leads"]
        named = members.names(connection, {id_ for one in leads for id_ in (one["member"], one["before"]) if id_})
        of = villages.names(connection)
        grids = tuple(
            TermGrid(
                of[one["village"]],
                (one["plan"], one["number"]),
                named.get(one["before"]),
                named.get(one["member"], one["name"]),
                one["member"] is None,
                one["member"] == one["before"] and one["member"] is not None,
            )
            for one in leads
        )
        inside = {one["village"] for one in leads}
        every = assignments.led_grids(connection, plans_in_force(inside)) if inside else []
        leave = _leaving(connection, leads)
        staff = row["content"]["staff"]
        ending = _staff_leaving(connection, staff)
        return TermPage(
            row,
            grids,
            tuple(sorted(members.names(connection, leave).values())),
            len(every) - len(grids),
            tuple(one["name"] for one in staff or () if one["account"] is None),
            tuple(one["name"] for one in ending),
        )


def _check(actor: Actor, row: RowMapping) -> None:
    """Check that all of a change of term is within a scope; one of desk staff is for those who have all villages.

    Raises
    ------
    NotFound
        It is not.
    """
    content = row["content"]
    if not actor.reaches({one["village"] for one in content["leads"]}) or (
        content["staff"] and actor.scope is not None
    ):
        raise NotFound("entrance.not_here")


def _leaving(connection: Connection, leads: Sequence[Json]) -> set[int]:
    """Return the members who lead one of the grids now, and would have none any more."""
    before = {one["before"] for one in leads if one["before"]} - {one["member"] for one in leads}
    taken = {(one["plan"], one["number"]) for one in leads}
    rows = grids_in_force(connection, before)
    kept = {
        id_
        for id_, of in rows.items()
        if any(row["role"] == "deputy" or (row["plan_id"], row["number"]) not in taken for row in of)
    }
    return before - kept


def _staff_leaving(connection: Connection, staff: Sequence[Json] | None) -> list[RowMapping]:
    """Return the accounts of villages that are on no list of desk staff, if there is one."""
    if staff is None:
        return []
    stay = {one["account"] for one in staff}
    return [
        row
        for row in accounts.every(connection)
        if row["role"] in OF_VILLAGES and row["disabled_at"] is None and row["id"] not in stay
    ]


# ---- confirmed, withdrawn, applied


def terms_made(store: Store, actor: Actor) -> tuple[RowMapping, ...]:
    """Return the changes of term within a scope that were confirmed, the newest first."""
    with store.read() as connection:
        found = terms.rows(connection)
    return tuple(row for row in found if _is_mine(actor, row))


def _is_mine(actor: Actor, row: RowMapping) -> bool:
    try:
        _check(actor, row)
    except NotFound:
        return False
    return True


def confirm(store: Store, actor: Actor, term_id: int, *, now: datetime, today: date) -> None:
    """Let a change of term hold from its day on: at once if that has come.

    Raises
    ------
    Conflict
        It was confirmed already.
    NotFound
        It is not within the scope.
    """
    with store.change(Who(actor.account_id, actor.role), "prepare", "term", now=now) as change:
        row = terms.by_id(change.connection, term_id)
        _check(actor, row)
        if not terms.set_state(change.connection, term_id, "waiting", now, before="draft"):
            raise Conflict("term.confirmed")
        _note(change, row)
    apply_due(store, now=now, today=today)


def withdraw(store: Store, actor: Actor, term_id: int, *, now: datetime) -> None:
    """Take back a change of term whose day has not come.

    Raises
    ------
    Conflict
        It was applied already.
    NotFound
        It is not within the scope.
    """
    with store.change(Who(actor.account_id, actor.role), "withdraw", "term", now=now) as change:
        row = terms.by_id(change.connection, term_id)
        _check(actor, row)
        if not terms.set_state(change.connection, term_id, "withdrawn", now, before="waiting"):
            raise Conflict("term.applied")
        _note(change, row)


def apply_due(store: Store, *, now: datetime, today: date) -> None:
    """Apply the changes of term whose day has come: asked at every request, so that nobody comes in who has left."""
    with store.read() as connection:
        waiting = terms.due(connection, today)
    for row in waiting:
        with (
            suppress(Conflict),
            store.change(Who(row["made_by"], _role(store, row)), "change", "term", now=now) as change,
        ):
            if not terms.set_state(change.connection, row["id"], "applied", now, before="waiting"):
                raise Conflict("term.applied")  # by another request at this moment
            content = _as_of_now(change.connection, row["content"])
            terms.set_content(change.connection, row["id"], content)
            _apply(store, change.connection, content, now, today)
            _note(change, row)


def _as_of_now(connection: Connection, content: Json) -> Json:
    """Return a change of term with those who lead its grids now; without grids of villages that were planned anew."""
    leads = [one for one in content["leads"] if assignments.is_in_force(connection, one["plan"])]
    present = {plan: assignments.leads(connection, plan) for plan in {one["plan"] for one in leads}}
    return content | {"leads": [one | {"before": present[one["plan"]].get(one["number"])} for one in leads]}


def _role(store: Store, row: RowMapping) -> str:
    with store.read() as connection:
        made_by = accounts.by_id(connection, row["made_by"]) if row["made_by"] else None
    return str(made_by["role"]) if made_by else "planner"


def _note(change: Change, row: RowMapping) -> None:
    n = Counter(one["village"] for one in row["content"]["leads"])
    details: dict[int | None, Json] = {village_id: {"grids": count} for village_id, count in n.items()}
    change.by_village = details or {None: {"accounts": len(row["content"]["staff"] or ())}}


def _apply(store: Store, connection: Connection, content: Json, now: datetime, today: date) -> None:
    leaving = _leaving(connection, content["leads"])
    added: dict[tuple[int, str], int] = {}
    for one in content["leads"]:
        lead = one["member"] or added.get((one["village"], one["name"])) or _added(connection, one, added)
        if lead != one["before"]:
            why = Message("term.why")
            assignments.give_lead(connection, one["plan"], one["number"], lead, why, today=today)
    accounts.disable(connection, accounts.ids_by_member(connection, leaving).values(), now)
    end_phones(store, connection, leaving, "handover", now)
    covers.end_of(connection, leaving, today)
    _apply_staff(connection, content["staff"], now)


def _added(connection: Connection, one: Json, added: dict[tuple[int, str], int]) -> int:
    values = {"code": free_code(connection, member), "name": one["name"], "phone": one["phone"], "ties": []}
    added[one["village"], one["name"]] = add_row(connection, member, values | {"village_id": one["village"]})
    return added[one["village"], one["name"]]


def _apply_staff(connection: Connection, staff: Sequence[Json] | None, now: datetime) -> None:
    accounts.disable(connection, [row["id"] for row in _staff_leaving(connection, staff)], now)
    for one in staff or ():
        if one["account"] is None and accounts.by_login(connection, one["login"]) is None:
            role = cast(Role, one["role"])
            accounts.add(connection, name=one["name"], role=role, login=one["login"], now=now, villages=one["villages"])
