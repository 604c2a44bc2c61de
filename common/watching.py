"""Watching tickets: who looks at one or writes to it, for a moment and never in the log."""

from typing import Final

from msgspec import Struct

from common.wire import PersonRef

WATCH_SECONDS: Final = 30
"""Seconds after which somebody who has not said so again is taken to be gone."""
RENEW_SECONDS: Final = 10
"""Seconds after which clients say so again."""


class WatchTicket(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Says that the caller looks at a ticket, writes to it (`typing`), or has left it."""

    typing: bool = False
    left: bool = False


class WatchView(Struct, frozen=True):
    """Somebody at a ticket, as a signal of the stream says."""

    number: int
    user: PersonRef
    typing: bool
    left: bool
