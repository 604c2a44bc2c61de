"""People: accounts, addresses, sessions, merges, and whom mail reaches."""
