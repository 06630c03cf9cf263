"""Which villages an account holds for, and which a thing belongs to: compared before anything about it is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, Final, cast

from sqlalchemy import Connection, RowMapping, Select, delete, insert, select

from gridplan.errors import NotFound
from gridplan.roles import OF_TOWN, OF_VILLAGES, Actor, Role
from gridplan.store.contact import cadences
from gridplan.store.tables import (
    account,
    assignment,
    branch,
    correction,
    cover,
    draft,
    household,
    imagery,
    linkage,
    linked_person,
    member,
    need,
    pack,
    pause,
    plan,
    scan,
    scope,
    snapshot,
    snapshot_file,
    term_change,
    village,
)

ScopeOf = Callable[[Connection, Any], frozenset[int]]
"""Returns the ids of the villages of a thing by its id; raises NotFound where there is no such thing."""
IN_NO_SCOPE: Final = frozenset({0})
"""What nobody reaches who has only some villages: no village has this id."""


# ---- of accounts


def actor(connection: Connection, account_id: int) -> Actor | None:
    """Return who an account is, unless it is disabled or gone."""
    row = connection.execute(select(account).where(account.c.id == account_id)).mappings().one_or_none()
    if row is None or row["disabled_at"] is not None:
        return None
    return actor_of_row(connection, row)


def actor_of_row(connection: Connection, row: RowMapping) -> Actor:
    """Return who the account of a row is."""
    role = cast(Role, row["role"])
    villages: frozenset[int] | None = None
    if role not in OF_TOWN:
        mine = select(scope.c.village_id).where(scope.c.account_id == row["id"])
        villages = frozenset(connection.execute(mine).scalars()) if role in OF_VILLAGES else frozenset()
    return Actor(row["id"], row["name"], role, villages, row["member_id"])


def set_scope(connection: Connection, account_id: int, villages: Iterable[int]) -> None:
    """Make these the villages an account holds for."""
    connection.execute(delete(scope).where(scope.c.account_id == account_id))
    if rows := [{"account_id": account_id, "village_id": village_id} for village_id in sorted(set(villages))]:
        connection.execute(insert(scope), rows)


def villages_by_account(connection: Connection) -> dict[int, set[int]]:
    """Return the villages of every account that has some."""
    found: dict[int, set[int]] = defaultdict(set)
    for account_id, village_id in connection.execute(select(scope.c.account_id, scope.c.village_id)):
        found[account_id].add(village_id)
    return dict(found)


# ---- of things


def of_village(connection: Connection, village_id: int) -> frozenset[int]:
    """Return a village, if there is one."""
    return _found(connection, select(village.c.id).where(village.c.id == village_id))


def of_household(connection: Connection, household_id: int) -> frozenset[int]:
    """Return the village of a household; one that was erased is not there."""
    is_known = (household.c.id == household_id, household.c.erased_on.is_(None))
    return _found(connection, select(household.c.village_id).where(*is_known))


def of_scan(connection: Connection, scan_id: int) -> frozenset[int]:
    """Return the village of a scanned map."""
    return _found(connection, select(scan.c.village_id).where(scan.c.id == scan_id))


def of_imagery(connection: Connection, imagery_id: int) -> frozenset[int]:
    """Return the village of imagery; that of the town is in every scope."""
    return _found(connection, select(imagery.c.village_id).where(imagery.c.id == imagery_id)) - {None}


def of_imagery_to_change(connection: Connection, imagery_id: int) -> frozenset[int]:
    """Return the village of imagery; for that of the town all villages."""
    return of_imagery(connection, imagery_id) or of_town(connection)


def of_town(connection: Connection) -> frozenset[int]:
    """Return all villages."""
    return frozenset(connection.execute(select(village.c.id)).scalars())


def of_term(connection: Connection, term_id: int) -> frozenset[int]:
    """Return the villages of a change of term; one that is of desk staff too is for those who have all villages."""
    content = connection.execute(select(term_change.c.content).where(term_change.c.id == term_id)).scalar()
    if content is None:
        raise NotFound("entrance.not_here")
    villages = frozenset(one["village"] for one in content["leads"])
    return of_town(connection) if content["staff"] or not villages else villages


def of_cover(connection: Connection, cover_id: int) -> frozenset[int]:
    """Return the village of a cover."""
    return _found(connection, select(cover.c.village_id).where(cover.c.id == cover_id))


def of_correction(connection: Connection, correction_id: str) -> frozenset[int]:
    """Return the village of a correction."""
    return _found(connection, select(correction.c.village_id).where(correction.c.id == correction_id))


def of_branch(connection: Connection, branch_id: int) -> frozenset[int]:
    """Return the village of a branch."""
    return _found(connection, select(branch.c.village_id).where(branch.c.id == branch_id))


def of_link(connection: Connection, link_id: int) -> frozenset[int]:
    """Return the village of a link of a leader or instructor."""
    return _found(connection, select(linkage.c.village_id).where(linkage.c.id == link_id))


def of_linked_person(connection: Connection, person_id: int) -> frozenset[int]:
    """Return no village: a leader or instructor is of the town, and in every scope."""
    return _found(connection, select(linked_person.c.id).where(linked_person.c.id == person_id)) - {person_id}


def of_need(connection: Connection, n: int) -> frozenset[int]:
    """Return the village of a need."""
    return _found(connection, select(need.c.village_id).where(need.c.n == n))


def of_cadence(connection: Connection, cadence_id: int) -> frozenset[int]:
    """Return the village of a cadence; that of the town is for those who have all villages."""
    village_id = cadences.by_id(connection, cadence_id)["of_village"]
    return IN_NO_SCOPE if village_id is None else frozenset({village_id})


def of_pause(connection: Connection, pause_id: int) -> frozenset[int]:
    """Return the village of a pause; that of the town is for those who have all villages."""
    return _found(connection, select(pause.c.village_id).where(pause.c.id == pause_id)) - {None} or IN_NO_SCOPE


def of_plan(connection: Connection, plan_id: int) -> frozenset[int]:
    """Return the village of a plan."""
    return _found(connection, select(plan.c.village_id).where(plan.c.id == plan_id))


def of_pack(connection: Connection, pack_id: int) -> frozenset[int]:
    """Return the villages of a pack; one of the town is for those who have all villages."""
    request = connection.execute(select(pack.c.request).where(pack.c.id == pack_id)).scalar()
    if request is None:
        raise NotFound("entrance.not_here")
    return of_town(connection) if request["villages"] is None else frozenset(request["villages"])


def of_snapshot(connection: Connection, snapshot_id: int) -> frozenset[int]:
    """Return the villages of a snapshot."""
    villages = connection.execute(select(snapshot.c.villages).where(snapshot.c.id == snapshot_id)).scalar()
    if villages is None:
        raise NotFound("entrance.not_here")
    return frozenset(villages)


def of_pack_file(connection: Connection, file_id: int) -> frozenset[int]:
    """Return the villages of the snapshot that a file was made of."""
    of = connection.execute(select(snapshot_file.c.snapshot_id).where(snapshot_file.c.id == file_id)).scalar()
    return of_snapshot(connection, of or 0)


def of_draft(connection: Connection, draft_id: int) -> frozenset[int]:
    """Return the villages of a draft's plans; one that has none left is for those who have all villages."""
    _found(connection, select(draft.c.id).where(draft.c.id == draft_id))
    found = connection.execute(select(plan.c.village_id).where(plan.c.draft_id == draft_id)).scalars()
    return frozenset(found) or IN_NO_SCOPE


