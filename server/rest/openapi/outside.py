"""The routes that belong to no organization. They are no endpoints: no token opens them."""

from typing import Final

from server.rest.openapi.schemas import Schema

TAG: Final = "server"


_JSON: Final = "application/json"
_STATE: Final = {"type": "object", "properties": {"status": {"type": "string"}}}
_TEXT: Final = {"type": "string"}


def _get(name: str, media: str, schema: Schema, **answers: str) -> Schema:
    """A route that takes nothing; `answers` are its statuses, each with a description."""
    content = {media: {"schema": schema}}
    return {
        "operationId": f"server.{name}",
        "tags": [TAG],
        "summary": answers["ok"],
        "security": [],
        "responses": {
            _STATUSES[word]: {"description": description, "content": content}
            for word, description in answers.items()
        },
    }


_STATUSES: Final = {"ok": "200", "unavailable": "503"}

PATHS: Final[dict[str, Schema]] = {
    path: {"get": operation}
    for path, operation in {
        "/healthz": _get("health", _JSON, _STATE, ok="The process is up"),
        "/readyz": _get(
            "ready",
            _JSON,
            _STATE,
            ok="Database and stream work",
            unavailable="They do not work yet, or no longer",
        ),
        "/metrics": _get("metrics", "text/plain", _TEXT, ok="Figures for Prometheus"),
        "/openapi.json": _get("openapi", _JSON, {"type": "object"}, ok="This document"),
        "/docs": _get("docs", "text/html", _TEXT, ok="A page to read and try it"),
    }.items()
}
