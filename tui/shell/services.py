"""The part of the app that its message handlers use; a test gives them one without an app."""

import weakref
from collections.abc import Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any, Protocol

from tui.model.context import WorkstationContext

if TYPE_CHECKING:
    # The network's libraries are imported after the first paint.
    from tui.shell.session import AgentSession

BackgroundTask = Coroutine[Any, Any, None]


class ClosingAwaitable:
    """Awaits a task; closes one that was dropped before it began, as when the app ends."""

    def __init__(self, task: BackgroundTask) -> None:
        # The finalizer alone holds the task: what is collected together goes in any order, and a
        # task that goes before it is closed complains that nobody awaited it.
        self._finalizer = weakref.finalize(self, _close_task, task)

    def __await__(self) -> Generator[Any, None, None]:
        held = self._finalizer.detach()
        if held is None:
            raise RuntimeError("The task was awaited before.")
        task: BackgroundTask = held[2][0]
        return task.__await__()


def _close_task(task: BackgroundTask) -> None:
    task.close()


class ToastFunction(Protocol):
    """Shows a sentence on the toast line; `kind` is one of Toast's."""

    def __call__(self, text: str, kind: str = "plain") -> None: ...


class HandlerServices:
    """The agent's context and session, the toast line, and tasks that run beside the app."""

    def __init__(
        self,
        context: WorkstationContext,
        show_toast: ToastFunction,
        run_task: Callable[[BackgroundTask], object],
    ) -> None:
        self.context, self.show_toast, self._run_task = context, show_toast, run_task
        self.session: AgentSession | None = None

    def run_task(self, task: BackgroundTask | None) -> None:
        """Runs a task; None stands for one that is under way already."""
        if task is not None:
            self._run_task(task)

    def run_in_session(self, start: "Callable[[AgentSession], BackgroundTask | None]") -> None:
        """Runs what `start` makes of the session; without a session nothing happens."""
        if self.session is not None:
            self.run_task(start(self.session))
