"""Villages of households at random places, planned."""

from __future__ import annotations

import numpy as np
import shapely
from sample_lists import FRAME

from gridplan.model import Household, TownPlan
from gridplan.planning.county import PlanSettings
from gridplan.planning.redraw import Obstacles
from gridplan.planning.town import plan_town

RIVER = FRAME.shape_to_degrees(shapely.LineString([(-100, 410), (900, 395), (2000, 420)]))


def homes(count, village="柳村", seed=1) -> list[Household]:
    """Return households in a square of 800 m."""
    xy = np.random.default_rng(seed).uniform(0, 800, (count, 2))
    places = FRAME.to_degrees(np.round(xy)).tolist()
    return [Household(f"{village}{i:03d}", village, *place) for i, place in enumerate(places)]


def planned(households, barriers=(), existing=None, villages=(), **asked) -> TownPlan:
    """Return a town of households, planned with some settings."""
    found = plan_town(
        households,
        villages,
        PlanSettings(**{"effort": "fast"} | asked),
        workers=1,
        progress=lambda *_: None,
        obstacles=Obstacles(barriers),
        existing=existing,
    )
    return found.town
