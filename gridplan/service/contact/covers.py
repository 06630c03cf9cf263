"""Covers: while a member is away another one calls, on all grids or on one of them, until a set day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, RowMapping

from gridplan.contact.calendar import Week, months_later
from gridplan.errors import InputRefused
from gridplan.names import folded
from gridplan.roles import Actor
from gridplan.service.plans.leads import Candidate, lead_choice_in
from gridplan.service.registry.form import FormFields
from gridplan.store import Store, Who
from gridplan.store.contact import covers
from gridplan.store.plans.households_and_members import grids_in_force
from gridplan.store.registry import members
from gridplan.store.registry.villages import Scope
from gridplan.store.rows import add_row
from gridplan.store.tables import cover as cover_table

LONGEST: Final = 12
"""Months that a cover lasts at most: after that somebody else leads."""
ENDED_SHOWN: Final = timedelta(days=30)
ALL_GRIDS: Final = "all"
MOST_FOUND: Final = 20


# ---- read


@dataclass(frozen=True, slots=True)
class CoversPage:
    """The covers of a scope: those now, those to come, and those that ended in the last days."""

    now: tuple[RowMapping, ...]
    coming: tuple[RowMapping, ...]
    ended: tuple[RowMapping, ...]
    found: tuple[tuple[RowMapping, tuple[RowMapping, ...]], ...]
    """Members whose names have a text, each with the grids that they have."""


def covers_page(store: Store, scope: Scope, today: date, text: str) -> CoversPage:
    """Return the covers of a scope, and the members whose names have a text."""
    with store.read() as connection:
        rows = covers.rows(connection, scope, last_from=today - ENDED_SHOWN)
        found = _with_grids(connection, scope, text) if text else ()
    return CoversPage(
        found=found,
        now=tuple(row for row in rows if row["first_day"] <= today <= row["last_day"]),
        coming=tuple(row for row in rows if row["first_day"] > today),
        ended=tuple(row for row in rows if row["last_day"] < today),
    )


def _with_grids(
    connection: Connection, scope: Scope, text: str
) -> tuple[tuple[RowMapping, tuple[RowMapping, ...]], ...]:
    grids = grids_in_force(connection)
    names = members.names(connection, grids.keys())
    mine = {
        id_: rows
        for id_, of in grids.items()
        if folded(text) in folded(names[id_])
        and (rows := tuple(row for row in of if scope is None or row["village_id"] in scope))
    }
    return tuple(
        (members.by_id(connection, id_), mine[id_]) for id_ in sorted(mine, key=names.__getitem__)[:MOST_FOUND]
    )


def cover(store: Store, cover_id: int) -> RowMapping:
    """Return a cover with who covers whom.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    with store.read() as connection:
        return covers.by_id(connection, cover_id)


def ending(store: Store, scope: Scope, today: date) -> tuple[RowMapping, ...]:
    """Return the covers of a scope that end by the Sunday of this week."""
    with store.read() as connection:
        return ending_this_week(connection, scope, today)


def ending_this_week(connection: Connection, scope: Scope, today: date) -> tuple[RowMapping, ...]:
    """Return the covers that end by the Sunday of this week."""
    return tuple(covers.rows(connection, scope, last_from=today, last_until=Week.of(today).sunday))


@dataclass(frozen=True, slots=True)
class CoverForm:
    """Who covers which grids of a member, from when until when."""

    by_member_id: int
    grids: tuple[tuple[int, int | None], ...]
    """Villages, each with the number of a grid, or None for all of the member's there."""
    first_day: date
    last_day: date


@dataclass(frozen=True)
class CoverFormPage:
    """A member who is to be covered, the grids they have, and who could call there instead, the likeliest first."""

    member: RowMapping
    grids: tuple[RowMapping, ...]
    candidates: tuple[Candidate, ...]
    households: int


def cover_form_page(store: Store, actor: Actor, member_id: int, today: date) -> CoverFormPage:
    """Return what the form of a cover shows.

    Raises
    ------
    NotFound
        There is no such member.
    """
    with store.read() as connection:
        member = members.by_id(connection, member_id)
        grids = tuple(row for row in grids_in_force(connection, [member_id]).get(member_id, ()) if _is_mine(actor, row))
        found, households = could_call(connection, grids, member_id, today)
    return CoverFormPage(member, grids, found, households)


def _is_mine(actor: Actor, grid: RowMapping) -> bool:
    return actor.reaches([grid["village_id"]])


