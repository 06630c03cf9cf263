"""Rows of a table on their way to households: checked, joined, refused."""
