"""The stream's peer: a bare PUB socket with CURVE that lets everybody in.

Run as `python -m benchmarks.bare_stream RATE EVENTS TOPIC`: prints its address and beats, until
a line with an event of ours comes on standard input; then publishes as many as it was told.
"""

import json
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import zmq
from zmq.auth import CURVE_ALLOW_ANY
from zmq.auth.thread import ThreadAuthenticator

BEAT_SECONDS: Final = 0.2


class Stage:
    """A PUB socket under one topic."""

    def __init__(self, socket: zmq.Socket[bytes], topic: str) -> None:
        self._socket = socket
        self._topic = topic.encode()

    def beat_until_told(self) -> dict[str, Any]:
        while not select.select([sys.stdin], [], [], BEAT_SECONDS)[0]:
            self._say({"type": "heartbeat", "seq": 0})
        event: dict[str, Any] = json.loads(sys.stdin.readline())
        return event

    def publish(self, event: dict[str, Any], rate: float, events: int) -> None:
        start = time.monotonic()
        for index in range(events):
            time.sleep(max(0.0, start + index / rate - time.monotonic()))
            ticket = event["ticket"] | {"subject": str(index)}
            self._say(event | {"seq": index + 1, "ticket": ticket})

    def _say(self, payload: dict[str, Any]) -> None:
        at = datetime.fromtimestamp(time.time_ns() / 1e9, UTC).isoformat()
        self._socket.send_multipart([self._topic, json.dumps(payload | {"at": at}).encode()])


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
    with zmq.Context() as context, opened(context) as socket:
        stage = Stage(socket, topic)
        stage.publish(stage.beat_until_told(), rate, events)
        sys.stdin.read()  # the audience listens to the end


if __name__ == "__main__":
    main()
