"""Upkeep of the lists: households, members, villages, and what divides and joins the land."""
