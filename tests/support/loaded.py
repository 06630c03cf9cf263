"""Everything that jobs, workers of a plan and services load, loaded; and the kernels that plan."""

import gc

import gridplan_web.serving.loaded_ahead  # noqa: F401
import served  # noqa: F401

import gridplan.planning.from_files  # noqa: F401
from gridplan.engine.warm import warm

warm()
gc.freeze()
