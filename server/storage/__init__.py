"""Storage: one database, SQLite or PostgreSQL, with the same code for both."""
