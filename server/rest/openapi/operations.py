"""Describes one endpoint as an OpenAPI operation."""

from common.endpoint import MULTIPART, Endpoint
from common.people import Role
from server.rest.openapi import parameters, responses, schemas
from server.rest.openapi.examples import find_example
from server.rest.openapi.schemas import Schema


def describe_operation(endpoint: Endpoint) -> Schema:
    """Returns the operation: everything about a route except its path."""
    described: Schema = {
        "operationId": endpoint.name,
        "tags": [find_tag(endpoint)],
        "summary": endpoint.summary,
        "description": _describe_access(endpoint),
        "security": [] if endpoint.is_open else [{"bearer": []}],
        "parameters": [
            *parameters.list_query_parameters(endpoint),
            *parameters.list_header_parameters(endpoint),
        ],
        "responses": responses.describe_responses(endpoint),
    }
    has_body = endpoint.body is not None or endpoint.raw_body is not None
    return described | {"requestBody": _describe_body(endpoint)} if has_body else described


def find_tag(endpoint: Endpoint) -> str:
    """Returns the tag of a route: the first word of its path."""
    return endpoint.path.strip("/").partition("/")[0] or "organization"


def _describe_access(endpoint: Endpoint) -> str:
    if endpoint.is_open:
        return "Open to anyone."
    roles = ", ".join(role for role in Role if role in endpoint.roles)
    keys = f" API keys need the scope `{endpoint.scope}`." if endpoint.scope else ""
    return f"Open to the roles {roles}.{keys}"


def _describe_body(endpoint: Endpoint) -> Schema:
    if endpoint.raw_body is not None:
        raw = {"schema": {"type": "string"}}
        return {"required": True, "content": {endpoint.raw_body: raw}}
    example = find_example(endpoint)
    needs_file = endpoint.body_media == (MULTIPART,)
    content = {
        media: {"schema": schemas.describe_form(endpoint.body, needs_file=needs_file)}
        if media == MULTIPART
        else {"schema": schemas.describe_type(endpoint.body), "example": example}
        for media in endpoint.body_media
    }
    return {"required": not endpoint.body_optional, "content": content}
