"""The registry: lists of households, members, grids and villages, the forms of their rows, and features of the land."""

from gridplan_web.views.registry import features, households, lists, members, villages
from gridplan_web.views.registry.blueprint import api, pages

__all__ = ["api", "features", "households", "lists", "members", "pages", "villages"]
