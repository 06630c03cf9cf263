"""Lists of households, members, grids and villages: sorted, filtered and cut into pages by the database."""
