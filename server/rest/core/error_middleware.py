"""The outermost middleware: times every request, and renders the router's errors as problems."""

from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from common.errors import NotFound, RequestRefused, TooLarge
from server.monitoring.metrics import Metrics
from server.rest.core import response as responses
from server.rest.core.cors import CorsPolicy
from server.rest.core.request_id import generate_request_id


class MethodNotAllowed(RequestRefused):
    slug, title, status = "method-not-allowed", "This route has other methods", 405
    occasion = "`Allow` names the route's methods."


def make_error_middleware(
    metrics: Metrics, monotonic: Callable[[], float], cors: CorsPolicy
) -> Middleware:
    """Returns the application's only middleware."""

    @web.middleware
    async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = monotonic()
        try:
            response = cors.answer_preflight(request) or await handler(request)
        except web.HTTPException as error:
            response = _render_http_error(error)
        cors.add_headers(request, response)
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "none"
        metrics.observe_request(request.method, route, response.status, monotonic() - started)
        return response

    return around


def _render_http_error(error: web.HTTPException) -> web.Response:
    refusal = _convert_http_error(error)
    response = responses.make_problem_response(refusal, generate_request_id()).to_web_response()
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _convert_http_error(error: web.HTTPException) -> RequestRefused:
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return MethodNotAllowed(f"Use one of: {allowed}.")
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return TooLarge("The body is larger than this server takes.")
    if isinstance(error, web.HTTPNotFound):
        return NotFound("No such route; see /docs.")
    return HttpRefusal(error.reason or "The request cannot be served.", error.status)


class HttpRefusal(RequestRefused):
    """A refusal by the web server, before any route of ours."""

    slug, title = "http", "The request cannot be served"
    occasion = "What the web server refuses before us. The detail says what."

    def __init__(self, detail: str, status: int) -> None:
        super().__init__(detail)
        self.status = status  # type: ignore[misc]  # the one refusal whose status varies
