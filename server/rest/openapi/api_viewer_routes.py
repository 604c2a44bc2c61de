"""Serves `/docs`: Swagger UI over the server's own description, without any other host."""

from importlib import resources
from typing import Final

from aiohttp import web

from server.rest.core.html_headers import make_html_headers

_FOLDER: Final = resources.files("server.rest.openapi") / "viewer"
_ASSETS: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "start.js": "text/javascript",
}
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Swagger UI sets styles on elements and draws its icons from data: URLs; scripts are files."""


class ApiViewer:
    """The page and the files that it loads, read once."""

    def __init__(self) -> None:
        self._page = (_FOLDER / "index.html").read_bytes()
        self._assets = {name: (_FOLDER / name).read_bytes() for name in _ASSETS}

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/docs", self.serve_page), web.get("/docs/{asset}", self.serve_asset)]

    async def serve_page(self, _: web.Request) -> web.Response:
        headers = make_html_headers(CONTENT_SECURITY_POLICY)
        return web.Response(
            body=self._page, content_type="text/html", charset="utf-8", headers=headers
        )

    async def serve_asset(self, request: web.Request) -> web.Response:
        """Answers a script or style sheet of the page, compressed. Raises HTTPNotFound."""
        name = request.match_info["asset"]
        if name not in self._assets:
            raise web.HTTPNotFound
        response = web.Response(
            body=self._assets[name],
            content_type=_ASSETS[name],
            charset="utf-8",
            headers={"Cache-Control": "public, max-age=3600"},
        )
        response.enable_compression()
        return response
