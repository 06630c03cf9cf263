"""Bytes of a file become tables of text with known columns."""