def could_call(
    connection: Connection, grids: Sequence[RowMapping], but: int, today: date
) -> tuple[tuple[Candidate, ...], int]:
    """Return who could call on the households of grids instead of a member, and how many households these are.

    Deputies come first, then whoever lives nearest. Who is away is not among them.
    """
    choices = [lead_choice_in(connection, row["plan_id"], row["number"], today) for row in grids]
    of: dict[int, list[Candidate]] = {}
    for choice in choices:
        for one in choice.candidates:
            if one.id != but and one.is_available:
                of.setdefault(one.id, []).append(one)
    found = [_together(those) for those in of.values() if len(those) == len(choices)]
    ordered = sorted(found, key=lambda one: (not one.is_deputy, one.metres is None, one.metres or 0, one.member.name))
    return tuple(ordered), sum(len(choice.households) for choice in choices)


def _together(those: Sequence[Candidate]) -> Candidate:
    """Return a member as one who could call on several grids: how far on average, how many households are near."""
    metres = [one.metres for one in those if one.metres is not None]
    return replace(
        those[0],
        metres=round(sum(metres) / len(metres)) if metres else None,
        near=sum(one.near for one in those),
        ties=sum(one.ties for one in those),
        is_deputy=any(one.is_deputy for one in those),
    )


# ---- set and ended


def parse_cover(form: FormFields, page: CoverFormPage, today: date) -> CoverForm:
    """Return the cover of a form.

    Raises
    ------
    InputRefused
        Something in the form is wrong; a cover always has a last day.
    """
    chosen = form.fields.get("grids", ALL_GRIDS)
    grids: dict[str, tuple[tuple[int, int | None], ...]] = {
        ALL_GRIDS: tuple((village_id, None) for village_id in dict.fromkeys(row["village_id"] for row in page.grids)),
        **{f"{row['village_id']}-{row['number']}": ((row["village_id"], row["number"]),) for row in page.grids},
    }
    by = form.chosen_id("by", {one.id for one in page.candidates}, required=True)
    if not form.fields.get("by"):
        form.reject("by", "registry.required")
    first = form.day("first_day") or today
    last = form.day("last_day")
    if last is None:
        form.reject("last_day", "cover.no_last_day")
    elif not today <= last <= months_later(today, LONGEST) or last < first:
        form.reject("last_day", "cover.bad_last_day", first=max(first, today), latest=months_later(today, LONGEST))
    if chosen not in grids or not page.grids:
        form.reject("grids", "registry.not_in_list")
    form.check()
    return CoverForm(by or 0, grids[chosen], first, last or today)


def set_cover(store: Store, who: Who, member_id: int, form: CoverForm, *, now: datetime) -> list[int]:
    """Let a member be covered; return the ids of the covers, one for each village.

    Raises
    ------
    InputRefused
        One of the grids is covered on these days already.
    """
    with store.change(who, "cover", "member", now=now) as change:
        ids = []
        for village_id, number in form.grids:
            days = (form.first_day, form.last_day)
            if covers.overlapping(change.connection, member_id, (village_id, number), days):
                raise InputRefused("cover.already")
            values = {
                "member_id": member_id,
                "by_member_id": form.by_member_id,
                "village_id": village_id,
                "number": number,
                "first_day": form.first_day,
                "last_day": form.last_day,
                "set_by": who.account_id,
            }
            ids.append(add_row(change.connection, cover_table, values))
            change.by_village[village_id] = {"by": form.by_member_id}
        change.object_id = member_id
    return ids


def parse_last_day(form: FormFields, row: RowMapping, today: date) -> date:
    """Return the other last day that a form gives a cover.

    Raises
    ------
    InputRefused
        It is none, or lies in the past or before the first day.
    """
    last = form.day("last_day")
    first, latest = max(row["first_day"], today), months_later(today, LONGEST)
    if last is None or not first <= last <= latest:
        form.reject("last_day", "cover.bad_last_day", first=first, latest=latest)
    form.check()
    return last or today


def change_last_day(store: Store, who: Who, cover_id: int, last_day: date, *, now: datetime) -> None:
    """Let a cover end on another day, earlier or later. Who may is asked before."""
    with store.change(who, "change cover", "member", now=now) as change:
        row = covers.by_id(change.connection, cover_id)
        covers.set_last_day(change.connection, cover_id, last_day)
        change.object_id, change.village_id = row["member_id"], row["village_id"]


def remove_cover(store: Store, who: Who, cover_id: int, *, now: datetime, today: date) -> None:
    """Remove a cover that has not begun.

    Raises
    ------
    InputRefused
        It has begun: it can only end earlier.
    """
    with store.change(who, "change cover", "member", now=now) as change:
        row = covers.by_id(change.connection, cover_id)
        if row["first_day"] <= today:
            raise InputRefused("cover.has_begun")
        covers.remove(change.connection, cover_id)
        change.object_id, change.village_id = row["member_id"], row["village_id"]
