"""In how many pieces a grid lies: its locations, joined where they are neighbours."""

from __future__ import annotations

from gridplan.engine.model.grids import NOBODY, Grids
from gridplan.engine.model.kernels import inlined
from gridplan.engine.model.problem import Places


@inlined
def pieces_after(places: Places, grids: Grids, g: int, leaver: int, enterer: int) -> int:
    """Return in how many pieces grid g would lie after an exchange."""
    seen, now, size = places.seen, places.seen[-1] + 2, grids.size[g]
    seen[-1] = now
    waiting = 0
    for at in range(size + 1):
        i = grids.member[g, at] if at < size else enterer
        if i != leaver and i != NOBODY and seen[places.of[i]] != now:
            seen[places.of[i]] = now
            waiting += 1
    pieces, ahead = 0, 0
    for at in range(size + 1):
        i = grids.member[g, at] if at < size else enterer
        if i == NOBODY or seen[places.of[i]] != now:
            continue
        pieces += 1
        seen[places.of[i]] = now + 1
        places.queue[ahead] = places.of[i]
        behind, ahead = ahead, ahead + 1
        while behind < ahead < waiting:
            here = places.queue[behind]
            behind += 1
            for to in range(places.starts[here], places.starts[here + 1]):
                if seen[places.ends[to]] == now:
                    seen[places.ends[to]] = now + 1
                    places.queue[ahead] = places.ends[to]
                    ahead += 1
    return pieces
