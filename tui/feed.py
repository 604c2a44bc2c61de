"""SUB in: hears the stream, notices what is missing, catches up, and never gives up."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from tui.client import Client
from tui.store import Store


class Connection(StrEnum):
    """How this client stands to the server."""

    CONNECTING = "connecting"
    CATCHING_UP = "catching_up"
    LIVE = "live"
    OFFLINE = "offline"
    SIGNED_OUT = "signed_out"


class ConnectionState(Struct, frozen=True):
    """The connection, since when, and when the next try comes (OFFLINE alone)."""

    connection: Connection
    since: datetime
    retry_in: float | None = None
    reason: str = ""


class Feed:
    """Keeps the store true. `run` returns only when the session has ended."""

    def __init__(
        self, client: Client, store: Store, on_state: Callable[[ConnectionState], None]
    ) -> None:
        raise NotImplementedError

    @property
    def state(self) -> ConnectionState:
        """The state last told to `on_state`."""
        raise NotImplementedError

    async def run(self) -> None:
        """Snapshot, then apply what comes, for as long as the session lasts (then SIGNED_OUT)."""
        raise NotImplementedError

    def resync(self) -> None:
        """Begin anew with a snapshot, now; also ends the waiting while OFFLINE."""
        raise NotImplementedError
