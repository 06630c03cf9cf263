"""Total walk and processor time beside k-means-constrained (n_init=1), on the demo town's villages of 300 and more.

Both get the same positions and the same number of grids. The walk of either answer is recomputed here: the sum of the
distances to the best member of each grid. Prints a Markdown table with one row a village and the ratios at the end.
"""

from __future__ import annotations

import time

import numpy as np
from k_means_constrained import KMeansConstrained
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.base import ClusterMixin

from gridplan import MicroGridClustering
from gridplan.coordinates import LocalFrame
from gridplan.demo import make_town

SMALLEST = 300


def walk(xy: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    grids = (xy[labels == label] for label in np.unique(labels))
    return float(sum(cdist(grid, grid).sum(axis=1).min() for grid in grids))


def timed(estimator: ClusterMixin, xy: NDArray[np.float64]) -> tuple[NDArray[np.int64], float]:
    start = time.process_time()
    return estimator.fit_predict(xy), time.process_time() - start


def villages() -> dict[str, NDArray[np.float64]]:
    town = make_town(0)
    found = {}
    for village in town.villages:
        lonlat = [(home.lon, home.lat) for home in town.households if home.village == village.name]
        if len(lonlat) >= SMALLEST:
            found[village.name] = LocalFrame.around(lonlat).to_metres(lonlat)
    return found


def main() -> None:
    rows = []
    print("| households | grids | peer walk, m | gridplan / peer | peer s | gridplan s | connected grids asked |")
    print("|---|---|---|---|---|---|---|")
    for xy in sorted(villages().values(), key=len):
        k = round(len(xy) / 12)
        ours, our_seconds = timed(MicroGridClustering(k, random_state=0), xy)
        peer, peer_seconds = timed(KMeansConstrained(k, size_min=10, size_max=15, n_init=1, random_state=0), xy)
        rows.append((walk(xy, ours), walk(xy, peer), our_seconds, peer_seconds))
        ratio = rows[-1][0] / rows[-1][1]
        print(f"| {len(xy)} | {k} | {rows[-1][1]:.0f} | {ratio:.3f} | {peer_seconds:.2f} | {our_seconds:.2f} | yes |")
    table = np.array(rows)
    ratios = table[:, 0] / table[:, 1]
    print()
    print(f"{len(rows)} villages: walk in sum {table[:, 0].sum() / table[:, 1].sum():.3f} of the peer's, ", end="")
    print(f"shorter in {(ratios < 1).sum()}, worst ratio {ratios.max():.3f}, ", end="")
    print(f"processor time {table[:, 2].sum() / table[:, 3].sum():.2f} of the peer's.")


if __name__ == "__main__":
    main()
