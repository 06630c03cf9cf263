"""Finds grids: starts, local search, repair."""
