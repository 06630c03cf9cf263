"""The grids and leads a town has already, as its lists tell of them."""
