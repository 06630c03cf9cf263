"""Lists of households, members, grids and villages, on pages and as files."""
