"""Ticks once a second for widgets with a running clock, and stops while nothing counts."""

from collections.abc import Callable
from typing import Any, Final

from textual.timer import Timer

from tui import clock

_LATE_SECONDS: Final = 0.005
"""Seconds after the full second, so that a timer that is early never shows the old value."""


class SecondsTicker:
    """One timer, at every full second of the wall clock, for as long as something counts."""

    def __init__(self, set_timer: Callable[..., Timer], tick: Callable[[], bool]) -> None:
        """`tick` redraws what has changed, and returns whether anything still counts."""
        self._set_timer, self._tick = set_timer, tick
        self._timer: Timer | None = None

    @property
    def is_running(self) -> bool:
        return self._timer is not None

    def ensure_running(self) -> None:
        """Starts the ticker, because something that counts is in sight."""
        if self._timer is None:
            rest = 1 - clock.read_server_time().microsecond / 1_000_000
            self._timer = self._set_timer(rest + _LATE_SECONDS, self._run_tick)

    def _run_tick(self, *_: Any) -> None:
        self._timer = None
        if self._tick():
            self.ensure_running()
