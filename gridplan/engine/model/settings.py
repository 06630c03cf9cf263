"""The settings of the engine: sizes and number of grids, hamlets, effort, time limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

Effort = Literal["fast", "standard", "best"]
"""How many moves are tried."""
EFFORTS: Final[tuple[Effort, ...]] = ("fast", "standard", "best")
"""From the least to the most; each begins with the answer of the one below."""
AskedEffort = Literal["auto", "fast", "standard", "best"]
"""What may be asked for: an effort, or one by the households of each village."""
HamletRule = Literal["prefer", "hard", "ignore"]
Stop = Callable[[], bool]
"""Called between runs and rounds; returns True once the search has to end with the best answer so far."""


AUTO: Final[tuple[tuple[int, Effort], ...]] = ((1_200, "standard"),)
"""Households up to which a village gets an effort by itself; larger ones get a fast search."""


def effort_of(asked: AskedEffort, households: int) -> Effort:
    """Return the effort that a village of so many households gets, whatever it is cut with, and wherever."""
    if asked != "auto":
        return asked
    return next((effort for most, effort in AUTO if households <= most), "fast")


def never() -> bool:
    """Return False: a search that is not stopped from outside."""
    return False


@dataclass(frozen=True)
class Settings:
    """How a village, or all villages of a town together, are to be cut into grids."""

    least: int = 10
    """Households of a grid at least; where that cannot be, the grids break the bounds least."""
    most: int = 15
    """Households of a grid at most."""
    target: float = 12
    """Households of a grid on average, unless `grids` or `price` says how many grids there are."""
    contiguous: bool = True
    """Whether grids have to be connected; where barriers part a village they are anyway."""
    effort: AskedEffort = "auto"
    """How much is tried: alike for every village, or by the households of each."""
    bound: bool = True
    """Whether to work out how short the walk can be at best."""
    time_limit: float | None = None
    """Seconds that search, bound and proof together may take, instead of an effort; None for none."""
    hamlets: HamletRule = "prefer"
    """Whether hamlets are kept whole where that is worth it, wherever it can be, or never."""
    grids: int | None = None
    """How many grids there are to be, as far as the bounds allow; None for as many as the price or the target makes."""
    price: float | None = None
    """Metres of walk that a grid is to be worth; None for as many grids as the target makes."""

    @property
    def thorough(self) -> bool:
        """Whether a proof is sought that there are no better grids."""
        return self.effort == "best" or self.time_limit is not None
