"""The audit: who did what to what, and when. It is written by `Store.change` and only ever read here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Text, cast, exists, func, or_, select, tuple_

from gridplan.store.registry.villages import Scope, in_scope, with_village
from gridplan.store.rows import contains, noun_of
from gridplan.store.tables import account, audit, draft, feature, household, imagery, member, plan, scan, village

OF_MANY: Final = ("hamlet", "lists")
"""Objects of changes that give many households or members a new version at once."""
NEW_VERSION: Final = ("change", "change days", "place", "put back", "draw", "retire", "unretire", "merge")
"""What gives one row a new version; cards and grids, which the audit names by their member, do not."""
OF_NO_NAME: Final = audit.c.account_id.is_(None) & (audit.c.role == "member")
"""What members enter themselves: the visit says by whom, the audit does not, or it would count each one's visits."""
ONE_DEED: Final = ("at", "account_id", "role", "verb", "object", "object_id")
"""What the rows of one change share: it has a row for each of its villages."""
THINGS: Final[Mapping[str, tuple[Select[Any], ColumnElement[int], ColumnElement[int] | None]]] = {
    "account": (select(account.c.id, account.c.name), account.c.id, None),
    "draft": (select(draft.c.id, draft.c.name).where(draft.c.deleted_at.is_(None)), draft.c.id, None),
    "feature": (select(feature.c.id, feature.c.kind, feature.c.name), feature.c.id, None),
    "household": (with_village(household), household.c.id, household.c.village_id),
    "imagery": (select(imagery.c.id, imagery.c.name), imagery.c.id, imagery.c.village_id),
    "member": (with_village(member), member.c.id, member.c.village_id),
    "plan": (select(plan.c.id, plan.c.revision, plan.c.village_id), plan.c.id, plan.c.village_id),
    "scan": (select(scan.c.id, scan.c.name), scan.c.id, scan.c.village_id),
    "village": (select(village.c.id, village.c.name), village.c.id, village.c.id),
}
"""Of what the audit names: the rows of today, their id, and their village where they are of one."""
Kind = tuple[str, str]
"""What is done to what: verb and object."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the audit, with the name of today of who did it; None is the command line, or nobody yet."""

    id: int
    at: datetime
    account_id: int | None
    by: str | None
    role: str
    verb: str
    object: str
    object_id: int | None
    village_id: int | None
    detail: dict[str, Any]


