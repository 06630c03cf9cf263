"""Maps on paper: what is drawn of villages and grids, its patterns, labels and frame; and paper as pictures."""
