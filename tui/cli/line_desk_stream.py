"""Presence and announcements of the line desk, on a thread of its own."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

import msgspec

from common.envelope import Envelope
from common.wire import MeView
from tui import clock
from tui.cli.rest_caller import RestCaller
from tui.model.presence_state import PresenceState
from tui.network.client import ApiProblem, Client
from tui.network.event_reader import EventReader
from tui.network.feed import LogReplaced
from tui.network.presence_reporter import PresenceReporter
from tui.text import safe_text
from tui.text.announcements import announce_event

_END_SECONDS: Final = 3.0


class LineDeskStream:
    """Announces events, and keeps the agent available, until it is closed."""

    def __init__(
        self,
        caller: RestCaller,
        me: MeView,
        idle_after: timedelta | None,
        announce: Callable[[str], None],
    ) -> None:
        self._caller, self._me, self._announce = caller, me, announce
        self._idle_after = idle_after
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Task[None] | None = None
        self._reporter: PresenceReporter | None = None
        self._thread = threading.Thread(target=self._run, name="announcements", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def record_activity(self) -> None:
        """Records that the agent is there."""
        if self._loop is not None and self._reporter is not None:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._reporter.record_activity)

    def close(self) -> None:
        """Ends the thread; it is left alone if it does not end soon."""
        if self._loop is not None and self._work is not None:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._work.cancel)
        self._thread.join(_END_SECONDS)

    def _run(self) -> None:
        with suppress(asyncio.CancelledError):
            asyncio.run(self._follow())

    async def _follow(self) -> None:
        self._loop, self._work = asyncio.get_running_loop(), asyncio.current_task()
        caller = self._caller
        presence = PresenceState(self._me.presence, clock.read_elapsed_time(), self._idle_after)
        async with Client(caller.server_url, caller.org_id, caller.token) as client:
            self._reporter = PresenceReporter(client, presence, self._announce)
            reporting = asyncio.create_task(self._reporter.run())
            try:
                await self._read_log(client)
            finally:
                reporting.cancel()
                await asyncio.wait({reporting})

    async def _read_log(self, client: Client) -> None:
        reader = EventReader(client, self._take_event, self._report)
        while True:
            try:
                await reader.run()
            except LogReplaced:
                self._announce("The server was restored from a backup.")
                reader.seq = reader.epoch = None
            except ApiProblem as problem:
                self._announce(f"No more announcements: {problem.detail or problem.title}")
                return

    def _report(self, line: str) -> None:
        self._announce(line.capitalize())

    def _take_event(self, raw: bytes) -> None:
        with suppress(msgspec.MsgspecError):  # an event of a newer server
            event = safe_text.decode_safe_json(raw, Envelope)
            line = announce_event(event, self._me.id)
            if line:
                self._announce(line)
