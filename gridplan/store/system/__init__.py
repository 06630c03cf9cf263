"""Settings, jobs, the audit log, import batches, and the health of the database."""
