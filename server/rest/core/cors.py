"""Cross-origin requests: what browsers ask before a page elsewhere may use the API.

Tokens travel in a header and never in a cookie, so no answer allows credentials.
"""

from collections.abc import Collection
from typing import Final

from aiohttp import web

from common.errors import RequestRefused
from server.rest.core import response
from server.rest.core.request_id import generate_request_id

ANY_ORIGIN: Final = "*"
_PREFLIGHT_HEADERS: Final = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
    ),
    "Access-Control-Max-Age": "7200",
}
EXPOSED_HEADERS: Final = (
    "Content-Disposition",
    "Content-Range",
    "ETag",
    "Idempotency-Replayed",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
)
_NO_ORIGIN: Final = "null"
"""The origin that browsers send for pages without one; no operator can allow it by name."""
_HTML_PATHS: Final = ("/docs", "/rate/", "/t/", "/o/")
"""Pages for people, which no script of another site has anything to do with."""


class OriginNotAllowed(RequestRefused):
    slug, title, status = "origin-not-allowed", "Pages of this origin may not use the API", 403
    occasion = (
        "A browser asks for a page whose origin the operator has not named with `--cors-origin`."
    )


class CorsPolicy:
    """Lets pages of some `origins` use the API; none: browsers keep all others away."""

    def __init__(self, origins: Collection[str]) -> None:
        self._origins = origins

    def answer_preflight(self, request: web.Request) -> web.StreamResponse | None:
        """Returns the answer to a browser's question; None for a request that is no such one."""
        is_preflight = (
            request.method == "OPTIONS"
            and "Origin" in request.headers
            and "Access-Control-Request-Method" in request.headers
        )
        if not is_preflight or not self._applies_to(request):
            return None
        if self._allowed_origin(request) is None:
            refusal = OriginNotAllowed(_explain_origin(request.headers["Origin"]))
            return response.make_problem_response(refusal, generate_request_id()).to_web_response()
        return web.Response(status=204, headers=_PREFLIGHT_HEADERS)

    def add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """Says in the headers which origin may read the answer, and which of its headers."""
        if not self._applies_to(request):
            return
        if ANY_ORIGIN not in self._origins:
            response.headers.add("Vary", "Origin")
        allowed = self._allowed_origin(request)
        if allowed is not None:
            response.headers["Access-Control-Allow-Origin"] = allowed
            response.headers["Access-Control-Expose-Headers"] = ", ".join(EXPOSED_HEADERS)

    def _applies_to(self, request: web.Request) -> bool:
        return bool(self._origins) and not request.path.startswith(_HTML_PATHS)

    def _allowed_origin(self, request: web.Request) -> str | None:
        origin = request.headers.get("Origin")
        if origin is None:
            return None
        if ANY_ORIGIN in self._origins:
            return ANY_ORIGIN
        return origin if origin.lower() in self._origins else None


def _explain_origin(origin: str) -> str:
    if origin == _NO_ORIGIN:
        return "Serve the page from a web server: files and sandboxed frames have no origin."
    return f"Start the server with --cors-origin {origin} to allow it."
