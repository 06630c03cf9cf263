"""Villages that were merged or split: what was changed with them, row by row, and how it is taken back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Table,
    UniqueConstraint,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)

from gridplan.store.columns import Geometry
from gridplan.store.registry.villages import archive_plan, with_former
from gridplan.store.rows import Row, add_row, chunks, only_row
from gridplan.store.tables import (
    account,
    assignment,
    branch,
    cadence,
    correction,
    cover,
    draft,
    grid,
    hamlet,
    household,
    imagery,
    kept_apart,
    linkage,
    member,
    membership,
    metadata,
    need,
    pause,
    plan,
    scan,
    scope,
    village,
    village_change,
)

Journal = list[dict[str, Any]]
"""Rows that were changed or added: table, key, and for changed ones what was there before and is since."""


# ---- rows, with what they were


def change_rows(connection: Connection, journal: Journal, table: Table, values: Mapping[str, Any], *where: Any) -> int:
    """Change rows, and note in a journal what they were; return how many they are."""
    keys = [column.name for column in table.primary_key]
    rows = connection.execute(select(table).where(*where)).mappings().all()
    for row in rows:
        now = {name: value(row) if callable(value) else value for name, value in values.items()}
        same = and_(*(table.c[key] == row[key] for key in keys))
        connection.execute(update(table).where(same).values(**now))
        journal.append(
            {
                "table": table.name,
                "key": {key: row[key] for key in keys},
                "before": {name: _plain(table, name, row[name]) for name in now},
                "after": {name: _plain(table, name, value) for name, value in now.items()},
            }
        )
    return len(rows)


def add_rows(connection: Connection, journal: Journal, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows, and note in a journal that they were not there."""
    for row in rows:
        key = connection.execute(insert(table).values(**row)).inserted_primary_key
        names = [column.name for column in table.primary_key]
        journal.append({"table": table.name, "key": dict(zip(names, key or (), strict=True)), "before": None})


def copy_rows(connection: Connection, journal: Journal, table: Table, values: Mapping[str, Any], *where: Any) -> None:
    """Add rows like others but for some values, and note in a journal that they were not there."""
    rows = connection.execute(select(table).where(*where).order_by(table.c.id)).mappings().all()
    same = [{name: value for name, value in row.items() if name != "id"} for row in rows]
    add_rows(connection, journal, table, [{**row, **values} for row in same])


def take_back(connection: Connection, journal: Journal) -> int:
    """Let rows be what they were, the last first; return how many were changed again since, and stay."""
    stay = 0
    for entry in reversed(journal):
        table = metadata.tables[entry["table"]]
        same = and_(*(table.c[key] == value for key, value in entry["key"].items()))
        if entry["before"] is None:
            connection.execute(delete(table).where(same))
            continue
        row = connection.execute(select(table).where(same)).mappings().one_or_none()
        if row is None or any(_plain(table, name, row[name]) != value for name, value in entry["after"].items()):
            stay += 1
            continue
        before = {name: _typed(table, name, value) for name, value in entry["before"].items()}
        if _is_taken(connection, table, {**row, **before}, ~same):
            stay += 1
            continue
        connection.execute(update(table).where(same).values(**before))
    return stay


def _is_taken(connection: Connection, table: Table, row: Row, others: ColumnElement[bool]) -> bool:
    """Return whether another row has what only one may have of a table."""
    unique = (one for one in table.constraints if isinstance(one, UniqueConstraint))
    clash = [and_(*(column == row[column.name] for column in one.columns)) for one in unique]
    return bool(clash) and connection.execute(select(table).where(or_(*clash), others)).first() is not None


def _plain(table: Table, name: str, value: Any) -> Any:
    """Return the value of a column as JSON has it."""
    if isinstance(table.c[name].type, Geometry):
        return None if value is None else shapely.to_wkb(value, hex=True)
    return value.isoformat() if isinstance(value, date) else value


