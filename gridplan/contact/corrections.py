"""What may be reported of a household that is not as the lists have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

CorrectionKind = Literal[
    "gone away",
    "new house",
    "wrong spot",
    "wrong number",
    "another head",
    "two are one",
    "one is two",
    "came back",
    "not of this village",
]
CORRECTIONS: Final[tuple[CorrectionKind, ...]] = get_args(CorrectionKind)
FIELDS: Final[Mapping[CorrectionKind, tuple[str, ...]]] = {
    "gone away": (),
    "new house": ("name", "door", "hamlet", "lon", "lat"),
    "wrong spot": ("lon", "lat"),
    "wrong number": ("door",),
    "another head": ("name",),
    "two are one": ("other",),
    "one is two": ("name", "door"),
    "came back": (),
    "not of this village": ("village",),
}
"""What is to be known of each: of the household as it is, of the new one, the other one, or the village it is of."""
ONE_OF: Final[Mapping[CorrectionKind, tuple[str, ...]]] = {
    "new house": ("name", "door"),
    "one is two": ("name", "door"),
}
"""Fields of which one will do; of any other kind all have to be known."""
FROM_DESK: Final[frozenset[CorrectionKind]] = frozenset({"wrong spot", "not of this village"})
"""What may be reported by whoever does not know more: who answers finds out the spot, or the village."""


def is_complete(kind: CorrectionKind, content: Mapping[str, Any]) -> bool:
    """Return whether enough is known to change the household as it was reported."""
    if kind in ONE_OF:
        return any(content.get(field) for field in ONE_OF[kind])
    return all(content.get(field) is not None for field in FIELDS[kind])
