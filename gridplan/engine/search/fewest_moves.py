"""Grids repaired by moving as few points as can be: an integer program for HiGHS, and cuts where grids fall apart.

    x[i, g]   point i is in grid g, of those that it may be in
    n[g]      grid g has points        o[g]   it breaks the bounds        c[g]   it is in pieces

The least of, one after the other: rules broken (sum of o and c, and points left in no grid), points that move, leads
that change, walk. Where nothing need stay broken, o and c are 0, which leaves little more than a transport problem.

A grid found in pieces is cut off: of a point of the lesser piece, one of the main piece and whatever lies between them,
not only the first two may be in the grid (Fischetti et al. 2017, "Thinning out Steiner trees", Mathematical Programming
Computation 9). The walk to the medoids as they were stands for the walk, until all else is settled; then, if there is
little to choose from, medoids are chosen with the moves, which is exact, else a move is exchanged for another as long
as that helps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from gridplan.engine.model.measure import measure
from gridplan.engine.model.parts import pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridplan.engine.model.problem import Problem
    from gridplan.engine.model.proximity import Floats, Ints

    Flags = NDArray[np.bool_]

IN_NONE: Final = -1
ROUNDS: Final = 40
"""How often cuts are added, at most, until the best answer so far counts."""
NODES: Final = 200
"""Of a search tree, after which its best answer counts: a number of nodes is the same on every machine."""
FEW_NODES: Final = 40
"""Where there are more choices."""
EXACT: Final = 32
"""Choices of a grid for a point, up to which the answer is the best there is."""
FEW_ROUNDS: Final = 5
"""Of cuts, where there are more choices."""
MOST_TO_BREAK: Final = 400
"""Choices beyond which no grid comes to break a rule that it keeps, nor, if grids are counted, goes on breaking one."""
INSIDE: Final = 0.01
"""What a metre counts on a way within a grid, beside one that leads out of it."""
SPOKES: Final = 1500
"""Ways from a point to a possible medoid, up to which medoids are chosen together with the moves."""
METRES_SHARE: Final = 0.45
"""What all walks together weigh at most, where a move or a lead weighs 1 at least."""
EXCHANGES: Final = 2000
"""Of one move for another, that are tried at most."""
MOST_CHOICES: Final = 1000
"""Of a grid for a point, up to which a village is mended as a whole."""
RINGS: Final = (1, 2, 4)
"""Of grids around what is wrong, that are tried one after the other."""
FEW_CHOICES: Final = 2000
"""Of a point and a grid, up to which every point may go into every grid."""


class Standing(NamedTuple):
    """What grids come to; the lesser is the better."""

    broken: int
    moved: int
    leads: int
    walk: float


@dataclass(frozen=True)
class Leeway:
    """Grids as they are, and what may change of them."""

    problem: Problem
    label: Ints
    """(n,) the grid of each point, or IN_NONE."""
    may: Flags
    """(n, k) the grids that each point may be in; its own one, unless it has to leave. A grid that has no points yet
    gets some only if it keeps the rules then."""
    led: Flags
    """(k,) the grids that have a lead, who loses it with the last point."""
    centre: Ints
    """(k,) the point that a grid without points would be gathered around; of no meaning for the others."""
    counted: Flags | None = None
    """(k,) grids of which `count` are to have points."""
    count: int = 0
    within: bool = False
    """Whether points may enter grids only as far as these have room."""

    @cached_property
    def had(self) -> Flags:
        """The grids (k,) that have points now."""
        return np.bincount(self.label[self.label != IN_NONE], minlength=self.k) > 0

    @property
    def k(self) -> int:
        """How many grids there are, with those that have no points yet."""
        return self.may.shape[1]

    def measured(self, label: Ints) -> tuple[Ints, Floats, Ints, Ints]:
        """Return of grids (n,) their sizes, walks, medoids and pieces, all (k,)."""
        return _measured(self.problem, label, self.k)

    def broken(self, label: Ints) -> Ints:
        """Return how many rules each grid (k,) breaks."""
        return _broken(self.problem, label, self.k)

    def allows(self, label: Ints) -> bool:
        """Return whether grids (n,) keep to what is asked, of points each of which is where it may be."""
        size, load = self.measured(label)[0], _loads(self.problem, label, self.k)
        room = np.maximum(self.problem.most, _loads(self.problem, self.label, self.k)) if self.within else np.inf
        counted = self.counted is None or np.count_nonzero(size[self.counted]) == self.count
        return bool(counted and (load <= room).all() and not self.broken(label)[~self.had].any())

    def standing(self, label: Ints) -> Standing:
        """Return what other grids (n,) come to."""
        size, walk, _, _ = self.measured(label)
        none = np.count_nonzero(label == IN_NONE)
        moved = np.count_nonzero(label != self.label)
        leads = np.count_nonzero(np.where(self.had, self.led & (size == 0), size > 0))
        return Standing(int(self.broken(label).sum() + none), int(moved), int(leads), round(float(walk.sum()), 6))


def fewest_moves(leeway: Leeway) -> Ints | None:
    """Return the best grids (n,) that can be had; None where none are as the leeway asks.

    They are the best for sure where there is little to choose from. Else what is wrong is mended place by place, each
    with the grids around it, as many rings of them as that takes.
    """
    if leeway.counted is not None or np.count_nonzero(leeway.may) - len(leeway.may) <= MOST_CHOICES:
        return _best(leeway)
    label = leeway.label
    for place in _places(leeway):
        for rings in RINGS:
            found = _best(_around(leeway, label, place, rings))
            if found is not None and leeway.standing(found) < leeway.standing(label):
                label = found
            if not leeway.broken(label)[place.grids].any() and (label[place.points] != IN_NONE).all():
                break
    return label


def _best(leeway: Leeway) -> Ints | None:
    program = _Program(leeway)
    found = program.search()
    if found is None or not program.is_open:
        return found
    return program.least_walk(found) if program.has_few_medoids else _exchanged(leeway, found)


class _Place(NamedTuple):
    """Grids beside each other that break rules, and points in none that are nearest to them."""

    grids: Ints
    points: Ints


def _places(leeway: Leeway) -> list[_Place]:
    k, space = leeway.k, leeway.problem.space
    is_broken, medoid = leeway.broken(leeway.label) > 0, leeway.measured(leeway.label)[2]
    points = np.flatnonzero((leeway.label == IN_NONE) & leeway.may.any(axis=1))
    metres = np.linalg.norm(space.xy[points][:, None] - space.xy[medoid], axis=2)
    nearest = np.where(leeway.may[points] & leeway.had, metres, np.inf).argmin(axis=1)
    is_broken[nearest] = True
    ends = np.argwhere(_beside_grids(leeway, leeway.label) & is_broken & is_broken[:, None])
    part = pieces(ends, k)
    found = [np.flatnonzero((part == number) & is_broken) for number in np.unique(part[is_broken])]
    return [_Place(grids, points[np.isin(nearest, grids)]) for grids in found]


def _beside_grids(leeway: Leeway, label: Ints) -> Flags:
    """Return which grids (k, k) points of each may go into, or come from."""
    inside = np.flatnonzero(label != IN_NONE)
    there = csr_array((np.ones(len(inside)), (label[inside], inside)), shape=(leeway.k, len(label)))
    beside = np.asarray(there @ leeway.may.astype(float)) > 0
    return beside | beside.T


def _around(leeway: Leeway, label: Ints, place: _Place, rings: int) -> Leeway:
    """Return the leeway that is left if only grids around a place change."""
    beside, is_open = _beside_grids(leeway, label), np.zeros(leeway.k, np.bool_)
    is_open[place.grids] = True
    for _ in range(rings):
        is_open = is_open | beside[is_open].any(axis=0)
    is_open |= ~leeway.had
    free = (label != IN_NONE) & is_open[label] & (leeway.may.sum(axis=1) > 1)
    free[place.points] = True
    may = leeway.may & is_open & free[:, None]
    still = np.flatnonzero(~free & (label != IN_NONE))
    may[still, label[still]] = True
    moved = np.flatnonzero(free & (label != IN_NONE))
    may[moved, label[moved]] = True
    return replace(leeway, may=may)


def within_reach(problem: Problem, label: Ints, k: int) -> Flags:
    """Return which grids (n, k) each point is in or near enough to that it might move there.

    Where there are many points these are the grids beside it and, if either grid breaks a rule, those a step further.
    """
    if len(label) * k <= FEW_CHOICES:
        return np.ones((len(label), k), np.bool_)
    places, m = problem.places, len(problem.places.near)
    there = np.zeros((m, k))
    inside = np.flatnonzero(label != IN_NONE)
    there[places.of[inside], label[inside]] = 1
    links = csr_array((np.ones(len(places.ends)), places.ends, places.starts), shape=(m, m))
    beside = there + links @ there
    near = beside + links @ beside + there[places.near].sum(axis=1)
    is_broken = np.append(_broken(problem, label, k) > 0, True)
    further = is_broken[label][:, None] | is_broken[:k]
    if not problem.connected:
        beside = near
    return np.asarray((beside[places.of] > 0) | ((near[places.of] > 0) & further))


def _measured(problem: Problem, label: Ints, k: int) -> tuple[Ints, Floats, Ints, Ints]:
    inside = np.where(label == IN_NONE, k, label)
    walk, medoid, pieces = measure(problem, inside, k + 1)
    return np.bincount(inside, minlength=k + 1)[:-1], walk[:-1], medoid[:-1], pieces[:-1]


def _loads(problem: Problem, label: Ints, k: int) -> Floats:
    inside = np.flatnonzero(label != IN_NONE)
    return np.bincount(label[inside], problem.load[inside], minlength=k).astype(np.float64)


def _broken(problem: Problem, label: Ints, k: int) -> Ints:
    size, _, _, pieces = _measured(problem, label, k)
    load = _loads(problem, label, k)
    out = (size > 0) & ((load < problem.least) | (load > problem.most))
    return out.astype(np.int64) + (pieces > 1)


class _Rows:
    """Rows of a program."""

    def __init__(self) -> None:
        self.column: list[int] = []
        self.value: list[float] = []
        self.start = [0]
        self.low: list[float] = []
        self.high: list[float] = []

    def add(self, terms: dict[int, float], low: float, high: float) -> None:
        """Add one, of values by their columns."""
        self.column += terms.keys()
        self.value += terms.values()
        self.start.append(len(self.column))
        self.low.append(low)
        self.high.append(high)

    def constraint(self, columns: int) -> LinearConstraint:
        """Return them for a program with so many columns."""
        shape = len(self.low), columns
        return LinearConstraint(csr_array((self.value, self.column, self.start), shape=shape), self.low, self.high)


class _Program:
    """The program: columns are the choices, then `n`, `o` and `c` of each grid that anybody may enter or leave."""

    def __init__(self, leeway: Leeway) -> None:
        self._leeway = leeway
        may = np.column_stack([leeway.may, leeway.label == IN_NONE])
        self._open = may.sum(axis=1) > 1
        fixed = ~self._open
        self._fixed = np.where(fixed, may.argmax(axis=1), IN_NONE)
        self._fixed[self._fixed == leeway.k] = IN_NONE
        self._point, self._grid = np.nonzero(may & self._open[:, None])
        self._none = self._grid == leeway.k
        self._column = np.full((len(may), leeway.k), -1)
        inside = ~self._none
        self._column[self._point[inside], self._grid[inside]] = np.flatnonzero(inside)
        self._grids = np.unique(self._grid[inside])
        self._base = np.bincount(self._fixed[self._fixed != IN_NONE], minlength=leeway.k)
        self._choices = len(self._point)
        self._flags = {int(g): self._choices + 3 * at for at, g in enumerate(self._grids)}
        self._columns = self._choices + 3 * len(self._grids)
        self._best: tuple[Standing, Ints] | None = None
        self._rounds = ROUNDS if self._choices <= EXACT else FEW_ROUNDS
        self._breakable, self._may_stay_out = np.zeros(leeway.k, np.bool_), False
        self._rows = _Rows()
        self._state_rows()

    def _state_rows(self) -> None:
        leeway, (least, most) = self._leeway, (int(self._leeway.problem.least), int(self._leeway.problem.most))
        load, base_load = leeway.problem.load, _loads(leeway.problem, self._fixed, leeway.k).tolist()
        slack = max(least - min(1, float(load.min())), 0)
        for i in np.flatnonzero(self._open).tolist():
            first, last = np.searchsorted(self._point, [i, i + 1]).tolist()
            self._rows.add(dict.fromkeys(range(first, last), 1.0), 1, 1)
        for g, n in self._flags.items():
            columns = np.flatnonzero(self._grid == g).tolist()
            weighed = dict(zip(columns, load[self._point[columns]].tolist(), strict=True))
            o, base = n + 1, base_load[g]
            beyond = base + (0 if leeway.within else sum(weighed.values())) - most
            self._rows.add({**weighed, n: -most, o: -max(beyond, 0)}, -np.inf, -base)
            self._rows.add({**weighed, n: -least, o: slack}, -base, np.inf)
            if not self._base[g]:
                inside = dict.fromkeys(columns, 1.0)
                self._rows.add({**inside, n: -len(inside)}, -np.inf, 0)
                self._rows.add({**inside, n: -1}, 0, np.inf)
        if leeway.counted is not None:
            counted = np.flatnonzero(leeway.counted).tolist()
            settled = sum(g not in self._flags and bool(self._base[g]) for g in counted)
            terms = {self._flags[g]: 1.0 for g in counted if g in self._flags}
            self._rows.add(terms, leeway.count - settled, leeway.count - settled)

    @property
    def is_open(self) -> bool:
        """Whether there is anything to choose."""
        return self._choices > 0

    # ---- what counts

    @cached_property
    def _broken_cost(self) -> Floats:
        cost = np.zeros(self._columns)
        cost[: self._choices] = self._none
        for n in self._flags.values():
            cost[n + 1 : n + 3] = 1
        return cost

    @cached_property
    def _change_cost(self) -> Floats:
        """Moves, then leads."""
        leeway, cost = self._leeway, np.zeros(self._columns)
        own = np.where(leeway.label == IN_NONE, leeway.k, leeway.label)
        cost[: self._choices] = (self._grid != own[self._point]) * (len(self._grids) + 1)
        for g, n in self._flags.items():
            cost[n] = (-1 if leeway.led[g] else 0) if leeway.had[g] else 1
        return cost

    @cached_property
    def _walk_cost(self) -> Floats:
        """The ways to the medoids as they are, as a share that is less than one change."""
        leeway, space = self._leeway, self._leeway.problem.space
        medoid = np.append(np.where(leeway.had, leeway.measured(leeway.label)[2], leeway.centre), 0)
        metres = np.linalg.norm(space.xy[self._point] - space.xy[medoid[self._grid]], axis=1) * ~self._none
        furthest = np.zeros(len(self._open))
        np.maximum.at(furthest, self._point, metres)
        cost = np.zeros(self._columns)
        cost[: self._choices] = METRES_SHARE * metres / max(furthest.sum(), 1.0)
        return cost

    # ---- solving

    def search(self) -> Ints | None:
        """Return the best grids found; all but the walk is the least there is, unless a limit was met."""
        if not self.is_open:
            counted = self._leeway.counted
            holds = counted is None or np.count_nonzero((self._base > 0) & counted) == self._leeway.count
            return self._fixed if holds else None
        if self._holds_as_it_is():
            self._keep(self._leeway.label)
        for breakable, may_stay_out in self._concessions():
            self._breakable, self._may_stay_out = breakable, may_stay_out
            value = self._grown()
            if self._cut_until_whole(value) or value is not None:
                break
        return self._answer

    def _grown(self) -> float | None:
        """Keep the best answer with grids grown from their centres, and return what it costs; None if there is none."""
        if not self._leeway.problem.connected:
            return None
        solution = self._solve(self._cost, extra=self._growth)
        if solution is None:
            return None
        self._keep(self._label_of(solution))
        return self._value(solution)

    def _cut_until_whole(self, known: float | None) -> bool:
        """Keep answers until no grid is in pieces that should not be, nor one is better than the known cost."""
        for _ in range(self._rounds):
            solution = self._solve(self._cost)
            if solution is None:
                return False
            if known is not None and self._value(solution) >= known:
                return True
            label = self._label_of(solution)
            self._keep(label)
            if not self._cut_off(label, solution):
                return True
        return False

    def _value(self, solution: Floats) -> float:
        """Return what an answer costs but for the walk."""
        return round(float((self._cost - self._walk_cost) @ solution))

    @cached_property
    def _cost(self) -> Floats:
        """What is broken, then changes, then the walk."""
        dearest = (np.count_nonzero(self._open) + 1) * (len(self._grids) + 1)
        return self._broken_cost * dearest + self._change_cost + self._walk_cost

    @cached_property
    def _growth(self) -> _Rows:
        """Rows by which whoever is in a grid has a neighbour in it that is nearer to its centre, on ways within it."""
        leeway, rows, places = self._leeway, _Rows(), self._leeway.problem.places
        medoid = np.where(leeway.had, leeway.measured(leeway.label)[2], leeway.centre)
        for g, n in self._flags.items():
            members = self._candidates(g)
            where = set(places.of[members].tolist())
            now = set(places.of[np.flatnonzero(leeway.label == g)].tolist())
            root = int(places.of[medoid[g]])
            settled = set(places.of[self._fixed == g].tolist())
            length = self._lengths(root, where, now)
            if root not in settled:
                rows.add({**dict.fromkeys(self._columns_of([root], g), 1.0), n: -1.0, n + 2: 1.0}, 0, np.inf)
            for i in members:
                a = int(places.of[i])
                nearer = [b for b in self._beside(a) if length.get(b, np.inf) < length.get(a, np.inf)]
                if a != root and settled.isdisjoint(nearer):
                    way = {**dict.fromkeys(self._columns_of(nearer, g), 1.0), n + 2: 1.0}
                    own = int(self._column[i, g])
                    rows.add(way | ({own: -1.0} if own >= 0 else {}), 0 if own >= 0 else 1, np.inf)
        return rows

    def _lengths(self, root: int, where: set[int], now: set[int]) -> dict[int, float]:
        """Return how far places are from a root, on ways over some of them, and rather over those in a grid now."""
        xy, places = self._leeway.problem.space.xy, self._leeway.problem.places
        at = {a: xy[places.resident[places.first[a]]] for a in where | {root}}
        length: dict[int, float] = {}
        reached = [(0.0, root)]
        while reached:
            far, here = heappop(reached)
            if here in length:
                continue
            length[here] = far
            for b in self._beside(here):
                if b in where and b not in length:
                    step = float(np.hypot(*(at[b] - at[here])))
                    heappush(reached, (far + step * (INSIDE if here in now and b in now else 1.0), b))
        return length

    def _concessions(self) -> Iterator[tuple[Flags, bool]]:
        """Yield which grids may break a rule, and whether points may stay in none: more and more, until that works."""
        had, is_broken = self._leeway.had, self._leeway.broken(self._leeway.label) > 0
        yield np.zeros_like(had), False
        if self._leeway.counted is not None and self._choices > MOST_TO_BREAK:
            yield np.zeros_like(had), True
            return
        if self._choices > EXACT:
            yield is_broken & had, True
        if self._choices <= MOST_TO_BREAK:
            yield had, True

    def _holds_as_it_is(self) -> bool:
        """Return whether the leeway allows that nothing moves."""
        leeway, inside = self._leeway, np.flatnonzero(self._leeway.label != IN_NONE)
        return bool(leeway.may[inside, leeway.label[inside]].all() and leeway.allows(leeway.label))

    @property
    def _answer(self) -> Ints | None:
        return None if self._best is None else self._best[1]

    def _keep(self, label: Ints) -> None:
        """Keep an answer that is the best so far."""
        leeway, standing = self._leeway, self._leeway.standing(label)
        if (self._best is None or standing < self._best[0]) and leeway.allows(label):
            self._best = standing, label

    def _solve(self, cost: Floats, *, extra: _Rows | None = None, whole: int | None = None) -> Floats | None:
        """Return the columns of the best answer, whole ones, if not behind `whole`; None if there is no answer."""
        count = len(cost)
        least, most = np.zeros(count), np.ones(count)
        for g, n in self._flags.items():
            least[n] = self._base[g] > 0
            most[n + 1] = self._breakable[g]
            most[n + 2] = self._breakable[g] and self._leeway.problem.connected
        if not self._may_stay_out:
            most[: self._choices][self._none] = 0
        integrality = np.ones(count, np.int64)
        integrality[count if whole is None else whole :] = 0
        rows = [self._rows.constraint(count), *([extra.constraint(count)] if extra else [])]
        answer = milp(
            cost,
            integrality=integrality,
            bounds=Bounds(least, most),
            constraints=rows,
            options={"mip_rel_gap": 0.0, "node_limit": NODES if self._choices <= EXACT else FEW_NODES},
        )
        return None if answer.x is None else np.asarray(answer.x)

    def _label_of(self, solution: Floats) -> Ints:
        label = self._fixed.copy()
        chosen = np.flatnonzero(solution[: self._choices] > 0.5)
        grid = self._grid[chosen]
        label[self._point[chosen]] = np.where(grid == self._leeway.k, IN_NONE, grid)
        return label

    # ---- grids in pieces

    def _cut_off(self, label: Ints, solution: Floats) -> bool:
        """Add a row for each piece of a grid that should be in one; False if there is none."""
        if not self._leeway.problem.connected:
            return False
        parts = self._leeway.measured(label)[3]
        torn = [g for g, n in self._flags.items() if parts[g] > 1 and solution[n + 2] < 0.5]
        for g in torn:
            for terms, high in self._cuts(g, label):
                self._rows.add(terms, -np.inf, high)
        return bool(torn)

    def _cuts(self, g: int, label: Ints) -> Iterator[tuple[dict[int, float], float]]:
        places = self._leeway.problem.places
        inside = np.flatnonzero(label == g)
        parts = _parts(self._leeway.problem, {int(a) for a in places.of[inside]})
        main = parts[0]
        settled = set(places.of[self._fixed == g].tolist())
        for part in parts[1:]:
            around = {b for a in part for b in self._beside(a)} - part
            start = min(main & settled or main)
            between = self._shore(start, around)
            for one in sorted(part):
                here, is_settled = self._present(one, g, label)
                there, is_start_settled = self._present(start, g, label)
                ends = {column: 1.0 for column in (here, there) if column >= 0}
                way = dict.fromkeys(self._columns_of(between, g), -1.0)
                yield {**ends, self._flags[g] + 2: -1.0, **way}, 1.0 - is_settled - is_start_settled

    def _columns_of(self, where: Iterable[int], g: int) -> list[int]:
        """Return the columns by which anybody at some places may be in a grid."""
        columns = self._column[self._residents(where), g]
        return columns[columns >= 0].tolist()

    def _present(self, place: int, g: int, label: Ints) -> tuple[int, bool]:
        """Return the column by which a place is in a grid, and whether it is anyway."""
        here = [i for i in self._residents([place]) if label[i] == g]
        settled = any(self._fixed[i] == g for i in here)
        return (-1, True) if settled else (int(self._column[here[0], g]), False)

    def _shore(self, start: int, around: set[int]) -> list[int]:
        """Return those of the places around a piece that can be met on a way from a start before any other of them."""
        met, seen, todo = set(), {start}, [start]
        while todo:
            for b in self._beside(todo.pop()):
                if b in around:
                    met.add(b)
                elif b not in seen:
                    seen.add(b)
                    todo.append(b)
        return sorted(met)

    def _beside(self, place: int) -> list[int]:
        return _beside(self._leeway.problem, place)

    def _residents(self, where: Iterable[int]) -> list[int]:
        places = self._leeway.problem.places
        return [i for a in where for i in places.resident[places.first[a] : places.first[a + 1]].tolist()]

    # ---- the walk

    @property
    def has_few_medoids(self) -> bool:
        """Whether medoids can be chosen together with the moves in a moment."""
        spokes = sum(len(self._candidates(g)) ** 2 for g in self._flags)
        return spokes <= SPOKES and (self._choices <= EXACT or not self._breakable.any())

    def _candidates(self, g: int) -> list[int]:
        return np.flatnonzero((self._column[:, g] >= 0) | (self._fixed == g)).tolist()

    def least_walk(self, known: Ints) -> Ints:
        """Return the grids with the shortest walk of all that are as good as the known ones."""
        leeway, space, rows = self._leeway, self._leeway.problem.space, _Rows()
        standing = leeway.standing(known)
        own = np.where(leeway.label == IN_NONE, leeway.k, leeway.label)
        moved = np.zeros(self._columns)
        moved[: self._choices] = self._grid != own[self._point]
        settled = int(np.count_nonzero(~self._open & (self._fixed != leeway.label)))
        lost = sum(bool(leeway.led[g] and leeway.had[g]) for g in self._flags)
        leads = np.where(moved, 0.0, self._change_cost) * (np.arange(self._columns) >= self._choices)
        elsewhere = int(leeway.broken(known).sum() - sum(leeway.broken(known)[g] for g in self._flags))
        elsewhere += int(np.count_nonzero(~self._open & (self._fixed == IN_NONE)))
        rows.add(_terms(self._broken_cost), -np.inf, standing.broken - elsewhere)
        rows.add(_terms(moved), -np.inf, standing.moved - settled)
        rows.add(_terms(leads), -np.inf, standing.leads - lost)
        column, cost = self._columns, []
        medoids = [(g, j) for g in self._flags for j in self._candidates(g)]
        at = {pair: self._columns + place for place, pair in enumerate(medoids)}
        column += len(medoids)
        whole = column
        for g, n in self._flags.items():
            there = self._candidates(g)
            rows.add({**{at[g, j]: 1.0 for j in there}, n: -1.0}, 0, 0)
            for i in there:
                own_column = int(self._column[i, g])
                spokes = range(column, column + len(there))
                column += len(there)
                cost += np.linalg.norm(space.xy[there] - space.xy[i], axis=1).tolist()
                if own_column >= 0:
                    rows.add({**dict.fromkeys(spokes, 1.0), own_column: -1.0}, 0, 0)
                    rows.add({at[g, i]: 1.0, own_column: -1.0}, -np.inf, 0)
                else:
                    rows.add(dict.fromkeys(spokes, 1.0), 1, 1)
                for spoke, j in zip(spokes, there, strict=True):
                    rows.add({spoke: 1.0, at[g, j]: -1.0}, -np.inf, 0)
        walk = np.concatenate([np.zeros(whole), cost])
        self._best = standing, known
        for _ in range(self._rounds):
            solution = self._solve(walk, extra=rows, whole=whole)
            if solution is None:
                break
            label = self._label_of(solution)
            self._keep(label)
            if not self._cut_off(label, solution):
                break
        return self._best[1]


def _terms(cost: Floats) -> dict[int, float]:
    return {int(at): float(cost[at]) for at in np.flatnonzero(cost)}


def _beside(problem: Problem, place: int) -> list[int]:
    places = problem.places
    return places.ends[places.starts[place] : places.starts[place + 1]].tolist()


def _parts(problem: Problem, where: set[int]) -> list[set[int]]:
    """Return places by the pieces that they hang together in, the largest first."""
    left, found = set(where), []
    while left:
        part, todo = set(), [min(left)]
        while todo:
            a = todo.pop()
            if a in left:
                left.remove(a)
                part.add(a)
                todo += [b for b in _beside(problem, a) if b in left]
        found.append(part)
    return sorted(found, key=len, reverse=True)


def _exchanged(leeway: Leeway, label: Ints) -> Ints:
    """Return grids with a move exchanged for another as long as that makes them better."""
    best, standing, tried = label, leeway.standing(label), 0
    is_better = True
    while is_better:
        is_better = False
        for i in np.flatnonzero(best != leeway.label).tolist():
            for other in _alternatives(leeway, best, i):
                tried += 1
                if (now := leeway.standing(other)) < standing and leeway.allows(other):
                    best, standing, is_better = other, now, True
                    break
            if tried > EXCHANGES:
                return best
    return best


def _alternatives(leeway: Leeway, label: Ints, i: int) -> Iterator[Ints]:
    """Yield grids in which a point that moved goes elsewhere, or another one goes in its stead."""
    here, there = int(leeway.label[i]), int(label[i])
    for g in np.flatnonzero(leeway.may[i]).tolist():
        if g not in (here, there):
            yield _with(label, {i: g})
    stead = (label == here) & (leeway.label == here) & leeway.may[:, there]
    if here == IN_NONE or leeway.may[i, here]:
        for j in np.flatnonzero(stead).tolist():
            yield _with(label, {i: here, j: there})


def _with(label: Ints, moves: dict[int, int]) -> Ints:
    changed = label.copy()
    changed[list(moves)] = list(moves.values())
    return changed
