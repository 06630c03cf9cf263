"""Needs: what households ask for, and the steps by which each is followed up until it is closed: never by itself.

A need is what its steps make of it: `standing` plays them. A step that was typed by mistake is taken back by a step of
its own; all of them stay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final, Literal, get_args

from gridplan.errors import Conflict, InputRefused

Category = Literal[
    "roads", "water and power", "environment", "house and land", "papers", "farming", "work", "transport", "other"
]
"""What a need is about. None of them tells of health, poverty or a dispute."""
NeedState = Literal["open", "referred", "done", "solved on the spot", "explained", "confirmed"]
StepKind = Literal[
    "raised",
    "solved on the spot",
    "referred",  # to a department, where the household agrees
    "reminded",  # the department, by its slip printed again
    "replied",  # by the department
    "explained",  # turned down, with the reason
    "done",
    "confirmed",  # by the household
    "reopened",
    "changed",  # another owner, deadline or wording
    "taken back",  # the last step, typed by mistake
]
CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)
NEED_STATES: Final[tuple[NeedState, ...]] = get_args(NeedState)
STEPS: Final[tuple[StepKind, ...]] = get_args(StepKind)
CLOSED: Final[frozenset[NeedState]] = frozenset({"solved on the spot", "explained", "confirmed"})
IN_HAND: Final[frozenset[NeedState]] = frozenset({"open", "referred"})
"""What the deadline is for: the others are closed, or done and wait for the household's word."""
DEADLINE: Final = timedelta(days=14)
"""After which a need is overdue, where nobody says another day."""
LONGEST: Final = 120
"""Letters of what is asked for, of a reply and of a reason."""

STATE_AFTER: Final[Mapping[StepKind, NeedState]] = {
    "raised": "open",
    "solved on the spot": "solved on the spot",
    "referred": "referred",
    "explained": "explained",
    "done": "done",
    "confirmed": "confirmed",
    "reopened": "open",
}
"""The state that a step leads to; the others leave it as it is."""
NEXT: Final[Mapping[NeedState, tuple[StepKind, ...]]] = {
    "open": ("solved on the spot", "referred", "done", "explained", "changed"),
    "referred": ("replied", "done", "referred", "reminded", "explained", "changed"),
    "done": ("confirmed", "reopened", "changed"),
    "solved on the spot": ("reopened", "changed"),
    "explained": ("reopened", "changed"),
    "confirmed": ("reopened", "changed"),
}
"""The steps that may follow in a state, besides that the last one is taken back."""
ASKED: Final[Mapping[StepKind, tuple[str, ...]]] = {
    "referred": ("department", "deadline", "contact_person", "agreed"),
    "replied": ("reply",),
    "explained": ("reason",),
    "reopened": ("deadline",),
    "taken back": ("step",),
}
"""What has to be known of a step besides its day."""
BY_HOUSEHOLD: Final[tuple[StepKind, ...]] = ("confirmed", "reopened")
"""What the household says: its lead, deputies and covers may enter it too."""
STAYS: Final[frozenset[StepKind]] = frozenset({"raised", "reminded", "changed", "taken back"})
"""Steps that cannot be taken back: what is typed wrong in them is changed."""


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody did about a need on a day."""

    id: str
    kind: StepKind
    day: date
    content: Mapping[str, Any] = field(default_factory=dict)
    """Department, deadline (as text), reply or reason, as the kind has them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the steps of a need have made of it."""

    state: NeedState = "open"
    owner_id: int | None = None
    deadline: date | None = None
    department: str | None = None
    contact_person: str | None = None
    closed_day: date | None = None


def standing(steps: Iterable[Step]) -> Standing:
    """Return what steps make of a need, in their order; those that were taken back count no more."""
    found = Standing()
    for step in standing_steps(steps):
        found = _after(found, step)
    return found


def standing_steps(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return the steps that were not taken back, nor take others back."""
    every = tuple(steps)
    gone = {step.content["step"] for step in every if step.kind == "taken back"}
    return tuple(step for step in every if step.kind != "taken back" and step.id not in gone)


