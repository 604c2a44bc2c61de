"""An ask: a job for a thread, and the future of its answer."""

import asyncio
from collections.abc import Callable

from common.refused import Unavailable
from server.storage.transaction import Reading


def away(error: Exception) -> Unavailable:
    """What a caller is told of a database that cannot be reached, or takes nothing more."""
    refusal = Unavailable("The database cannot do this at the moment: try again.")
    refusal.__cause__ = error
    return refusal


class Ask:
    """A job, and the future of its answer."""

    __slots__ = ("error", "future", "job", "result", "single")

    def __init__(
        self, job: Callable[..., object], future: "asyncio.Future[object]", *, single: bool
    ) -> None:
        self.job = job
        self.single = single
        self.future = future
        self.result: object = None
        self.error: BaseException | None = None

    def run(self, transaction: Reading) -> None:
        """Runs the job and keeps what came of it."""
        try:
            self.result = self.job(transaction)
        except BaseException as error:  # noqa: BLE001 - it is the caller's, and goes there
            self.error = error

    def answer(self) -> None:
        """Resolves the future, on the loop's thread."""
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def answer_all(asks: list[Ask]) -> None:
    """Resolves a batch in one turn of the loop."""
    for ask in asks:
        ask.answer()
