"""From lists to a plan: no database, no web."""
