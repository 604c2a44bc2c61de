"""Times parts of a program by the processor time of their threads, each without its inner parts."""

import threading
import time
from collections.abc import Callable, Generator
from functools import wraps
from inspect import iscoroutinefunction
from types import coroutine
from typing import Any

from msgspec import Struct

Function = Callable[..., Any]


class PartTime(Struct):
    """The number of times a part ran, and its processor time in nanoseconds."""

    calls: int = 0
    nanoseconds: int = 0


class _ThreadClock(threading.local):
    """The parts of one thread; `since` is when the innermost part began or went on."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.since = 0
        self.parts: dict[str, PartTime] = {}


class PartTimer:
    """Counts and times parts by name, in every thread."""

    def __init__(self) -> None:
        self._clock = _ThreadClock()
        self._lock = threading.Lock()
        self._threads: list[dict[str, PartTime]] = []

    def wrap(self, name: str, inner: Function) -> Function:
        """Returns the function, timed; a coroutine by its steps, without its waits."""
        if iscoroutinefunction(inner):
            return self._wrap_coroutine(name, inner)

        @wraps(inner)
        def timed(*arguments: Any, **named: Any) -> Any:
            self.enter(name)
            try:
                return inner(*arguments, **named)
            finally:
                self.leave()

        return timed

    def enter(self, name: str, calls: int = 1) -> None:
        """Begins a part; the one around it stands still meanwhile."""
        clock = self._clock
        if not clock.parts:
            with self._lock:
                self._threads.append(clock.parts)
        self._charge(clock)
        clock.open.append(name)
        clock.parts.setdefault(name, PartTime()).calls += calls

    def leave(self) -> None:
        """Ends the innermost part."""
        self._charge(self._clock)
        self._clock.open.pop()

    def take_parts(self) -> dict[str, PartTime]:
        """Returns the parts so far, of all threads together, and begins anew."""
        total: dict[str, PartTime] = {}
        with self._lock:
            for parts in self._threads:
                for name, part in parts.items():
                    it = total.setdefault(name, PartTime())
                    it.calls, it.nanoseconds = (
                        it.calls + part.calls,
                        it.nanoseconds + part.nanoseconds,
                    )
                    part.calls = part.nanoseconds = 0
        return total

    def _charge(self, clock: _ThreadClock) -> None:
        now = time.thread_time_ns()
        if clock.open:
            clock.parts[clock.open[-1]].nanoseconds += now - clock.since
        clock.since = now

    def _wrap_coroutine(self, name: str, inner: Function) -> Function:
        @coroutine
        def run_steps(running: Any) -> Generator[Any, Any, Any]:
            send, value, calls = running.send, None, 1
            while True:
                self.enter(name, calls)
                try:
                    waited = send(value)
                except StopIteration as end:
                    return end.value
                finally:
                    self.leave()
                calls = 0
                try:
                    send, value = running.send, (yield waited)
                except BaseException as error:  # noqa: BLE001 - it is the coroutine's
                    send, value = running.throw, error

        @wraps(inner)
        async def timed(*arguments: Any, **named: Any) -> Any:
            return await run_steps(inner(*arguments, **named))

        return timed
