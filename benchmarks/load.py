"""The load generator, a process of its own that costs the two cores little.

Raw keep-alive connections with one request in flight each, prebuilt requests, and no more of an
answer read than its status and its length. Run as `python -m benchmarks.load`: a plan in
MessagePack on standard input, a result on standard output.
"""

import asyncio
import gc
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice
from typing import cast

import msgspec
import uvloop
from msgspec import Struct

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class Plan(Struct, frozen=True, kw_only=True):
    """The requests and their server. With a `rate` they leave by the clock, `total` of them.

    With `once` each request is sent one time, and the load ends with the last answer.
    """

    host: str
    port: int
    requests: list[bytes]
    callers: int
    warm_seconds: float = 0.4
    seconds: float = 2.0
    rate: float | None = None
    total: int = 0
    once: bool = False


class Load(Struct, frozen=True, kw_only=True):
    """The outcome; `sent` has the time of each paced request, in nanoseconds since 1970.

    `cpu_seconds` is the processor time of the server for all answers, the warm ones included.
    """

    statuses: dict[int, int]
    answered: int
    seconds: float
    latencies: list[float]
    sent: list[int]
    cpu_seconds: float = math.nan

    @property
    def cpu_microseconds(self) -> float:
        """The server's processor time for each request."""
        return self.cpu_seconds / sum(self.statuses.values()) * 1e6

    @property
    def per_second(self) -> float:
        return self.answered / self.seconds

    def latency(self, percent: float) -> float:
        """A percentile of the latencies, in seconds."""
        return percentile(self.latencies, percent)


def percentile(values: list[float], percent: float) -> float:
    """The nearest rank: a value that was measured."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


class Caller(asyncio.Protocol):
    """One connection. `answered(caller, status, seconds)` is told of every whole answer."""

    def __init__(self, answered: Callable[["Caller", int, float], None]) -> None:
        self._answered = answered
        self._missing = self._status = 0
        self._sent = 0.0
        self._finished = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._finished:
            sys.exit(f"the server hung up after a {self._status}: {exc}")

    def send(self, request: bytes) -> None:
        self._sent = time.perf_counter()
        self._transport.write(request)

    def finish(self) -> None:
        self._finished = True
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._status, self._missing = _head(data)
        if not self._missing:
            self._answered(self, self._status, time.perf_counter() - self._sent)


def _head(data: bytes) -> tuple[int, int]:
    """The status, and how many bytes of the answer have not come yet."""
    end = data.index(HEAD_END)
    start = data.lower().find(LENGTH, 0, end)
    if start < 0:
        return int(data[9:12]), 0
    length = int(data[start + len(LENGTH) : data.index(b"\r\n", start)])
    return int(data[9:12]), end + len(HEAD_END) + length - len(data)


class Rush:
    """Every caller asks again as soon as it has its answer, until the time is over."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._requests = cycle(plan.requests)
        self._statuses: Counter[int] = Counter()
        self._latencies: list[float] = []
        self.sent: list[int] = []

    async def run(self) -> Load:
        callers = await connect(self._plan, self._answered)
        self._over = asyncio.get_running_loop().create_future()
        self._from = time.perf_counter() + self._plan.warm_seconds
        self._until = self._from + self._plan.seconds
        self._flying = len(callers)
        for caller in callers:
            caller.send(next(self._requests))
        await self._over
        return _result(self._statuses, self._plan.seconds, self._latencies, [])

    def _answered(self, caller: Caller, status: int, seconds: float) -> None:
        now = time.perf_counter()
        self._statuses[status] += 1
        if self._from <= now < self._until:
            self._latencies.append(seconds)
        if now < self._until:
            caller.send(next(self._requests))
        else:
            self._leave(caller)

    def _leave(self, caller: Caller) -> None:
        caller.finish()
        self._flying -= 1
        if not self._flying:
            self._over.set_result(None)


class Pass:
    """Every request is sent once: for writes that have another effect the second time."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._requests = iter(plan.requests)
        self._statuses: Counter[int] = Counter()
        self._latencies: list[float] = []

    async def run(self) -> Load:
        callers = await connect(self._plan, self._answered)
        self._over = asyncio.get_running_loop().create_future()
        start = time.perf_counter()
        self._flying = len(callers)
        for caller in callers:
            self._send_next(caller)
        await self._over
        return _result(self._statuses, time.perf_counter() - start, self._latencies, [])

    def _answered(self, caller: Caller, status: int, seconds: float) -> None:
        self._statuses[status] += 1
        self._latencies.append(seconds)
        self._send_next(caller)

    def _send_next(self, caller: Caller) -> None:
        request = next(self._requests, None)
        if request is not None:
            caller.send(request)
            return
        caller.finish()
        self._flying -= 1
        if not self._flying:
            self._over.set_result(None)


class Pace:
    """Requests leave by the clock, whatever the answers do."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._statuses: Counter[int] = Counter()
        self._latencies: list[float] = []
        self._sent: list[int] = []

    async def run(self) -> Load:
        loop = asyncio.get_running_loop()
        self._idle = await connect(self._plan, self._answered)
        self._over = loop.create_future()
        start = loop.time() + self._plan.warm_seconds
        for at, request in _timetable(self._plan, start):
            loop.call_at(at, self._leave, request)
        await self._over
        seconds = loop.time() - start
        return _result(self._statuses, seconds, self._latencies, self._sent)

    def _leave(self, request: bytes) -> None:
        if not self._idle:
            sys.exit("every caller still waits: the rate is beyond the server")
        self._sent.append(time.time_ns())
        self._idle.pop(0).send(request)  # in turn: the server closes idle connections

    def _answered(self, caller: Caller, status: int, seconds: float) -> None:
        self._statuses[status] += 1
        self._latencies.append(seconds)
        self._idle.append(caller)
        if len(self._latencies) == self._plan.total:
            self._over.set_result(None)


def _timetable(plan: Plan, start: float) -> Iterator[tuple[float, bytes]]:
    gap = 1 / (plan.rate or 1)
    requests = islice(cycle(plan.requests), plan.total)
    return ((start + index * gap, request) for index, request in enumerate(requests))


async def connect(plan: Plan, answered: Callable[[Caller, int, float], None]) -> list[Caller]:
    loop = asyncio.get_running_loop()
    protocol = partial(Caller, answered)
    made = [
        await loop.create_connection(protocol, plan.host, plan.port) for _ in range(plan.callers)
    ]
    return [caller for _, caller in made]


def _result(
    statuses: Counter[int], seconds: float, latencies: list[float], sent: list[int]
) -> Load:
    return Load(
        statuses=dict(statuses),
        answered=len(latencies),
        seconds=seconds,
        latencies=latencies,
        sent=sent,
    )


def main() -> None:
    plan = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Plan)
    gc.disable()
    work = Pass(plan) if plan.once else Pace(plan) if plan.rate else Rush(plan)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        load = runner.run(work.run())
    sys.stdout.buffer.write(msgspec.msgpack.encode(load))


if __name__ == "__main__":
    main()
