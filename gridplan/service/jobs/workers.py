"""Who works on the villages that jobs of a service plan."""

from __future__ import annotations

import os
from typing import Final

DASK: Final = "GRIDPLAN_DASK"
"""The address of a Dask cluster, from the environment of the service: who types into forms does not choose it."""


def planning_workers() -> int | str:
    """Return the Dask cluster that plans, where there is one; else how many processes: all cores but one."""
    return os.environ.get(DASK) or max(1, (os.cpu_count() or 1) - 1)
