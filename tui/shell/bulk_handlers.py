"""Handles bulk changes: progress, what was refused, and undoing them as one."""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

from common.bulk import BulkResult
from tui import clock
from tui.keys import label_command
from tui.messages.requests import RunBulk, UndoBulk
from tui.messages.results import BulkFinished, BulkProgress
from tui.model import bulk_undo
from tui.model.bulk_undo import UndoStep
from tui.model.undo_history import UNDO_PERIOD
from tui.shell.message_router import RouteTable
from tui.shell.services import HandlerServices
from tui.text import formatting


class BulkScreen(Protocol):
    """The screen on which tickets are marked."""

    def show_bulk_results(self, title: str, refused: list[BulkResult]) -> None: ...


class BulkHandlers:
    """Sends the bulk changes of an agent, one at a time."""

    def __init__(self, services: HandlerServices, screen: BulkScreen, hold: timedelta) -> None:
        """`hold` is how long a change that nothing undoes waits before it is sent."""
        self._services, self._screen, self._hold = services, screen, hold
        self._is_running = False
        self._held: RunBulk | None = None
        self._made_at: datetime | None = None
        self._last_results: list[BulkResult] = []
        self._inverses: dict[int, UndoStep] = {}

    @property
    def routes(self) -> RouteTable:
        """The messages that are handled here."""
        return {
            RunBulk: self.run_bulk,
            UndoBulk: self.undo_bulk,
            BulkProgress: self.show_progress,
            BulkFinished: self.finish_bulk,
        }

    def run_bulk(self, request: RunBulk) -> None:
        """Sends a bulk change, and remembers what undoes it."""
        session, context = self._services.session, self._services.context
        if self._is_running or session is None:
            reason = "A bulk change is under way." if self._is_running else "Not connected."
            self._services.show_toast(reason, "bad")
            return
        self._is_running = True
        self._inverses, is_final = {}, False
        actor, now = context.actor, clock.read_server_time()
        self._made_at = None if request.is_undo else now
        for command, numbers in request.jobs:
            if actor is None or request.is_undo:
                break
            held = (context.store.tickets.get(number) for number in numbers)
            views = [view for view in held if view is not None]
            self._inverses |= bulk_undo.find_inverses(command, views, actor, now)
            is_final = is_final or bulk_undo.has_final_change(command, views, actor, now)
        if is_final and self._hold:
            self._hold_back(request, now)
            return
        self._begin_sending(request)
        self._services.run_task(session.bulk_tasks.run(request))

    def _hold_back(self, request: RunBulk, now: datetime) -> None:
        """Holds a change of which others are told, so that it can be taken back as one."""
        self._held, self._services.context.bulk_held_until = request, now + self._hold
        count = formatting.format_noun_count(request.total, "ticket")
        seconds = round(self._hold / timedelta(seconds=1))
        self._services.show_toast(
            f"{request.doing}: {count} in {seconds} s · {label_command('ticket.undo')} undo", "good"
        )
        self._services.run_task(self._send_later(request))

    async def _send_later(self, request: RunBulk) -> None:
        await asyncio.sleep(self._hold / timedelta(seconds=1))
        if self._held is request:
            await self.send_held()

    async def send_held(self) -> None:
        """Sends a change that is held now: its time is over, or the program ends."""
        request, session = self._end_hold(), self._services.session
        if request is None:
            return
        if session is None:
            self._is_running = False
            self._services.show_toast("Not connected: nothing was changed.", "bad")
            return
        self._begin_sending(request)
        await session.bulk_tasks.run(request)

    def _begin_sending(self, request: RunBulk) -> None:
        self._services.context.bulk_progress = 0, request.total
        self._services.show_toast(f"{request.doing} …", "dim")

    def _end_hold(self) -> RunBulk | None:
        request, self._held = self._held, None
        self._services.context.bulk_held_until = None
        return request

    def is_newest(self, other: datetime | None, now: datetime) -> bool:
        """Returns whether a change of marked tickets is what the agent did last, just now.

        `other` is when the agent last changed a single ticket.
        """
        if self._made_at is None or now - self._made_at >= UNDO_PERIOD:
            return False
        can_be_undone = self._held is not None or bool(self._inverses and self._last_results)
        return can_be_undone and (other is None or self._made_at > other)

    def show_progress(self, result: BulkProgress) -> None:
        """Says how far it is; the last line keeps it when other messages come."""
        total = result.request.total
        self._services.context.bulk_progress = result.done, total
        if result.done < total:
            self._services.show_toast(f"{result.request.doing}: {result.done} of {total} …", "dim")

    def finish_bulk(self, result: BulkFinished) -> None:
        """Says what was done, and lists what was refused."""
        self._is_running, self._services.context.bulk_progress = False, None
        request, refused = result.request, [it for it in result.results if it.problem]
        self._last_results = result.results
        changed = sum(it.changed for it in result.results)
        same = len(result.results) - changed - len(refused)
        words = [f"{formatting.format_noun_count(changed, 'ticket')} {request.done}"]
        words += [f"{same} unchanged"] * bool(same) + [f"{len(refused)} refused"] * bool(refused)
        key = label_command("queue.undo-bulk")
        undo = f" · {key} undoes it" if changed and self._inverses else ""
        self._services.show_toast(f"{', '.join(words)}{undo}", "warn" if refused else "good")
        title = f"{len(refused)} of {len(result.results)} tickets were refused"
        self._screen.show_bulk_results(title, refused)

    def undo_bulk(self, _request: UndoBulk) -> None:
        """Takes back what is held, or undoes the last change where tickets are as it left them."""
        held = self._end_hold()
        if held is not None:
            self._is_running, self._made_at = False, None
            count = formatting.format_noun_count(held.total, "ticket")
            self._services.show_toast(f"Taken back: {held.doing}, {count}.", "good")
            return
        tickets = self._services.context.store.tickets
        jobs = bulk_undo.plan_undo(self._inverses, self._last_results, tickets)
        if not jobs:
            self._services.show_toast("There is no bulk change that can be undone.", "bad")
            return
        self._last_results = []
        self.run_bulk(RunBulk(jobs, doing="Undoing", done="are as before", is_undo=True))
