"""Needs: raised, followed up, listed and counted, and the slips by which departments have them."""
