"""What a program with types writes that clusters points; mypy checks it with the package."""

from typing import assert_type

import numpy as np
from numpy.typing import NDArray

from gridplan import MicroGridClustering


def centres_of(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the centres of clusters."""
    model = MicroGridClustering(min_size=10, max_size=15, random_state=0).fit(xy)
    assert_type(model, MicroGridClustering)
    assert_type(model.predict(xy), NDArray[np.int64])
    assert_type(model.fit_predict(xy), NDArray[np.int64])
    return model.cluster_centers_
