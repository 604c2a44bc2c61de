"""The routes that belong to no organization. They are no endpoints: no token opens them."""

from typing import Final

from server.rest.openapi.schemas import Schema

TAG: Final = "server"


def _get(name: str, summary: str, media: str, schema: Schema) -> Schema:
    answer = {"description": summary, "content": {media: {"schema": schema}}}
    return {
        "operationId": name,
        "tags": [TAG],
        "summary": summary,
        "security": [],
        "responses": {"200": answer},
    }


_JSON: Final = "application/json"
_READY: Final = _get("server.ready", "Database and stream work", _JSON, {"type": "object"})
_UNREADY: Final = {"$ref": "#/components/responses/Unavailable"}

PATHS: Final[dict[str, Schema]] = {
    "/healthz": {
        "get": _get("server.health", "The process is up", _JSON, {"type": "object"}),
    },
    "/readyz": {"get": _READY | {"responses": _READY["responses"] | {"503": _UNREADY}}},
    "/metrics": {
        "get": _get("server.metrics", "Figures for Prometheus", "text/plain", {"type": "string"}),
    },
    "/openapi.json": {
        "get": _get("server.openapi", "This document", _JSON, {"type": "object"}),
    },
    "/docs": {
        "get": _get("server.docs", "A page to read and try it", "text/html", {"type": "string"}),
    },
}
