"""Where things are kept: one database, SQLite or PostgreSQL, the same code for both."""
