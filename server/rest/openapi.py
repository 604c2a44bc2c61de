"""The OpenAPI 3.1 document, made from the table of endpoints: what is mounted is described."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from common.endpoints import ENDPOINTS, Endpoint
from common.people import Role
from common.refused import Refused
from common.wire import TicketView
from server.rest import answers, outside, schemas
from server.rest.examples import EXAMPLES
from server.rest.schemas import Schema

_DESCRIPTION: Final = (
    "Sign in with `POST /v1/orgs/{org_id}/sessions`, then send the token as a bearer token; "
    "an API key is sent the same way. Refusals are problem documents (RFC 9457); a 422 lists "
    "every bad field at once. Texts are trimmed before their length counts."
)
_TICKET_WRITES: Final = frozenset({"POST", "PATCH"})


def document(version: str, servers: Sequence[str]) -> Schema:
    """The whole document. `servers` are addresses such as `https://desk.example.org`."""
    components = {"Problem": answers.PROBLEM, **_schemas()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Deskwire", "version": version, "description": _DESCRIPTION},
        "servers": [{"url": url} for url in servers or ["/"]],
        "tags": [{"name": tag} for tag in dict.fromkeys(map(_tag, ENDPOINTS))]
        + [{"name": outside.TAG}],
        "paths": _paths() | outside.PATHS,
        "components": {
            "schemas": components,
            "responses": answers.REFUSALS,
            "headers": answers.HEADERS,
            "parameters": _PARAMETERS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "dws_… or dwk_…"}
            },
        },
    }


def _schemas() -> Schema:
    bodies = [endpoint.body for endpoint in ENDPOINTS if endpoint.body is not None]
    views = [endpoint.answer for endpoint in ENDPOINTS if endpoint.answer is not None]
    components = schemas.references([*bodies, *views])[1]
    for endpoint in ENDPOINTS:
        components |= schemas.inlined(endpoint.query)[1]
    return dict(sorted(components.items()))


def _paths() -> Schema:
    paths: Schema = {}
    for endpoint in ENDPOINTS:
        item = paths.setdefault(endpoint.url, {"parameters": list(_in_path(endpoint.url))})
        item[endpoint.method.lower()] = _operation(endpoint)
    return paths


def _operation(endpoint: Endpoint) -> Schema:
    operation: Schema = {
        "operationId": endpoint.name,
        "tags": [_tag(endpoint)],
        "summary": endpoint.summary,
        "description": _who(endpoint),
        "security": [] if endpoint.is_open else [{"bearer": []}],
        "parameters": [*_in_query(endpoint), *_in_headers(endpoint)],
        "responses": _responses(endpoint),
    }
    if endpoint.body is not None:
        operation["requestBody"] = _body(endpoint)
    return operation


def _tag(endpoint: Endpoint) -> str:
    return endpoint.path.strip("/").partition("/")[0] or "organization"


def _who(endpoint: Endpoint) -> str:
    if endpoint.is_open:
        return "Open to anyone."
    roles = ", ".join(role for role in Role if role in endpoint.roles)
    keys = f" API keys need the scope `{endpoint.scope}`." if endpoint.scope else ""
    return f"Open to the roles {roles}.{keys}"


def _in_path(url: str) -> Iterator[Schema]:
    for name in ("org_id", "number", "id"):
        if f"{{{name}}}" in url:
            yield {"$ref": f"#/components/parameters/{name}"}


def _in_query(endpoint: Endpoint) -> Iterator[Schema]:
    for name, schema in schemas.inlined(endpoint.query)[0].items():
        many = {"style": "form", "explode": True} if schema.get("type") == "array" else {}
        yield {"name": name, "in": "query", "required": False, "schema": schema, **many}


def _in_headers(endpoint: Endpoint) -> Iterator[Schema]:
    if endpoint.retries:
        yield {"$ref": "#/components/parameters/Idempotency-Key"}
    if _writes_ticket(endpoint):
        yield {"$ref": "#/components/parameters/If-Match"}


def _writes_ticket(endpoint: Endpoint) -> bool:
    there = "{number}" in endpoint.path and endpoint.answer is TicketView
    return there and endpoint.method in _TICKET_WRITES


def _body(endpoint: Endpoint) -> Schema:
    media = {
        "schema": schemas.references([endpoint.body])[0][0],
        "example": EXAMPLES.get(endpoint.body, {}),
    }
    return {"required": not endpoint.body_optional, "content": {"application/json": media}}


def _responses(endpoint: Endpoint) -> Schema:
    success: Schema = {"description": endpoint.summary, "headers": answers.headers_of(endpoint)}
    if endpoint.answer is not None:
        reference = schemas.references([endpoint.answer])[0][0]
        success["content"] = {"application/json": {"schema": reference}}
    refusals = {str(kind.status): answers.reference(kind) for kind in _refusals(endpoint)}
    return {str(endpoint.success): success, **dict(sorted(refusals.items()))}


def _refusals(endpoint: Endpoint) -> Iterator[type[Refused]]:
    """Every class of refusal that the route can answer with."""
    yield from answers.ALWAYS
    if endpoint.body is not None:
        yield from answers.OF_BODIES
    if endpoint.is_open:
        yield from answers.OF_OPEN_ROUTES
    else:
        yield from answers.OF_CLOSED_ROUTES
    if endpoint.retries or endpoint.method not in {"GET", "DELETE"}:
        yield answers.Conflict
    if _writes_ticket(endpoint):
        yield answers.StaleVersion


_PARAMETERS: Final = {
    "org_id": {
        "name": "org_id",
        "in": "path",
        "required": True,
        "description": "The organization",
        "schema": {"type": "integer", "minimum": 1000, "maximum": 99_999},
    },
    "number": {
        "name": "number",
        "in": "path",
        "required": True,
        "description": "The ticket's number in its organization",
        "schema": {"type": "integer", "minimum": 1, "maximum": 2**53},
    },
    "id": {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": 2**53},
    },
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Sent again with the same body, the first answer comes again (for 24 h)",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "description": "The `ETag` last read; another version is refused with 412",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "example": '"3"',
    },
}
