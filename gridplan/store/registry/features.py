"""Features of the land: barriers and crossings, roads, water and buildings, each a shape with a kind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, RowMapping, delete, func, insert, select

from gridplan.errors import NotFound
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import by_id, chunks
from gridplan.store.system import audit
from gridplan.store.tables import feature, household, plan, village

Kind = Literal["barrier", "crossing", "road", "water", "building"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


def rows(connection: Connection, kinds: Collection[str] = KINDS) -> list[RowMapping]:
    """Return the features of some kinds, in the order they came in."""
    found = select(feature).where(feature.c.kind.in_(kinds)).order_by(feature.c.id)
    return list(connection.execute(found).mappings())


def counts(connection: Connection) -> dict[str, int]:
    """Return how many features there are of each kind that has any."""
    found = select(feature.c.kind, func.count()).group_by(feature.c.kind)
    return {kind: n for kind, n in connection.execute(found)}


def shapes(connection: Connection, kind: Kind) -> tuple[BaseGeometry, ...]:
    """Return the shapes of one kind, as the planning takes them."""
    return tuple(row["shape"] for row in rows(connection, [kind]))


def add(connection: Connection, kind: Kind, named: Iterable[tuple[str | None, BaseGeometry]]) -> list[int]:
    """Add features of one kind, each with its name if it has one, and return their ids."""
    values = [{"kind": kind, "name": name, "shape": shape} for name, shape in named]
    if not values:
        return []
    made = insert(feature).returning(feature.c.id, sort_by_parameter_order=True)
    return list(connection.execute(made, values).scalars())


def remove(connection: Connection, ids: Collection[int]) -> int:
    """Remove features and return how many there were."""
    return sum(connection.execute(delete(feature).where(feature.c.id.in_(some))).rowcount for some in chunks(list(ids)))


def grounds(connection: Connection, scope: Scope = None) -> dict[int, BaseGeometry]:
    """Return the ground of villages: the boundary given, that of the plan in force, or what their households span."""
    published = (plan.c.village_id == village.c.id) & (plan.c.state == "published")
    found = select(village.c.id, village.c.boundary, plan.c.boundary).outerjoin(plan, published)
    known = {
        id_: given if given is not None else made
        for id_, given, made in connection.execute(found.where(in_scope(village.c.id, scope)))
    }
    spans = _spans(connection, [id_ for id_, ground in known.items() if ground is None])
    return {id_: ground for id_, ground in (known | spans).items() if ground is not None}


def _spans(connection: Connection, village_ids: Collection[int]) -> dict[int, BaseGeometry]:
    places: dict[int, list[tuple[float, float]]] = {}
    found = select(household.c.village_id, household.c.lon, household.c.lat).where(
        household.c.village_id.in_(village_ids), household.c.lon.is_not(None), household.c.retired_on.is_(None)
    )
    for village_id, lon, lat in connection.execute(found):
        places.setdefault(village_id, []).append((lon, lat))
    return {village_id: shapely.MultiPoint(points).convex_hull for village_id, points in places.items()}


def villages_of(grounds: Mapping[int, BaseGeometry], shape: BaseGeometry) -> frozenset[int]:
    """Return the ids of the villages whose ground a shape reaches into; one that only touches the edge does not."""
    return frozenset(
        village_id for village_id, ground in grounds.items() if shape.intersects(ground) and not shape.touches(ground)
    )


def villages_of_all(grounds: Mapping[int, BaseGeometry], shapes: Sequence[BaseGeometry]) -> frozenset[int]:
    """Return the ids of the villages whose ground any of the shapes meets."""
    tree = shapely.STRtree(shapes)
    return frozenset(id_ for id_, ground in grounds.items() if len(tree.query(ground, "intersects")))


def runs_of(ids: Iterable[int]) -> list[list[int]]:
    """Return ids as the first and the last of each run of them."""
    found: list[list[int]] = []
    for id_ in sorted(ids):
        if found and found[-1][1] == id_ - 1:
            found[-1][1] = id_
        else:
            found.append([id_, id_])
    return found


@dataclass(frozen=True, slots=True)
class FeatureBatch:
    """Features that came in at once: the deed, and the ids that no later one has; a database may give an id again."""

    deed: audit.Entry
    ids: tuple[int, ...]


def feature_batches(connection: Connection) -> list[FeatureBatch]:
    """Return the features that came in at once, from a file or with lists, the latest first."""
    later: set[int] = set()
    found = []
    for deed in audit.feature_additions(connection):
        runs = deed.detail.get("ids", ())
        of_many = [id_ for first, last in runs for id_ in range(first, last + 1) if id_ not in later]
        later.update(of_many if deed.verb == "import" or deed.object_id is None else [deed.object_id])
        if of_many:
            found.append(FeatureBatch(deed, tuple(of_many)))
    return found


def rows_of_batch(connection: Connection, deed_id: int) -> list[RowMapping]:
    """Return the features that came in at once by a deed of the audit, and are still there.

    Raises
    ------
    NotFound
        There was no such deed, or none of them is there.
    """
    ids = [id_ for one in feature_batches(connection) if one.deed.id == deed_id for id_ in one.ids]
    found = of_ids(connection, ids)
    if not found:
        raise NotFound("entrance.not_here")
    return found


def of_ids(connection: Connection, ids: Sequence[int]) -> list[RowMapping]:
    """Return the features of some ids that are still there."""
    found = (select(feature).where(feature.c.id.in_(some)) for some in chunks(ids))
    return [row for some in found for row in connection.execute(some).mappings()]


def villages_of_deed(connection: Connection, deed_id: int) -> frozenset[int]:
    """Return the villages whose ground the features of a deed meet: what a scope is compared with."""
    return villages_of_all(grounds(connection), [row["shape"] for row in rows_of_batch(connection, deed_id)])


def villages_of_feature(connection: Connection, feature_id: int) -> frozenset[int]:
    """Return the villages whose ground a feature reaches into: what a scope is compared with; there may be none."""
    return villages_of(grounds(connection), by_id(connection, feature, feature_id)["shape"])
