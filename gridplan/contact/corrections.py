"""What may be reported of a household that is not as the lists have it."""

from __future__ import annotations

from typing import Final, Literal, get_args

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
