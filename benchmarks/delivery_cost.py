"""The processor time that an encrypted event takes on its way to one subscriber."""

import json
from typing import Any, Final

import msgspec
import zmq

from benchmarks import child
from benchmarks.process_time import read_process_seconds
from benchmarks.subscribers import Audience, Seat

SUBSCRIBERS, RATE, EVENTS = 200, 50, 200
TOPIC: Final = "org.4821.1.ticket"
_TICKET: Final[dict[str, Any]] = {"subject": "0", "description": "hello " * 150}
_EVENT: Final = {"type": "ticket.created", "ticket": _TICKET}


def measure_delivery() -> float:
    """Returns microseconds: of a bare socket, which does nothing else (`bare_stream`)."""
    stage = ("benchmarks.bare_stream", str(RATE), str(EVENTS), TOPIC)
    with child.running(*stage) as publishing, child.running("benchmarks.subscribers") as hearing:
        address = child.line(publishing)
        seats = [_take_seat(address) for _ in range(SUBSCRIBERS)]
        child.tell(hearing, msgspec.msgpack.encode(Audience(seats, "ticket.created", EVENTS)))
        child.line(hearing)
        before = read_process_seconds(publishing.pid)
        child.say(publishing, json.dumps(_EVENT))
        child.rest(hearing)
        spent = read_process_seconds(publishing.pid) - before
    return spent / (SUBSCRIBERS * EVENTS) * 1e6


def _take_seat(address: dict[str, Any]) -> Seat:
    public, secret = (key.decode() for key in zmq.curve_keypair())
    return Seat(public, secret, address["endpoint"], address["server_public_key"], TOPIC)
