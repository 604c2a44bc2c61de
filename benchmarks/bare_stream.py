"""The stream's peer: a bare PUB socket with CURVE that lets everybody in.

Run as `python -m benchmarks.bare_stream RATE EVENTS TOPIC [DATABASE]`: prints its address and
beats, until a line with an event of ours comes on standard input; then publishes as many as it was
told. With a database it commits a row for each event first: the time in an event of ours is that
before its commit, too.
"""

import json
import select
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import zmq
from zmq.auth import CURVE_ALLOW_ANY
from zmq.auth.thread import ThreadAuthenticator

BEAT_SECONDS: Final = 0.2


class Stage:
    """A PUB socket under one topic."""

    def __init__(self, socket: zmq.Socket[bytes], topic: str, database: str | None) -> None:
        self._socket = socket
        self._commit = _make_commit(database) if database else _commit_nothing
        self._topic = topic.encode()

    def beat_until_told(self) -> dict[str, Any]:
        while not select.select([sys.stdin], [], [], BEAT_SECONDS)[0]:
            self._say({"type": "heartbeat", "seq": 0}, _commit_nothing)
        event: dict[str, Any] = json.loads(sys.stdin.readline())
        return event

    def publish(self, event: dict[str, Any], rate: float, events: int) -> None:
        start = time.monotonic()
        for index in range(events):
            time.sleep(max(0.0, start + index / rate - time.monotonic()))
            ticket = event["ticket"] | {"subject": str(index)}
            self._say(event | {"seq": index + 1, "ticket": ticket}, self._commit)

    def _say(self, payload: dict[str, Any], commit: Callable[[str], None]) -> None:
        at = datetime.fromtimestamp(time.time_ns() / 1e9, UTC).isoformat()
        commit(at)
        self._socket.send_multipart([self._topic, json.dumps(payload | {"at": at}).encode()])


def _make_commit(database: str) -> Callable[[str], None]:
    """Returns what writes a row as durably as we do."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS events (at TEXT)")

    def commit(at: str) -> None:
        connection.execute("INSERT INTO events VALUES (?)", [at])
        connection.commit()

    return commit


def _commit_nothing(_: str) -> None:
    """Stands where there is no database."""


@contextmanager
def opened(context: zmq.Context[zmq.Socket[bytes]]) -> Iterator[zmq.Socket[bytes]]:
    doorman = ThreadAuthenticator(context)
    doorman.start()
    doorman.configure_curve(domain="*", location=CURVE_ALLOW_ANY)
    with context.socket(zmq.PUB) as socket:
        public, socket.curve_secretkey = zmq.curve_keypair()
        socket.curve_server = True
        socket.setsockopt(zmq.SNDHWM, 0)
        socket.setsockopt(zmq.LINGER, 0)
        port = socket.bind_to_random_port("tcp://127.0.0.1")
        address = {"endpoint": f"tcp://127.0.0.1:{port}", "server_public_key": public.decode()}
        print(json.dumps(address), flush=True)
        yield socket
    doorman.stop()


def main() -> None:
    rate, events, topic = float(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    database = sys.argv[4] if sys.argv[4:] else None
    with zmq.Context() as context, opened(context) as socket:
        stage = Stage(socket, topic, database)
        stage.publish(stage.beat_until_told(), rate, events)
        sys.stdin.read()  # the audience listens to the end


if __name__ == "__main__":
    main()
