"""Who may have which material: the widest profile of a role, its villages, and what has to be said for more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from gridplan.errors import InputRefused, NotAllowed, NotFound
from gridplan.profiles import NEEDS_REASON, PROFILES, SHOWN, Profile
from gridplan.roles import Actor, Power
from gridplan.service.meeting.forms import WIDEST
from gridplan.store import Who
from gridplan.store.access import scope
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import drafts
from gridplan.words import Message


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for material: an account, or the command line, which may have all of it."""

    actor: Actor | None

    @property
    def who(self) -> Who:
        """Who it is, for the audit."""
        return COMMAND_LINE if self.actor is None else Who(self.actor.account_id, self.actor.role)

    def may(self, power: Power) -> bool:
        """Return whether a power comes with it."""
        return self.actor is None or self.actor.may(power)

    @property
    def widest(self) -> Profile | None:
        """The widest profile that it may have; None: no material at all."""
        return next((profile for power, profile in WIDEST.items() if self.may(power)), None)


def profiles_of(asking: Asking) -> tuple[Profile, ...]:
    """Return the profiles that somebody may ask for, the least first."""
    widest = asking.widest
    return () if widest is None else PROFILES[: PROFILES.index(widest) + 1]


def check_profile(asking: Asking, profile: Profile, reason: str) -> None:
    """Refuse a profile that a role may not have, or one that is wider than the least without a reason.

    Raises
    ------
    NotAllowed
        The profile is wider than that of the role.
    InputRefused
        No reason is given.
    """
    if profile not in profiles_of(asking):
        widest = asking.widest or PROFILES[0]
        raise NotAllowed("pack.too_wide", profile=Message(f"profile.{profile}"), widest=Message(f"profile.{widest}"))
    if profile in NEEDS_REASON and not reason.strip():
        raise InputRefused("pack.no_reason", profile=Message(f"profile.{profile}"))


def check_imagery(profile: Profile, *, with_imagery: bool) -> None:
    """Refuse pictures of the ground where not everything is shown: they tell where it lies, and every house.

    Raises
    ------
    InputRefused
        They are asked for at another profile.
    """
    if with_imagery and not SHOWN[profile].everything:
        raise InputRefused("pack.imagery_too_wide")


def check_draft(connection: Connection, asking: Asking, draft_id: int) -> None:
    """Refuse a draft to who does not plan in all of its villages.

    Raises
    ------
    NotFound
        It is deleted, out of the scope, or the role sees no drafts: all look the same.
    """
    drafts.by_id(connection, draft_id)
    inside = scope.of_draft(connection, draft_id)
    if not asking.may("plan") or (asking.actor is not None and not asking.actor.reaches(inside)):
        raise NotFound("entrance.not_here")


def check_grids(numbers: Collection[int], there: Collection[int]) -> None:
    """Refuse numbers of grids that a village has not.

    Raises
    ------
    InputRefused
        The first of them is named.
    """
    if unknown := sorted({*numbers}.difference(there)):
        raise InputRefused("record.no_such_grid", grid=unknown[0])
