"""Where villages are planned, and what is kept of them until all are."""