def _after(before: Standing, step: Step) -> Standing:
    found = before
    if step.kind in STATE_AFTER:
        state = STATE_AFTER[step.kind]
        found = replace(found, state=state, closed_day=step.day if state in CLOSED else None)
    if step.kind == "reopened":
        found = replace(found, department=None, contact_person=None)
    for name in ("owner_id", "department", "contact_person"):
        if name in step.content:
            found = replace(found, **{name: step.content[name]})
    if "deadline" in step.content:
        found = replace(found, deadline=date.fromisoformat(step.content["deadline"]))
    return found


def last_to_take_back(steps: Iterable[Step]) -> Step | None:
    """Return the step that can be taken back: the last that stands of those that can."""
    return next((step for step in reversed(standing_steps(steps)) if step.kind not in STAYS), None)


def reminders(steps: Iterable[Step]) -> int:
    """Return how often the department was reminded since the need was last referred."""
    n = 0
    for step in standing_steps(steps):
        n = 0 if step.kind == "referred" else n + (step.kind == "reminded")
    return n


def check_step(steps: Sequence[Step], step: Step, *, today: date) -> None:
    """Check that a step may follow on others.

    Raises
    ------
    Conflict
        The need is in a state in which it may not, or another step is the last by now.
    InputRefused
        What has to be known of it is missing, or its day is before the need was raised or to come.
    """
    state = standing(steps).state
    if step.kind == "taken back":
        last = last_to_take_back(steps)
        if last is None or last.id != step.content.get("step"):
            raise Conflict("need.not_last")
    elif step.kind not in NEXT[state]:
        raise Conflict("need.not_now")
    if any(not step.content.get(name) for name in ASKED.get(step.kind, ())):
        raise InputRefused("need.not_complete")
    if not steps[0].day <= step.day <= today:
        raise InputRefused("need.bad_day", first=steps[0].day.isoformat(), last=today.isoformat())


def is_overdue(state: NeedState, deadline: date | None, day: date) -> bool:
    """Return whether a need is still in hand on a day after its deadline."""
    return state in IN_HAND and deadline is not None and deadline < day


# ---- figures


@dataclass(frozen=True, slots=True)
class NeedCounts:
    """How many needs were raised, and what became of them: counts by where each stands now."""

    on_the_spot: int = 0
    """Solved on the spot."""
    referred: int = 0
    """Of the others, those a department has or had."""
    in_town: int = 0
    """The rest, which the town followed up itself."""
    explained: int = 0
    confirmed: int = 0
    waiting: int = 0
    """Done, and the household has not said so yet."""
    overdue: int = 0

    @property
    def raised(self) -> int:
        """All of them: `on_the_spot + referred + in_town`, as 242 = 163 + 79 + 0."""
        return self.on_the_spot + self.referred + self.in_town

    @property
    def resolved(self) -> int:
        """Those that are closed: `on_the_spot + explained + confirmed`."""
        return self.on_the_spot + self.explained + self.confirmed

    @property
    def open(self) -> int:
        """Those that are not, done ones among them that wait: `raised - resolved`, as 7 = 148 - 141."""
        return self.raised - self.resolved

    @property
    def answerable(self) -> int:
        """Those that were not explained, of which the closed-loop rate is: `raised - explained`."""
        return self.raised - self.explained

    @property
    def looped(self) -> int:
        """Those of which the household knows that they are solved: `on_the_spot + confirmed`."""
        return self.on_the_spot + self.confirmed

    @property
    def closed_loop_rate(self) -> float | None:
        """The share `(on_the_spot + confirmed) / (raised - explained)`; None where there is nothing to divide."""
        return self.looped / self.answerable if self.answerable else None


def need_counts(needs: Iterable[Standing], day: date) -> NeedCounts:
    """Return how many needs there are and what became of them, overdue as of a day."""
    every = tuple(needs)
    states = [one.state for one in every]
    others = [one for one in every if one.state != "solved on the spot"]
    referred = sum(one.department is not None for one in others)
    return NeedCounts(
        on_the_spot=states.count("solved on the spot"),
        referred=referred,
        in_town=len(others) - referred,
        explained=states.count("explained"),
        confirmed=states.count("confirmed"),
        waiting=states.count("done"),
        overdue=sum(is_overdue(one.state, one.deadline, day) for one in every),
    )


def together(counts: Collection[NeedCounts]) -> NeedCounts:
    """Return the sums of counts, as a town's are of its villages."""
    return NeedCounts(*(sum(getattr(one, name) for one in counts) for name in NeedCounts.__slots__))
