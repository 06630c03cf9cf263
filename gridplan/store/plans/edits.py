"""Edits of plans by hand: the rows they change, the tree they are in, and the steps that were taken in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, is_dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection, RowMapping, Table, and_, bindparam, delete, func, insert, select, update

from gridplan.edits import (
    AssignmentKey,
    Changed,
    Changes,
    ExceptionKey,
    ExceptionRow,
    GridRow,
    GroupRow,
    MembershipRow,
    PlanRow,
    PlanRows,
    inverse,
)
from gridplan.edits import Table as EditedTable
from gridplan.errors import NotFound
from gridplan.store.rows import add_row, only_row
from gridplan.store.tables import (
    account,
    assignment,
    draft,
    grid,
    membership,
    party_group,
    plan,
    plan_edit,
    plan_exception,
    plan_step,
    shortage,
    village,
)
from gridplan.words import Message, message_from_json, message_to_json

StepKind = Literal["edit", "undo", "redo", "restore"]
PLAN_KEY: Final = "plan"


def plan_row(connection: Connection, plan_id: int) -> RowMapping:
    """Return the row of a plan with the name of its village, and what tells whether it was changed.

    It was not, and nor was what it is made of, while its `version`, `step_id` and `lists_key` are the same.

    Raises
    ------
    NotFound
        There is none.
    """
    found = (
        select(plan, village.c.name.label("village"), village.c.lists_key, plan_step.c.request_id.label("step_id"))
        .join(village, village.c.id == plan.c.village_id)
        .outerjoin(plan_step, (plan_step.c.plan_id == plan.c.id) & (plan_step.c.version == plan.c.version))
    )
    return only_row(connection, found.where(plan.c.id == plan_id))


def plan_by_key(connection: Connection, key: int) -> RowMapping | None:
    """Return the plan that a file names by its key; None where there is none."""
    return connection.execute(select(plan).where(plan.c.key == key)).mappings().one_or_none()


def read_rows(connection: Connection, plan_id: int) -> PlanRows:
    """Return all that an edit can change of a plan."""

    def of(table: Table) -> list[RowMapping]:
        return list(connection.execute(select(table).where(table.c.plan_id == plan_id)).mappings())

    whole = plan_row(connection, plan_id)
    present = select(assignment).where(assignment.c.plan_id == plan_id, assignment.c.until.is_(None))
    exceptions = {_exception_key(row): row for row in of(plan_exception)}
    return PlanRows(
        plan={PLAN_KEY: PlanRow(whole["lower_bound_m"], tuple(whole["split_hamlets"]))},
        groups={row["number"]: GroupRow(row["name"], row["head_id"]) for row in of(party_group)},
        grids={row["number"]: GridRow(row["label"], row["group_number"], row["locked"]) for row in of(grid)},
        memberships={
            row["household_id"]: MembershipRow(
                row["number"], row["why"], row["locked"], row["lon"], row["lat"], row["position"], row["hamlet"]
            )
            for row in of(membership)
        },
        assignments={
            AssignmentKey(row["number"], row["role"], row["member_id"]): row["why"]
            for row in connection.execute(present).mappings()
        },
        shortages={row["number"]: row["offers"] for row in of(shortage)},
        exceptions={
            key: ExceptionRow(row["households"], row["reason"], row["options"], row["accepted_because"])
            for key, row in exceptions.items()
        },
    )


def _exception_key(row: RowMapping) -> ExceptionKey:
    return ExceptionKey(row["reason"].code, row["hamlet"], row["household"], row["number"])


def accepted(connection: Connection, plan_ids: Collection[int]) -> dict[int, dict[ExceptionKey, str]]:
    """Return why exceptions are accepted, by the ids of their plans."""
    found = select(plan_exception).where(
        plan_exception.c.plan_id.in_(plan_ids), plan_exception.c.accepted_because.is_not(None)
    )
    reasons: dict[int, dict[ExceptionKey, str]] = {plan_id: {} for plan_id in plan_ids}
    for row in connection.execute(found).mappings():
        reasons[row["plan_id"]][_exception_key(row)] = row["accepted_because"]
    return reasons


# ---- writing rows


def write_changes(connection: Connection, plan_id: int, changes: Changes, sizes: Mapping[int, int]) -> None:
    """Write the rows that an edit changes, and no others; new grids get the sizes they will have."""
    for table, of in changes.items():
        if table == "grids":
            new = [one for one in of if one.before is None]
            rows = [{"plan_id": plan_id, "number": key, "size": sizes[key], "connected": True} for key, *_ in new]
            _insert(connection, grid, [row | asdict(one.after) for row, one in zip(rows, new, strict=True)])
    for table, of in changes.items():
        for key, before, after in of:
            _WRITERS[table](connection, plan_id, key, before, after)
    gone = [key for key, _, after in changes.get("grids", ()) if after is None]
    connection.execute(delete(grid).where(grid.c.plan_id == plan_id, grid.c.number.in_(gone)))


def add_plan(
    connection: Connection,
    like: RowMapping,
    rows: PlanRows,
    figures: Mapping[int, Mapping[str, Any]],
    values: Mapping[str, Any],
) -> int:
    """Add a draft plan of the village of another, within its bounds and boundary; return its id."""
    kept = {name: like[name] for name in ("village_id", "least", "most", "boundary", "boundary_given", "kept")}
    whole = _plan_values(rows.plan[PLAN_KEY])
    id_ = add_row(connection, plan, {**kept, **whole, "state": "draft", "planned": len(rows.grid_of), **values})

    def of_plan(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [{"plan_id": id_, **row} for row in found]

    _insert(connection, party_group, of_plan({"number": key, **asdict(row)} for key, row in rows.groups.items()))
    _insert(
        connection, grid, of_plan({"number": key, **asdict(row), **figures[key]} for key, row in rows.grids.items())
    )
    _insert(
        connection,
        membership,
        of_plan({"household_id": key, **_membership_values(row)} for key, row in rows.memberships.items()),
    )
    _insert(connection, assignment, of_plan({**key._asdict(), "why": why} for key, why in rows.assignments.items()))
    _insert(connection, shortage, of_plan({"number": key, "offers": offers} for key, offers in rows.shortages.items()))
    _insert(connection, plan_exception, of_plan(_exception_values(key, row) for key, row in rows.exceptions.items()))
    return id_


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _write_plan(connection: Connection, plan_id: int, key: Any, before: Any, after: PlanRow) -> None:
    connection.execute(update(plan).where(plan.c.id == plan_id).values(_plan_values(after)))


def _plan_values(row: PlanRow) -> dict[str, Any]:
    return {"lower_bound_m": row.lower_bound_m, "split_hamlets": list(row.split_hamlets)}


def _write_group(connection: Connection, plan_id: int, key: int, before: Any, after: GroupRow | None) -> None:
    connection.execute(delete(party_group).where(party_group.c.plan_id == plan_id, party_group.c.number == key))
    if after is not None:
        connection.execute(insert(party_group).values(plan_id=plan_id, number=key, **asdict(after)))


def _write_grid(connection: Connection, plan_id: int, key: int, before: Any, after: GridRow | None) -> None:
    if before is not None and after is not None:
        here = and_(grid.c.plan_id == plan_id, grid.c.number == key)
        connection.execute(update(grid).where(here).values(asdict(after)))


def _write_membership(connection: Connection, plan_id: int, key: int, before: Any, after: MembershipRow | None) -> None:
    here = and_(membership.c.plan_id == plan_id, membership.c.household_id == key)
    if after is None:
        connection.execute(delete(membership).where(here))
        return
    if before is None:
        connection.execute(insert(membership).values(plan_id=plan_id, household_id=key, **_membership_values(after)))
    else:
        connection.execute(update(membership).where(here).values(_membership_values(after)))


def _membership_values(row: MembershipRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("number", "why", "locked", "lon", "lat", "position", "hamlet")}


def _write_assignment(
    connection: Connection, plan_id: int, key: AssignmentKey, before: Any, after: Message | None
) -> None:
    here = and_(
        assignment.c.plan_id == plan_id, *(assignment.c[name] == value for name, value in key._asdict().items())
    )
    connection.execute(delete(assignment).where(here))
    if after is not None:
        connection.execute(insert(assignment).values(plan_id=plan_id, why=after, **key._asdict()))


def _write_shortage(connection: Connection, plan_id: int, key: int, before: Any, after: Any) -> None:
    connection.execute(delete(shortage).where(shortage.c.plan_id == plan_id, shortage.c.number == key))
    if after is not None:
        connection.execute(insert(shortage).values(plan_id=plan_id, number=key, offers=after))


def _write_exception(
    connection: Connection, plan_id: int, key: ExceptionKey, before: Any, after: ExceptionRow | None
) -> None:
    about = ((plan_exception.c[name], getattr(key, name)) for name in ("hamlet", "household", "number"))
    here = [plan_exception.c.plan_id == plan_id, *(column.is_not_distinct_from(value) for column, value in about)]
    kept = select(plan_exception.c.id, plan_exception.c.reason).where(*here)
    ids = [row.id for row in connection.execute(kept) if row.reason.code == key.code]
    connection.execute(delete(plan_exception).where(plan_exception.c.id.in_(ids)))
    if after is not None:
        connection.execute(insert(plan_exception).values(plan_id=plan_id, **_exception_values(key, after)))


def _exception_values(key: ExceptionKey, row: ExceptionRow) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in row.__dataclass_fields__}
    return values | {"hamlet": key.hamlet, "household": key.household, "number": key.number}


_WRITERS: Final[Mapping[EditedTable, Callable[[Connection, int, Any, Any, Any], None]]] = {
    "plan": _write_plan,
    "groups": _write_group,
    "grids": _write_grid,
    "memberships": _write_membership,
    "assignments": _write_assignment,
    "shortages": _write_shortage,
    "exceptions": _write_exception,
}


def set_figures(connection: Connection, plan_id: int, figures: Mapping[int, Mapping[str, Any]]) -> None:
    """Write what is derived of grids, the same of each: size, walk, whether it is connected; its outline."""
    here = (grid.c.plan_id == plan_id) & (grid.c.number == bindparam("here"))
    if figures:
        connection.execute(update(grid).where(here), [{"here": number, **of} for number, of in figures.items()])


def set_drawn(connection: Connection, plan_id: int, version: int) -> bool:
    """Note that the outlines of a draft are those of a version, if it still has that; return whether it has."""
    here = and_(plan.c.id == plan_id, plan.c.version == version, plan.c.state == "draft")
    return connection.execute(update(plan).where(here).values(drawn_version=version)).rowcount == 1


def not_drawn(connection: Connection, plan_ids: Collection[int]) -> list[int]:
    """Return the drafts among plans whose outlines are those of an earlier version."""
    found = select(plan.c.id).where(plan.c.id.in_(plan_ids), plan.c.state == "draft")
    return list(connection.execute(found.where(plan.c.drawn_version != plan.c.version)).scalars())


# ---- as JSON


def changes_to_json(changes: Changes) -> dict[str, list[list[Any]]]:
    """Return changes as JSON has them."""
    return {table: [[_plain(part) for part in one] for one in of] for table, of in changes.items()}


def _plain(part: Any) -> Any:
    if isinstance(part, Message):
        return message_to_json(part)
    if is_dataclass(part) and not isinstance(part, type):
        return {name: _plain(getattr(part, name)) for name in part.__dataclass_fields__}
    if isinstance(part, tuple | list):
        return [_plain(one) for one in part]
    return part


def changes_from_json(stored: Mapping[str, Any]) -> dict[EditedTable, tuple[Changed, ...]]:
    """Return the changes that `changes_to_json` wrote."""
    found: dict[EditedTable, tuple[Changed, ...]] = {}
    for table, of in stored.items():
        key_of, row_of = _READERS[table]  # type: ignore[index]
        found[table] = tuple(  # type: ignore[index]
            Changed(key_of(key), *(None if row is None else row_of(row) for row in (before, after)))
            for key, before, after in of
        )
    return found


def _message(stored: Any) -> Message | None:
    return None if stored is None else message_from_json(stored)


def _messages(stored: Any) -> tuple[Message, ...]:
    return tuple(map(message_from_json, stored))


_READERS: Final[Mapping[EditedTable, tuple[Callable[[Any], Any], Callable[[Any], Any]]]] = {
    "plan": (str, lambda row: PlanRow(row["lower_bound_m"], tuple(row["split_hamlets"]))),
    "groups": (int, lambda row: GroupRow(**row)),
    "grids": (int, lambda row: GridRow(**row)),
    "memberships": (int, lambda row: MembershipRow(**row | {"why": _message(row["why"])})),
    "assignments": (lambda key: AssignmentKey(*key), message_from_json),
    "shortages": (int, _messages),
    "exceptions": (
        lambda key: ExceptionKey(*key),
        lambda row: ExceptionRow(
            **row | {"reason": message_from_json(row["reason"]), "options": _messages(row["options"])}
        ),
    ),
}


# ---- the tree of edits, and the steps taken in it


def take_version(connection: Connection, plan_id: int, version: int) -> bool:
    """Let a draft have the next version if this is still the one it has; return whether it was."""
    mine = and_(plan.c.id == plan_id, plan.c.version == version, plan.c.state == "draft")
    return connection.execute(update(plan).where(mine).values(version=version + 1)).rowcount == 1


def set_plan(connection: Connection, plan_id: int, values: Mapping[str, Any]) -> None:
    """Put other values into the columns of a plan: the edit that it stands on, what is counted of it."""
    connection.execute(update(plan).where(plan.c.id == plan_id).values(**values))


def plan_asked_for(connection: Connection, request_id: str) -> RowMapping | None:
    """Return the plan whose draft a request asked for; None where it made none."""
    return connection.execute(select(plan).where(plan.c.request_id == request_id)).mappings().one_or_none()


def open_drafts_of(connection: Connection, village_id: int) -> list[RowMapping]:
    """Return the draft plans of a village that can be edited, with the settings of their drafts, the latest first."""
    found = (
        select(plan.c.id, draft.c.settings)
        .join(draft, draft.c.id == plan.c.draft_id)
        .where(plan.c.village_id == village_id, plan.c.state == "draft", draft.c.deleted_at.is_(None))
    )
    return list(connection.execute(found.order_by(plan.c.id.desc())).mappings())


def add_edit(connection: Connection, values: Mapping[str, Any], changes: Changes) -> int:
    """Add an edit below the one that the plan stood on, and return its id."""
    return add_row(connection, plan_edit, {**values, "changes": changes_to_json(changes)})


def edit_by_id(connection: Connection, plan_id: int, edit_id: int) -> RowMapping:
    """Return an edit of a plan with the name of who made it.

    Raises
    ------
    NotFound
        The plan has no such edit.
    """
    return only_row(connection, _edits(plan_id).where(plan_edit.c.id == edit_id))


def edits(connection: Connection, plan_id: int, ids: Collection[int]) -> list[RowMapping]:
    """Return edits of a plan with the names of who made them, the earliest first; without what they change."""
    return list(connection.execute(_edits(plan_id).where(plan_edit.c.id.in_(ids)).order_by(plan_edit.c.id)).mappings())


def next_edit(connection: Connection, plan_id: int, edit_id: int | None) -> RowMapping | None:
    """Return the edit made on another one that the plan stood on last; None where none was made on it."""
    stood = select(func.max(plan_step.c.version)).where(
        plan_step.c.plan_id == plan_id, plan_step.c.edit_id == plan_edit.c.id
    )
    after = _edits(plan_id).where(plan_edit.c.parent_id.is_not_distinct_from(edit_id))
    last = func.coalesce(stood.correlate(plan_edit).scalar_subquery(), 0)
    return connection.execute(after.order_by(last.desc(), plan_edit.c.id.desc()).limit(1)).mappings().one_or_none()


def lead_just_chosen(connection: Connection, plan_id: int) -> int | None:
    """Return the number of the grid that got another lead by the edit that a plan stands on; None: none did."""
    found = select(plan_edit.c.changes).join(plan, plan.c.edit_id == plan_edit.c.id)
    stored = connection.execute(found.where(plan.c.id == plan_id, plan_edit.c.kind == "lead")).scalar_one_or_none()
    given = [] if stored is None else changes_from_json(stored).get("assignments", ())
    return next((key.number for key, _, after in given if key.role == "lead" and after is not None), None)


def changes_between(connection: Connection, plan_id: int, here: int | None, there: int | None) -> list[Changes]:
    """Return the changes that lead from one edit of a plan to another one, each of them undone or made again.

    Raises
    ------
    NotFound
        The plan has no such edit.
    """
    parents = parent_of(connection, plan_id)
    if there is not None and there not in parents:
        raise NotFound("entrance.not_here")
    back, forth = list(way(parents, here)), list(way(parents, there))
    while back and forth and back[-1] == forth[-1]:
        back.pop()
        forth.pop()
    stored = select(plan_edit.c.id, plan_edit.c.changes).where(plan_edit.c.id.in_([*back, *forth]))
    changes = {row.id: changes_from_json(row.changes) for row in connection.execute(stored)}
    return [*(inverse(changes[id_]) for id_ in back), *(changes[id_] for id_ in reversed(forth))]


def parent_of(connection: Connection, plan_id: int) -> dict[int, int | None]:
    """Return the edit that each edit of a plan was made on; None: the draft as it was made."""
    found = select(plan_edit.c.id, plan_edit.c.parent_id).where(plan_edit.c.plan_id == plan_id)
    return {row.id: row.parent_id for row in connection.execute(found)}


def way(parents: Mapping[int, int | None], edit_id: int | None) -> Iterator[int]:
    """Yield an edit and all those before it, back to the first one."""
    while edit_id is not None:
        yield edit_id
        edit_id = parents[edit_id]


def _edits(plan_id: int) -> Any:
    columns = [column for column in plan_edit.c if column.name != "changes"]
    return (
        select(*columns, account.c.name.label("maker"))
        .join(account, account.c.id == plan_edit.c.made_by)
        .where(plan_edit.c.plan_id == plan_id)
    )


def add_step(connection: Connection, values: Mapping[str, Any]) -> None:
    """Note a step that was taken: the version since, the request, and its answer."""
    connection.execute(insert(plan_step).values(**values))


def step_of_request(connection: Connection, plan_id: int, request_id: str) -> RowMapping | None:
    """Return the step that a request took; None where it took none."""
    found = select(plan_step).where(plan_step.c.plan_id == plan_id, plan_step.c.request_id == request_id)
    return connection.execute(found).mappings().one_or_none()


def steps_since(connection: Connection, plan_id: int, version: int) -> list[RowMapping]:
    """Return the steps after a version, the earliest first, with the names of who took them; without the answers."""
    found = _steps(plan_id).where(plan_step.c.version > version).order_by(plan_step.c.version)
    return list(connection.execute(found).mappings())


def steps_before(connection: Connection, plan_id: int, version: int | None, most: int) -> list[RowMapping]:
    """Return the latest steps that led to a version before one, or to any, as `steps_since` does."""
    found = _steps(plan_id).order_by(plan_step.c.version.desc()).limit(most)
    if version is not None:
        found = found.where(plan_step.c.version < version)
    return list(connection.execute(found).mappings())[::-1]


def _steps(plan_id: int) -> Any:
    columns = [column for column in plan_step.c if column.name not in ("answer", "request_id", "request_hash")]
    return (
        select(*columns, account.c.name.label("maker"))
        .join(account, account.c.id == plan_step.c.made_by)
        .where(plan_step.c.plan_id == plan_id)
    )


def edit_at(connection: Connection, plan_id: int, version: int) -> int | None:
    """Return the edit that a plan stood on at a version; None: it was as it was made.

    Raises
    ------
    NotFound
        It has never had this version.
    """
    if version == 0:
        return None
    found = select(plan_step.c.edit_id).where(plan_step.c.plan_id == plan_id, plan_step.c.version == version)
    edit_id: int | None = only_row(connection, found)["edit_id"]
    return edit_id


def highest_number(connection: Connection, plan_id: int) -> int:
    """Return the highest number that a grid of this village has or had, in force or in the edits of this plan."""
    village = select(plan.c.village_id).where(plan.c.id == plan_id).scalar_subquery()
    theirs = (plan.c.village_id == village) & (plan.c.state != "draft")
    of = select(func.max(grid.c.number)).join(plan, plan.c.id == grid.c.plan_id)
    highest = connection.execute(of.where(theirs | (plan.c.id == plan_id))).scalar() or 0
    stored = connection.execute(select(plan_edit.c.changes).where(plan_edit.c.plan_id == plan_id)).scalars()
    return max([highest, *(key for changes in stored for key, *_ in changes.get("grids", ()))])