Deed = tuple[Entry, ...]
"""The rows of one change, within a scope: one for each village."""


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which deeds are asked for: all of them, unless one of these is given."""

    by: int | None = None
    """The id of an account; 0 is the command line."""
    kinds: Collection[Kind] = ()
    village_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    """Part of the name or code of who did it, or of what it was done to."""


def deeds(
    connection: Connection, scope: Scope, query: AuditQuery, *, most: int, before: int | None = None
) -> list[Deed]:
    """Return whole deeds within a scope, the newest first; None of a scope means those of no village too."""
    found = (
        select(audit, account.c.name.label("by"))
        .outerjoin(account, account.c.id == audit.c.account_id)
        .where(in_scope(audit.c.village_id, scope), *_asked(query, scope))
        .order_by(audit.c.id.desc())
    )
    if before is not None:
        found = found.where(audit.c.id < before)
    with connection.execute(found, execution_options={"yield_per": 500}) as rows:
        return list(islice(_whole(noun_of(Entry, row) for row in rows.mappings()), most))


def _whole(entries: Iterable[Entry]) -> Iterator[Deed]:
    """Yield the rows of each deed, in which no village is twice."""
    shared, deed = attrgetter(*ONE_DEED), list[Entry]()
    for entry in entries:
        if deed and (shared(entry) != shared(deed[0]) or entry.village_id in {row.village_id for row in deed}):
            yield tuple(deed)
            deed = []
        deed.append(entry)
    if deed:
        yield tuple(deed)


def _asked(query: AuditQuery, scope: Scope) -> Iterable[ColumnElement[bool]]:
    if query.by is not None:
        yield audit.c.account_id == query.by if query.by else audit.c.account_id.is_(None) & ~OF_NO_NAME
    if query.kinds:
        yield tuple_(audit.c.verb, audit.c.object).in_(sorted(query.kinds))
    if query.since is not None:
        yield audit.c.at >= query.since
    if query.until is not None:
        yield audit.c.at < query.until
    part = audit.alias("part")  # that one row of a deed fits is enough
    fits = [part.c.village_id == query.village_id] if query.village_id is not None else []
    if query.text:
        fits.append(_about(part.c, query.text, scope))
    if fits:
        fits.append(in_scope(part.c.village_id, scope))
        yield exists().where(*(part.c[name].is_not_distinct_from(audit.c[name]) for name in ONE_DEED), *fits)


def _about(part: Any, text: str, scope: Scope) -> ColumnElement[bool]:
    """Return the condition that the name of who did it, or a name or code of what it was done to, has a text."""

    def named(kind: str, *columns: ColumnElement[str]) -> Select[Any]:
        _, id_, of_village = THINGS[kind]
        within = () if of_village is None else (or_(in_scope(of_village, scope), of_village.is_(None)),)
        return select(id_).where(or_(*(contains(column, text) for column in columns)), *within)

    members = named("member", member.c.name, member.c.code)
    things = {
        "household": named("household", household.c.name, household.c.code),
        "member": members,
        "account": named("account", account.c.name),
        "draft": named("draft", draft.c.name),
        "scan": named("scan", scan.c.name),
        "imagery": named("imagery", imagery.c.name),
        "feature": named("feature", feature.c.name),
    }
    chosen = members.with_only_columns(cast(member.c.id, Text))
    return or_(
        part.account_id.in_(named("account", account.c.name)),
        part.village_id.in_(named("village", village.c.name)),
        (part.object == "grid") & part.detail["member"].as_string().in_(chosen),
        *((part.object == kind) & part.object_id.in_(ids) for kind, ids in things.items()),
    )


def authors(connection: Connection, scope: Scope) -> list[tuple[int | None, str | None]]:
    """Return ids and names of who did something within a scope, by name; None is the command line."""
    did = select(audit.c.account_id).where(in_scope(audit.c.village_id, scope), ~OF_NO_NAME).distinct().subquery()
    found = select(did.c.account_id, account.c.name).outerjoin(account, account.c.id == did.c.account_id)
    return [(id_, name) for id_, name in connection.execute(found.order_by(account.c.name))]


def things(connection: Connection, kind: str, ids: Collection[int], scope: Scope) -> dict[int, RowMapping]:
    """Return the rows of today of things that deeds name, by id: of those that are still there and within a scope."""
    if not ids:
        return {}
    rows, id_, of_village = THINGS[kind]
    found = rows.where(id_.in_(sorted(ids)))
    if of_village is not None:
        found = found.where(or_(in_scope(of_village, scope), of_village.is_(None)))
    return {row["id"]: row for row in connection.execute(found).mappings()}


def newest(connection: Connection) -> int:
    """Return the id of the newest row, which is another one as soon as anything changes."""
    return connection.execute(select(func.coalesce(func.max(audit.c.id), 0))).scalar_one()


def feature_additions(connection: Connection) -> list[Entry]:
    """Return the deeds by which features came in: drawn ones, those of files and those of lists; the latest first."""
    alone = (audit.c.verb == "add") & (audit.c.object == "feature")
    of_lists = (audit.c.verb == "import") & (audit.c.object == "lists") & audit.c.village_id.is_(None)
    found = (
        select(audit, account.c.name.label("by"))
        .outerjoin(account, account.c.id == audit.c.account_id)
        .where(alone | of_lists)
        .order_by(audit.c.id.desc())
    )
    return [noun_of(Entry, row) for row in connection.execute(found).mappings()]


def last_of(connection: Connection, verb: str, object_: str, object_id: int) -> dict[str, Any] | None:
    """Return the details of the latest deed of a kind on a thing; None where there was none."""
    of_it = (audit.c.verb == verb) & (audit.c.object == object_) & (audit.c.object_id == object_id)
    return connection.execute(select(audit.c.detail).where(of_it).order_by(audit.c.id.desc()).limit(1)).scalar()


def last_change(connection: Connection, object_: str, object_id: int, village_id: int | None) -> RowMapping | None:
    """Return the latest change of a thing, or of many things of its village; by None is the command line."""
    itself = or_(audit.c.object_id == object_id, audit.c.object_id.is_(None) & (audit.c.village_id == village_id))
    one = (audit.c.object == object_) & itself & audit.c.verb.in_(NEW_VERSION)
    many = audit.c.object.in_(OF_MANY) & or_(audit.c.village_id.is_(None), audit.c.village_id == village_id)
    found = (
        select(audit.c.at, audit.c.detail, account.c.name.label("by"))
        .outerjoin(account, account.c.id == audit.c.account_id)
        .where(or_(one, many))
        .order_by(audit.c.id.desc())
        .limit(1)
    )
    return connection.execute(found).mappings().one_or_none()
