"""Dispatches requests: every request is checked in one order before its handler runs.

    token 401 -> organization 404 -> role or scope 403 -> object 404 -> body and query 422
      -> state 409 -> version 412

Handlers raise refusals, which are rendered here.
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
    RequestRefused,
    RequestTimeout,
    TooLarge,
    WrongMediaType,
)
from common.tickets.permissions import check_access
from server.rest.core import response as responses
from server.rest.core.authentication import Authenticator
from server.rest.core.rate_limit import RateLimiter
from server.rest.core.request_context import RequestContext
from server.rest.core.request_id import generate_request_id
from server.rest.core.response import ApiResponse
from server.storage.queries.person.sessions import Login

Handler: TypeAlias = Callable[[RequestContext], Awaitable[ApiResponse]]
PathCheck: TypeAlias = Callable[[RequestContext], Awaitable[None]]
"""Raises NotFound where the caller may not see the object in the path."""

BodyCheck: TypeAlias = Callable[[RequestContext, Invalid], Awaitable[Invalid]]
"""Returns the refusal of a body, with the errors that need the database added."""

_BAD_INPUT = (Invalid, Malformed, WrongMediaType, TooLarge, RequestTimeout)
_RATE_LIMIT_HEADERS: Final = web.RequestKey("rate_limit_headers", dict[str, str])
log = structlog.get_logger()


class Dispatcher:
    """Checks a caller's access to an endpoint, and runs the handler."""

    def __init__(
        self,
        authenticator: Authenticator,
        rate_limiter: RateLimiter,
        check_path: PathCheck,
        add_errors: BodyCheck,
    ) -> None:
        self._authenticator = authenticator
        self._rate_limiter = rate_limiter
        self._check_path = check_path
        self._add_errors = add_errors

    def make_handler(
        self, endpoint: Endpoint, handler: Handler
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Returns the aiohttp handler of an endpoint."""

        async def handle(request: web.Request) -> web.Response:
            request_id = generate_request_id()
            try:
                call = await self._authorize_call(endpoint, request, request_id)
                reply = call.apply_if_none_match(await self._run_handler(call, handler))
            except RequestRefused as refusal:
                reply = responses.make_problem_response(refusal, request_id)
            except Exception as error:  # noqa: BLE001 - a caller is never shown a traceback
                reply = _make_failure_response(error, request, request_id)
            response = reply.to_web_response()
            response.headers.update(request.get(_RATE_LIMIT_HEADERS, {}))
            return response

        return handle

    async def _authorize_call(
        self, endpoint: Endpoint, request: web.Request, request_id: str
    ) -> RequestContext:
        if endpoint.is_open:
            return RequestContext(endpoint, request, request_id, None)
        login = await self._authenticator.authenticate(request.headers.get("Authorization"))
        self._check_rate_limit(login, request)
        call = RequestContext(endpoint, request, request_id, login)
        if call.org_id != login.actor.org_id:
            log.warning(
                "request to another organization",
                org=login.actor.org_id,
                path=request.path,
                actor=login.actor.id,
                request_id=request_id,
            )
            raise NotFound
        check_access(login.actor, endpoint.roles, endpoint.scope)
        return call

    def _check_rate_limit(self, login: Login, request: web.Request) -> None:
        """Keeps the remaining quota for the response, refused or not. Raises RateLimited."""
        caller = login.token_hash, login.actor.org_id
        try:
            self._rate_limiter.limit_caller(*caller)
        finally:
            request[_RATE_LIMIT_HEADERS] = self._rate_limiter.make_headers(*caller)

    async def _run_handler(self, call: RequestContext, handler: Handler) -> ApiResponse:
        try:
            call.reject_query()
            return await handler(call)
        except _BAD_INPUT as refusal:
            # An object that the caller may not see is missing, however bad the request is.
            await self._check_path(call)
            if isinstance(refusal, Invalid):
                raise await self._add_errors(call, refusal) from None
            raise


def _make_failure_response(error: Exception, request: web.Request, request_id: str) -> ApiResponse:
    """Logs an unexpected error with its traceback, which the response leaves out."""
    log.error("request failed", path=request.path, request_id=request_id, exc_info=error)
    return responses.make_problem_response(
        _InternalError("Something went wrong here; it was logged."), request_id
    )


class _InternalError(RequestRefused):
    slug, title, status = "internal", "The server failed", 500
    occasion = "Our fault; it was logged under `request_id`. Tell the operator."
