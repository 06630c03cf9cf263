"""Needs: what households ask for, and the steps by which each is followed up until it is closed: never by itself."""

from __future__ import annotations

from typing import Final, Literal, get_args

Category = Literal[
    "roads", "water and power", "environment", "house and land", "papers", "farming", "work", "transport", "other"
]
"""What a need is about. None of them tells of health, poverty or a dispute."""
NeedState = Literal["open", "referred", "done", "solved on the spot", "explained", "confirmed"]
StepKind = Literal[
    "raised",
    "solved on the spot",
    "referred",  # to a department, where the household agrees
    "replied",  # by the department
    "explained",  # turned down, with the reason
    "done",
    "confirmed",  # by the household
    "reopened",
    "changed",  # another owner, deadline or wording
]
CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)
NEED_STATES: Final[tuple[NeedState, ...]] = get_args(NeedState)
STEPS: Final[tuple[StepKind, ...]] = get_args(StepKind)
CLOSED: Final[frozenset[NeedState]] = frozenset({"solved on the spot", "explained", "confirmed"})
