"""What can be asked of a search, and how much it tries: steps and moves, not seconds, alike on every machine."""

from __future__ import annotations

from typing import Literal, NamedTuple

Effort = Literal["fast", "standard", "best"]
HamletRule = Literal["prefer", "hard", "ignore"]


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
    "fast": Search(0, 20, 1, 0),
    "standard": Search(20, 40, 2, 0),
    "best": Search(400, 60, 8, 6),
}
