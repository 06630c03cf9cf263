"""Use cases of the service, a folder for each part of it."""
