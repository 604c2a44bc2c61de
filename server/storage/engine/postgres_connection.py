"""A connection to PostgreSQL that waits for a limited time, and knows what it has prepared."""

from typing import Any

import psycopg
from psycopg.abc import PQGen

from server.storage.engine.prepared_statements import PreparedStatements


class PostgresConnection(psycopg.Connection[Any]):
    """A connection that gives up on a statement when the server is silent for too long."""

    patience: float | None = None
    prepared: PreparedStatements | None = None
    """The statements that pipelines have prepared; None behind a pooler."""

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        return super().wait(gen, interval, self.patience if timeout is None else timeout)
