"""The ground of a village and of its grids: cells, boundaries, outlines, barriers."""
