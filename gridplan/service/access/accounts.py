"""Accounts of those who work in offices: added, changed, disabled and enabled by the administrator."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, RowMapping

from gridplan.errors import InputRefused, NotAllowed, NotFound
from gridplan.roles import OF_TOWN, OF_VILLAGES, ROLES, Role
from gridplan.service.access.invitations import Invitation, invite, invite_all
from gridplan.service.access.login import plain_login
from gridplan.service.access.sessions import LIFETIMES
from gridplan.store import Store, Who
from gridplan.store.access import accounts, cards, scope, sessions
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans.households_and_members import grids_in_force
from gridplan.store.registry import villages
from gridplan.store.rows import noun_of

OFFICE_ROLES: Final[tuple[Role, ...]] = tuple(role for role in ROLES if role != "member")
FIRST_LOGIN: Final = "admin"
"""The sign-in name of the first administrator."""
LOGIN: Final = re.compile(r"[\w.@+-]{2,40}")
LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class OfficeAccount:
    """An account of an office: what it may do where, and whether it is in use."""

    id: int
    login: str
    name: str
    role: Role
    villages: frozenset[int]
    has_password: bool
    disabled_at: datetime | None
    seen_at: datetime | None
    link_until: datetime | None

    @property
    def has_all_villages(self) -> bool:
        """Whether the role holds for all villages."""
        return self.role in OF_TOWN

    @property
    def has_villages(self) -> bool:
        """Whether the role holds for villages at all."""
        return self.has_all_villages or self.role in OF_VILLAGES


def accounts_page(store: Store, *, now: datetime) -> tuple[list[OfficeAccount], dict[int, str]]:
    """Return the accounts of offices, and the names of all villages by their ids."""
    with store.read() as connection:
        names = villages.names(connection)
    return office_accounts(store, now=now), names


def account_form(
    store: Store, account_id: int | None, *, now: datetime
) -> tuple[OfficeAccount | None, list[tuple[int, str]]]:
    """Return the account of a form, None for a new one, and the villages it may hold for.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    with store.read() as connection:
        choices = [(row["id"], row["name"]) for row in villages.rows(connection)]
    return None if account_id is None else office_account(store, account_id, now=now), choices


def office_accounts(store: Store, *, now: datetime) -> list[OfficeAccount]:
    """Return the accounts of all who are not members, those that are disabled last."""
    with store.read() as connection:
        villages_of = scope.villages_by_account(connection)
        return [_office(row, villages_of.get(row["id"], ())) for row in accounts.office_accounts(connection, now)]


def administrators(store: Store, *, now: datetime) -> list[str]:
    """Return the names of the administrators who can sign in, for those who have to ask one."""
    offices = office_accounts(store, now=now)
    return [one.name for one in offices if one.role == "administrator" and one.disabled_at is None]


def _office(row: RowMapping, of: Iterable[int]) -> OfficeAccount:
    return noun_of(OfficeAccount, row, villages=frozenset(of), has_password=row["password"] is not None)


def office_account(store: Store, account_id: int, *, now: datetime) -> OfficeAccount:
    """Return an account of an office.

    Raises
    ------
    NotFound
        There is none with this id; members have cards instead.
    """
    found = next((office for office in office_accounts(store, now=now) if office.id == account_id), None)
    if found is None:
        raise NotFound("entrance.not_here")
    return found


def add_account(
    store: Store, who: Who, *, name: str, login: str, role: str, villages: Collection[int], now: datetime
) -> tuple[int, Invitation]:
    """Add an account and return its id with the link by which its owner signs in once.

    Raises
    ------
    InputRefused
        The name or the sign-in name cannot be used, or there is no such role or village.
    """
    name, login = _name(name), plain_login(login)
    if not LOGIN.fullmatch(login):
        raise InputRefused("people.bad_login")
    with store.change(who, "add", "account", now=now) as change:
        if accounts.by_login(change.connection, login) is not None:
            raise InputRefused("people.login_taken", login=login)
        known, held = _role(role), _held(change.connection, role, villages)
        change.object_id = accounts.add(change.connection, name=name, role=known, login=login, now=now, villages=held)
        change.detail = {"role": role, "villages": len(held)}
        return change.object_id, invite_all(change.connection, who, [change.object_id], now=now)[0]


def change_account(
    store: Store, who: Who, account_id: int, *, name: str, role: str, villages: Collection[int], now: datetime
) -> None:
    """Change an account; where its role or its villages change, its sessions end.

    Raises
    ------
    InputRefused
        The name cannot be used, or there is no such role or village.
    NotAllowed
        It is the own role, or the last administrator's.
    """
    before = office_account(store, account_id, now=now)
    with store.change(who, "change", "account", now=now) as change:
        connection = change.connection
        known, held = _role(role), _held(connection, role, villages)
        if role != before.role:
            if account_id == who.account_id:
                raise NotAllowed("people.own_role")
            _leave_an_administrator(connection, account_id)
        accounts.set_name_and_role(connection, account_id, _name(name), known)
        scope.set_scope(connection, account_id, held)
        if role != before.role or held != before.villages:
            sessions.end_sessions(connection, [account_id])
        change.object_id = account_id
        change.detail = {"role": role, "villages": len(held)}


