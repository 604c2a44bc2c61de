"""PostgreSQL: threads that share a pool of connections; writes of one organization go together.

Organizations never wait for each other: only the writes of one are ordered, by its counter row.
"""

from functools import partial
from typing import Final

from server.storage.engine.commit_channel import LISTEN, CommitChannel
from server.storage.engine.committed_cache import CommittedCache
from server.storage.engine.connection_pool import ConnectionPool, ConnectionUse
from server.storage.engine.database import Database
from server.storage.engine.job_queue import JobQueue
from server.storage.engine.organization_queue import OrganizationQueue
from server.storage.engine.postgres_connector import PostgresConnector, PostgresSettings
from server.storage.engine.postgres_workers import PostgresReader, PostgresWriter
from server.storage.engine.statement import Sql

_NOTIFY_OTHERS: Final = Sql(
    sqlite="",
    postgresql=f"""SELECT pg_notify(%s, %s) WHERE EXISTS (
        SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> %s
            AND (query IN ('{LISTEN}', '<insufficient privilege>')
                OR state = 'disabled'))""",
    places="channel payload pid",
)
"""Notifies if another connection listens, or one of which PostgreSQL does not say what it does."""


def open_postgres(url: str, settings: PostgresSettings | None = None) -> Database:
    """Opens the database behind a `postgresql://` URL. Connections are opened when needed."""
    settings = settings or PostgresSettings()
    writes, quick, reads = OrganizationQueue(), JobQueue(spread=True), JobQueue(spread=True)
    connector = PostgresConnector(url, settings)
    pool = ConnectionPool(connector.connect, settings.connections, settings.connection_wait_seconds)
    database = Database("postgresql", writes=writes, quick=quick, reads=reads, on_closed=pool.close)
    many = settings.connections
    cache = CommittedCache()
    for n in range(max(many // 2, 1)):
        writer = PostgresWriter(pool, ConnectionUse.WRITE, connector, cache)
        database.add_worker(writes, f"writer-{n}", writer)
    for n in range(max(many // 4, 1)):
        database.add_worker(
            quick, f"quick-{n}", PostgresReader(pool, ConnectionUse.QUICK, connector)
        )
        database.add_worker(
            reads, f"reader-{n}", PostgresReader(pool, ConnectionUse.READ, connector)
        )
    database.commit_channel = CommitChannel(
        connector.connect_listener, partial(_notify_others, database)
    )
    return database


async def _notify_others(database: Database, channel: str, payload: str, pid: int) -> bool:
    """Returns whether another server than that of the listener `pid` listens, or may listen."""
    told = await database.read_one(
        lambda reading: reading.fetch_row(_NOTIFY_OTHERS, channel=channel, payload=payload, pid=pid)
    )
    return told is not None
