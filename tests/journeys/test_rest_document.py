"""The server against its own OpenAPI document, with whatever schemathesis comes to send."""

import asyncio
from typing import Any

import aiohttp
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from common.endpoint import Endpoint
from common.endpoints import ENDPOINTS
from server.rest.openapi import document
from tests.support.desk import Desk, Org, Tenants
from tests.support.marks import on_sqlite
from tests.support.rest import Caller

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
bounded = settings(
    max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
    database=None,
)  # fmt: skip
DOCUMENT: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document("0")))


def shortened(value: Any) -> Any:
    """The document with shorter limits for texts: tens of thousands of letters take minutes."""
    if isinstance(value, list):
        return [shortened(it) for it in value]
    if not isinstance(value, dict):
        return value
    limit = value.get("maxLength")
    shorter = {"maxLength": 60} if isinstance(limit, int) and limit > 300 else {}
    return {name: shortened(it) for name, it in value.items()} | shorter


SCHEMA = schemathesis.openapi.from_dict(shortened(DOCUMENT))
TRIES = [
    ("admin", GenerationMode.POSITIVE),
    ("agent", GenerationMode.NEGATIVE),
    ("customer", GenerationMode.POSITIVE),
]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
@on_sqlite
def test_every_answer_is_one_that_the_document_describes(endpoint: Endpoint, site: Desk) -> None:
    for role, mode in TRIES:
        caller, ids = asyncio.run(scene(site, role))
        try_out(endpoint, mode, caller, ids)


def try_out(endpoint: Endpoint, mode: GenerationMode, caller: Caller, ids: dict[str, int]) -> None:
    """Sends what the document allows, or what it forbids, at what is there."""
    operation = SCHEMA[endpoint.url][endpoint.method]
    headers = {"Authorization": f"Bearer {caller.token}"}

    @bounded
    @given(operation.as_strategy(generation_mode=mode))
    def run(case: Case[Any]) -> None:
        aimed = {name: ids[name] for name in case.path_parameters or () if name in ids}
        case.path_parameters = {**(case.path_parameters or {}), **aimed}
        case.call_and_validate(base_url=caller.http, headers=headers, checks=CHECKS)

    run()


async def scene(site: Desk, role: str) -> tuple[Caller, dict[str, int]]:
    """Somebody of a role, and the ids of what is there for the taking."""
    async with aiohttp.ClientSession() as web:
        org: Org = await Tenants(site, web).found()
        customer = await org.customer()
        number = (await customer.file())["number"]
        await org.admin.write(number, "Hello")
        people = {"admin": org.admin, "agent": await org.agent(), "customer": customer}
        return people[role], {"org_id": org.id, "number": number, "id": customer.id}


@on_sqlite
async def test_the_document_is_served_with_every_route(org: Org) -> None:
    served = (await org.stranger.get("//openapi.json")).expect(200)
    assert served["openapi"].startswith("3.1")
    for endpoint in ENDPOINTS:
        assert endpoint.method.lower() in served["paths"][endpoint.url], endpoint.name


@on_sqlite
async def test_the_routes_outside_of_organizations_answer(org: Org) -> None:
    for path in ("//healthz", "//readyz", "//metrics", "//docs"):
        reply = await org.stranger.get(path)
        assert (reply.status, bool(reply.body)) == (200, True), path
