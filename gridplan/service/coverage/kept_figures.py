"""Figures of villages that are kept from one page to the next: a change makes those of its village anew alone."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

from sqlalchemy import Connection

from gridplan.store.kept import Kept
from gridplan.store.registry.villages import Scope
from gridplan.store.system import figure_changes

Of = TypeVar("Of")


def by_village(
    connection: Connection,
    kept: Kept | None,
    scope: Scope,
    what: tuple[Hashable, ...],
    make: Callable[[Scope], Mapping[int, tuple[Of, ...]]],
) -> dict[int, tuple[Of, ...]]:
    """Return figures of the villages of a scope that have some, by village, those of a whole town as its parts.

    Parameters
    ----------
    what
        All that they depend on besides the villages: what they are, the day, the time zone.
    make
        Makes those of villages.
    """
    if kept is None:
        return dict(make(scope))
    keys = figure_changes.keys(connection, scope)
    found: dict[int, tuple[Of, ...]] = {id_: kept.get((*what, id_), key) for id_, key in sorted(keys.items())}
    if missing := [id_ for id_, of in found.items() if of is None]:
        made = make(missing)
        for id_ in missing:
            found[id_] = made.get(id_, ())
            kept.keep((*what, id_), keys[id_], found[id_])
    return {id_: of for id_, of in found.items() if of}
