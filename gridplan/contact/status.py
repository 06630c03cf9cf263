"""How a household stands on a day: reached, not due yet, due, overdue, or not to be visited at present."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, get_args

from gridplan.contact.calendar import counted_later

StateKind = Literal["no visits wanted", "away", "unoccupied"]
STATE_KINDS: Final[tuple[StateKind, ...]] = get_args(StateKind)
Status = Literal[
    "not started",  # its village has not begun: in no figure
    "own",  # where the member lives who would call
    "no visits wanted",
    "away",
    "unoccupied",
    "waiting",  # never reached, and its turn in the first round has not come
    "current",
    "due",
    "overdue",
]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
Shown = Literal["not started", "in order", "due", "overdue"]
"""What is told of a household above the lead: why it is in order is not."""
BACK_SOON: Final = timedelta(days=7)
"""How long before a household that is away may be back its lead sees it."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often: a contact every so many days, and how many more until a household is overdue."""

    days: int = 28
    grace: int | None = None
    """None: as many as `days`."""

    @property
    def overdue_days(self) -> int:
        """Days after the last contact from which a household is overdue."""
        return self.days + (self.days if self.grace is None else self.grace)


@dataclass(frozen=True, slots=True)
class HouseholdState:
    """A state of a household from its first day until the day on which it has ended; None while that is open."""

    kind: StateKind
    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Return whether it holds on a day."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """What is known of the contact of one household on a day."""

    start: date | None
    """The day from which it is to be visited: when its village started, or later its own first day; None: not known."""
    turn: int = 0
    """Days after the start at which its turn in the first round comes."""
    last: date | None = None
    """Day of the last contact."""
    cadence: Cadence = Cadence()
    states: tuple[HouseholdState, ...] = ()
    """Those that have begun by the day in question."""
    own: bool = False

    def state(self, today: date) -> HouseholdState | None:
        """Return the state that holds on a day: no visits wanted before any other, else the last that began."""
        holding = [state for state in self.states if state.holds(today)]
        return max(holding, key=lambda state: (state.kind == "no visits wanted", state.since), default=None)

    def back_on(self, today: date) -> date | None:
        """Return when it may be back, from a week before."""
        state = self.state(today)
        until = state.until if state is not None and state.kind == "away" else None
        return until if until is not None and today >= until - BACK_SOON else None

    def due_on(self, paused: Collection[date] = frozenset()) -> date:
        """Return the day from which a visit is due: a cadence after the last contact, not before its turn comes.

        Days of pause do not count, and none is due before a state ends.

        Raises
        ------
        ValueError
            It has no start.
        """
        due = [] if self.last is None else [counted_later(self.last, self.cadence.days, paused)]
        if self.last is None or self.last < self._began:
            due.append(counted_later(self._began, self.turn, paused))
        since = self._began if self.last is None else self.last
        due += [state.until for state in self.states if state.until and state.until > since]
        return counted_later(max(due), 0, paused)

    def overdue_on(self, paused: Collection[date] = frozenset()) -> date:
        """Return the day from which it is overdue: the grace after it fell due, not before the first full cadence.

        Raises
        ------
        ValueError
            It has no start.
        """
        overdue = counted_later(self.due_on(paused), self.cadence.overdue_days - self.cadence.days, paused)
        return max(overdue, counted_later(self._began, self.cadence.days, paused))

    @property
    def _began(self) -> date:
        if self.start is None:
            raise ValueError("not started")
        return self.start


def status(record: ContactRecord, today: date, paused: Collection[date] = frozenset()) -> Status:
    """Return how a household stands on a day."""
    if record.start is None or today < record.start:
        return "not started"
    if record.own:
        return "own"
    if state := record.state(today):
        return state.kind
    if today < record.due_on(paused):
        return "waiting" if record.last is None else "current"
    return "due" if today < record.overdue_on(paused) else "overdue"


def shown(of: Status) -> Shown:
    """Return what is told of a status above the lead."""
    return of if of in ("not started", "due", "overdue") else "in order"


def turn(place: int, households: int, cadence: Cadence) -> int:
    """Return how many days after the start the household in a place, from 1, of a grid falls due in the first round."""
    return (place - 1) * cadence.days // households
