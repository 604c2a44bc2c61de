"""Describes the responses of a route: its success, and every refusal."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from common import errors
from common.endpoint import Endpoint
from common.errors import RequestRefused
from common.queries import EventQuery
from common.tickets.ticket import Status
from common.wire import MessageView, PersonRef, TicketView
from server.rest.openapi import schemas
from server.rest.openapi.parameters import writes_ticket
from server.rest.openapi.schemas import Schema

_TEXT: Final = {"type": "string"}

PROBLEM_EXTENSIONS: Final[dict[str, Any]] = {
    "allowed": list[Status],
    "assignee": PersonRef,
    "ticket": TicketView,
    "messages": list[MessageView],
    "epoch": str,
    "seq": int,
}
"""Members that some refusals add to the standard's, by name."""
_EXTENSION_DESCRIPTIONS: Final = {
    "allowed": "With `invalid-transition`: the statuses that the caller may choose",
    "assignee": "With `already-claimed`: the agent who has the ticket",
    "ticket": "With `stale-version`: the ticket as it is now",
    "messages": "With `conversation-advanced`: the messages that the caller has not read",
    "epoch": "With `log-changed`: the identity of the present log",
    "seq": "With `log-changed`: the newest event of the present log",
}
_PROBLEM: Final[Schema] = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). `type` tells them apart; some carry more members.",
    "type": "object",
    "properties": {
        "type": _TEXT | {"description": "/problems/ and the refusal's short name"},
        "title": _TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": _TEXT | {"description": "What to do about it"},
        "request_id": _TEXT,
        "errors": {
            "type": "array",
            "description": "Every bad field at once",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": _TEXT | {"description": "A JSON pointer into the body"},
                    "parameter": _TEXT | {"description": "The name of a query parameter"},
                    "detail": _TEXT,
                },
                "required": ["detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "request_id"],
}


def build_problem_schema() -> Schema:
    """Returns the schema of every refusal, with the members that single ones add."""
    found, _ = schemas.collect_schemas(list(PROBLEM_EXTENSIONS.values()))
    more = {
        name: _add_description(schema, _EXTENSION_DESCRIPTIONS[name])
        for name, schema in zip(PROBLEM_EXTENSIONS, found, strict=True)
    }
    return _PROBLEM | {"properties": _PROBLEM["properties"] | more}


def _add_description(schema: Schema, description: str) -> Schema:
    """Returns the schema with a description; some generators cannot read one beside a reference."""
    return schema if "$ref" in schema else schema | {"description": description}


HEADERS: Final[dict[str, Schema]] = {
    "ETag": {"description": "The ticket's version, or the tag of a page", "schema": _TEXT},
    "Location": {"description": "Where the new thing is", "schema": _TEXT},
    "Idempotency-Replayed": {
        "description": "`true`: this is the first answer to the same key, again",
        "schema": _TEXT,
    },
    "RateLimit-Policy": {
        "description": "Quotas `q` of token and organization in a window of `w` seconds "
        "(draft-ietf-httpapi-ratelimit-headers-10); none with `--rate-limit 0`",
        "schema": _TEXT,
    },
    "RateLimit": {
        "description": "Requests `r` that are left; in `t` seconds the quota is full again",
        "schema": _TEXT,
    },
    "Retry-After": {"description": "Whole seconds", "schema": {"type": "integer", "minimum": 0}},
}

_RATE_LIMITS: Final = ("RateLimit", "RateLimit-Policy")
_COMMON_REFUSALS: Final = (errors.NotFound, errors.Invalid, errors.RateLimited, errors.Unavailable)
_IDENTITY_REFUSALS: Final = (errors.Unauthenticated, errors.Forbidden)
_BODY_REFUSALS: Final = (
    errors.Malformed,
    errors.RequestTimeout,
    errors.TooLarge,
    errors.WrongMediaType,
)

_NOT_MODIFIED: Final[Schema] = {
    "description": "The caller has this answer already",
    "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
}


def describe_responses(endpoint: Endpoint) -> Schema:
    """Returns every response of a route, by status."""
    answers = {kind.status: _reference_refusal(kind) for kind in _list_refusals(endpoint)}
    answers[endpoint.success] = _describe_success(endpoint)
    if endpoint.accepts:
        answers[HTTPStatus.ACCEPTED] = {"description": endpoint.accepts}
    if endpoint.revalidates:
        answers[HTTPStatus.NOT_MODIFIED] = _NOT_MODIFIED
    if endpoint.answer is bytes:
        answers[HTTPStatus.PARTIAL_CONTENT] = _describe_success(endpoint)
    return {str(int(status)): answers[status] for status in sorted(answers)}


def _describe_success(endpoint: Endpoint) -> Schema:
    headers = {
        name: {"$ref": f"#/components/headers/{name}"} for name in _list_success_headers(endpoint)
    }
    success: Schema = {"description": endpoint.summary, "headers": headers}
    if endpoint.answer is bytes:
        success["content"] = {endpoint.media: {"schema": schemas.FILE}}
    elif endpoint.answer is not None:
        success["content"] = {endpoint.media: {"schema": schemas.describe_type(endpoint.answer)}}
    return success


def _list_success_headers(endpoint: Endpoint) -> Iterator[str]:
    if endpoint.answer is TicketView or endpoint.revalidates:
        yield "ETag"
    if endpoint.success == HTTPStatus.CREATED and endpoint.retries:
        # Sessions and keys have no place of their own to be read at.
        yield "Location"
    if endpoint.retries:
        yield "Idempotency-Replayed"
    if not endpoint.is_open:
        yield from _RATE_LIMITS


def _list_refusals(endpoint: Endpoint) -> Iterator[type[RequestRefused]]:
    yield from _COMMON_REFUSALS
    yield from _IDENTITY_REFUSALS
    if endpoint.body is not None or endpoint.raw_body is not None:
        yield from _BODY_REFUSALS
    if endpoint.method not in {"GET", "DELETE"}:
        yield errors.Conflict
    if endpoint.query is EventQuery:
        yield errors.LogChanged
    if endpoint.answer is bytes:
        yield errors.RangeNotSatisfiable
    if writes_ticket(endpoint):
        yield errors.StaleVersion


def _reference_refusal(kind: type[RequestRefused]) -> Schema:
    return {"$ref": f"#/components/responses/{kind.__name__}"}


def _describe_refusal(kind: type[RequestRefused]) -> Schema:
    headers = ["Retry-After"] if kind in {errors.RateLimited, errors.Unavailable} else []
    if kind is errors.RateLimited:
        headers += _RATE_LIMITS
    return {
        "description": kind.title,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }


REFUSALS: Final[dict[str, Schema]] = {
    kind.__name__: _describe_refusal(kind)
    for kind in (
        *_BODY_REFUSALS,
        *_IDENTITY_REFUSALS,
        *_COMMON_REFUSALS,
        errors.Conflict,
        errors.LogChanged,
        errors.RangeNotSatisfiable,
        errors.StaleVersion,
    )
}
