"""All grids of a member who leaves, given to others at once: seen before, dated today, undone on the same day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping

from gridplan.errors import InputRefused, NotFound
from gridplan.roles import Actor
from gridplan.service.phone.devices import end_phones, resume_phones
from gridplan.service.plans.leads import Candidate, GridAt, give_lead, lead_choice_in, take_back_lead
from gridplan.service.registry.form import FormFields
from gridplan.store import Change, Store, Who
from gridplan.store.plans.households_and_members import grids_in_force
from gridplan.store.registry import members


@dataclass(frozen=True)
class GridToGive:
    """A grid that a member leads, who else could, and whom it is given to unless somebody is chosen."""

    row: RowMapping
    households: int
    candidates: tuple[Candidate, ...]
    proposed: Candidate | None

    @property
    def at(self) -> GridAt:
        """Where it is: its plan and number."""
        return self.row["plan_id"], self.row["number"]


@dataclass(frozen=True)
class ReassignmentPage:
    """A member and the grids they lead, each with whom it could be given to."""

    member: RowMapping
    grids: tuple[GridToGive, ...]
    given: tuple[tuple[RowMapping, str], ...] = ()
    """Grids that were just given to others, each with the name of the new lead."""


def reassignment_page(
    store: Store, actor: Actor, member_id: int, today: date, given: Mapping[GridAt, int]
) -> ReassignmentPage:
    """Return the grids that a member leads within a scope, and those `given` to others just now, each to whom.

    The deputy of a grid is proposed, else the nearest member who has room, and none for more grids than they may lead.

    Raises
    ------
    NotFound
        There is no such member.
    """
    with store.read() as connection:
        member = members.by_id(connection, member_id)
        led = [row for row in grids_in_force(connection, [member_id]).get(member_id, ()) if row["role"] == "lead"]
        more: Counter[int] = Counter()
        grids = tuple(_to_give(connection, row, today, more) for row in led if actor.reaches([row["village_id"]]))
        found = grids_in_force(connection, set(given.values())) if given else {}
        names = members.names(connection, set(given.values()))
    ours = (row for rows in found.values() for row in rows if actor.reaches([row["village_id"]]))
    now = [
        (row, names[row["member_id"]]) for row in ours if given.get((row["plan_id"], row["number"])) == row["member_id"]
    ]
    return ReassignmentPage(member, grids, tuple(now))


def _to_give(connection: Connection, row: RowMapping, today: date, more: Counter[int]) -> GridToGive:
    choice = lead_choice_in(connection, row["plan_id"], row["number"], today)
    could = [one for one in choice.candidates if one.is_available and not one.is_lead]
    could.sort(key=lambda one: not one.is_deputy)
    with_room = (one for one in could if one.is_deputy or one.room > more[one.id])
    proposed = next(with_room, None)
    if proposed is not None:
        more[proposed.id] += 1
    return GridToGive(row, len(choice.households), tuple(could), proposed)


def parse_takers(form: FormFields, page: ReassignmentPage) -> dict[GridAt, int]:
    """Return who is to lead the grids of a form, by grid; one for which nobody is chosen stays as it is.

    Raises
    ------
    InputRefused
        Somebody who cannot is chosen, or nobody for any.
    """
    takers: dict[GridAt, int] = {}
    for grid in page.grids:
        field = f"taker-{grid.at[0]}-{grid.at[1]}"
        chosen = form.chosen_id(field, {one.id for one in grid.candidates}, required=False)
        if chosen is not None:
            takers[grid.at] = chosen
    form.check()
    if not takers:
        raise InputRefused("reassign.nobody")
    return takers


def reassign(
    store: Store, actor: Actor, member_id: int, takers: Mapping[GridAt, int], *, now: datetime, today: date
) -> None:
    """Let others lead grids of a member from today on, all of them or none; one audit row a village.

    What still comes from the phones of a member who has no grid left is kept apart.

    Raises
    ------
    Conflict
        One of them has another lead by now.
    NotFound
        One of them is not within the scope.
    """
    with store.change(Who(actor.account_id, actor.role), "reassign", "member", now=now) as change:
        given = (give_lead(change.connection, at, to, instead_of=member_id, today=today) for at, to in takers.items())
        _note(change, actor, member_id, given)
        if not grids_in_force(change.connection, [member_id]).get(member_id):
            end_phones(store, change.connection, [member_id], "handover", now)


def take_back(
    store: Store, actor: Actor, member_id: int, given: Mapping[GridAt, int], *, now: datetime, today: date
) -> None:
    """Undo a reassignment of the same day: the member leads these grids again.

    Raises
    ------
    Conflict
        One of them has another lead by now, or the day is over.
    NotFound
        One of them is not within the scope.
    """
    with store.change(Who(actor.account_id, actor.role), "take back grids", "member", now=now) as change:
        taken = (take_back_lead(change.connection, at, taker, today=today) for at, taker in given.items())
        _note(change, actor, member_id, taken)
        resume_phones(store, change.connection, member_id, now)


def _note(change: Change, actor: Actor, member_id: int, plans: Iterable[RowMapping]) -> None:
    """Let the audit say how many grids of each village changed their lead."""
    n = Counter(plan["village_id"] for plan in plans)
    if not actor.reaches(n.keys()):
        raise NotFound("entrance.not_here")
    details: dict[int | None, dict[str, Any]] = {village_id: {"grids": count} for village_id, count in n.items()}
    change.object_id, change.by_village = member_id, details
