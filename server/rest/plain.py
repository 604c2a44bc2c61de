"""The routes outside the tenants: health, metrics, the API's description."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from server.rest import openapi
from server.rest.answer import Answer, of


class Plain:
    """What operators and integrators ask for."""

    def __init__(
        self, is_ready: Callable[[], Awaitable[bool]], registry: CollectorRegistry, version: str
    ) -> None:
        self._is_ready = is_ready
        self._registry = registry
        self._openapi = of(openapi.document(version, []))

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
        if await self._is_ready():
            return of({"status": "ready"}).response()
        return Answer(503, b'{"status":"not ready"}', {"Retry-After": "1"}).response()

    async def metrics(self, _: web.Request) -> web.Response:
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def openapi(self, _: web.Request) -> web.Response:
        return self._openapi.response()
