"""Bulk requests over REST: in units small enough that nobody else is kept waiting."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from common.bulk import MOST_BULK_TICKETS, BulkAnswer, BulkFilter, BulkRequest, BulkResult
from common.bulk_endpoints import RUN_BULK
from common.endpoint import TICKETS_READ, Endpoint
from common.errors import Forbidden, Invalid
from common.people import Role
from common.tickets.editing import EditTicket
from common.tickets.permissions import check_access
from common.tickets.replying import AddMessage
from server.clock import Clock
from server.desk.desk import Desk
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import bulk_commands
from server.desk.tickets.bulk_commands import BulkTried
from server.rest.core import response
from server.rest.core.dispatch import Handler
from server.rest.core.idempotent_write import (
    find_replay,
    is_replay,
    mark_replay,
    write_claimed,
)
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.rest.tickets.list_requests import TicketListRequest
from server.storage.engine.database import Database
from server.storage.queries.organization.idempotency import IdempotencyClaim
from server.storage.queries.ticket.ticket_needs import describe_needs

UNIT_SIZE: Final = 250
"""Tickets of one transaction: other writers wait for no more than these."""
_OF_KEYS: Final = (EditTicket, AddMessage)
"""Commands that API keys may give, as on single tickets."""


class _Numbered(Struct):
    number: int


_NUMBERS = msgspec.json.Decoder(list[int])
_RESULTS = msgspec.json.Decoder(list[BulkResult])


class BulkRoutes:
    """The route `/bulk`."""

    def __init__(self, database: Database, desk: Desk, clock: Clock) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock

    def routes(self) -> dict[Endpoint, Handler]:
        return {RUN_BULK: self.run_bulk}

    async def run_bulk(self, call: RequestContext) -> ApiResponse:
        """Runs a command on many tickets, one unit after the other.

        A request that comes again with its key goes on where it stopped: each unit, and what a
        filter found, is kept under a key of its own.
        """
        request = await call.parse_body(BulkRequest)
        request.check()
        if call.actor.role is Role.KEY and not isinstance(request.command, _OF_KEYS):
            raise Forbidden("API keys can edit tickets and write to them.")
        if request.filter is not UNSET:  # it says what tickets say, as a list does
            check_access(call.actor, RUN_BULK.roles, TICKETS_READ)
        claim = call.read_idempotency_claim(request)  # also of a dry run: a bad key is refused
        if request.dry_run:
            claim = None
        numbers, replayed = await self._find_numbers(call, request, claim)
        results: list[BulkResult] = []
        for start in range(0, len(numbers), UNIT_SIZE):
            unit = numbers[start : start + UNIT_SIZE]
            found, is_replayed = await self._run_unit(call, request, unit, claim, start)
            results += found
            replayed = replayed and is_replayed
        answer = response.make_response(_summarize(request, results))
        return mark_replay(answer) if replayed else answer

    async def _find_numbers(
        self, call: RequestContext, request: BulkRequest, claim: IdempotencyClaim | None
    ) -> tuple[Sequence[int], bool]:
        """Returns the numbers of the tickets, and whether an earlier request may have had them.

        A filter is asked once for each key: later it may find others, or too many.
        """
        if claim is not None:
            claim = replace(claim, key=f"{claim.key}/numbers")
            kept = await find_replay(self._database, claim, self._clock())
            if kept is not None:
                return _NUMBERS.decode(kept.body), True
        if request.filter is UNSET:
            return list(dict.fromkeys(request.numbers or ())), claim is not None
        numbers = await self._search_numbers(call, request.filter)
        if claim is None:
            return numbers, False
        kept = await write_claimed(
            self._desk, call, claim, lambda _work: response.make_response(numbers)
        )
        return _NUMBERS.decode(kept.body), is_replay(kept)

    async def _search_numbers(self, call: RequestContext, wanted: BulkFilter) -> list[int]:
        """Raises Invalid where the filter finds too many."""
        numbers: list[int] = []
        cursor: str | UnsetType | None = UNSET
        now = self._clock()
        while cursor is not None:
            query = wanted.build_query(cursor or UNSET)
            asked = TicketListRequest(self._database.dialect, call.actor, query, now)
            page = await self._database.read_snapshot(asked.read_page)
            numbers += [msgspec.json.decode(it, type=_Numbered).number for it in page.items]
            if len(numbers) > MOST_BULK_TICKETS:
                says = f"finds more than {MOST_BULK_TICKETS} tickets: narrow it, and repeat"
                raise Invalid.for_field("/filter", says)
            cursor = page.next_cursor
        return numbers

    async def _run_unit(
        self,
        call: RequestContext,
        request: BulkRequest,
        unit: Sequence[int],
        claim: IdempotencyClaim | None,
        start: int,
    ) -> tuple[list[BulkResult], bool]:
        """Returns the results of one unit, and whether they are those of an earlier request."""
        run = partial(
            bulk_commands.execute_on_tickets,
            numbers=unit,
            command=request.command,
            dry_run=request.dry_run,
        )
        opening = not isinstance(request.command, AddMessage)
        needs = [describe_needs(unit, call.actor, opening=opening)]
        if claim is None:
            try:
                return await self._desk.write(call.actor, run, needs), False
            except BulkTried as tried:
                return tried.results, False

        def respond(work: UnitOfWork) -> ApiResponse:
            return response.make_response(run(work))

        kept = await write_claimed(
            self._desk, call, replace(claim, key=f"{claim.key}/{start}"), respond, needs
        )
        return _RESULTS.decode(kept.body), is_replay(kept)


def _summarize(request: BulkRequest, results: list[BulkResult]) -> BulkAnswer:
    changed = sum(it.changed for it in results)
    refused = sum(it.problem is not None for it in results)
    return BulkAnswer(
        changed=changed,
        unchanged=len(results) - changed - refused,
        refused=refused,
        dry_run=request.dry_run,
        results=results,
    )
