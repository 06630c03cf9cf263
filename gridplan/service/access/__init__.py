"""Accounts, login cards, sessions and passwords."""
