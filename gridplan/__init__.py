"""gridplan: micro-grids of households, each with a person, and contact that is never lost."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

from gridplan.errors import GridplanError, Infeasible

if TYPE_CHECKING:
    from gridplan.engine.cluster import MicroGridClustering

__all__ = ["GridplanError", "Infeasible", "MicroGridClustering"]
__version__ = version("gridplan")


def __getattr__(name: str) -> object:
    """Load the estimator when it is asked for: it brings numba and scikit-learn, which take seconds."""
    if name == "MicroGridClustering":
        return import_module("gridplan.engine.cluster").MicroGridClustering
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
