"""Sends what is in the outbox: each ticket's commands in their order, several tickets at a time."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from textual.message import Message

from common.errors import RateLimited, RequestTimeout, StaleVersion
from common.tickets.replying import AddMessage
from common.wire import TicketView, WrittenMessage
from tui import clock
from tui.messages.requests import SendCommand
from tui.messages.results import CommandSent
from tui.model.outbox import Outbox
from tui.model.pending_commands import PendingCommand
from tui.model.store import Store
from tui.network.client import ApiProblem, Client, Unreachable
from tui.network.error_text import explain_error
from tui.network.file_tasks import FileTasks
from tui.network.upload_form import UploadFailed

_AT_ONCE: Final = 16
"""Requests under way at once: the server groups their commits."""
_SHORTEST: Final = 0.2
_LONGEST: Final = 5.0
_LONGEST_ASKED: Final = 60.0
"""Seconds before another try: the usual range, and the longest that a server may ask for."""
_REPEATED: Final = frozenset({RateLimited.slug, RequestTimeout.slug})
"""Refusals of the moment: the same command is sent again."""


class CommandSender:
    """Sends the commands of one session while the connection is live."""

    def __init__(
        self, client: Client, outbox: Outbox, store: Store, post: Callable[[Message], Any]
    ) -> None:
        self._client, self._outbox, self._store, self._post = client, outbox, store, post
        self._files = FileTasks(client, post)
        self._requests: dict[int, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._is_live = False
        self._failures = 0
        self._pause_until = 0.0

    def set_live(self, *, is_live: bool) -> None:
        """Says whether the store is up to date: only then is it known what still holds."""
        self._is_live = is_live
        if is_live:
            self._failures, self._pause_until = 0, 0.0
        self._changed.set()

    def look_again(self) -> None:
        """Looks for something to send: the outbox or a ticket has changed."""
        self._changed.set()

    async def run(self) -> None:
        """Sends until it is cancelled; what is under way then is sent again by the next one."""
        try:
            while True:
                self._changed.clear()
                await self._start_requests()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._find_pause()):
                        await self._changed.wait()
        finally:
            for request in self._requests.values():
                request.cancel()

    async def flush(self, seconds: float) -> None:
        """Sends everything now, if it takes no longer than this."""
        self._outbox.release_holds()
        deadline = clock.read_steady_clock() + seconds
        while self._is_live and self._outbox.pending.waiting:
            left = deadline - clock.read_steady_clock()
            if left <= 0:
                return
            if not self._requests:
                await self._start_requests()
            if not self._requests:
                return
            await asyncio.wait(
                self._requests.values(), timeout=left, return_when=asyncio.FIRST_COMPLETED
            )

    def _find_pause(self) -> float | None:
        """Returns the seconds until there may be something to send; None: until a change."""
        if not self._is_live:
            return None
        left = self._pause_until - clock.read_steady_clock()
        if left > 0:
            return left
        now = clock.read_server_time()
        release = self._outbox.pending.find_next_release(now)
        return None if release is None else max((release - now) / timedelta(seconds=1), 0.01)

    async def _start_requests(self) -> None:
        room = _AT_ONCE - len(self._requests)
        if not self._is_live or not room or clock.read_steady_clock() < self._pause_until:
            return
        ready = self._outbox.list_sendable(self._requests, room, clock.read_server_time())
        if not ready:
            return
        self._outbox.mark_sent([one.key for one in ready])
        if not self._outbox.is_synced:
            await asyncio.to_thread(self._outbox.sync)
        for one in ready:
            if one.number not in self._requests:
                self._requests[one.number] = asyncio.create_task(self._run_request(one))

    async def _run_request(self, pending: PendingCommand) -> None:
        try:
            await self._send(pending)
        finally:
            self._requests.pop(pending.number, None)
            self._changed.set()

    async def _send(self, pending: PendingCommand) -> None:
        try:
            answer = await self._request(pending)
        except Unreachable as error:
            self._back_off(error.retry_after)
        except ApiProblem as problem:
            self._take_problem(pending, problem)
        except UploadFailed as error:
            self._outbox.refuse(pending.key, str(error))
        except Exception as error:
            self._outbox.refuse(pending.key, f"An error in this program: {error!r}")
            raise
        else:
            self._failures = 0
            self._take_answer(pending, answer)

    def _request(self, pending: PendingCommand) -> Coroutine[Any, Any, TicketView | WrittenMessage]:
        command = pending.command
        if not isinstance(command, AddMessage):
            return self._client.send_command(
                pending.number, command, key=pending.key, version=pending.version
            )
        if not pending.files:
            return self._client.send_command(pending.number, command, key=pending.key)
        send = SendCommand(
            pending.number,
            command,
            doing=f"Sending files to #{pending.number}",
            done=pending.done,
            key=pending.key,
            files=tuple(map(Path, pending.files)),
            has_text=pending.has_text,
        )
        return self._files.send_message(send, command)

    def _take_answer(self, pending: PendingCommand, answer: TicketView | WrittenMessage) -> None:
        if isinstance(answer, WrittenMessage):
            self._outbox.confirm(pending.key, answer.seq)
            # A reply to an open ticket also moves it: that is the very next event.
            self._post(CommandSent(pending, answer.seq + 1, answer.mentions or None))
        else:
            self._outbox.confirm(pending.key, answer.last_seq, answer.version)
            self._post(CommandSent(pending, answer.last_seq))

    def _take_problem(self, pending: PendingCommand, problem: ApiProblem) -> None:
        """Takes back what was refused, and keeps what the refusal brings that is new."""
        if problem.is_signed_out or problem.slug in _REPEATED:
            self._back_off(problem.retry_after)
            return
        for message in problem.messages:
            self._store.merge_message(pending.number, message)
        latest = problem.ticket
        if problem.slug == StaleVersion.slug and latest is not None:
            if self._outbox.renew_stale(pending.key, latest):
                return
        elif latest is not None:
            self._store.merge_tickets([latest])
        self._outbox.refuse(pending.key, explain_error(problem), problem.slug)

    def _back_off(self, at_least: float | None) -> None:
        pause = min(_LONGEST, _SHORTEST * 2 ** min(self._failures, 10))
        self._failures += 1
        pause = max(pause, min(at_least or 0, _LONGEST_ASKED))
        self._pause_until = max(self._pause_until, clock.read_steady_clock() + pause)