def _typed(table: Table, name: str, value: Any) -> Any:
    kind = table.c[name].type
    if value is None:
        return None
    if isinstance(kind, Geometry):
        return shapely.from_wkb(value)
    return date.fromisoformat(value) if kind.python_type is date else value


# ---- what goes with households and grids


Numbers = Mapping[int, int]
"""The number that each grid has from now on, by the one that it had."""
NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({})


def live_rows(connection: Connection, village_id: int) -> list[RowMapping]:
    """Return the households that live in a village, by code."""
    found = select(household).where(household.c.village_id == village_id, household.c.retired_on.is_(None))
    return list(connection.execute(found.order_by(household.c.code)).mappings())


def carry_needs(connection: Connection, journal: Journal, homes: Collection[int], target_id: int) -> None:
    """Let needs, and what is open of corrections, be of the village in which their households live now."""
    for ids in chunks(sorted(homes)):
        change_rows(connection, journal, need, {"village_id": target_id}, need.c.household_id.in_(ids))
        waiting = correction.c.state.in_(("open", "asked back"))
        change_rows(
            connection, journal, correction, {"village_id": target_id}, waiting, correction.c.household_id.in_(ids)
        )


def carry_grids(
    connection: Connection,
    journal: Journal,
    of: tuple[int, int],
    numbers: Numbers,
    day: date,
    *,
    shared: Collection[int | None] = (),
) -> None:
    """Let covers and cadences of grids follow them into another village.

    Both villages have those of `shared` grids, with None among them those of the whole village too; else the cadence of
    the village becomes that of the grids that come from it.
    """
    source, target = of
    for old, new in [*numbers.items(), (None, None)]:
        now = {"village_id": target, "number": new}
        mine = (cover.c.village_id == source, cover.c.number.is_not_distinct_from(old), cover.c.last_day >= day)
        if old in shared:
            copy_rows(connection, journal, cover, now, *mine)
        else:
            change_rows(connection, journal, cover, now, *mine)
    found = select(cadence).where(cadence.c.village_id == source).order_by(cadence.c.from_day, cadence.c.id)
    rows = [dict(row) for row in connection.execute(found).mappings()]
    own = {(row["subject"], row["number"]) for row in rows if row["number"] is not None}
    copies = []
    for row in rows:
        row.pop("id")
        row |= {"village_id": target, "from_day": max(row["from_day"], day)}
        if row["number"] in numbers:
            copies.append(row | {"number": numbers[row["number"]]})
        elif row["number"] is None and None in shared:
            copies.append(row)
        elif row["number"] is None:
            copies += [row | {"number": numbers[old]} for old in numbers if (row["subject"], old) not in own]
    add_rows(connection, journal, cadence, copies)


def carry_village(
    connection: Connection, journal: Journal, of: tuple[int, int], names: tuple[str, str], day: date
) -> None:
    """Let all else that is of a village be of the one that it becomes part of: branches, links, scans, accounts.

    A branch whose name is taken there gets that of the village before its own; who is linked to both is linked once.
    """
    source, target = of
    taken = set(connection.execute(select(branch.c.name).where(branch.c.village_id == target)).scalars())
    free = {
        "village_id": target,
        "name": lambda row: row["name"] if row["name"] not in taken else names[0] + row["name"],
    }
    change_rows(connection, journal, branch, free, branch.c.village_id == source)
    open_ = linkage.c.until_day.is_(None)
    there = select(linkage.c.person_id).where(linkage.c.village_id == target, linkage.c.branch_id.is_(None), open_)
    twice = [linkage.c.village_id == source, open_, linkage.c.branch_id.is_(None), linkage.c.person_id.in_(there)]
    change_rows(connection, journal, linkage, {"until_day": day}, *twice)
    change_rows(connection, journal, linkage, {"village_id": target}, linkage.c.village_id == source, open_)
    for table in (scan, imagery):
        change_rows(connection, journal, table, {"village_id": target}, table.c.village_id == source)
    unsettled = (kept_apart.c.village_id == source, kept_apart.c.settled_at.is_(None))
    change_rows(connection, journal, kept_apart, {"village_id": target}, *unsettled)
    newly = (correction.c.village_id == source, correction.c.state.in_(("open", "asked back")))
    change_rows(connection, journal, correction, {"village_id": target}, *newly)


