"""A time limit while it runs out: what is left of it, and how it is shared among what is to be done."""

from __future__ import annotations

import time
from typing import Final, Self

SEARCHING: Final = 0.6
"""The share of the search in all the time, if there is to be a bound; the rest is for the bound and the proof."""


class Deadline:
    """The moment at which something has to be done; it begins to run when it is made."""

    def __init__(self, seconds: float | None) -> None:
        """Make one in so many seconds; None for none."""
        self._until = None if seconds is None else time.monotonic() + seconds

    @property
    def left(self) -> float | None:
        """The seconds left, 0 if there are none any more; None without a limit."""
        return None if self._until is None else max(0.0, self._until - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether there is no time left."""
        return self.left == 0.0

    def share(self, part: float) -> Self:
        """Return the deadline of something that may take this part, 0 to 1, of what is left."""
        left = self.left
        return type(self)(None if left is None else part * left)
