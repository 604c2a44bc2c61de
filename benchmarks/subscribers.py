"""Many subscribers of the event stream in one process, each a CURVE client of its own.

Run as `python -m benchmarks.subscribers`: the audience in MessagePack on standard input. Prints
a JSON line once every subscriber has heard a heartbeat, then what each has heard, in MessagePack.
"""

import gc
import json
import sys
import time
from datetime import datetime

import msgspec
import zmq
from msgspec import Struct

PATIENCE_SECONDS = 10


class Seat(Struct, frozen=True):
    """One subscriber: its keys, and where the server told it to listen."""

    public_key: str
    secret_key: str
    endpoint: str
    server_public_key: str
    topic: str


class Audience(Struct, frozen=True):
    """The subscribers, and how many events of which type each shall hear."""

    seats: list[Seat]
    type: str
    events: int


class Heard(Struct, frozen=True):
    """One event at one subscriber: the event's own time and that of receipt, in nanoseconds."""

    seat: int
    seq: int
    at: int
    received: int
    subject: str


class _Ticket(Struct):
    subject: str = ""


class _Payload(Struct):
    type: str
    seq: int
    at: datetime
    ticket: _Ticket = _Ticket()


class Hall:
    """All subscribers' sockets behind one poller."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], seats: list[Seat]) -> None:
        self._poller = zmq.Poller()
        self._sockets = {_listen(context, seat): index for index, seat in enumerate(seats)}
        for socket in self._sockets:
            self._poller.register(socket, zmq.POLLIN)

    def hear(self) -> list[tuple[int, int, bytes]]:
        """What has come: the seat, the time of receipt, the payload; empty after the patience."""
        heard = []
        for socket, _ in self._poller.poll(PATIENCE_SECONDS * 1000):
            _topic, payload = socket.recv_multipart()
            heard.append((self._sockets[socket], time.time_ns(), payload))
        return heard

    def close(self) -> None:
        for socket in self._sockets:
            socket.close(linger=0)


def _listen(context: zmq.Context[zmq.Socket[bytes]], seat: Seat) -> zmq.Socket[bytes]:
    socket = context.socket(zmq.SUB)
    socket.curve_publickey = seat.public_key.encode()
    socket.curve_secretkey = seat.secret_key.encode()
    socket.curve_serverkey = seat.server_public_key.encode()
    socket.setsockopt(zmq.RCVHWM, 0)
    socket.connect(seat.endpoint)
    socket.setsockopt(zmq.SUBSCRIBE, seat.topic.encode())
    return socket


def attend(hall: Hall, seats: int) -> None:
    """Until each seat has heard something: the heartbeat comes soon after subscribing."""
    quiet = set(range(seats))
    while quiet:
        heard = hall.hear()
        if not heard:
            sys.exit(f"{len(quiet)} subscribers hear nothing")
        quiet -= {seat for seat, _, _ in heard}


def listen(hall: Hall, audience: Audience) -> list[Heard]:
    """Until every seat has heard every event, or nothing of them comes any more."""
    mark, wanted = f'"{audience.type}"'.encode(), audience.events * len(audience.seats)
    heard: list[tuple[int, int, bytes]] = []
    last = time.monotonic()
    while len(heard) < wanted and time.monotonic() - last < PATIENCE_SECONDS:
        if fresh := [one for one in hall.hear() if mark in one[2][:100]]:
            heard += fresh
            last = time.monotonic()
    return [_read(*one) for one in heard]


def _read(seat: int, received: int, payload: bytes) -> Heard:
    event = msgspec.json.decode(payload, type=_Payload)
    at = int(event.at.timestamp()) * 10**9 + event.at.microsecond * 1000
    return Heard(seat, event.seq, at, received, event.ticket.subject)


def main() -> None:
    audience = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Audience)
    gc.disable()
    with zmq.Context() as context:
        hall = Hall(context, audience.seats)
        attend(hall, len(audience.seats))
        print(json.dumps({"event": "ready"}), flush=True)
        heard = listen(hall, audience)
        hall.close()
    sys.stdout.buffer.write(msgspec.msgpack.encode(heard))


if __name__ == "__main__":
    main()
