"""Figures of villages that are kept from one page to the next: a change makes those of its village anew alone."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Final, TypeVar

from sqlalchemy import Connection

from gridplan.store.kept import Kept
from gridplan.store.registry.villages import Scope
from gridplan.store.system import figure_changes

Of = TypeVar("Of", bound=tuple[Any, ...])
NOTHING: Final[Any] = ()
"""What is kept of villages without a plan."""


def by_village(
    connection: Connection,
    kept: Kept | None,
    scope: Scope,
    what: tuple[Hashable, ...],
    make: Callable[[Scope], Mapping[int, Of]],
) -> dict[int, Of]:
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

    def find(ids: Iterable[int]) -> dict[int, Of]:
        return {id_: of for id_ in ids if (of := kept.get((*what, id_), keys[id_])) is not None}

    found = find(keys)
    if missing := keys.keys() - found.keys():
        with kept.making:  # what somebody else makes of the same meanwhile is waited for
            found |= find(missing)
            if missing := keys.keys() - found.keys():
                made = make(sorted(missing))
                for id_ in missing:
                    found[id_] = made.get(id_, NOTHING)
                    kept.keep((*what, id_), keys[id_], found[id_])
    return {id_: found[id_] for id_ in sorted(found) if found[id_]}
