"""Login cards of members, who have no e-mail: made and withdrawn, and the phones signed in by them signed out.

The secrets of a card exist while it is made and are never stored. So making and printing are one step, and a card that
was not printed has to be made again; those of a whole town are made by a job (card_job.py). One transaction makes all
of them; the audit has one row for each village with the count, as `invitation` itself keeps for every card whose it is,
who made it and when.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import Connection, RowMapping

from gridplan.errors import Conflict, NotFound
from gridplan.roles import Actor
from gridplan.service.access.invitations import Invitation, new_invitation, save_invitations, uses_phones
from gridplan.service.access.sessions import LIFETIMES
from gridplan.service.phone.devices import end_phones
from gridplan.store import Change, Store, Who
from gridplan.store.access import accounts, cards, invitations, sessions
from gridplan.store.plans.households_and_members import grids_in_force
from gridplan.store.registry import villages
from gridplan.store.rows import noun_of

PHONE: Final = LIFETIMES["phone"]
OF_MEMBER: Final = ("code", "name", "kind", "village_id", "village", "account_id", "until")
"""What a card holder has of the row of the member."""
CardState = Literal["none", "given", "in use", "lost", "lapsed"]
Whom = Literal["without", "unused", "anybody"]
WITHOUT: Final[frozenset[CardState]] = frozenset({"none", "lost", "lapsed"})
FOR: Final[Mapping[Whom, frozenset[CardState]]] = {
    "without": WITHOUT,
    "unused": WITHOUT | {"given"},
    "anybody": WITHOUT | {"given", "in use"},
}
"""Who gets a card: those without one; all who are not signed in, whatever card they have; anybody."""


@dataclass(frozen=True, slots=True)
class CardGrid:
    """A grid that a card opens."""

    village_id: int
    village: str
    number: int
    label: str | None
    role: str


@dataclass(frozen=True, slots=True)
class CardHolder:
    """A member and their card: `none` yet, `given`, `in use`, the phone `lost`, or a card that `lapsed`."""

    member_id: int
    code: str
    name: str
    kind: str | None
    village_id: int | None
    village: str | None
    account_id: int | None
    state: CardState
    since: datetime | None
    """Since when the member is signed in, or when they lost the phone or were given the last card."""
    until: datetime | None
    """Until when an open card can be used."""
    grids: tuple[CardGrid, ...]

    def opens(self) -> frozenset[int]:
        """Return the villages that a card opens."""
        home = () if self.village_id is None else (self.village_id,)
        return frozenset((*home, *(grid.village_id for grid in self.grids)))


@dataclass(frozen=True, slots=True)
class CardCounts:
    """How many members a village has, by the state of their cards; None is those of no village."""

    village_id: int | None
    village: str | None
    members: int
    without: int
    given: int
    in_use: int

    @property
    def unused(self) -> int:
        """How many are not signed in, whatever card they have."""
        return self.without + self.given


@dataclass(frozen=True, slots=True)
class Card:
    """A card to print: who it is for, and the invitation on it."""

    holder: CardHolder
    invitation: Invitation


def may_have_card(actor: Actor, holder: CardHolder) -> bool:
    """Return whether all that a card of this member opens is within the scope of an actor, who may then issue it."""
    if holder.village_id is None:
        return actor.scope is None
    return actor.reaches(holder.opens())


def village_cards(store: Store, village_id: int | None, *, now: datetime) -> tuple[CardCounts, list[CardHolder]]:
    """Return the members of a village and their cards, by name, and their count; of None, those of no village."""
    with store.read() as connection:
        name = None if village_id is None else villages.by_id(connection, village_id)["name"]
        holders = _holders(connection, _rows(connection, village_id, now))
    return count_cards(village_id, name, holders), holders


def _rows(connection: Connection, village_id: int | None, now: datetime) -> list[RowMapping]:
    if village_id is None:
        return cards.card_rows_of_no_village(connection, PHONE, now)
    return cards.card_rows(connection, [village_id], PHONE, now)


def card_holder(store: Store, member_id: int, *, now: datetime) -> CardHolder:
    """Return a member and the state of their card.

    Raises
    ------
    NotFound
        There is no such member, or they are retired.
    """
    with store.read() as connection:
        found = _holders(connection, cards.card_rows_of_member(connection, member_id, PHONE, now))
    if not found:
        raise NotFound("entrance.not_here")
    return found[0]


def _holders(connection: Connection, rows: Sequence[RowMapping]) -> list[CardHolder]:
    grids = grids_in_force(connection)
    made = []
    for row in rows:
        state, since = _state(row)
        own = tuple(noun_of(CardGrid, one) for one in grids.get(row["id"], ()))
        made.append(
            CardHolder(
                member_id=row["id"],
                **{
                    name: row[name] for name in ("code", "name", "kind", "village_id", "village", "account_id", "until")
                },
                state=state,
                since=since,
                grids=own,
            )
        )
    return made


def _state(row: RowMapping) -> tuple[CardState, datetime | None]:
    if row["since"] is not None:
        return "in use", row["since"]
    if row["until"] is not None:
        return "given", row["given_at"]
    if row["lost_at"] is not None:
        return "lost", row["lost_at"]
    return ("none", None) if row["given_at"] is None else ("lapsed", row["used_at"] or row["given_at"])


def card_counts(store: Store, actor: Actor, *, now: datetime) -> list[CardCounts]:
    """Return the villages within a scope with how many of their members have which card, those of no village last."""
    with store.read() as connection:
        named: dict[int | None, str | None] = {row["id"]: row["name"] for row in villages.rows(connection, actor.scope)}
        everybody = _holders(connection, cards.card_rows(connection, actor.scope, PHONE, now))
    if actor.scope is None and any(one.village_id is None for one in everybody):
        named[None] = None
    return [
        count_cards(village_id, name, [one for one in everybody if one.village_id == village_id])
        for village_id, name in named.items()
    ]


def count_cards(village_id: int | None, village: str | None, here: Sequence[CardHolder]) -> CardCounts:
    """Return how many members of a village have which card."""

    def of(*states: CardState) -> int:
        return sum(one.state in states for one in here)

    return CardCounts(village_id, village, len(here), of(*WITHOUT), of("given"), of("in use"))


def total_counts(counts: Sequence[CardCounts]) -> CardCounts:
    """Return villages together."""
    members, without = sum(one.members for one in counts), sum(one.without for one in counts)
    return CardCounts(None, None, members, without, sum(one.given for one in counts), sum(one.in_use for one in counts))


# ---- making cards


def make_cards_for_all(store: Store, actor: Actor, *, whom: Whom, now: datetime) -> list[Card]:
    """Make cards for members of all villages of a scope; for all villages, for the members of none too."""
    return _make(store, actor, lambda connection: cards_wanted(connection, actor, whom, now=now), now)


def make_cards_for_village(
    store: Store, actor: Actor, village_id: int | None, *, whom: Whom, now: datetime
) -> list[Card]:
    """Make cards for members of a village; of None, for those of no village."""
    return _make(
        store, actor, lambda connection: _wanted(connection, _rows(connection, village_id, now), actor, whom), now
    )


def make_card(store: Store, actor: Actor, member_id: int, *, now: datetime) -> Card:
    """Make a card for a member. One that was not used yet no longer works; a phone that is signed in stays so.

    Raises
    ------
    NotFound
        There is no such member, or they are retired.
    """

    def wanted(connection: Connection) -> list[CardHolder]:
        return _wanted(connection, cards.card_rows_of_member(connection, member_id, PHONE, now), actor, "anybody")

    made = _make(store, actor, wanted, now)
    if not made:
        raise NotFound("entrance.not_here")
    return made[0]


def _make(store: Store, actor: Actor, wanted: Callable[[Connection], list[CardHolder]], now: datetime) -> list[Card]:
    check_cards(store)
    who = Who(actor.account_id, actor.role)
    with store.change(who, "make cards", "member", now=now) as change:
        found = wanted(change.connection)
        made = save_cards(change, who, found, {one.member_id: new_invitation(now=now) for one in found}, now=now)
        if len(made) == 1:
            change.object_id = made[0].holder.member_id
        return made


def check_cards(store: Store) -> None:
    """Refuse to make cards where the town does not use phones.

    Raises
    ------
    Conflict
        It does not.
    """
    if not uses_phones(store):
        raise Conflict("people.phones_off")


def cards_wanted(connection: Connection, actor: Actor, whom: Whom, *, now: datetime) -> list[CardHolder]:
    """Return the members of all villages of a scope, for all villages those of none too, who are to get a card."""
    return _wanted(connection, cards.card_rows(connection, actor.scope, PHONE, now), actor, whom)


def _wanted(connection: Connection, rows: Sequence[RowMapping], actor: Actor, whom: Whom) -> list[CardHolder]:
    return [one for one in _holders(connection, rows) if one.state in FOR[whom] and may_have_card(actor, one)]


def save_cards(
    change: Change, who: Who, holders: Sequence[CardHolder], new: Mapping[int, Invitation], *, now: datetime
) -> list[Card]:
    """Save the cards of members, whose invitations are by their ids; cards that they have not used no longer work."""
    connection = change.connection
    accounts.add_for_members(connection, {one.member_id: one.name for one in holders if one.account_id is None}, now)
    id_of = accounts.ids_by_member(connection, [one.member_id for one in holders])
    accounts.enable(connection, id_of.values())
    save_invitations(connection, who, {id_of[one.member_id]: new[one.member_id] for one in holders}, now=now)
    change.by_village = {of: {"cards": n} for of, n in Counter(one.village_id for one in holders).items()}
    return [Card(one, new[one.member_id]) for one in holders]


# ---- withdrawing cards


def withdraw_card(store: Store, who: Who, member_id: int, *, now: datetime) -> None:
    """Withdraw the card of a member: neither it nor a phone signed in by it opens anything from now on."""
    with store.change(who, "withdraw card", "member", now=now) as change:
        _end_access(store, change, member_id, now)


def report_phone_lost(store: Store, who: Who, member_id: int, *, now: datetime) -> None:
    """Sign out every phone of a member, who lost one."""
    with store.change(who, "phone lost", "member", now=now) as change:
        accounts.set_lost(change.connection, _end_access(store, change, member_id, now), now)


def _end_access(store: Store, change: Change, member_id: int, now: datetime) -> list[int]:
    found = cards.card_rows_of_member(change.connection, member_id, PHONE, now)
    if not found:
        raise NotFound("entrance.not_here")
    ids = [row["account_id"] for row in found if row["account_id"] is not None]
    invitations.withdraw(change.connection, ids, now)
    end_phones(store, change.connection, [member_id], "lost", now)
    change.object_id, change.village_id = member_id, found[0]["village_id"]
    change.detail = {"sessions": sessions.end_sessions(change.connection, ids)}
    return ids
