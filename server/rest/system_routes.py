"""The routes outside the tenants: health, metrics, the API's description."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from server.monitoring.readiness import Problem
from server.rest.core.response import Answer, of
from server.rest.openapi.document import document


@cache
def _describe(version: str) -> Answer:
    """Returns the OpenAPI document, the same for as long as the process lives."""
    return of(document(version, []))


class Plain:
    """What operators and integrators ask for."""

    def __init__(
        self,
        find_problems: Callable[[], Awaitable[list[Problem]]],
        registry: CollectorRegistry,
        version: str,
    ) -> None:
        self._find_problems = find_problems
        self._registry = registry
        self._version = version

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self.health),
            web.get("/readyz", self.ready),
            web.get("/metrics", self.metrics),
            web.get("/openapi.json", self.openapi),
        ]

    async def health(self, _: web.Request) -> web.Response:
        return of({"status": "ok"}).response()

    async def ready(self, _: web.Request) -> web.Response:
        problems = await self._find_problems()
        if not problems:
            return of({"status": "ready"}).response()
        body = {"status": "not ready", "reasons": problems}
        return of(body, 503, **{"Retry-After": "1"}).response()

    async def metrics(self, _: web.Request) -> web.Response:
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def openapi(self, _: web.Request) -> web.Response:
        # Made when it is first asked for: that takes as long as all else at the start.
        return (await asyncio.to_thread(_describe, self._version)).response()
