"""Answers: status, headers and body, ready to be sent or kept for a retry."""

from typing import Any, Final

import msgspec
from aiohttp import web
from msgspec import Struct

from common.refused import RateLimited, Refused, Unavailable

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
_encode = msgspec.json.Encoder().encode


class Answer(Struct, frozen=True):
    """What a request comes to."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}

    def response(self) -> web.Response:
        headers = {"Content-Type": JSON, **self.headers} if self.body else self.headers
        return web.Response(body=self.body, status=self.status, headers=headers)


def of(value: Any, status: int = 200, **headers: str) -> Answer:
    """A JSON answer; header names are given with underscores."""
    return Answer(status, _encode(value), {name: text for name, text in headers.items() if text})


def problem(refusal: Refused, request_id: str) -> Answer:
    """A refusal as a problem document (RFC 9457)."""
    document = {
        "type": f"/problems/{refusal.slug}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "request_id": request_id,
        **refusal.extras,
    }
    return Answer(refusal.status, _encode(document), _problem_headers(refusal))


def _problem_headers(refusal: Refused) -> dict[str, str]:
    headers = {"Content-Type": PROBLEM}
    if isinstance(refusal, RateLimited | Unavailable):
        headers["Retry-After"] = str(refusal.retry_after)
    if refusal.status == 408:  # noqa: PLR2004 - RFC 9110: the rest of the body is not awaited
        headers["Connection"] = "close"
    if refusal.status == 401:  # noqa: PLR2004 - RFC 9110 wants the challenge with it
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def etag(version: int) -> str:
    """A ticket's version as an entity tag."""
    return f'"{version}"'
