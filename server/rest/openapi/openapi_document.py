"""Builds the whole OpenAPI document from its parts."""

from collections.abc import Sequence
from typing import Final

from common.endpoints import ENDPOINTS
from server.rest.openapi import (
    event_webhooks,
    operations,
    page_paths,
    parameters,
    responses,
    schemas,
    system_paths,
)
from server.rest.openapi.schemas import Schema
from server.rest.openapi.tags import TAGS

_DESCRIPTION: Final = (
    "Sign in with `POST /v1/orgs/{org_id}/sessions`, then send the token as a bearer token; "
    "an API key is sent the same way. Refusals are problem documents (RFC 9457); a 422 lists "
    "every bad field at once. Texts are trimmed before their length counts. `HEAD` is answered "
    "wherever `GET` is, and `OPTIONS` for browsers where the operator allows origins."
)
_BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "The token of a session (`dws_...`) or an API key (`dwk_...`)",
}


def build_document(version: str, servers: Sequence[str] = ()) -> Schema:
    """Returns the OpenAPI document; `servers` are URLs such as `https://desk.example.org`."""
    tags = dict.fromkeys(
        [*map(operations.find_tag, ENDPOINTS), system_paths.TAG, page_paths.TAG, event_webhooks.TAG]
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Deskwire",
            "version": version,
            "description": _DESCRIPTION,
            "contact": {"name": "The operator of this server"},
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": url} for url in servers or ["/"]],
        "tags": [{"name": tag, "description": TAGS[tag]} for tag in tags],
        "paths": _build_paths() | system_paths.PATHS,
        "webhooks": event_webhooks.describe_webhooks(),
        "components": {
            "schemas": _build_schemas(),
            "responses": responses.REFUSALS,
            "headers": responses.HEADERS,
            "parameters": parameters.SHARED_PARAMETERS,
            "securitySchemes": {"bearer": _BEARER},
        },
    }


def _build_schemas() -> Schema:
    sides = [side for entry in ENDPOINTS for side in (entry.body, entry.answer)]
    sides += [*event_webhooks.WEBHOOK_BODIES, *responses.PROBLEM_EXTENSIONS.values()]
    _, components = schemas.collect_schemas([side for side in sides if side is not None])
    for endpoint in ENDPOINTS:
        components |= schemas.inline_parameters(endpoint.query)[1]
    return dict(sorted(components.items())) | {"Problem": responses.build_problem_schema()}


def _build_paths() -> Schema:
    paths: Schema = {}
    for endpoint in ENDPOINTS:
        item = paths.setdefault(
            endpoint.url, {"parameters": parameters.list_path_parameters(endpoint.url)}
        )
        item[endpoint.method.lower()] = operations.describe_operation(endpoint)
    return paths