def widen_scopes(connection: Connection, journal: Journal, source: int, target: int) -> int:
    """Let accounts that hold for a village hold for another, too; return how many do that did not before."""
    has = select(scope.c.account_id).where(scope.c.village_id == target)
    mine = select(scope.c.account_id).where(scope.c.village_id == source, scope.c.account_id.not_in(has))
    accounts = connection.execute(mine).scalars().all()
    add_rows(connection, journal, scope, [{"account_id": id_, "village_id": target} for id_ in accounts])
    return len(accounts)


def carry_hamlets(
    connection: Connection,
    journal: Journal,
    of: tuple[int, int],
    renamed: Mapping[str, str] = NO_NAMES,
    *,
    whole: Collection[str] | None = None,
    shared: Collection[str] = (),
) -> None:
    """Let the places of a village's hamlets be those of another's, or of `whole` ones alone; `shared` ones are of both.

    The place of the village itself stays, and one of a name that the other village has a place of.
    """
    source, target = of
    taken = select(hamlet.c.name).where(hamlet.c.village_id == target).scalar_subquery()
    named = hamlet.c.name != "" if whole is None else hamlet.c.name.in_(whole)
    names = {"village_id": target, "name": lambda row: renamed.get(row["name"], row["name"])}
    free = [hamlet.c.name.in_([*renamed]) | hamlet.c.name.not_in(taken)]
    change_rows(connection, journal, hamlet, names, hamlet.c.village_id == source, named, *free)
    both = (hamlet.c.village_id == source, hamlet.c.name.in_(shared), *free)
    copy_rows(connection, journal, hamlet, {"village_id": target}, *both)


def carry_members(
    connection: Connection,
    journal: Journal,
    of: tuple[int, int],
    renamed: Mapping[str, str] = NO_NAMES,
    *,
    only: Collection[int] | None = None,
) -> int:
    """Let the members of a village, or some of them, be those of another; return how many they are."""
    source, target = of
    names = {"village_id": target, "hamlet": lambda row: renamed.get(row["hamlet"], row["hamlet"])}
    mine = [member.c.village_id == source]
    if only is not None:
        mine.append(member.c.id.in_(only))
    return change_rows(connection, journal, member, names, *mine)


def members_of(connection: Connection, village_id: int) -> list[RowMapping]:
    """Return the members of a village, retired ones too."""
    return list(connection.execute(select(member).where(member.c.village_id == village_id)).mappings())


def hamlet_names(connection: Connection, source: Row, target_id: int) -> dict[str, str]:
    """Return what the hamlets of a village are called where another one that it goes into has one of that name."""

    def named(village_id: int) -> set[str]:
        of_homes = select(household.c.hamlet).where(
            household.c.village_id == village_id, household.c.hamlet.is_not(None)
        )
        of_places = select(hamlet.c.name).where(hamlet.c.village_id == village_id, hamlet.c.name != "")
        return {*connection.execute(of_homes).scalars(), *connection.execute(of_places).scalars()}

    own, there = named(source["id"]), named(target_id)
    renamed: dict[str, str] = {}
    for name in sorted(own & there):
        called = source["name"] + name
        while called in own | there | {*renamed.values()}:
            called = source["name"] + called
        renamed[name] = called
    return renamed


def set_hamlets(connection: Connection, homes: Collection[int], renamed: Mapping[str, str]) -> None:
    """Give the hamlets of households other names."""
    for before, after in renamed.items():
        for ids in chunks(sorted(homes)):
            mine = (household.c.id.in_(ids), household.c.hamlet == before)
            connection.execute(update(household).where(*mine).values(hamlet=after))


