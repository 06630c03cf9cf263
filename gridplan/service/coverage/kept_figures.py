"""Figures of villages that are kept from one page to the next: a change makes those of its village anew alone."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any, Final, TypeVar

from sqlalchemy import Connection

from gridplan.store.kept import Kept
from gridplan.store.registry.villages import Scope
from gridplan.store.system import figure_changes

What = tuple[Hashable, ...]
Of = TypeVar("Of")
NOTHING: Final[Any] = ()
"""What is kept of villages without a plan."""


def by_village(
    connection: Connection,
    kept: Kept | None,
    scope: Scope,
    what: What,
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
    return several_by_village(connection, kept, scope, [what], lambda few, _: {what: make(few)})[what]


def several_by_village(
    connection: Connection,
    kept: Kept | None,
    scope: Scope,
    whats: Sequence[What],
    make: Callable[[Scope, Sequence[What]], Mapping[What, Mapping[int, Of]]],
) -> dict[What, dict[int, Of]]:
    """Return several figures as `by_village` does each of them; those that are missing are made at once."""
    if kept is None:
        return {what: dict(of) for what, of in make(scope, whats).items()}
    keys = figure_changes.keys(connection, scope)
    wanted = [(what, id_) for what in whats for id_ in keys]

    def find(of: Iterable[tuple[What, int]]) -> dict[tuple[What, int], Of]:
        return {(what, id_): one for what, id_ in of if (one := kept.get((*what, id_), keys[id_])) is not None}

    found = find(wanted)
    if len(found) < len(wanted):
        with kept.making:  # what somebody else makes of the same meanwhile is waited for
            found |= find([of for of in wanted if of not in found])
            if missing := [of for of in wanted if of not in found]:
                villages, some = sorted({id_ for _, id_ in missing}), [*dict.fromkeys(what for what, _ in missing)]
                made = make(villages, some)
                for what, id_ in product(some, villages):
                    found[what, id_] = made[what].get(id_, NOTHING)
                    kept.keep((*what, id_), keys[id_], found[what, id_])
    return {what: {id_: found[what, id_] for id_ in sorted(keys) if found[what, id_]} for what in whats}
