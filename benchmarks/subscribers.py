"""Many subscribers of the event stream in one process, each a CURVE client of its own.

Run as `python -m benchmarks.subscribers`: the audience in MessagePack on standard input. Prints
a JSON line once every subscriber has heard a heartbeat, then what each has heard, in MessagePack.
"""

import gc
import json
import select
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

import msgspec
import zmq
from msgspec import Struct

PATIENCE_SECONDS = 20


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


class _Ticket(Struct, frozen=True):
    subject: str = ""


class _Payload(Struct, frozen=True):
    type: str
    seq: int
    at: datetime
    ticket: _Ticket = _Ticket()


class Hall:
    """All subscribers' sockets; epoll on their descriptors, for zmq_poll asks each of them."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], seats: list[Seat]) -> None:
        self._sockets = [_listen(context, seat) for seat in seats]
        self._seats = {socket.FD: seat for seat, socket in enumerate(self._sockets)}
        self._events = select.epoll()
        for descriptor in self._seats:
            self._events.register(descriptor, select.EPOLLIN)

    def hear(self) -> list[tuple[int, int, bytes]]:
        """The messages received: the seat, the time of receipt, the payload."""
        heard = []
        for descriptor, _ in self._events.poll(PATIENCE_SECONDS):
            seat = self._seats[descriptor]
            heard += [(seat, *message) for message in _received(self._sockets[seat])]
        return heard

    def close(self) -> None:
        self._events.close()
        for socket in self._sockets:
            socket.close(linger=0)


def _received(socket: zmq.Socket[bytes]) -> Iterator[tuple[int, bytes]]:
    """To the last message: only then does the descriptor tell of the next."""
    with suppress(zmq.Again):
        while True:
            _topic, payload = socket.recv_multipart(zmq.NOBLOCK)
            yield time.time_ns(), payload


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
    quiet, until = set(range(seats)), time.monotonic() + PATIENCE_SECONDS
    while quiet:
        quiet -= {seat for seat, _, _ in hall.hear()}
        if time.monotonic() > until:
            sys.exit(f"{len(quiet)} subscribers hear nothing")


def listen(hall: Hall, audience: Audience) -> list[Heard]:
    """Until every seat has heard every event, or nothing of them comes any more."""
    mark, wanted = f'"{audience.type}"'.encode(), audience.events * len(audience.seats)
    heard: list[tuple[int, int, bytes]] = []
    last = time.monotonic()
    while len(heard) < wanted and time.monotonic() - last < PATIENCE_SECONDS:
        if fresh := [one for one in hall.hear() if mark in one[2]]:
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
        context.set(zmq.MAX_SOCKETS, 2 * len(audience.seats) + 100)
        hall = Hall(context, audience.seats)
        attend(hall, len(audience.seats))
        print(json.dumps({"event": "ready"}), flush=True)
        heard = listen(hall, audience)
        hall.close()
    sys.stdout.buffer.write(msgspec.msgpack.encode(heard))


if __name__ == "__main__":
    main()
