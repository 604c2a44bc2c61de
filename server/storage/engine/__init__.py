"""The storage engine: connections, threads, transactions and statements, on either database."""