def join_villages(connection: Connection, journal: Journal, source: Row, target: Row, day: date) -> None:
    """Retire a village that is part of another from now on, which lists find by its name too."""
    change_rows(connection, journal, village, {"retired_on": day}, village.c.id == source["id"])
    former = with_former(target, target["name"], target["code"])
    called = [one for one in (source["name"], source["code"], *(source["former_names"] or ())) if one]
    both = [shape for shape in (source["boundary"], target["boundary"]) if shape is not None]
    values: dict[str, Any] = {"former_names": list(dict.fromkeys([*(former or ()), *called]))}
    values["boundary"] = shapely.union_all(both) if len(both) == 2 else None
    change_rows(connection, journal, village, values, village.c.id == target["id"])


def lock(connection: Connection, village_ids: Collection[int]) -> None:
    """Let nobody else put plans in force in villages, or merge or split them, until this transaction ends."""
    here = select(village.c.id).where(village.c.id.in_(village_ids))
    connection.execute(here.order_by(village.c.id).with_for_update())


def begin_village(
    connection: Connection, journal: Journal, source: Row, called: tuple[str, str | None], retired_id: int | None
) -> int:
    """Add a village of a name and code that was part of another, with its days and pauses; return its id.

    A retired one is one again, and the other has its names for former ones no more.
    """
    name, code = called
    values = {"start_day": source["start_day"], "notice_day": source["notice_day"]}
    if retired_id is None:
        id_ = add_row(connection, village, {"name": name, "code": code} | values)
    else:
        id_, before = retired_id, only_row(connection, select(village).where(village.c.id == retired_id))
        name, code = before["name"], code or before["code"]
        values |= {"code": code, "retired_on": None}
        change_rows(connection, journal, village, values, village.c.id == id_)
    former = [one for one in source["former_names"] or () if one not in (name, code)]
    change_rows(connection, journal, village, {"former_names": former or None}, village.c.id == source["id"])
    copy_rows(connection, journal, pause, {"village_id": id_}, pause.c.village_id == source["id"])
    return id_


def set_boundaries(connection: Connection, journal: Journal, boundaries: Mapping[int, BaseGeometry | None]) -> None:
    """Give villages other boundaries."""
    for id_, shape in boundaries.items():
        change_rows(connection, journal, village, {"boundary": shape}, village.c.id == id_)


def retire_again(connection: Connection, village_id: int, day: date) -> None:
    """Retire a village that is part of another again."""
    mine = (village.c.id == village_id, village.c.retired_on.is_(None))
    connection.execute(update(village).where(*mine).values(retired_on=day))


def carry_kept_apart(connection: Connection, journal: Journal, of: tuple[int, int], homes: Collection[int]) -> None:
    """Let what is kept apart of the visits of households, and not settled, be of the village they live in now."""
    source, target = of
    open_ = (kept_apart.c.village_id == source, kept_apart.c.settled_at.is_(None))
    found = connection.execute(select(kept_apart.c.n, kept_apart.c.content).where(*open_)).all()
    theirs = [n for n, content in found if content.get("household") in homes]
    for some in chunks(theirs):
        change_rows(connection, journal, kept_apart, {"village_id": target}, kept_apart.c.n.in_(some))


def visiting_places(connection: Connection, plan_ids: Collection[int]) -> dict[str, int]:
    """Return where the households of plans are in the visiting order of their grids, by code."""
    found = select(household.c.code, membership.c.place).join(membership, membership.c.household_id == household.c.id)
    mine = found.where(membership.c.plan_id.in_(plan_ids), membership.c.place.is_not(None))
    return {code: place for code, place in connection.execute(mine)}


