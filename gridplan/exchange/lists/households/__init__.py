"""Rows become households: their village, their id, and who is listed twice."""
