"""gridplan: micro-grids of households, each with a person, and contact that is never lost."""

from importlib.metadata import version

from gridplan.engine.cluster import MicroGridClustering
from gridplan.errors import GridplanError, Infeasible

__all__ = ["GridplanError", "Infeasible", "MicroGridClustering"]
__version__ = version("gridplan")
