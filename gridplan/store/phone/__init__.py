"""Phones of members that keep what is entered until there is signal: their tokens, orders of walking, what is gone."""
