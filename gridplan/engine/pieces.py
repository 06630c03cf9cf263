"""In how many pieces a grid lies: its locations, joined where they are neighbours."""

from __future__ import annotations

import numpy as np
from numba import njit

from gridplan.engine.grids import NOBODY, Grids
from gridplan.engine.problem import Places


@njit(cache=True)
def pieces_after(places: Places, grids: Grids, g: int, leaver: int, enterer: int) -> int:
    """Return in how many pieces grid g would lie after an exchange."""
    seen, now = places.seen, places.seen[-1] + 2
    seen[-1] = now
    todo = np.empty(grids.size[g] + 1, np.int64)
    count = 0
    for at in range(grids.size[g] + 1):
        i = grids.member[g, at] if at < grids.size[g] else enterer
        if i != leaver and i != NOBODY and seen[places.of[i]] != now:
            seen[places.of[i]] = now
            todo[count] = places.of[i]
            count += 1
    pieces = 0
    reached = np.empty(count, np.int64)
    for at in range(count):
        if seen[todo[at]] != now:
            continue
        pieces += 1
        seen[todo[at]] = now + 1
        reached[0] = todo[at]
        ahead, behind = 1, 0
        while behind < ahead:
            here = reached[behind]
            behind += 1
            for to in range(places.starts[here], places.starts[here + 1]):
                if seen[places.ends[to]] == now:
                    seen[places.ends[to]] = now + 1
                    reached[ahead] = places.ends[to]
                    ahead += 1
    return pieces
