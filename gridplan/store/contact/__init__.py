"""Visits, and what they are measured by: the rows that the rules of `gridplan.contact` are asked about."""
