"""What a plan must keep, and what a planner may choose where it cannot."""

from __future__ import annotations

from gridplan.engine.cluster import feasible_grids
from gridplan.model import PlanException, SizeBounds
from gridplan.words import Message


def size_exception(village: str, households: int, bounds: SizeBounds, nearest: str | None) -> PlanException | None:
    """Return the exception of a village whose households cannot be cut into grids within the bounds, else None.

    `nearest` is the village whose grid the households could join.
    """
    if feasible_grids(households, bounds.least, bounds.most):
        return None
    options = [Message("exception.accept")]
    if nearest is not None:
        options.append(Message("exception.join", {"village": nearest}))
    options.append(Message("exception.leave_out"))
    reason = Message(
        "exception.size", {"n": households, "village": village, "least": bounds.least, "most": bounds.most}
    )
    return PlanException(village, households, reason, tuple(options))