def numbers_ever(connection: Connection, village_id: int) -> set[int]:
    """Return the numbers that grids of a village have or had in plans in force, but in one that was taken back."""
    undone = (village_change.c.other_id == village_id) & village_change.c.undone_at.is_not(None)
    contents = connection.execute(select(village_change.c.content).where(undone)).scalars()
    taken_back = [content["plan"] for content in contents if content["plan"] is not None]
    found = select(grid.c.number).join(plan, plan.c.id == grid.c.plan_id)
    mine = found.where(plan.c.village_id == village_id, plan.c.state != "draft", plan.c.id.not_in(taken_back))
    return set(connection.execute(mine.distinct()).scalars())


def open_drafts(connection: Connection, village_ids: Collection[int]) -> list[str]:
    """Return the names of the drafts with plans of villages that were not published."""
    found = select(draft.c.name).join(plan, plan.c.draft_id == draft.c.id)
    mine = found.where(plan.c.village_id.in_(village_ids), plan.c.state == "draft", draft.c.deleted_at.is_(None))
    return list(connection.execute(mine.distinct()).scalars())


def archive(connection: Connection, village_id: int, now: datetime, day: date) -> None:
    """Archive the plan in force of a village that is part of another from now on; its assignments end."""
    mine = select(plan.c.id).where(plan.c.village_id == village_id, plan.c.state == "published")
    ending = assignment.c.plan_id.in_(mine) & assignment.c.until.is_(None)
    connection.execute(update(assignment).where(ending).values(until=day))
    archive_plan(connection, village_id, now)


def add(connection: Connection, kind: str, ids: tuple[int, int], values: Mapping[str, Any]) -> int:
    """Note that households went from a village into another, whose grids have their former numbers until a day."""
    source, target = ids
    return add_row(connection, village_change, {"village_id": source, "other_id": target, "kind": kind, **values})


def of_village(connection: Connection, village_id: int) -> list[RowMapping]:
    """Return what a village was merged with, or split into, the latest first."""
    other = village.alias()
    found = (
        select(
            village_change, village.c.name.label("village"), other.c.name.label("other"), account.c.name.label("maker")
        )
        .join(village, village.c.id == village_change.c.village_id)
        .join(other, other.c.id == village_change.c.other_id)
        .outerjoin(account, account.c.id == village_change.c.made_by)
        .where(or_(village_change.c.village_id == village_id, village_change.c.other_id == village_id))
        .order_by(village_change.c.id.desc())
    )
    return list(connection.execute(found).mappings())


def by_id(connection: Connection, change_id: int) -> RowMapping:
    """Return what was done to two villages.

    Raises
    ------
    NotFound
        There is no such change.
    """
    return only_row(connection, select(village_change).where(village_change.c.id == change_id))


def is_last(connection: Connection, row: Row) -> bool:
    """Return whether nothing like it was done to either of its villages since."""
    both = (row["village_id"], row["other_id"])
    later = or_(village_change.c.village_id.in_(both), village_change.c.other_id.in_(both))
    found = select(village_change.c.id).where(
        later, village_change.c.id > row["id"], village_change.c.undone_at.is_(None)
    )
    return connection.execute(found).first() is None


def note_undone(connection: Connection, change_id: int, now: datetime) -> None:
    """Note that what was done to two villages was taken back."""
    mine = village_change.c.id == change_id
    connection.execute(update(village_change).where(mine).values(undone_at=now, until_day=None))


def labels_due(connection: Connection, day: date) -> list[RowMapping]:
    """Return the changes whose grids are called by their former numbers no more from a day on."""
    return list(connection.execute(select(village_change).where(village_change.c.until_day <= day)).mappings())


def end_labels(
    connection: Connection, change_id: int, plan_id: int | None, labels: Mapping[int, tuple[str, str | None]]
) -> None:
    """Call grids of a plan as they were called before they had another number, those that still are called by it."""
    for number, (given, before) in labels.items():
        mine = (grid.c.plan_id == plan_id, grid.c.number == number, grid.c.label == given)
        connection.execute(update(grid).where(*mine).values(label=before))
    connection.execute(update(village_change).where(village_change.c.id == change_id).values(until_day=None))
