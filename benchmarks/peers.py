"""Everyone who cuts: gridplan and its peers, each run in a process of its own, within limits of time and memory.

In one process OR-tools and HiGHS get into each other's way, and nobody's memory or time could be told apart.
"""

from __future__ import annotations

import pickle
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from cases import Case, Ints, village

GIGABYTES = 12
"""Of address space."""


@dataclass(frozen=True)
class Run:
    """What came of a case: one answer for each seed, unless the time was over."""

    labels: list[Ints] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    """Processor time of each answer."""
    bound: float = np.nan
    megabytes: float = np.nan
    failed: str = ""


def gridplan(case: Case, seed: int, **options: Any) -> tuple[Ints, float]:
    from gridplan import MicroGridClustering

    fitted = MicroGridClustering(
        case.k,
        min_size=case.least,
        max_size=case.most,
        objective=case.objective,
        metric="precomputed" if case.floored else "euclidean",
        random_state=seed,
        **{"bound": False, "contiguous": False} | options,
    ).fit(case.distances if case.floored else case.xy, load=case.load)
    return fitted.labels_, fitted.lower_bound_


def as_village(case: Case, seed: int, **options: Any) -> tuple[Ints, float]:
    """Cut as `gridplan plan` does: connected, on one bank, hamlets whole where it costs little."""
    import shapely

    from gridplan.engine.ground.barriers import Barriers
    from gridplan.engine.model.settings import Settings
    from gridplan.engine.solve import solve
    from gridplan.engine.village import VillageData

    ground = shapely.MultiPoint(case.xy).convex_hull.buffer(30)
    barriers = None if case.river is None else Barriers.of([case.river])
    settings = Settings(int(case.least or 1), int(case.most), grids=case.k, bound=False, **options)
    return solve(VillageData(case.xy, ground, barriers, case.hamlet), settings, seed=seed).grid, np.nan


def k_means_constrained(case: Case, seed: int) -> tuple[Ints, float]:
    from k_means_constrained import KMeansConstrained

    model = KMeansConstrained(case.k, size_min=case.least, size_max=int(case.most), n_init=1, random_state=seed)
    return model.fit_predict(case.xy), np.nan


def bisection(case: Case, seed: int) -> tuple[Ints, float]:
    from gridplan.engine.search.bisection import bisect

    xy, load = np.ascontiguousarray(case.xy), np.ones(len(case.xy))
    return bisect(xy, load, case.k, case.least or 1, case.most), np.nan


def metis(case: Case, seed: int) -> tuple[Ints, float]:
    import pymetis

    from gridplan.engine.model.proximity import Graph, Locations, adjacency

    locations = Locations.distinct(case.xy)
    graph = Graph.of_edges(adjacency(locations.xy), len(locations.xy))
    source = np.repeat(np.arange(len(locations.xy)), np.diff(graph.starts))
    length = np.linalg.norm(locations.xy[source] - locations.xy[graph.ends], axis=1)
    weight = np.maximum(1, 10_000 / np.maximum(length, 1)).astype(int)
    _, part = pymetis.part_graph(
        case.k,
        xadj=graph.starts,
        adjncy=graph.ends,
        eweights=weight,
        vweights=np.bincount(locations.of),
        options=pymetis.Options(contig=True, ufactor=199, seed=seed),
    )
    return np.asarray(part)[locations.of], np.nan


def max_p(case: Case, seed: int) -> tuple[Ints, float]:
    import geopandas
    from libpysal.weights import W
    from spopt.region import MaxPHeuristic

    from gridplan.engine.model.proximity import Graph, adjacency

    n = len(case.xy)
    graph = Graph.of_edges(adjacency(case.xy), n)
    near = W({i: graph.ends[graph.starts[i] : graph.starts[i + 1]].tolist() for i in range(n)}, silence_warnings=True)
    table = geopandas.GeoDataFrame(
        {"x": case.xy[:, 0], "y": case.xy[:, 1], "one": 1}, geometry=geopandas.points_from_xy(*case.xy.T)
    )
    np.random.seed(seed)  # noqa: NPY002 -- what spopt draws from
    model = MaxPHeuristic(table, near, ["x", "y"], "one", case.least, top_n=2, max_iterations_construction=20)
    model.solve()
    return np.unique(model.labels_, return_inverse=True)[1], np.nan


EVERYONE: dict[str, Callable[..., tuple[Ints, float]]] = {
    "gridplan": gridplan,
    "gridplan, as a village": as_village,
    "k-means-constrained": k_means_constrained,
    "bisection": bisection,
    "pymetis": metis,
    "spopt MaxP": max_p,
}


def run(who: str, case: Case, seeds: range, limit: float, **options: Any) -> Run:
    """Return what came of a case within `limit` seconds for each seed, start and warm-up left out."""
    asked = pickle.dumps((who, case, seeds, options))
    child = [sys.executable, str(Path(__file__)), "once"]
    try:
        done = subprocess.run(child, input=asked, capture_output=True, timeout=limit * len(seeds) + 60, check=True)
    except subprocess.TimeoutExpired:
        return Run(failed=f"> {limit:.0f} s")
    except subprocess.CalledProcessError as error:
        return Run(failed=error.stderr.decode(errors="replace").strip().splitlines()[-1][:80])
    answer: Run = pickle.loads(done.stdout)
    return answer


def _once() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (GIGABYTES << 30, GIGABYTES << 30))
    who, case, seeds, options = pickle.load(sys.stdin.buffer)
    cut = EVERYONE[who]
    if who != "spopt MaxP":
        cut(_like(case), 0, **options | ({"time_limit": 1} if "time_limit" in options else {}))
    labels, seconds, bound = [], [], np.nan
    for seed in seeds:
        began = time.process_time()
        label, low = cut(case, seed, **options)
        seconds.append(time.process_time() - began)
        labels.append(np.asarray(label, np.int64))
        bound = np.fmax(bound, low)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pickle.dump(Run(labels, seconds, float(bound), megabytes), sys.stdout.buffer)


def _like(case: Case) -> Case:
    """Return a small case of the same kind, so that all code is compiled and loaded."""
    from dataclasses import replace

    load = None if case.load is None else np.resize([1.0, 2.0], 48)
    return replace(village(48, 0), objective=case.objective, floored=case.floored, load=load, least=None, most=24)


if __name__ == "__main__":
    _once()
