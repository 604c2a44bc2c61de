"""Bulk changes over the network: in parts, so that progress is seen, and each part once."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from textual.message import Message

from common.bulk import BulkAnswer, BulkProblem, BulkRequest, BulkResult
from common.bulk_endpoints import RUN_BULK
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.editing import EditTicket
from common.tickets.registry import Command
from common.tickets.replying import AddMessage
from tui.messages.requests import RunBulk
from tui.messages.results import BulkFinished, BulkProgress
from tui.network.client import ApiProblem, Client, Unreachable
from tui.network.error_text import explain_error

_PART: Final = 250
"""Tickets of one request."""
_FIELDS: Final[dict[type, str]] = {
    EditTicket: "edit",
    ClaimTicket: "claim",
    ReleaseTicket: "release",
    AssignTicket: "assign",
    AddMessage: "message",
}


class BulkTasks:
    """Sends bulk changes; `BulkProgress` and `BulkFinished` have the results."""

    def __init__(self, client: Client, post: Callable[[Message], Any]) -> None:
        self._client, self._post = client, post

    async def run(self, request: RunBulk) -> None:
        """Sends all parts; after an error the rest counts as refused, for that reason."""
        results: list[BulkResult] = []
        failure: BulkProblem | None = None
        for command, numbers in _split_jobs(request):
            if failure is None:
                try:
                    results += (await self._send(command, numbers)).results
                except (ApiProblem, Unreachable) as error:
                    failure = BulkProblem("", explain_error(error))
            if failure is not None:
                results += [BulkResult(number, problem=failure) for number in numbers]
            self._post(BulkProgress(request, len(results)))
        self._post(BulkFinished(request, results))

    async def _send(self, command: Command, numbers: tuple[int, ...]) -> BulkAnswer:
        fields: dict[str, Any] = {_FIELDS[type(command)]: command}
        body = BulkRequest(numbers=numbers, **fields)
        answer: BulkAnswer = await self._client.call(RUN_BULK, body=body)
        return answer


def _split_jobs(request: RunBulk) -> Iterator[tuple[Command, tuple[int, ...]]]:
    for command, numbers in request.jobs:
        for start in range(0, len(numbers), _PART):
            yield command, tuple(numbers[start : start + _PART])
