"""Proves how good grids are: bounds, column generation, branching."""
