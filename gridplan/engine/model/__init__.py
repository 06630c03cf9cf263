"""What the kernels see: points, distances, neighbours, grids and what they cost."""
