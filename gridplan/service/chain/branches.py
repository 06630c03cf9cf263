"""Branches of villages: added, renamed, and no more."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, RowMapping

from gridplan.names import folded
from gridplan.service.registry.form import FormFields
from gridplan.store import Store, Who
from gridplan.store.chain import branches
from gridplan.store.registry import villages
from gridplan.store.registry.villages import Scope


def branches_page(store: Store, scope: Scope) -> tuple[tuple[RowMapping, ...], list[RowMapping]]:
    """Return the branches of a scope, those that are no more too, and its villages."""
    with store.read() as connection:
        return tuple(branches.rows(connection, scope, retired=True)), villages.rows(connection, scope)


def add_branch(store: Store, who: Who, scope: Scope, form: FormFields, *, now: datetime) -> None:
    """Add a branch to a village of a scope.

    Raises
    ------
    InputRefused
        Something in the form is wrong.
    """
    with store.change(who, "change", "branch", now=now) as change:
        known = {row["id"] for row in villages.rows(change.connection, scope)}
        village_id = form.chosen_id("village_id", known)
        name = form.text("name", required=True)
        if village_id is not None and name:
            _check_name(change.connection, form, village_id, name)
        form.check()
        change.object_id = branches.add(change.connection, village_id or 0, name or "")
        change.village_id = village_id


def rename_branch(store: Store, who: Who, branch_id: int, form: FormFields, *, now: datetime) -> None:
    """Give a branch another name. Who may is asked before.

    Raises
    ------
    InputRefused
        Something in the form is wrong.
    """
    with store.change(who, "change", "branch", now=now) as change:
        row = branches.by_id(change.connection, branch_id)
        name = form.text("name", required=True)
        if name:
            _check_name(change.connection, form, row["village_id"], name, besides=branch_id)
        form.check()
        branches.change(change.connection, branch_id, {"name": name})
        change.object_id, change.village_id = branch_id, row["village_id"]


def retire_branch(store: Store, who: Who, branch_id: int, day: date | None, *, now: datetime) -> None:
    """Let a branch be no more from a day on, or with None be there again. Who may is asked before."""
    with store.change(who, "change", "branch", now=now) as change:
        row = branches.by_id(change.connection, branch_id)
        branches.change(change.connection, branch_id, {"retired_on": day})
        change.object_id, change.village_id = branch_id, row["village_id"]


def _check_name(
    connection: Connection, form: FormFields, village_id: int, name: str, *, besides: int | None = None
) -> None:
    here = branches.rows(connection, [village_id], retired=True)
    if same := next((row for row in here if folded(row["name"]) == folded(name) and row["id"] != besides), None):
        form.reject("name", "linkage.branch_retired" if same["retired_on"] else "linkage.branch_known", name=name)
