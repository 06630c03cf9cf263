"""What can be asked of a search, and how much it tries: steps and moves, not seconds, alike on every machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

Effort = Literal["fast", "standard", "best"]
HamletRule = Literal["prefer", "hard", "ignore"]
Stop = Callable[[], bool]
"""Asked between runs and rounds: whether no more is to be tried, and the best answer met is wanted."""


def never() -> bool:
    """Return that nobody wants to stop."""
    return False


class Search(NamedTuple):
    """How much is tried."""

    prices: int
    """Steps towards the prices of points; without any, the search starts from a bisection."""
    moves: int
    """Moves per point and run."""
    runs: int
    """Runs from medoids, in each round if there are any."""
    rounds: int
    """Times that all that was met is recombined; from the second on there are half as many runs from the best, too."""


SEARCHES: dict[Effort, Search] = {
    "fast": Search(0, 60, 1, 0),
    "standard": Search(20, 60, 2, 0),
    "best": Search(400, 60, 8, 6),
}
