"""Grids of a draft repaired around what is locked, one more or fewer, split, merged, handed over: proposals.

A proposal says which households move where, and its price. Of all that may be done it is the one with the fewest broken
rules, then with the fewest households that change grid, then the fewest leads that change, then the least walk. Where
a village has no positions, the places in its roster stand for the walk, and every grid is connected.

The chosen grids change first, and only if that is not enough those beside them. A new grid keeps the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gridplan import metrics
from gridplan.edits import ProposalKind
from gridplan.engine.model.problem import Problem, plane_problem
from gridplan.engine.model.proximity import Ints, Locations
from gridplan.engine.roster import roster_places
from gridplan.engine.search.fewest_moves import IN_NONE, Leeway, Standing, fewest_moves, within_reach
from gridplan.engine.search.halves import halves
from gridplan.engine.solve import Terrain
from gridplan.model import PlannedVillage
from gridplan.planning.redraw import grid_places
from gridplan.words import Message, runs, series

MOST_NEW: Final = 2
"""Grids that mending makes at most."""
MOST_CENTRES: Final = 3
"""Households around which one more grid is tried."""
MOST_PLACES: Final = 2
"""Where one grid more or fewer is tried in a village, unless it is said where."""
NEAR_NEW: Final = 3
"""Times the most households of a grid: as many, of those nearest to where a new one is tried, may come into it."""
MOST_NAMED: Final = 5
"""Locks that a sentence names."""

Flags = NDArray[np.bool_]
Label = Ints | None


@dataclass(frozen=True, slots=True)
class Price:
    """What a proposal costs."""

    broken_before: int
    """Rules of size and connectedness that grids break, and households in no grid."""
    broken_after: int
    changed: int
    """Households that leave a grid for another."""
    placed: int
    """Households that are in no grid and get one."""
    leads: int
    """Leads whose grid is given up, and new grids, which have none yet."""
    walk_before: float | None
    """Metres; None where the village is not drawn."""
    walk_after: float | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that is previewed: the grid each household moves to, below 0 for new ones, the price, and what to say.

    Without moves `said` is why there are none.
    """

    moves: Mapping[str, int]
    price: Price
    said: Message
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True)
class DraftGrids:
    """The grids of a village while they are redrawn: who leads, what is locked."""

    village: PlannedVillage
    led: Set[int] = frozenset()
    """The grids that have a lead."""
    locked_grids: Set[int] = frozenset()
    """Nobody leaves them or comes into them."""
    locked_households: Set[str] = frozenset()
    terrain: Terrain | None = None
    """Of the households of the plan, in its order; None where nothing is drawn."""

    @cached_property
    def numbers(self) -> list[int]:
        """The numbers of the grids, ascending."""
        return list(self.village.plan.grids)

    @cached_property
    def label(self) -> Ints:
        """The grid (n,) of each household, by its place among the numbers."""
        return grid_places(self.village.plan.households, self.village.plan.grid_of)

    @cached_property
    def problem(self) -> Problem:
        """The village as the engine sees it."""
        bounds, whole = self.village.bounds, self._whole
        scratch = {"seen": whole.places.seen.copy(), "queue": whole.places.queue.copy()}
        plan, absent = self.village.plan, self.village.plan.absent if bounds.counts == "living" else None
        counts = np.array([home.household_id not in (absent or ()) for home in plan.households], np.float64)
        places = whole.places._replace(**scratch)
        return whole._replace(load=counts, least=float(bounds.least), most=float(bounds.most), places=places)

    @cached_property
    def _whole(self) -> Problem:
        if self.terrain is not None:
            return self.terrain.problem
        homes = self.village.plan.households
        hamlets, doors = [home.hamlet for home in homes], [home.door for home in homes]
        along = roster_places(hamlets, doors, metrics.places_in_metres(homes))
        return plane_problem(Locations.distinct(np.column_stack([along, 0 * along])), None, least=0, most=np.inf)

    @cached_property
    def edges(self) -> Ints:
        """The pairs (e, 2) of locations that are beside each other, both ways, and each with itself."""
        places = self.problem.places
        own = np.repeat(np.arange(len(places.near))[:, None], 2, axis=1)
        if self.is_drawn:
            starts = np.repeat(np.arange(len(places.near)), np.diff(places.starts))
            return np.vstack([own, np.column_stack([starts, places.ends])])
        edges = np.column_stack([np.arange(len(own) - 1), np.arange(1, len(own))])
        return np.vstack([own, edges, edges[:, ::-1]])

    @property
    def is_drawn(self) -> bool:
        """Whether the village has positions."""
        return self.terrain is not None

    @cached_property
    def reach(self) -> Flags:
        """The grids (n, k) that each household might move to."""
        return within_reach(self.problem, self.label, len(self.numbers))

    @cached_property
    def open_grids(self) -> Set[int]:
        """The places among the numbers of the grids that are not locked."""
        return {at for at, number in enumerate(self.numbers) if number not in self.locked_grids}

    @cached_property
    def movable(self) -> Flags:
        """The households (n,) that are not locked, nor is their grid."""
        homes = [home.household_id not in self.locked_households for home in self.village.plan.households]
        locked = [at for at, number in enumerate(self.numbers) if number in self.locked_grids]
        return np.array(homes, np.bool_) & ~np.isin(self.label, locked)

    def beside(self, grids: Set[int]) -> Set[int]:
        """Return the open grids beside some, by their places; not these."""
        places, label = self.problem.places, self.label
        at = np.full((len(places.near), len(self.numbers)), 0, np.bool_)
        inside = np.flatnonzero(label != IN_NONE)
        at[places.of[inside], label[inside]] = True
        here = at[self.edges[:, 0]][:, sorted(grids)].any(axis=1)
        there = at[self.edges[here, 1]].any(axis=0)
        return (set(np.flatnonzero(there).tolist()) & self.open_grids) - grids

    def leeway(
        self,
        grids: Set[int],
        free: Flags,
        centres: Sequence[int] = (),
        *,
        counted: Collection[int] | None = None,
        count: int = 0,
        within: bool = False,
    ) -> Leeway:
        """Return the leeway to move free households (n,) among grids and into new ones around some households.

        Of the `counted` grids, if any are, exactly `count` have households.
        """
        k, label = len(self.numbers), self.label
        may = np.zeros((len(label), k + len(centres)), np.bool_)
        open_ = np.isin(np.arange(k), sorted(grids))
        free = free & self.movable & (np.append(open_, True)[label])
        may[:, :k] = self.reach & open_ & free[:, None]
        inside = np.flatnonzero(label != IN_NONE)
        may[inside, label[inside]] = True
        for new, around in enumerate(centres, start=k):
            may[self._nearest(around, free, NEAR_NEW * self.village.bounds.most), new] = True
        among = None if counted is None else np.isin(np.arange(may.shape[1]), sorted(counted))
        led = np.array([number in self.led for number in self.numbers] + [False] * len(centres), np.bool_)
        centre = np.array([0] * k + list(centres), np.int64)
        return Leeway(self.problem, label, may, led, centre, among, count, within)

    def _nearest(self, centre: int, free: Flags, most: int) -> Ints:
        there = np.flatnonzero(free)
        order = np.argsort(self._metres(centre, there), kind="stable")
        return there[order[:most]]

    def _metres(self, one: int, others: Ints) -> NDArray[np.float64]:
        xy = self.problem.space.xy
        return np.asarray(np.linalg.norm(xy[others] - xy[one], axis=1), float)

    @cached_property
    def as_it_is(self) -> Leeway:
        """The leeway to change nothing."""
        return self.leeway(frozenset(), np.zeros(len(self.label), np.bool_), [0] * max(MOST_NEW, len(self.numbers)))

    def standing(self, label: Ints) -> Standing:
        """Return what other grids (n,) come to."""
        return self.as_it_is.standing(label)

    def broken(self, label: Ints) -> Ints:
        """Return how many rules each grid breaks; new ones last."""
        return self.as_it_is.broken(label)

    def centres(self, among: Ints, count: int) -> list[int]:
        """Return households around which new grids are tried: amid many of some, then far from the first."""
        if not len(among):
            return []
        near = min(len(among), self.village.bounds.least)
        apart = np.array([np.sort(self._metres(i, among))[:near].sum() for i in among])
        chosen = [int(among[apart.argmin()])]
        while len(chosen) < min(count, len(among)):
            away = np.min([self._metres(one, among) for one in chosen], axis=0)
            chosen.append(int(among[away.argmax()]))
        return chosen


