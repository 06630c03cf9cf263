"""Settings, audit log, backup, doctor."""
