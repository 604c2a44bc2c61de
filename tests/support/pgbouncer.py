"""A real PgBouncer between the tests and their PostgreSQL, where one is installed."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.postgres import Cluster, name_of
from tests.support.waiting import PATIENCE

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
needs_pgbouncer = pytest.mark.skipif(PROGRAM is None, reason="PgBouncer is not installed here")
_CONF = """
[databases]
* = host={folder} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {size}
max_client_conn = 200
logfile = {log}
"""


@contextmanager
def pgbouncer(postgres: Cluster, url: str, mode: str, size: int) -> Iterator[str]:
    """The URL of a database through a pooler that has so many connections to it."""
    assert PROGRAM is not None
    folder = Path(tempfile.mkdtemp(prefix="deskwire-pgbouncer-"))
    folder.chmod(0o777)  # it refuses to run as root, and writes its log here
    port = _free_port()
    conf = folder / "pgbouncer.ini"
    conf.write_text(
        _CONF.format(
            folder=postgres.socket_folder,
            port=port,
            mode=mode,
            size=size,
            log=folder / "pgbouncer.log",
        )
    )
    # Whoever PostgreSQL runs as may enter the folder of its socket.
    as_somebody = ["-u", Path(postgres.socket_folder).owner()] if os.getuid() == 0 else []
    child = subprocess.Popen(
        [PROGRAM, "-q", *as_somebody, conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _until_it_listens(child, port)
        yield f"postgresql://postgres:@127.0.0.1:{port}/{name_of(url)}"
    finally:
        child.terminate()
        child.wait(PATIENCE)
        shutil.rmtree(folder)


def _until_it_listens(child: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while child.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
    raise AssertionError("PgBouncer did not start")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
