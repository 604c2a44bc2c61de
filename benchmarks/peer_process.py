"""A bare peer in a process of its own, beside ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import child


@contextmanager
def peer(kind: str, body: bytes, database: Path) -> Iterator[str]:
    """The address of a peer that answers `body`, or `body`'s size; see peers.py for the kinds."""
    answer = database.with_suffix(".answer")
    answer.write_bytes(body)
    with child.running("benchmarks.peers", kind, str(answer), str(database)) as process:
        yield child.line(process)["http"]