def propose(
    draft: DraftGrids, kind: ProposalKind, grids: Collection[int] = (), households: Collection[str] = ()
) -> Proposal:
    """Return a proposal for grids, by their numbers, or for households.

    Parameters
    ----------
    grids
        The grids to mend, to make one more or one fewer of, to split, to merge with each other or, if it is one, with
        the best neighbour, or to dissolve. Without any, all of the village is mended, or gets one more or one fewer.
    households
        Those that go into the nearest grid with room.
    """
    if not draft.village.plan.households:
        return Proposal({}, Price(0, 0, 0, 0, 0, None, None), Message("proposal.no_grids"))
    found, notes = _found(draft, kind, grids, households)
    if isinstance(found, Message):
        price, moves = _price(draft, draft.label), {}
        said = found
    else:
        price, moves = _price(draft, found), _moves(draft, found)
        said = _said(draft, found, price) if moves else Message(_without_moves(draft, kind, grids))
        notes = [*notes, *_side_notes(draft, kind, found, grids, households)] if moves or kind != "loose" else notes
    is_locked = bool(draft.locked_grids or draft.locked_households) and said.code != "proposal.grid_locked"
    if is_locked and (isinstance(found, Message) or price.broken_after):
        notes = [*notes, *_locks_in_the_way(draft, kind, grids, households, price, failed=isinstance(found, Message))]
    return Proposal(moves, price, said, tuple(notes))