def disable_account(store: Store, who: Who, account_id: int, *, now: datetime) -> None:
    """Disable an account: its sessions end at once, and its links no longer work.

    Raises
    ------
    NotAllowed
        It is the own account, or the last administrator's.
    """
    office_account(store, account_id, now=now)
    if account_id == who.account_id:
        raise NotAllowed("people.own_account")
    with store.change(who, "disable", "account", now=now) as change:
        _leave_an_administrator(change.connection, account_id)
        accounts.disable(change.connection, [account_id], now)
        change.object_id = account_id


def enable_account(store: Store, who: Who, account_id: int, *, now: datetime) -> None:
    """Enable a disabled account."""
    office_account(store, account_id, now=now)
    with store.change(who, "enable", "account", now=now) as change:
        accounts.enable(change.connection, [account_id])
        change.object_id = account_id


def new_link(store: Store, who: Who, account_id: int, *, now: datetime) -> Invitation:
    """Return a link by which the owner of an account chooses a password; the links before it no longer work.

    Raises
    ------
    InputRefused
        The account is disabled.
    """
    if office_account(store, account_id, now=now).disabled_at is not None:
        raise InputRefused("people.disabled_link")
    return invite(store, who, account_id, now=now)


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise InputRefused("people.bad_name", most=LONGEST_NAME)
    return name


def _role(role: str) -> Role:
    if role not in OFFICE_ROLES:
        raise InputRefused("people.bad_role", role=role, known=", ".join(OFFICE_ROLES))
    return role


def _held(connection: Connection, role: str, wanted: Collection[int]) -> frozenset[int]:
    if role not in OF_VILLAGES:
        return frozenset()
    held = frozenset(wanted)
    if not held <= {row["id"] for row in villages.rows(connection)}:
        raise InputRefused("people.bad_village")
    return held


def _leave_an_administrator(connection: Connection, account_id: int) -> None:
    able = accounts.able_administrators(connection, held=True)
    if account_id in able and len(able) == 1:
        raise NotAllowed("people.last_administrator")


# ---- the first accounts


def invite_first_administrator(store: Store, *, now: datetime) -> Invitation | None:
    """Return the link by which the first administrator signs in; None once an administrator has a password."""
    with store.read() as connection:
        if accounts.able_administrators(connection):
            return None
    with store.change(COMMAND_LINE, "set up", "account", now=now) as change:
        change.object_id = _account(change.connection, FIRST_LOGIN, "administrator", (), now)
        accounts.enable(change.connection, [change.object_id])
        return invite_all(change.connection, COMMAND_LINE, [change.object_id], now=now)[0]


def an_administrator(store: Store, *, now: datetime) -> int:
    """Return the account of an administrator; where there is none it is added, and a link is for `serve` to give."""
    found = next((office.id for office in office_accounts(store, now=now) if office.role == "administrator"), None)
    if found is not None:
        return found
    with store.change(COMMAND_LINE, "set up", "account", now=now) as change:
        change.object_id = _account(change.connection, FIRST_LOGIN, "administrator", (), now)
        return change.object_id


def invite_each_role(store: Store, *, names: Mapping[str, str], now: datetime) -> dict[Role, Invitation]:
    """Return a link for every role of a town that is loaded, to look around in it; the member leads a grid.

    Accounts are made where missing, those of the offices as `add_offices` has them.
    """
    with store.change(COMMAND_LINE, "set up", "account", now=now) as change:
        connection = change.connection
        ids = add_offices(connection, names, now=now)
        grids = grids_in_force(connection)
        for lead in [row for row in cards.card_rows(connection, None, LIFETIMES["phone"], now) if row["id"] in grids][
            :1
        ]:
            accounts.add_for_members(connection, {lead["id"]: lead["name"]} if lead["account_id"] is None else {}, now)
            ids |= {"member": accounts.ids_by_member(connection, [lead["id"]])[lead["id"]]}
        links = invite_all(connection, COMMAND_LINE, list(ids.values()), now=now)
        change.detail = {"accounts": len(ids)}
    return dict(zip(ids, links, strict=True))


def add_offices(connection: Connection, names: Mapping[str, str], *, now: datetime) -> dict[Role, int]:
    """Return the account of each office role of a town, made where missing, under their `names` by role.

    The planner and the supervisor have all villages, the clerk the first one.
    """
    every = [row["id"] for row in villages.rows(connection)]
    ids: dict[Role, int] = {}
    for role in OFFICE_ROLES:
        held = every[:1] if role == "clerk" else every if role in OF_VILLAGES else ()
        ids[role] = _account(connection, FIRST_LOGIN if role == "administrator" else role, role, held, now)
        accounts.set_name_and_role(connection, ids[role], names[role], role)
    return ids


def _account(connection: Connection, login: str, role: Role, held: Collection[int], now: datetime) -> int:
    found = accounts.by_login(connection, login)
    if found is not None:
        return int(found["id"])
    return accounts.add(connection, name=login, role=role, login=login, now=now, villages=held)
