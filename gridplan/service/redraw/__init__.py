"""Redrawing a village by hand: a draft that is opened, edited step by step, undone, proposed and asked about."""
