"""Cuts a village part by part: every part is a problem of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np

from gridplan.engine.model.deadline import Deadline
from gridplan.engine.model.measure import measure
from gridplan.engine.model.parts import renumber, share_grids
from gridplan.engine.model.problem import Problem, plane_problem
from gridplan.engine.model.proximity import Floats, Graph, Ints, Locations
from gridplan.engine.model.settings import EFFORTS, Effort, Settings, Stop, effort_of
from gridplan.engine.proof.certify import certify
from gridplan.engine.search.search import search


class MeasuredGrids(NamedTuple):
    """A way to cut a village: the grid (n,) of each household, and of each grid its walk (k,) and its pieces (k,)."""

    label: Ints
    walk: Floats
    pieces: Ints


@dataclass(frozen=True)
class Cutting:
    """A village that is to be cut into k grids, as the settings say."""

    locations: Locations
    edges: Ints | None
    """(e, 2) neighbours among locations; None where grids need not be connected."""
    settings: Settings
    k: int
    seed: int
    stop: Stop
    deadline: Deadline
    """Of all searches."""

    def by_parts(self, part: Ints, *, share: float = 1.0) -> Ints:
        """Return the grids (n,) of households, none of which has households of two parts (n,).

        If there is a deadline, this may take so large a share of what is left; parts get theirs by their households.
        """
        least, most, deadline, left = self.settings.least, self.settings.most, self.deadline.share(share), len(part)
        numbers, sizes = np.unique(part, return_counts=True)
        label, so_far = np.empty(len(part), np.int64), 0
        for turn, k in enumerate(share_grids(sizes.tolist(), self.k, least=least, most=most)):
            there = np.flatnonzero(part == numbers[turn])
            seconds, effort = deadline.share(len(there) / left).left, self.effort
            found = search(self._problem(there), k, effort=effort, seed=self.seed, seconds=seconds, stop=self.stop)
            label[there] = so_far + found.label
            so_far, left = so_far + k, left - len(there)
        return label

    def bound_by_parts(self, label: Ints, part: Ints, deadline: Deadline) -> float | None:
        """Return what no grids are below that have no households of two parts (n,), and of each part as many as these.

        These grids (n,) have none either. None if a part is too large, or if it was stopped.
        """
        total, left = 0.0, len(part)
        for number in np.unique(part):
            there = np.flatnonzero(part == number)
            seconds = deadline.share(len(there) / left).left
            own = renumber(label[there])
            _, bound = certify(self._problem(there), own, thorough=False, seconds=seconds, stop=self.stop)
            if bound is None:
                return None
            total, left = total + bound, left - len(there)
        return total

    def measure(self, label: Ints) -> MeasuredGrids:
        """Return what grids (n,) come to in this village."""
        walk, _, pieces = measure(self.problem, label, int(label.max()) + 1)
        return MeasuredGrids(label, walk, pieces)

    @property
    def effort(self) -> Effort:
        """How much is tried for every part of the village."""
        return effort_of(self.settings.effort, len(self.locations.of))

    def up_to_its_effort(self) -> list[Self]:
        """Return this cutting at every effort from the lowest to its own."""
        efforts = EFFORTS[: EFFORTS.index(self.effort) + 1]
        return [replace(self, settings=replace(self.settings, effort=effort)) for effort in efforts]

    @property
    def problem(self) -> Problem:
        """The village as one problem."""
        return self._problem(np.arange(len(self.locations.of)))

    def _problem(self, there: Ints) -> Problem:
        places, of = np.unique(self.locations.of[there], return_inverse=True)
        number = np.full(len(self.locations.xy), -1)
        number[places] = np.arange(len(places))
        graph = None
        if self.edges is not None:
            ends = number[self.edges]
            graph = Graph.of_edges(ends[(ends >= 0).all(axis=1)], len(places))
        locations = Locations(self.locations.xy[places], of.ravel().astype(np.int64))
        return plane_problem(locations, graph, least=self.settings.least, most=self.settings.most)