def _found(
    draft: DraftGrids, kind: ProposalKind, grids: Collection[int], households: Collection[str]
) -> tuple[Ints | Message, list[Message]]:
    if not draft.numbers and kind not in ("mend", "loose"):
        return Message("proposal.no_grids"), []
    chosen = {draft.numbers.index(number) for number in grids}
    notes = [Message("proposal.grid_locked", {"grid": number}) for number in sorted(draft.locked_grids & {*grids})]
    open_ = chosen & draft.open_grids
    if kind == "nearest":
        return _into_nearest(draft, households) if households else Message("proposal.choose_households"), []
    if grids and (not open_ or (open_ != chosen and kind in ("split", "merge", "dissolve"))):
        return notes[0], []
    if kind == "mend":
        return _mended(draft, open_ if grids else None), notes
    if kind == "loose":
        return _with_new(draft, draft.open_grids, draft.label == IN_NONE, within=True), []
    if grids:
        return OTHERS[kind](draft, open_), notes
    if kind not in ("more", "fewer"):
        return Message("proposal.choose_grids"), []
    found = [OTHERS[kind](draft, {at}) for at in _likely(draft, kind)]
    good = [one for one in found if not isinstance(one, Message)]
    return (min(good, key=draft.standing) if good else found[0]) if found else Message("proposal.all_locked"), []


def _likely(draft: DraftGrids, kind: ProposalKind) -> list[int]:
    """Return the grids, of all open ones, beside which one more is likely to do most good, or one fewer least harm."""
    size = np.bincount(draft.label[draft.label != IN_NONE], minlength=len(draft.numbers))
    order = np.argsort(-size if kind == "more" else size, kind="stable").tolist()
    return [at for at in order if at in draft.open_grids][:MOST_PLACES]


