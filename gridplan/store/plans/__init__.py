"""Plans and drafts: who is in which grid, and who leads it."""
