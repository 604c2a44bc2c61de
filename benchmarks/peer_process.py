"""A bare peer in a process of its own, beside ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks import child


class Peer(NamedTuple):
    """The address of a peer, and its process."""

    http: str
    pid: int


@contextmanager
def peer(kind: str, body: bytes, database: Path) -> Iterator[str]:
    """The address of a peer that answers `body`, or `body`'s size; see peers.py for the kinds."""
    with peer_with_pid(kind, body, database) as running:
        yield running.http


@contextmanager
def peer_with_pid(kind: str, body: bytes, database: Path) -> Iterator[Peer]:
    """The same with the peer's process, so that its processor time can be read."""
    answer = database.with_suffix(".answer")
    answer.write_bytes(body)
    with child.running("benchmarks.peers", kind, str(answer), str(database)) as process:
        yield Peer(child.line(process)["http"], process.pid)
