"""Set partitioning: the cheapest choice of listed grids with each point in exactly one, a program for HiGHS.

Beside the grids stands the best known plan as a whole, as one column: so there is always an answer, and none costs more
than that plan. The linear program takes grids by shares. It is cut off from such answers
by subset-row inequalities: of all grids with two or more of the same three points a plan has at most one. Where shares
are left, branch and bound makes them whole.

Jepsen, Petersen, Spoorendonk, Pisinger (2008), Subset-row inequalities applied to the vehicle-routing problem with time
windows. Operations Research 56.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import coo_array, csr_array, vstack

from gridplan.engine.proof.bound import Counts, Quotas
from gridplan.engine.proof.enumeration import Columns, Duals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridplan.engine.model.proximity import Floats, Ints

LEAST_SHARE = 1e-6
"""The least share that counts."""
BROKEN = 0.02
"""By how much a cut has to be broken to be worth adding."""
CUTS, CUTS_PER_POINT = 100, 5
"""How many are added at a time, and how many of those may name the same point."""


class OutOfTimeError(Exception):
    """The time for a proof is over; what was known before still holds."""


class Program:
    """Grids to choose from, the first of them standing for a whole plan, and the cuts found so far."""

    def __init__(self, points: int, counts: Counts, quotas: Quotas, known: float) -> None:
        """Make a program with nothing to choose but a plan that costs `known`, which may miss the quotas."""
        self.member, self.cost = csr_array(np.ones((1, points))), np.array([known])
        self.cuts = np.empty((0, 3), np.int64)
        self._counts, self._quotas = counts, quotas
        self._often, self._counted = np.array([counts.fewest]), quotas.least[:, None]

    def add_grids(self, grids: Columns, medoid: Ints) -> None:
        """Add grids around these medoids (g,) to choose from."""
        self._often = np.append(self._often, np.ones(len(medoid)))
        self._counted = np.hstack([self._counted, self._quotas.counted[:, medoid]])
        shape = len(grids.cost), self.member.shape[1]
        member = csr_array((np.ones(len(grids.member)), grids.member, grids.start), shape=shape)
        self.member, self.cost = vstack([self.member, member], format="csr"), np.append(self.cost, grids.cost)

    def add_cuts(self, cuts: Ints) -> None:
        """Add cuts, as triples (t, 3) of points."""
        self.cuts = np.vstack([self.cuts, cuts])

    def relax(self, deadline: float) -> tuple[Floats, Duals]:
        """Return the share of each grid in the best answer by shares, and its duals.

        Raises
        ------
        OutOfTimeError
            There was none before the deadline, a moment of the monotonic clock.
        """
        left = deadline - time.monotonic()
        if left <= 0:
            raise OutOfTimeError
        once, limited, most = self._rows()
        answer = linprog(  # type: ignore[call-overload]  # sparse rows, which its types do not know
            self.cost, A_eq=once, b_eq=np.ones(once.shape[0]), A_ub=limited, b_ub=most, method="highs-ds",
            options={"time_limit": left, "presolve": False},
        )  # fmt: skip
        if answer.x is None:
            raise OutOfTimeError
        worth, counted = answer.ineqlin.marginals, self._quotas.counted
        fewer, more, quota, penalty = np.split(worth, [1, 2, 2 + len(counted)])
        points = answer.eqlin.marginals
        total = float(points.sum() + worth[2:] @ most[2:])
        return answer.x, Duals(points, float(fewer[0] - more[0]), -quota, -quota @ counted, self.cuts, penalty, total)

    def choose(self, nodes: int, seconds: float) -> tuple[Floats, float]:
        """Return 1 for each grid of the best plan found, and what no plan of these grids is below."""
        once, limited, most = self._rows()
        ones = np.ones(once.shape[0])
        answer = milp(
            self.cost,
            integrality=np.ones(len(self.cost), np.int64),
            constraints=[LinearConstraint(once, ones, ones), LinearConstraint(limited, -np.inf, most)],
            options={"mip_rel_gap": 0.0, "node_limit": nodes, "time_limit": seconds},
        )
        share = np.zeros(len(self.cost)) if answer.x is None else answer.x
        return share, -np.inf if answer.mip_dual_bound is None else float(answer.mip_dual_bound)

    def _rows(self) -> tuple[csr_array, csr_array, Floats]:
        """Return the rows of points, those that have an upper limit only, and these limits.

        The limits are on the number of grids from above and, with the sign changed, from below; then come the quotas,
        with the sign changed, too, and the cuts.
        """
        number = np.vstack([self._often, -self._often, -self._counted])
        limited = vstack([csr_array(number), _in_cuts(self.member, self.cuts).T], format="csr")
        counts = [self._counts.greatest, -self._counts.fewest]
        return self.member.T.tocsr(), limited, np.concatenate([counts, -self._quotas.least, np.ones(len(self.cuts))])

    def broken_cuts(self, share: Floats) -> Ints:
        """Return the cuts (t, 3) that grids taken by these shares break most, no point in too many of them."""
        taken = 1 + np.flatnonzero(share[1:] > LEAST_SHARE)
        triples, excess = _broken(self.member[taken].toarray() > 0, share[taken])
        chosen: list[Ints] = []
        uses = np.zeros(self.member.shape[1], np.int64)
        for triple in triples[np.argsort(-excess, kind="stable")]:
            if len(chosen) < CUTS and uses[triple].max() < CUTS_PER_POINT:
                chosen.append(triple)
                uses[triple] += 1
        return np.array(chosen, np.int64).reshape(-1, 3)


def _in_cuts(member: csr_array, cuts: Ints) -> csr_array:
    """Return (g, t): 1 where a grid has two or more points of a cut."""
    named = coo_array(
        (np.ones(cuts.size), (cuts.ravel(), np.repeat(np.arange(len(cuts)), 3))), shape=(member.shape[1], len(cuts))
    )
    return ((member @ named.tocsr()) >= 2).astype(np.float64)


@njit(cache=True)
def _broken(member: NDArray[np.bool_], share: Floats) -> tuple[Ints, Floats]:
    """Return the triples (t, 3) of points that grids (g, n) taken by shares break, and by how much (t,)."""
    grids, n = member.shape
    together = np.zeros((n, n))
    for g in range(grids):
        inside = np.flatnonzero(member[g])
        for i in inside:
            for j in inside:
                together[i, j] += share[g]
    triples, excess = [(0, 0, 0)], [0.0]
    for a in range(n):
        near = np.flatnonzero(together[a] > BROKEN)
        near = near[near > a]
        for b in near:
            for c in near[near > b]:
                much = together[a, b] + together[a, c] + together[b, c] - 1.0
                if much > BROKEN:
                    much -= 2.0 * share[member[:, a] & member[:, b] & member[:, c]].sum()
                if much > BROKEN:
                    triples.append((a, int(b), int(c)))
                    excess.append(much)
    return np.array(triples)[1:], np.array(excess)[1:]
