"""A need is raised: at the desk, from a sheet that is typed, or by a member in charge of the household."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import Connection

from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.exchange.lists.rows.private_columns import without_identity_numbers
from gridplan.needs import CATEGORIES, DEADLINE, LONGEST, Category, Step, check_step
from gridplan.roles import Actor
from gridplan.service.contact.record import in_audit
from gridplan.service.registry.form import FormFields
from gridplan.store import Store, Who, needs
from gridplan.store.needs import By, Need
from gridplan.store.registry import households
from gridplan.store.rows import Row

OLDEST: Final = 366
"""Days back that a need may have been raised."""
LONGEST_DEADLINE: Final = timedelta(days=366)
"""How far ahead a deadline may lie."""
FROM: Final = ("told", "sheet")
"""What somebody at the desk enters a need from."""


@dataclass(frozen=True, slots=True)
class RaisePage:
    """What the form of a need shows: the household, who may own it, and what is asked for there already."""

    home: Row
    owners: tuple[Row, ...]
    others: tuple[Row, ...]


def raise_page(store: Store, household_id: int) -> RaisePage:
    """Return what the form of a need shows.

    Raises
    ------
    NotFound
        There is no such household.
    """
    with store.read() as connection:
        home = households.by_id(connection, household_id)
        owners = needs.owners(connection, home["village_id"])
    return RaisePage(home, tuple(owners), needs_of(store, household_id))


def needs_of(store: Store, household_id: int) -> tuple[Row, ...]:
    """Return what a household asked for in the village where it lives now."""
    with store.read() as connection:
        found = needs.of_households(connection, [household_id])
    return tuple(row for row in found if row["home"] is not None)


@dataclass(frozen=True, slots=True)
class Raised:
    """A need as a form has it."""

    new: Need
    steps: tuple[Step, ...]


def parse_need(form: FormFields, actor: Actor, page: RaisePage, *, today: date, visit_id: str | None = None) -> Raised:
    """Return the need of a form: `id`, `category`, `text`, `day`, and what the desk may say besides.

    The account that enters it owns it; of what a member enters the first at the desk of the village does.

    Raises
    ------
    InputRefused
        Something in the form is wrong; it has all problems, by field.
    """
    id_, text, category = id_of(form), words_of(form, "text", required=True), category_of(form)
    day = form.required_day("day", latest=today)
    if (today - day).days > OLDEST:
        form.reject("day", "need.too_long_ago", most=OLDEST)
    owners = [row["id"] for row in page.owners]
    at_desk = actor.may("keep record")
    owner = form.chosen_id("owner", owners, required=False) if at_desk else None
    usual = actor.account_id if actor.account_id in owners else next(iter(owners), None)
    deadline = (deadline_of(form, day, today) if at_desk else None) or day + DEADLINE
    source = "phone" if not at_desk else next((one for one in FROM if one == form.fields.get("source")), "told")
    form.check()
    steps = [Step(id_, "raised", day, {"owner_id": owner or usual, "deadline": deadline.isoformat()})]
    if form.fields.get("solved"):
        steps.append(Step(str(uuid5(UUID(id_), "solved on the spot")), "solved on the spot", day))
    home = page.home
    new = Need(id_, home["village_id"], home["id"], category, text or "", day, source, actor.member_id, visit_id)
    return Raised(new, tuple(steps))


def id_of(form: FormFields) -> str:
    """Return the random id of a form.

    Raises
    ------
    InputRefused
        It has none.
    """
    try:
        found = UUID(form.fields.get("id", ""))
    except ValueError:
        raise InputRefused("need.no_id") from None
    if found.version != 4:
        raise InputRefused("need.no_id")
    return str(found)


def words_of(form: FormFields, field: str, *, required: bool = False) -> str | None:
    """Return free words about a household: short ones, and no identity number in them."""
    found = form.text(field, required=required)
    if found and len(found) > LONGEST:
        form.reject(field, "need.too_long", n=len(found), most=LONGEST)
    if found and without_identity_numbers(found) != found:
        form.reject(field, "need.identity_number")
    return found


def deadline_of(form: FormFields, first: date, today: date) -> date | None:
    """Return the deadline of a form, None for a blank one: from a day on, and within a year, or it were never over."""
    found, last = form.day("deadline"), today + LONGEST_DEADLINE
    if found is not None and not first <= found <= last:
        form.reject("deadline", "need.bad_deadline", first=first.isoformat(), last=last.isoformat())
    return found


def category_of(form: FormFields) -> Category:
    """Return the category that a form says."""
    found = next((one for one in CATEGORIES if one == form.fields.get("category")), None)
    if found is None:
        form.reject("category", "need.no_category")
    return found or "other"


def raise_need(store: Store, who: Who, raised: Raised, *, now: datetime, today: date) -> int:
    """Keep a need with its first steps and return its number; the same sent again is the same need.

    Who may is asked before.

    Raises
    ------
    Conflict
        Another need is stored under its id.
    """
    for place, step in enumerate(raised.steps[1:], start=1):
        check_step(raised.steps[:place], step, today=today)
    with store.change(in_audit(who), "raise", "need", now=now) as change:
        by = By(who.account_id, now, raised.new.member_id)
        n, verdict = needs.add(change.connection, raised.new, raised.steps, by)
        if verdict == "conflict":
            raise _other(change.connection, n, who)
        change.village_id, change.detail = raised.new.village_id, {"needs": int(verdict == "created")}
    return n


def _other(connection: Connection, n: int, who: Who) -> Conflict | NotFound:
    """Return that something else was sent under an id: which need that is only who sent it is told."""
    if needs.by_n(connection, n)["entered_by"] != who.account_id:
        return NotFound("entrance.not_here")
    return Conflict("need.sent_other", n=n)
