"""Routes that belong to no organization. They need no token, so they are no endpoints."""

from typing import Final

from common.text import COMMENT_LIMIT
from server.rest.openapi.page_paths import PAGE_PATHS
from server.rest.openapi.schemas import Schema

TAG: Final = "server"


_JSON: Final = "application/json"
_STATUS_SCHEMA: Final = {"type": "object", "properties": {"status": {"type": "string"}}}
_TEXT: Final = {"type": "string"}
_READINESS: Final = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"type": "string", "enum": ["ready", "not ready"]},
        "reasons": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["reason", "detail"],
                "properties": {"reason": _TEXT, "detail": _TEXT},
            },
        },
    },
}
_HTML: Final = "text/html"


def _describe_get(name: str, media: str, schema: Schema, **answers: str) -> Schema:
    """Returns a route without parameters; `answers` has a description for each status."""
    content = {media: {"schema": schema}}
    answers = {"malformed": "Not valid HTTP"} | answers
    return {
        "operationId": f"server.{name}",
        "tags": [TAG],
        "summary": answers["ok"],
        "description": "Open to anyone; a token is not read.",
        "security": [],
        "responses": {
            _STATUSES[word]: {"description": description, "content": content}
            for word, description in answers.items()
        },
    }


_STATUSES: Final = {
    "ok": "200",
    "malformed": "400",
    "unknown": "404",
    "late": "408",
    "refused": "409",
    "over": "410",
    "large": "413",
    "foreign": "415",
    "invalid": "422",
    "braked": "429",
    "unavailable": "503",
}
_LINK_RESPONSES: Final = {
    "unknown": "No link of this server",
    "over": "It has expired, or the ticket was taken up again",
    "unavailable": "The server cannot answer at the moment",
}
_FORM_RESPONSES: Final = {
    "malformed": "Not a form",
    "late": "The form did not come in time",
    "refused": "The ticket cannot be rated any more",
    "large": "The form is too large",
    "foreign": "Not form-encoded",
    "invalid": "No score from 1 to 5, or the comment will not do: the form again",
    "braked": "Too many requests",
}


def _path_parameter(name: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": _TEXT}


_SYSTEM_PATHS: Final[dict[str, Schema]] = {
    path: {"get": operation}
    for path, operation in {
        "/healthz": _describe_get("health", _JSON, _STATUS_SCHEMA, ok="The process is up"),
        "/readyz": _describe_get(
            "ready",
            _JSON,
            _READINESS,
            ok="Database and stream work",
            unavailable="They do not, for the reasons given",
        ),
        "/metrics": _describe_get("metrics", "text/plain", _TEXT, ok="Figures for Prometheus"),
        "/openapi.json": _describe_get("openapi", _JSON, {"type": "object"}, ok="This document"),
        "/docs": _describe_get("docs", _HTML, _TEXT, ok="A page to read and try the API"),
        "/docs/{asset}": _describe_get(
            "docs_asset", "text/javascript", _TEXT, ok="A file of that page"
        ),
    }.items()
}
_SYSTEM_PATHS["/docs/{asset}"]["parameters"] = [_path_parameter("asset")]
_SYSTEM_PATHS["/docs/{asset}"]["get"]["responses"]["404"] = {
    "$ref": "#/components/responses/NotFound"
}


def _describe_rating_page(name: str, **answers: str) -> Schema:
    """Returns an operation on the page behind a mailed rating link."""
    return _describe_get(name, _HTML, _TEXT, **answers)


_RATING_PATH: Final[Schema] = {
    "parameters": [_path_parameter("token")],
    "get": _describe_rating_page(
        "rating_form",
        ok="The form to rate a resolved ticket; nothing is recorded",
        **_LINK_RESPONSES,
    )
    | {
        "parameters": [
            {"name": "score", "in": "query", "required": False, "schema": _TEXT},
        ]
    },
    "post": _describe_rating_page(
        "rate", ok="Recorded; the last one counts", **_LINK_RESPONSES, **_FORM_RESPONSES
    )
    | {
        "requestBody": {
            "required": True,
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "score": {"type": "integer", "minimum": 1, "maximum": 5},
                            "comment": _TEXT | {"maxLength": COMMENT_LIMIT},
                        },
                        "required": ["score"],
                    }
                }
            },
        }
    },
}

PATHS: Final[dict[str, Schema]] = _SYSTEM_PATHS | {"/rate/{token}": _RATING_PATH} | PAGE_PATHS
