"""Where the rows of a list stand, and which frame that is counted in."""
