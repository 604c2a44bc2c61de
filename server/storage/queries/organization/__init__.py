"""Organizations: settings, secrets, retries, and clients of their stream."""
