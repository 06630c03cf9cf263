"""What may be changed of a stored visit, by operations with ids of their own; nothing else of it ever changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

from gridplan.contact.visits import State, Visit

AmendmentKind = Literal["outcome", "channel", "day", "household", "withdraw", "dispute", "uphold"]
AMENDMENTS: Final[tuple[AmendmentKind, ...]] = get_args(AmendmentKind)
STATE_AFTER: Final[Mapping[str, State]] = {"withdraw": "withdrawn", "dispute": "disputed", "uphold": "standing"}
"""The state of a visit that was withdrawn, is disputed, or was upheld after it had been disputed."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """One change of one visit."""

    id: str
    visit_id: str
    kind: AmendmentKind
    after: Mapping[str, Any]
    """The fields of the visit as they are to be: none where the kind says it all."""


def amended(visit: Visit, amendment: Amendment) -> Visit:
    """Return a visit as it is after an amendment. One that was withdrawn stays so, whatever comes after."""
    if visit.state == "withdrawn":
        return visit
    if amendment.kind in STATE_AFTER:
        return replace(visit, state=STATE_AFTER[amendment.kind])
    return replace(visit, **amendment.after)
