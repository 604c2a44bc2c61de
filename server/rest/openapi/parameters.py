"""Describes the parameters of a request: in the path, the query and the headers."""

from typing import Final

from msgspec.structs import fields

from common.endpoint import Endpoint
from common.endpoints import REDACT_TICKET, TICKET_COMMANDS
from server.rest.openapi import schemas
from server.rest.openapi.schemas import Schema

_ID: Final = {"type": "integer", "minimum": 1, "maximum": 2**53}
_KEY: Final = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "pattern": "^[!-~]([ -~]*[!-~])?$",
}

SHARED_PARAMETERS: Final[dict[str, Schema]] = {
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
        "schema": _ID,
    },
    "id": {"name": "id", "in": "path", "required": True, "schema": _ID},
    "address_id": {
        "name": "address_id",
        "in": "path",
        "required": True,
        "description": "The id of a further address",
        "schema": _ID,
    },
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "For safe retries: key and body sent again, the first answer comes again",
        "schema": _KEY,
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "description": "For safe edits: the `ETag` last read; any other version is refused",
        "schema": {"type": "string"},
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` of the answer that the caller has: 304 while it is the same",
        "schema": {"type": "string"},
    },
}


def list_path_parameters(url: str) -> list[Schema]:
    """Returns the parameters in the path."""
    return [_reference_parameter(name) for name in SHARED_PARAMETERS if f"{{{name}}}" in url]


def list_query_parameters(endpoint: Endpoint) -> list[Schema]:
    """Returns the parameters of the query; a list is repeated, once for each value."""
    properties, _ = schemas.inline_parameters(endpoint.query)
    needed = {field.encode_name for field in fields(endpoint.query) if field.required}
    return [
        _describe_query_parameter(name, schema, name in needed)
        for name, schema in properties.items()
    ]


def list_header_parameters(endpoint: Endpoint) -> list[Schema]:
    """Returns the headers that the route reads."""
    wanted = {
        "Idempotency-Key": endpoint.retries,
        "If-Match": writes_ticket(endpoint),
        "If-None-Match": endpoint.revalidates,
    }
    return [_reference_parameter(name) for name, counts in wanted.items() if counts]


def writes_ticket(endpoint: Endpoint) -> bool:
    """Returns whether the route changes a ticket that exists, and so reads `If-Match`."""
    return endpoint is REDACT_TICKET or endpoint in TICKET_COMMANDS.values()


def _reference_parameter(name: str) -> Schema:
    return {"$ref": f"#/components/parameters/{name}"}


def _describe_query_parameter(name: str, schema: Schema, required: bool) -> Schema:  # noqa: FBT001 - as it is said
    many = {"style": "form", "explode": True} if schema.get("type") == "array" else {}
    return {"name": name, "in": "query", "required": required, "schema": schema, **many}
