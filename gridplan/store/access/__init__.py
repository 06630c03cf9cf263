"""Accounts, sessions, invitations and login cards, and the scope of each."""
