"""Households, members, villages and features, changed one at a time."""
