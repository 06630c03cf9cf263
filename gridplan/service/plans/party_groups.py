"""Party groups of stored plans: who is head of which, grids moved between them, and those of old plans made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping

from gridplan.edits import GroupRow
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.names import LONGEST_TEXT, one_line
from gridplan.planning.party_groups import complete_groups, groups_beside
from gridplan.roles import Actor
from gridplan.rules import GroupException, group_exceptions
from gridplan.service.redraw.drawing import ensure_drawn
from gridplan.service.redraw.edits import ChangeGroup, JoinGroup
from gridplan.service.redraw.steps import Step, edit_in
from gridplan.store import Store, Who
from gridplan.store.chain import groups
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.plans.households_and_members import members_with_grids
from gridplan.store.plans.plan_figures import plan_figures, plans_by_ids


@dataclass(frozen=True)
class GroupOfPlan:
    """A party group, its grids by number, and what is not right about it."""

    row: RowMapping
    """Of `groups_of_plans`."""
    grids: tuple[int, ...]
    exception: GroupException | None


@dataclass(frozen=True)
class GroupsPage:
    """The party groups of a plan, and what can be chosen for them."""

    plan: RowMapping
    groups: tuple[GroupOfPlan, ...]
    members: tuple[RowMapping, ...]
    """Those of the village, who can be heads, by name."""
    beside: Mapping[int, tuple[int, ...]]
    """By the number of a grid, the party groups that it can be moved to: those of grids it has a border with."""


@dataclass(frozen=True, slots=True)
class GroupChange:
    """What a party group is to be called and who is its head, and what was shown of both when that was chosen."""

    name: str
    head_id: int | None
    seen_name: str
    seen_head_id: int | None


def groups_page(store: Store, plan_id: int) -> GroupsPage:
    """Return the party groups of a draft or of a plan in force.

    Raises
    ------
    NotFound
        There is no such plan, or it is archived.
    """
    ensure_drawn(store, [plan_id])  # which grids lie beside which is told by their outlines
    with store.read() as connection:
        plan = _open_plan(connection, plan_id)
        village = plans.town(connection, [plan_id], with_households=False).villages[0]
        inside = groups.grids_of_groups(connection, [plan_id])
        listed = {one.group: one for one in group_exceptions(village)}
        return GroupsPage(
            plan,
            tuple(
                GroupOfPlan(row, tuple(inside.get((plan_id, row["number"]), ())), listed.get(row["number"]))
                for row in groups.groups_of_plans(connection, [plan_id])
            ),
            tuple(members_with_grids(connection, plan["village_id"])),
            groups_beside(village),
        )


def change_group(store: Store, actor: Actor, plan_id: int, number: int, change: GroupChange, *, now: datetime) -> None:
    """Give a party group another name or head; in a draft that is an edit.

    Raises
    ------
    NotFound
        There is no such group, or the member is not of the village.
    Conflict
        Somebody changed it since it was shown.
    InputRefused
        The name is too long.
    """
    name = one_line(change.name)
    if len(name) > LONGEST_TEXT:
        raise InputRefused("registry.too_long", most=LONGEST_TEXT, n=len(name))
    with store.change(Who(actor.account_id, actor.role), "change", "party group", now=now) as audited:
        connection = audited.connection
        plan, row = _open_plan(connection, plan_id), groups.group_by_number(connection, plan_id, number)
        serving = {one["id"] for one in members_with_grids(connection, plan["village_id"])}
        if change.head_id is not None and change.head_id not in serving:
            raise NotFound("entrance.not_here")
        if ((row["name"] or ""), row["head_id"]) != (change.seen_name, change.seen_head_id):
            raise Conflict("group.changed", group=number, name=row["name"] or "–", head=row["head"] or "–")
        after = GroupRow(name or None, change.head_id)
        if plan["state"] == "draft":
            edit_in(connection, actor, Step.of_form(plan_id), ChangeGroup(number, after), now=now)
        else:
            groups.change_group(connection, plan_id, number, asdict(after))
        audited.object_id, audited.village_id = plan_id, plan["village_id"]
        audited.detail = {"number": number, "member": change.head_id}


def move_grid(
    store: Store, actor: Actor, plan_id: int, number: int, group: int, *, instead_of: int | None, now: datetime
) -> None:
    """Put a grid into a party group beside it, instead of the one that it was shown in; in a draft that is an edit.

    Raises
    ------
    NotFound
        There is no such grid, or no such group beside it.
    Conflict
        It is in another group by now.
    """
    ensure_drawn(store, [plan_id])
    with store.change(Who(actor.account_id, actor.role), "move", "party group", now=now) as audited:
        connection = audited.connection
        plan = _open_plan(connection, plan_id)
        village = plans.town(connection, [plan_id], with_households=False).villages[0]
        grid = next((one for one in village.grids if one.number == number), None)
        if grid is None or group not in {one.number for one in village.groups}:
            raise NotFound("entrance.not_here")
        if grid.group_number != instead_of:
            raise Conflict("group.moved", grid=number, group=grid.group_number or "–")
        if group not in groups_beside(village)[number] and group != grid.group_number:
            raise InputRefused("group.not_beside", grid=number, group=group)
        if plan["state"] == "draft":
            edit_in(connection, actor, Step.of_form(plan_id), JoinGroup(number, group), now=now)
        else:
            groups.move_grid(connection, plan_id, number, group)
        audited.object_id, audited.village_id = plan_id, plan["village_id"]
        audited.detail = {"number": number, "group": group, "was": grid.group_number}


def _open_plan(connection: Connection, plan_id: int) -> RowMapping:
    row = next(iter(plan_figures(connection, plans_by_ids([plan_id]))), None)
    if row is None or row["state"] == "archived":
        raise NotFound("entrance.not_here")
    return row


def make_missing_groups(store: Store, *, now: datetime) -> int:
    """Put the grids of every plan of before there were party groups into groups; return how many plans those are."""
    with store.read() as connection:
        lacking = groups.plans_without_groups(connection)
        made = {plan_id: complete_groups(plans.town(connection, [plan_id])).villages[0] for plan_id in lacking}
    if made:
        with store.change(COMMAND_LINE, "make", "party group", now=now) as change:
            for plan_id, planned in made.items():
                groups.save_groups(change.connection, plan_id, planned)
            change.detail = {"plans": len(made)}
    return len(made)
