"""The endpoint of bulk requests."""

from typing import Final

from common.bulk import BulkAnswer, BulkRequest
from common.endpoint import TICKETS_WRITE, Endpoint
from common.people import AGENTS

RUN_BULK: Final = Endpoint(
    name="tickets.bulk",
    method="POST",
    path="/bulk",
    roles=AGENTS,
    scope=TICKETS_WRITE,
    summary="Do one thing with many tickets, or try it",
    body=BulkRequest,
    answer=BulkAnswer,
    retries=True,
)