def of_member(connection: Connection, member_id: int) -> frozenset[int]:
    """Return the village of a member; a town cadre has none and is in every scope."""
    return _found(connection, select(member.c.village_id).where(member.c.id == member_id)) - {None}


def of_listed_member(connection: Connection, member_id: int) -> frozenset[int]:
    """Return the villages whose lists keep a member: their own; all of them for who is of none."""
    return of_member(connection, member_id) or of_town(connection)


def of_card(connection: Connection, member_id: int) -> frozenset[int]:
    """Return the villages that a card of a member opens: their own and those of their grids.

    Who is of no village may be given grids anywhere, so their cards are for those who have all villages.
    """
    home = of_member(connection, member_id)
    if not home:
        return IN_NO_SCOPE
    plans = {plan_id for plan_id, _ in grids_of_member(connection, member_id)}
    return home | frozenset(connection.execute(select(plan.c.village_id).where(plan.c.id.in_(plans))).scalars())


def grids_of_member(connection: Connection, member_id: int) -> set[tuple[int, int]]:
    """Return the grids (plan, number) that a member has in published plans, as lead or deputy."""
    mine = (
        select(assignment.c.plan_id, assignment.c.number)
        .join(plan, plan.c.id == assignment.c.plan_id)
        .where(assignment.c.member_id == member_id, assignment.c.until.is_(None), plan.c.state == "published")
    )
    return {(plan_id, number) for plan_id, number in connection.execute(mine)}


def _found(connection: Connection, query: Select[Any]) -> frozenset[int]:
    found = frozenset(connection.execute(query).scalars())
    if not found:
        raise NotFound("entrance.not_here")
    return found
