"""Upkeep of the lists: households, members, villages, and what divides and joins the land."""

from gridplan_web.views.registry import features, households, members, villages
from gridplan_web.views.registry.blueprint import api, pages

__all__ = ["api", "features", "households", "members", "pages", "villages"]
