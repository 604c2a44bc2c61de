"""The door: every request comes in here, is checked in one order, and leaves as an answer.

    token 401 -> organization 404 -> role or scope 403 -> object 404 -> body and query 422
      -> state 409 -> version 412

Handlers raise refusals; the door renders them.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import structlog
from aiohttp import web

from common.endpoint import Endpoint
from common.errors import (
    Invalid,
    Malformed,
    NotFound,
    Refused,
    RequestTimeout,
    TooLarge,
    WrongMediaType,
)
from common.permissions import enter
from server.rest.core import response as responses
from server.rest.core.authentication import Logins
from server.rest.core.rate_limit import Brakes
from server.rest.core.request_context import Call
from server.rest.core.request_id import new_request_id
from server.rest.core.response import Answer
from server.storage.queries.sessions import Login

Handler: TypeAlias = Callable[[Call], Awaitable[Answer]]
Presence: TypeAlias = Callable[[Call], Awaitable[None]]
"""Raises NotFound where the object in the path is not the caller's to see."""

More: TypeAlias = Callable[[Call, Invalid], Awaitable[Invalid]]
"""The refusal of a body, with what else is wrong in it."""

_BAD_INPUT = (Invalid, Malformed, WrongMediaType, TooLarge, RequestTimeout)
_LIMITS: Final = web.RequestKey("rate_limit_headers", dict[str, str])
log = structlog.get_logger()


class Door:
    """Lets a caller in to an endpoint, or says why not."""

    def __init__(self, logins: Logins, brakes: Brakes, presence: Presence, more: More) -> None:
        self._logins = logins
        self._brakes = brakes
        self._presence = presence
        self._more = more

    def open(
        self, endpoint: Endpoint, handler: Handler
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        """The aiohttp handler of an endpoint."""

        async def handle(request: web.Request) -> web.Response:
            request_id = new_request_id()
            try:
                call = await self._let_in(endpoint, request, request_id)
                reply = call.revalidated(await self._serve(call, handler))
            except Refused as refusal:
                reply = responses.problem(refusal, request_id)
            except Exception as error:  # noqa: BLE001 - a caller never meets a traceback
                reply = _failed(error, request, request_id)
            response = reply.response()
            response.headers.update(request.get(_LIMITS, {}))
            return response

        return handle

    async def _let_in(self, endpoint: Endpoint, request: web.Request, request_id: str) -> Call:
        if endpoint.is_open:
            return Call(endpoint, request, request_id, None)
        login = await self._logins.of(request.headers.get("Authorization"))
        self._brake(login, request)
        call = Call(endpoint, request, request_id, login)
        if call.org_id != login.actor.org_id:
            log.warning(
                "foreign organization",
                org=login.actor.org_id,
                path=request.path,
                actor=login.actor.id,
                request_id=request_id,
            )
            raise NotFound
        enter(login.actor, endpoint.roles, endpoint.scope)
        return call

    def _brake(self, login: Login, request: web.Request) -> None:
        """Keeps what is left for the answer's headers, refused or not. Raises RateLimited."""
        caller = login.token_hash, login.actor.org_id
        try:
            self._brakes.caller(*caller)
        finally:
            request[_LIMITS] = self._brakes.headers(*caller)

    async def _serve(self, call: Call, handler: Handler) -> Answer:
        try:
            call.no_query()
            return await handler(call)
        except _BAD_INPUT as refusal:
            # What the caller may not see is missing first, and badly asked for second.
            await self._presence(call)
            if isinstance(refusal, Invalid):
                raise await self._more(call, refusal) from None
            raise


def _failed(error: Exception, request: web.Request, request_id: str) -> Answer:
    """What we did not foresee: logged whole, and told without a traceback."""
    log.error("request failed", path=request.path, request_id=request_id, exc_info=error)
    return responses.problem(_Failed("Something went wrong here; it was logged."), request_id)


class _Failed(Refused):
    slug, title, status = "internal", "The server failed", 500
