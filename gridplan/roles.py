"""Who may do what, and where: six roles, what each may do, and the villages that it holds for.

The administrator looks after the service and reads every village. A planner, clerk, supervisor or viewer has
villages of their own; a member has the own grids. A viewer sees figures and the packs made for meetings, no map and no
name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

Role = Literal["administrator", "planner", "clerk", "supervisor", "member", "viewer"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
OF_TOWN: Final[frozenset[Role]] = frozenset({"administrator"})
"""The roles that hold for all villages."""
OF_VILLAGES: Final[frozenset[Role]] = frozenset({"planner", "clerk", "supervisor", "viewer"})
"""The roles that hold for villages given to the account."""

Power = Literal[
    "be here",  # see the own first page, switch the language, leave
    "see figures",  # of the town, villages, party groups and grids by number: counts, no name
    "see coverage",  # villages and grids with counts and leads, no household
    "see due households",
    "see households",  # names, doors and places of households and members
    "see own grids",
    "log own visits",  # as lead, deputy or cover, and correct them
    "edit lists",  # import, add, change, retire, place
    "keep record",  # print and type in tick sheets, enter visits that were told, ledgers, states of households
    "plan",  # drafts, publishing
    "issue cards",
    "see packs",
    "make packs",
    "oversee",  # read the settings, and the audit of the own villages
    "administer",  # change settings and accounts
    "see all imports",  # those of other planners too
    "see all jobs",
]
_PLANNER: Final[frozenset[Power]] = frozenset(
    {
        "be here",
        "see figures",
        "see coverage",
        "see due households",
        "see households",
        "edit lists",
        "keep record",
        "plan",
        "issue cards",
        "see packs",
        "make packs",
        "oversee",
    }
)
POWERS: Final[Mapping[Role, frozenset[Power]]] = {
    "administrator": _PLANNER | {"administer", "see all imports", "see all jobs"},
    "planner": _PLANNER,
    "clerk": _PLANNER - {"edit lists", "plan", "oversee"},
    "supervisor": frozenset({"be here", "see figures", "see coverage", "see packs", "make packs"}),
    "member": frozenset({"be here", "see own grids", "log own visits"}),
    "viewer": frozenset({"be here", "see figures", "see packs"}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who is signed in."""

    account_id: int
    name: str
    role: Role
    scope: frozenset[int] | None
    """Ids of the villages the role holds for; None for all of them."""
    member_id: int | None = None

    def may(self, power: Power) -> bool:
        """Return whether the role has a power at all."""
        return power in POWERS[self.role]

    def reaches(self, villages: Collection[int]) -> bool:
        """Return whether all these villages are within the scope."""
        return self.scope is None or self.scope.issuperset(villages)
