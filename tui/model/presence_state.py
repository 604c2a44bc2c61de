"""Where the agent is said to be: where it chose to be, else whether it is at the keyboard."""

from datetime import timedelta
from typing import Final

from common.people import Presence

_CHOSEN: Final = frozenset({Presence.BUSY, Presence.AWAY})
_SURELY_CHOSEN: Final = frozenset({Presence.BUSY, Presence.OFFLINE})
"""What no terminal says by itself."""


class PresenceState:
    """One agent's presence as this workstation means it.

    Without a choice the agent is `available`, and `away` after `idle_after` without a key. To
    choose `available` is to choose nothing. What was found at the sign-in counts as chosen.
    `now` is `clock.elapsed()`: a clock that is set makes nobody idle.
    """

    def __init__(self, found: Presence, now: timedelta, idle_after: timedelta | None) -> None:
        self._chosen = found if found in _CHOSEN else None
        self._idle_after = idle_after
        self._touched_at = now
        self.is_idle = False

    @property
    def state(self) -> Presence:
        """What the server should be told."""
        if self._chosen is not None:
            return self._chosen
        return Presence.AWAY if self.is_idle else Presence.AVAILABLE

    def choose_presence(self, state: Presence, now: timedelta) -> None:
        """The agent says where it is."""
        self._chosen = None if state is Presence.AVAILABLE else state
        self.record_activity(now)

    def accept_server_state(self, state: Presence, now: timedelta) -> None:
        """The server says otherwise than it was told: another terminal of the agent's did.

        Away may be that one's idling: a key that is pressed here ends it.
        """
        self._chosen = state if state in _SURELY_CHOSEN else None
        self.record_activity(now)
        self.is_idle = state is Presence.AWAY

    def record_activity(self, now: timedelta) -> bool:
        """A key was pressed. True: the agent is back."""
        self._touched_at = now
        is_back, self.is_idle = self.is_idle, False
        return is_back and self._chosen is None

    def check_idle(self, now: timedelta) -> bool:
        """See whether the agent still presses keys. True: it has just gone idle."""
        left = self.time_until_idle(now)
        if left is None or left > timedelta(0) or self.is_idle:
            return False
        self.is_idle = True
        return self._chosen is None

    def time_until_idle(self, now: timedelta) -> timedelta | None:
        """How long until the agent counts as idle; None: never."""
        if self._idle_after is None:
            return None
        return self._touched_at + self._idle_after - now