# ---- mending


def _mended(draft: DraftGrids, chosen: Set[int] | None) -> Ints:
    """Return grids with those chosen mended, or all that can be; those beside them change only if that is needed."""
    everybody = np.ones(len(draft.label), np.bool_)
    if chosen is None:
        return _with_new(draft, draft.open_grids, everybody)
    at = sorted(chosen)
    best = draft.label
    for grids in (chosen, chosen | draft.beside(chosen)):
        found = _with_new(draft, grids, everybody)
        if draft.standing(found)[0] < draft.standing(best)[0] or not draft.broken(best)[at].any():
            best = min(best, found, key=draft.standing)
        if not draft.broken(best)[at].any():
            break
    return best


def _with_new(draft: DraftGrids, grids: Set[int], free: Flags, *, within: bool = False) -> Ints:
    """Return the best grids, new ones among them where these make it better."""
    best = _least(fewest_moves(draft.leeway(grids, free, within=within)), draft.label, draft)
    free = free & draft.movable & np.isin(draft.label, [IN_NONE, *grids])
    least, standing = draft.village.bounds.least, draft.standing(best)
    trouble = free & ((best == IN_NONE) | (draft.broken(best) > 0)[best] | (draft.broken(draft.label) > 0)[draft.label])
    is_mended = not (trouble & ((best == IN_NONE) | (draft.broken(best) > 0)[best])).any()
    counted = int(draft.problem.load[free].sum())
    if (is_mended and standing.moved <= least) or counted < least:
        return best
    count = min(MOST_NEW, counted // max(least, 1))
    centres = draft.centres(np.flatnonzero(trouble), count)
    return _least(fewest_moves(draft.leeway(grids, free, centres, within=within)), best, draft)


def _least(found: Label, known: Ints, draft: DraftGrids) -> Ints:
    return known if found is None else min(known, found, key=draft.standing)


# ---- one grid more, one fewer


def _one_more(draft: DraftGrids, chosen: Set[int]) -> Ints | Message:
    everybody = np.ones(len(draft.label), np.bool_)
    k = len(draft.numbers)

    def with_one_more(grids: Set[int]) -> Iterable[Label]:
        free = np.flatnonzero(draft.movable & np.isin(draft.label, sorted(grids)))
        for centre in draft.centres(free, MOST_CENTRES):
            yield fewest_moves(draft.leeway(grids, everybody, [centre], counted={*grids, k}, count=len(grids) + 1))

    found = _widening(draft, chosen, with_one_more)
    if found is not None:
        return found
    n = int(np.isin(draft.label, sorted(chosen | draft.beside(chosen))).sum())
    return Message("proposal.no_more", {"n": n, "least": draft.village.bounds.least})


def _one_fewer(draft: DraftGrids, chosen: Set[int]) -> Ints | Message:
    everybody = np.ones(len(draft.label), np.bool_)

    def with_one_fewer(grids: Set[int]) -> Iterable[Label]:
        if len(grids) > 1:
            yield fewest_moves(draft.leeway(grids, everybody, counted=grids, count=len(grids) - 1))

    found = _widening(draft, chosen, with_one_fewer)
    return Message("proposal.no_fewer") if found is None else found


def _widening(draft: DraftGrids, chosen: Set[int], tries: Callable[[Set[int]], Iterable[Label]]) -> Label:
    """Return the best grids of the chosen ones, and only if that breaks rules of those around them, too."""
    best: Label = None
    grids, whole = chosen, draft.standing(draft.label).broken
    for _ in range(3):
        for found in tries(grids):
            if found is not None:
                best = found if best is None else _least(found, best, draft)
        if best is not None and draft.standing(best).broken <= whole:
            break
        grids = grids | draft.beside(grids)
    return best


# ---- households that are chosen


def _into_nearest(draft: DraftGrids, households: Collection[str]) -> Ints | Message:
    """Return grids with households in the nearest other ones that have room for them; the others stay."""
    ids = [home.household_id for home in draft.village.plan.households]
    free = np.isin(ids, sorted(households)) & draft.movable
    chosen = np.flatnonzero(free)
    if not len(chosen):
        return Message("proposal.households_locked")
    label, k = draft.label.copy(), len(draft.numbers)
    label[chosen] = IN_NONE
    inside = np.flatnonzero(label != IN_NONE)
    sizes = np.bincount(label[inside], draft.problem.load[inside], minlength=k)
    has_room = (sizes < draft.village.bounds.most) & np.isin(np.arange(k), sorted(draft.open_grids))
    still = draft.leeway(frozenset(), np.zeros(len(label), np.bool_))
    may = still.may.copy()
    may[chosen] = has_room & (np.arange(k) != draft.label[chosen][:, None])
    nearby = replace(still, problem=draft.problem._replace(least=0.0), label=label, may=may, within=True)
    found = fewest_moves(nearby)
    if found is None or (found[chosen] == IN_NONE).all():
        return Message("proposal.no_room", {"n": len(chosen)})
    return np.where(found == IN_NONE, draft.label, found)


# ---- split, merged, dissolved


def _split(draft: DraftGrids, chosen: Set[int]) -> Ints | Message:
    found, new = draft.label.copy(), len(draft.numbers)
    for new, grid in enumerate(sorted(chosen), start=len(draft.numbers)):
        inside = np.flatnonzero(draft.label == grid)
        leaves = halves(draft.problem, inside, ~draft.movable[inside])
        if leaves is None:
            return Message("proposal.no_halves", {"grid": draft.numbers[grid], "n": len(inside)})
        if 2 * leaves.sum() > len(inside) and draft.movable[inside].all():
            leaves = ~leaves
        found[inside[leaves]] = new
    return found


def _merged(draft: DraftGrids, chosen: Set[int]) -> Ints | Message:
    """Return grids with the chosen ones as one, or a single one and its best neighbour."""
    together = [chosen] if len(chosen) > 1 else [chosen | {other} for other in sorted(draft.beside(chosen))]
    tries = []
    for grids in together:
        for into in sorted(grids):
            leave = np.isin(draft.label, sorted(grids - {into}))
            if draft.movable[leave].all():
                tries.append(np.where(leave, into, draft.label))
    if not tries:
        return Message("proposal.no_neighbour" if len(chosen) == 1 else "proposal.households_locked")
    return min(tries, key=draft.standing)


def _dissolved(draft: DraftGrids, chosen: Set[int]) -> Ints | Message:
    free = np.isin(draft.label, sorted(chosen))
    beside = draft.beside(chosen)
    found = fewest_moves(draft.leeway(chosen | beside, free, counted=chosen, count=0, within=True))
    if found is not None:
        return found
    room = sum(
        max(draft.village.bounds.most - int(draft.problem.load[draft.label == other].sum()), 0)
        for other in sorted(beside)
    )
    return Message("proposal.no_room_beside", {"n": int(free.sum()), "room": room})


OTHERS: Final[Mapping[ProposalKind, Callable[[DraftGrids, Set[int]], Ints | Message]]] = {
    "more": _one_more,
    "fewer": _one_fewer,
    "split": _split,
    "merge": _merged,
    "dissolve": _dissolved,
}


# ---- the price, and what is said of it


def _price(draft: DraftGrids, label: Ints) -> Price:
    before, after = draft.standing(draft.label), draft.standing(label)
    placed = int(np.count_nonzero((draft.label == IN_NONE) & (label != IN_NONE)))
    walks = (before.walk, after.walk) if draft.is_drawn else (None, None)
    return Price(before.broken, after.broken, after.moved - placed, placed, after.leads, *walks)


def _moves(draft: DraftGrids, label: Ints) -> dict[str, int]:
    """Return the grid of each household that moves: new ones are -1, -2 ..."""
    k, homes = len(draft.numbers), draft.village.plan.households
    new = {int(at): -1 - place for place, at in enumerate(np.unique(label[label >= k]))}
    return {
        homes[i].household_id: new.get(int(label[i])) or draft.numbers[label[i]]
        for i in np.flatnonzero(label != draft.label).tolist()
    }


def _said(draft: DraftGrids, label: Ints, price: Price) -> Message:
    """Return a sentence of what a proposal does and costs."""
    k = len(draft.numbers)
    repaired, new = price.broken_before - price.broken_after, len(np.unique(label[label >= k]))
    counts = {
        "proposal.repairs": repaired,
        "proposal.breaks": -repaired,
        "proposal.as_broken": repaired == 0,
        "proposal.new": new,
        "proposal.gone": len({*draft.label.tolist()} - {*label.tolist(), IN_NONE}),
        "proposal.changed": price.changed,
        "proposal.placed": price.placed,
        "proposal.leads": price.leads - new,
        "proposal.new_leads": new,
    }
    parts = [Message(code, {"n": n}) for code, n in counts.items() if n > 0]
    if price.walk_before is not None and price.walk_after is not None:
        parts.append(Message("proposal.walk", {"metres": f"{price.walk_after - price.walk_before:+,.0f}"}))
    both = reduce(lambda one, other: Message("proposal.and", {"one": one, "other": other}), parts)
    return Message("proposal.said", {"parts": both})


def _without_moves(draft: DraftGrids, kind: ProposalKind, grids: Collection[int]) -> str:
    """Return the code of why nobody moves."""
    is_whole = not _left_broken(draft, draft.label, grids) or (kind == "loose" and (draft.label != IN_NONE).all())
    return "proposal.nothing" if is_whole else "proposal.cannot"


def _left_broken(draft: DraftGrids, label: Ints, grids: Collection[int]) -> int:
    """Return how many rules are broken in grids, or without any in the village."""
    if not grids:
        return draft.standing(label).broken
    return int(draft.broken(label)[[draft.numbers.index(number) for number in grids]].sum())


def _side_notes(
    draft: DraftGrids, kind: ProposalKind, label: Ints, grids: Collection[int], households: Collection[str]
) -> list[Message]:
    notes = []
    moved = label != draft.label
    touched = {
        draft.numbers[at]
        for at in {*label[moved].tolist(), *draft.label[moved].tolist()}
        if 0 <= at < len(draft.numbers)
    }
    if grids and kind in ("mend", "more", "fewer") and (others := touched - {*grids}):
        notes.append(Message("proposal.others", {"grids": runs(others)}))
    if kind == "nearest" and (staying := len({*households}) - int(moved.sum())):
        notes.append(Message("proposal.staying", {"n": staying}))
    if kind in ("mend", "loose") and (broken := _left_broken(draft, label, grids)):
        notes.append(Message("proposal.left", {"n": broken}))
    return notes


def _locks_in_the_way(
    draft: DraftGrids,
    kind: ProposalKind,
    grids: Collection[int],
    households: Collection[str],
    price: Price,
    *,
    failed: bool,
) -> list[Message]:
    """Return which locks keep a proposal from being better: those that it would go against if nothing were locked."""
    free = replace(draft, locked_grids=frozenset(), locked_households=frozenset())
    better = propose(free, kind, grids, households)
    if not better.moves or not (failed or better.price.broken_after < price.broken_after):
        return []
    was = draft.village.plan.grid_of
    touched = {*better.moves.values(), *(was.get(home, 0) for home in better.moves)} & draft.locked_grids
    locks = [
        *(Message("proposal.lock.grid", {"grid": number}) for number in sorted(touched)),
        *(
            Message("proposal.lock.household", {"household": id_})
            for id_ in sorted(better.moves.keys() & draft.locked_households)
        ),
    ]
    return [Message("proposal.locks", {"locks": series(locks, MOST_NAMED)})] if locks else []
