"""The job that makes login cards for many members: the codes are drawn in a process of its own, then saved at once.

What is on the cards is a secret. It comes from that process to the service and stays in its memory only: the row of the
job, the log and the database have none of it but the hashes.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import RowMapping

from gridplan.errors import NotAllowed
from gridplan.roles import Actor
from gridplan.service.access.cards import Card, Whom, cards_wanted, check_cards, save_cards
from gridplan.service.access.invitations import Invitation, new_invitation, qr_code
from gridplan.service.jobs.control import Progress, finish_job, step
from gridplan.store import Store, Who
from gridplan.store.access import scope
from gridplan.store.system import jobs
from gridplan.words import Message

SHOWN_FOR: Final = timedelta(minutes=30)
"""How long cards can be printed by who had them made; afterwards nobody can."""
BY: Final = 40
"""After so many cards the job says how far it is."""


@dataclass(frozen=True, slots=True)
class DrawnCard:
    """A login card that is not saved yet: whose it is, what is on it, and its picture."""

    member_id: int
    invitation: Invitation
    picture: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """A login card to print."""

    card: Card
    picture: str = field(repr=False)


def request_cards(store: Store, actor: Actor, whom: Whom, *, link: str, now: datetime) -> int:
    """Queue the making of cards for all villages of a scope and return the id of the job; links begin with `link`."""
    check_cards(store)
    villages = None if actor.scope is None else sorted(actor.scope)
    request = {"villages": villages, "whom": whom, "account": actor.account_id, "link": link, "at": now.isoformat()}
    with store.write() as connection:
        return jobs.add(connection, "cards", request, made_by=actor.account_id, now=now)


def draw_cards(store: Store, request: Mapping[str, Any], report: Progress) -> list[DrawnCard]:
    """Draw the cards that were asked for; in the job's own process."""
    now = datetime.fromisoformat(request["at"])
    with store.read() as connection:
        actor = _maker(scope.actor(connection, request["account"]))
        wanted = cards_wanted(connection, actor, request["whom"], now=now)
    drawn = []
    for done, holder in enumerate(wanted):
        if done % BY == 0:
            report(step(Message("people.at.cards", {"done": done, "total": len(wanted)}), done, len(wanted)))
        invitation = new_invitation(now=now)
        drawn.append(DrawnCard(holder.member_id, invitation, qr_code(request["link"] + invitation.token)))
    return drawn


def _maker(actor: Actor | None) -> Actor:
    if actor is None or not actor.may("issue cards"):
        raise NotAllowed("entrance.not_allowed")
    return actor


@dataclass(frozen=True, slots=True)
class _Held:
    """Cards that can still be printed: by whom, and until when."""

    cards: Sequence[PrintedCard]
    account_id: int
    until: datetime


class CardTray:
    """The cards that jobs made, in memory, for a while and for who had them made."""

    def __init__(self) -> None:
        self._held: dict[int, _Held] = {}
        self._one_thread = threading.Lock()

    def save_drawn(self, store: Store, job: RowMapping, drawn: Sequence[DrawnCard], now: datetime) -> None:
        """Save the hashes of drawn cards, of those members who still are to have one, and hold what is to be printed.

        Raises
        ------
        NotAllowed
            Who asked for them may no longer make cards.
        Conflict
            The job was cancelled.
        """
        pictures = {one.member_id: one.picture for one in drawn}
        with store.read() as connection:
            actor = _maker(scope.actor(connection, job["made_by"]))
        who = Who(actor.account_id, actor.role)
        with store.change(who, "make cards", "member", now=now) as change:
            wanted = cards_wanted(change.connection, actor, cast(Whom, job["request"]["whom"]), now=now)
            holders = [one for one in wanted if one.member_id in pictures]
            made = save_cards(change, who, holders, {one.member_id: one.invitation for one in drawn}, now=now)
            finish_job(change.connection, job, {"cards": len(made)}, now)
        printed = [PrintedCard(one, pictures[one.holder.member_id]) for one in made]
        with self._one_thread:
            self._held[job["id"]] = _Held(printed, actor.account_id, now + SHOWN_FOR)

    def cards_of(self, job_id: int, account_id: int, *, now: datetime) -> Sequence[PrintedCard] | None:
        """Return what a job of an account made, if it can still be printed."""
        with self._one_thread:
            self._held = {id_: held for id_, held in self._held.items() if held.until > now}
            held = self._held.get(job_id)
        return held.cards if held and held.account_id == account_id else None

    def discard(self, job_id: int, account_id: int) -> None:
        """Forget what a job of an account made."""
        with self._one_thread:
            held = self._held.get(job_id)
            if held and held.account_id == account_id:
                del self._held[job_id]
