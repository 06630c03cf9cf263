"""The commands that run the service; they parse, call a use case and say what came of it."""
