"""A newer list against a plan that exists."""
