"""The pages of plans: drafts, their leads, redrawing them by hand, publishing."""
