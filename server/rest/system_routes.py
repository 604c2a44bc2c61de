"""Routes outside the organizations: health, metrics, and the description of the API."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from server.readiness import ReadinessProblem
from server.rest.core.response import ApiResponse, make_response
from server.rest.openapi.openapi_document import build_document


@cache
def _make_openapi_response(version: str) -> ApiResponse:
    """Returns the OpenAPI document, the same for as long as the process lives."""
    return make_response(build_document(version, []))


class SystemRoutes:
    """Routes for operators and integrators."""

    def __init__(
        self,
        find_problems: Callable[[], Awaitable[list[ReadinessProblem]]],
        registry: CollectorRegistry,
        version: str,
    ) -> None:
        self._find_problems = find_problems
        self._registry = registry
        self._version = version

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self.report_health),
            web.get("/readyz", self.report_readiness),
            web.get("/metrics", self.export_metrics),
            web.get("/openapi.json", self.serve_openapi),
        ]

    async def report_health(self, _: web.Request) -> web.Response:
        return make_response({"status": "ok"}).to_web_response()

    async def report_readiness(self, _: web.Request) -> web.Response:
        problems = await self._find_problems()
        if not problems:
            return make_response({"status": "ready"}).to_web_response()
        body = {"status": "not ready", "reasons": problems}
        return make_response(body, 503, **{"Retry-After": "1"}).to_web_response()

    async def export_metrics(self, _: web.Request) -> web.Response:
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def serve_openapi(self, _: web.Request) -> web.Response:
        # Made when it is first asked for: that takes as long as all else at the start.
        return (await asyncio.to_thread(_make_openapi_response, self._version)).to_web_response()
