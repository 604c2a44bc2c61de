"""The agent's presence: its choice, or else whether it uses the keyboard."""

from datetime import timedelta
from typing import Final

from common.people import Presence

_CHOSEN: Final = frozenset({Presence.BUSY, Presence.AWAY})
_SURELY_CHOSEN: Final = frozenset({Presence.BUSY, Presence.OFFLINE})
"""Presences that no terminal reports by itself."""


class PresenceState:
    """One agent's presence as this workstation reports it.

    Without a choice the agent is `available`, and `away` after `idle_after` without a key. To
    choose `available` is to choose nothing. Busy or away at the sign-in counts as chosen.
    `now` is `clock.read_elapsed_time()`: setting a clock makes nobody idle.
    """

    def __init__(self, found: Presence, now: timedelta, idle_after: timedelta | None) -> None:
        self._chosen = found if found in _CHOSEN else None
        self._idle_after = idle_after
        self._touched_at = now
        self.is_idle = False

    @property
    def state(self) -> Presence:
        """The presence to report to the server."""
        if self._chosen is not None:
            return self._chosen
        return Presence.AWAY if self.is_idle else Presence.AVAILABLE

    def choose_presence(self, state: Presence, now: timedelta) -> None:
        """Records the presence that the agent chose."""
        self._chosen = None if state is Presence.AVAILABLE else state
        self.record_activity(now)

    def accept_server_state(self, state: Presence, now: timedelta) -> None:
        """Accepts a state that another terminal of the agent's has reported.

        "Away" may mean that it is idle there: a key that is pressed here ends it.
        """
        self._chosen = state if state in _SURELY_CHOSEN else None
        self.record_activity(now)
        self.is_idle = state is Presence.AWAY

    def record_activity(self, now: timedelta) -> bool:
        """Records a key press. True: the agent is back."""
        self._touched_at = now
        is_back, self.is_idle = self.is_idle, False
        return is_back and self._chosen is None

    def check_idle(self, now: timedelta) -> bool:
        """Checks whether the agent is idle. True: it has just become so, and is shown as away."""
        left = self.time_until_idle(now)
        if left is None or left > timedelta(0) or self.is_idle:
            return False
        self.is_idle = True
        return self._chosen is None

    def time_until_idle(self, now: timedelta) -> timedelta | None:
        """Returns the time until the agent counts as idle; None: never."""
        if self._idle_after is None:
            return None
        return self._touched_at + self._idle_after - now
