"""Use cases of the service at the desk: what a planner, a secretary or the administrator does, one file each."""
