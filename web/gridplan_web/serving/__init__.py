"""How the service listens: connections, the threads that answer, and processes that share the work."""
