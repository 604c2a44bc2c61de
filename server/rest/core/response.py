"""Responses: status, headers and body, ready to be sent or kept for a retry."""

from http import HTTPStatus
from typing import Any, Final

import msgspec
from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from common.envelope import EventPage
from common.errors import RangeNotSatisfiable, RateLimited, RequestRefused, Unavailable
from common.notifications import Inbox
from common.reports import RowPage
from common.wire import Page, TicketView
from server.rest.core.entity_tags import make_content_etag, make_version_etag
from server.storage.queries.ticket.conversation_version import VersionLimits

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
_encode = msgspec.json.Encoder().encode


class ApiResponse(Struct, frozen=True):
    """An answer: status, body and headers.

    `is_told_apart` is false where the same `ETag` has stood for something else, too: for other
    names, or for a ticket of a log that was given up when a backup was restored.
    """

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}
    is_told_apart: bool = True

    @property
    def can_revalidate(self) -> bool:
        """Returns whether a caller that has this tag has this answer."""
        return self.status == HTTPStatus.OK and self.is_told_apart and "ETag" in self.headers

    def to_web_response(self) -> web.Response:
        headers = {"Content-Type": JSON, **self.headers} if self.body else self.headers
        return web.Response(body=self.body, status=self.status, headers=headers)


def make_response(value: Any, status: int = 200, **headers: str) -> ApiResponse:
    """Returns a JSON response; header names are given with underscores."""
    return ApiResponse(
        status, _encode(value), {name: text for name, text in headers.items() if text}
    )


def make_ticket_response(view: TicketView, limits: VersionLimits) -> ApiResponse:
    """Returns a ticket with its version as `ETag`; `limits` say where a version is ambiguous."""
    reply = make_response(view, ETag=make_version_etag(view.version))
    return replace(reply, is_told_apart=limits.identifies_content(view.last_seq))


def make_page_response(page: Page[Any] | Inbox | RowPage[Any]) -> ApiResponse:
    """Returns a page with a tag of its content but its seq, which moves with any change at all."""
    body = _encode(page)
    # A page has its seq behind its items, which may have one each.
    before, _, after = body.rpartition(b'"seq":%d' % page.seq)
    return ApiResponse(200, body, {"ETag": make_content_etag(before + after)})


def make_events_response(page: EventPage) -> ApiResponse:
    """Returns a part of the log with a tag of its content."""
    body = _encode(page)
    return ApiResponse(200, body, {"ETag": make_content_etag(body)})


def make_problem_response(refusal: RequestRefused, request_id: str) -> ApiResponse:
    """Returns a refusal as a problem document (RFC 9457)."""
    document = {
        "type": f"/problems/{refusal.slug}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "request_id": request_id,
        **refusal.extras,
    }
    return ApiResponse(refusal.status, _encode(document), _problem_headers(refusal))


def _problem_headers(refusal: RequestRefused) -> dict[str, str]:
    headers = {"Content-Type": PROBLEM}
    if isinstance(refusal, RateLimited | Unavailable):
        headers["Retry-After"] = str(refusal.retry_after)
    if isinstance(refusal, RangeNotSatisfiable):
        headers["Content-Range"] = f"bytes */{refusal.size}"
    if refusal.status == 408:  # noqa: PLR2004 - RFC 9110: the rest of the body is not awaited
        headers["Connection"] = "close"
    if refusal.status == 401:  # noqa: PLR2004 - RFC 9110 wants the challenge with it
        headers["WWW-Authenticate"] = "Bearer"
    return headers
