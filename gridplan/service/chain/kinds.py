"""The kinds of persons who are linked: what each is linked to, how many there should be, and how often they call."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import RowMapping

from gridplan.errors import InputRefused
from gridplan.linkage import RULES, SUBJECTS, Rule, Subject
from gridplan.names import folded
from gridplan.roles import Actor
from gridplan.service.chain.linkage import may_change_all
from gridplan.service.registry.form import FormFields
from gridplan.store import Store, Who
from gridplan.store.chain import linkage
from gridplan.words import Lang, say

READY_MADE: Final[tuple[tuple[str, Subject, Rule, int], ...]] = (
    ("linkage.ready.village_leader", "village", "exactly", 6),
    ("linkage.ready.branch_leader", "branch", "at least", 3),
    ("linkage.ready.instructor", "branch", "at least", 2),
)
"""What a town without kinds is offered: title, what each is linked to, and how many of them."""
MOST: Final = 99
MOST_DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class KindForm:
    """A kind as a form says it; without days a call is due in each calendar month."""

    title: str
    subject: Subject
    rule: Rule
    count: int
    cadence_days: int | None


@dataclass(frozen=True, slots=True)
class KindsPage:
    """The kinds of a town, how many persons are of each, and whether who looks may change them."""

    kinds: tuple[RowMapping, ...]
    persons: dict[int, int]
    may_change: bool


def kinds_page(store: Store, actor: Actor) -> KindsPage:
    """Return the kinds of the town."""
    with store.read() as connection:
        found = tuple(linkage.kinds(connection).values())
        return KindsPage(found, linkage.persons_of_kinds(connection), may_change_all(connection, actor))


def parse_kind(store: Store, form: FormFields, kind_id: int | None) -> KindForm:
    """Return the kind of a form.

    Raises
    ------
    InputRefused
        Something in the form is wrong.
    """
    title = form.text("title", required=True) or ""
    subject = next((one for one in SUBJECTS if one == form.fields.get("subject")), None)
    rule = next((one for one in RULES if one == form.fields.get("rule")), None)
    for name, chosen in (("subject", subject), ("rule", rule)):
        if chosen is None:
            form.reject(name, "registry.not_in_list")
    days = form.fields.get("cadence_days", "").strip()
    found = KindForm(
        title,
        subject or "village",
        rule or "exactly",
        form.whole_number("count", 1, MOST),
        form.whole_number("cadence_days", 1, MOST_DAYS) if days else None,
    )
    with store.read() as connection:
        known, persons = linkage.kinds(connection), linkage.persons_of_kinds(connection)
    if any(folded(row["title"]) == folded(title) and id_ != kind_id for id_, row in known.items()):
        form.reject("title", "linkage.kind_known", title=title)
    before = known.get(kind_id or 0)
    if before is not None and before["subject"] != found.subject and persons.get(before["id"]):
        form.reject("subject", "linkage.kind_in_use", n=persons[before["id"]])
    form.check()
    return found


def save_kind(store: Store, actor: Actor, who: Who, kind_id: int | None, form: KindForm, *, now: datetime) -> None:
    """Change a kind, or without an id add it.

    Raises
    ------
    InputRefused
        The kinds are for who has all villages.
    NotFound
        There is none with this id.
    """
    with store.change(who, "change", "linkage rules", now=now) as change:
        if not may_change_all(change.connection, actor):
            raise InputRefused("linkage.kinds_of_town")
        linkage.save_kind(change.connection, kind_id, asdict(form))
        change.object_id = kind_id


def add_ready_made(store: Store, actor: Actor, who: Who, lang: Lang, *, now: datetime) -> None:
    """Add the kinds that an empty town is offered, with titles in a language.

    Raises
    ------
    InputRefused
        There are kinds already, or they are for who has all villages.
    """
    with store.change(who, "change", "linkage rules", now=now) as change:
        if not may_change_all(change.connection, actor):
            raise InputRefused("linkage.kinds_of_town")
        if linkage.kinds(change.connection):
            raise InputRefused("linkage.kinds_there")
        for title, subject, rule, count in READY_MADE:
            linkage.save_kind(change.connection, None, asdict(KindForm(say(title, lang), subject, rule, count, None)))


def remove_kind(store: Store, actor: Actor, who: Who, kind_id: int, *, now: datetime) -> None:
    """Remove a kind that nobody is of.

    Raises
    ------
    InputRefused
        Somebody is of it, or the kinds are for who has all villages.
    """
    with store.change(who, "change", "linkage rules", now=now) as change:
        if not may_change_all(change.connection, actor):
            raise InputRefused("linkage.kinds_of_town")
        if n := linkage.persons_of_kinds(change.connection).get(kind_id):
            raise InputRefused("linkage.kind_has_persons", n=n)
        linkage.remove_kind(change.connection, kind_id)
        change.object_id = kind_id
