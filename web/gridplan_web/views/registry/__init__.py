"""The registry: households, members, villages, and features of the land."""

from gridplan_web.views.registry import features, households, members, villages
from gridplan_web.views.registry.blueprint import api, pages

__all__ = ["api", "features", "households", "members", "pages", "villages"]
