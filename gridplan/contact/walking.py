"""The order in which a member walks, where the member has chosen one."""

from __future__ import annotations

from collections.abc import Sequence


def in_chosen_order(household_ids: Sequence[int], chosen: Sequence[int]) -> list[int]:
    """Return the households of a grid in a chosen order; those that it does not name come last, in their own."""
    place_of = {id_: place for place, id_ in enumerate(chosen)}
    return sorted(household_ids, key=lambda id_: place_of.get(id_, len(place_of)))
