"""Handles bulk changes: progress, what was refused, and undoing them as one."""

from typing import Protocol

from common.bulk import BulkResult
from tui import clock
from tui.messages.requests import RunBulk, UndoBulk
from tui.messages.results import BulkFinished, BulkProgress
from tui.model import bulk_undo
from tui.model.bulk_undo import UndoStep
from tui.shell.message_router import RouteTable
from tui.shell.services import HandlerServices
from tui.text import formatting


class BulkScreen(Protocol):
    """The screen on which tickets are marked."""

    def show_bulk_results(self, title: str, refused: list[BulkResult]) -> None: ...


class BulkHandlers:
    """Sends the bulk changes of an agent, one at a time."""

    def __init__(self, services: HandlerServices, screen: BulkScreen) -> None:
        self._services, self._screen = services, screen
        self._is_running = False
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
        self._inverses = {}
        actor, now = context.actor, clock.read_server_time()
        for command, numbers in request.jobs:
            if actor is None or request.is_undo:
                break
            held = (context.store.tickets.get(number) for number in numbers)
            views = [view for view in held if view is not None]
            self._inverses |= bulk_undo.find_inverses(command, views, actor, now)
        self._services.show_toast(f"{request.doing} …", "dim")
        self._services.run_task(session.bulk_tasks.run(request))

    def show_progress(self, result: BulkProgress) -> None:
        """Says how far it is."""
        total = result.request.total
        if result.done < total:
            self._services.show_toast(f"{result.request.doing}: {result.done} of {total} …", "dim")

    def finish_bulk(self, result: BulkFinished) -> None:
        """Says what was done, and lists what was refused."""
        self._is_running = False
        request, refused = result.request, [it for it in result.results if it.problem]
        self._last_results = result.results
        changed = sum(it.changed for it in result.results)
        same = len(result.results) - changed - len(refused)
        words = [f"{formatting.format_noun_count(changed, 'ticket')} {request.done}"]
        words += [f"{same} unchanged"] * bool(same) + [f"{len(refused)} refused"] * bool(refused)
        undo = " · Z undoes it" if changed and self._inverses else ""
        self._services.show_toast(f"{', '.join(words)}{undo}", "warn" if refused else "good")
        title = f"{len(refused)} of {len(result.results)} tickets were refused"
        self._screen.show_bulk_results(title, refused)

    def undo_bulk(self, _request: UndoBulk) -> None:
        """Undoes the last bulk change on every ticket that is still as it was left."""
        tickets = self._services.context.store.tickets
        jobs = bulk_undo.plan_undo(self._inverses, self._last_results, tickets)
        if not jobs:
            self._services.show_toast("There is no bulk change that can be undone.", "bad")
            return
        self._last_results = []
        self.run_bulk(RunBulk(jobs, doing="Undoing", done="are as before", is_undo=True))
