"""The server against its own OpenAPI document, with whatever schemathesis comes to send."""

import asyncio
import re
from typing import Any

import aiohttp
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from common.endpoint import Endpoint
from common.endpoints import ENDPOINTS
from common.people import Role
from tests.support.api_document import DOCUMENT
from tests.support.desk import Org, ServedDesk, Tenants
from tests.support.marks import on_sqlite
from tests.support.rest import Caller

pytestmark = pytest.mark.usefixtures("same_examples")
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
schemathesis.serializer.alias("message/rfc822", "text/plain")
KNOWN_HERE_ALONE = re.compile(
    # What is there, and what time it is.
    r"from next_cursor|not your password|unknown category|one of the categories|private address|"
    r"unknown event type|active agent|IANA time zone|in the future|in the years|"
    r"installed languages|ticket of this organization|headers and a body|"
    r"no attachment of this ticket|before the @|"
    r"no inbox of this organization$|"
    # What depends on the caller's role, or on what the person is.
    r"name the customer|leave it out|at most 100$|cannot become|another ticket$|"
    r"another customer of this organization|"
    # What depends on another field.
    r"allowed only with|required unless|combined with message_id|no message of|must not repeat|"
    r"combined with add_tags|"
    r"before to$|does not apply to this kind|must end after|must start after|"
    r"must differ from|must keep a channel|agent's id|"
    r"of low,|only once|goes with group_by|ticket is closed$|"
    # What the parts of a URL say.
    r"host and a port|name a host|a fragment \(#\)|name or password in it|backslash in its host|"
    # What only the mailed code says.
    r"have a new one sent|first visit|"
    # What a macro may name.
    r"unknown variables|must not be closed|exactly one of|most 20 tags|"
    # The language of filters.
    r"at character|words in full|each column once"
)
"""Rules that no schema can state: a body that is refused for it alone was valid in form."""
bounded = settings(
    deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
    database=None, phases=[Phase.generate],
)  # fmt: skip


def shortened(value: Any, most: int | None = 60) -> Any:
    """The document with shorter limits for texts: tens of thousands of letters take minutes."""
    if isinstance(value, list):
        return [shortened(it, most) for it in value]
    if not isinstance(value, dict):
        return value
    limit = value.get("maxLength")
    kept = {name: shortened(it, most) for name, it in value.items()}
    if isinstance(limit, int) and limit > 300:
        del kept["maxLength"]
        return kept | ({} if most is None else {"maxLength": most})
    return kept


PINNED = {"org_id": 987_650_001, "number": 987_650_002, "id": 987_650_003}
"""The ids in the document, in place of those that are there: else all requests end at 404."""


def pinned(described: dict[str, Any]) -> dict[str, Any]:
    """The document with ids that are known, for which those of a test can be put in."""
    shared = described["components"]["parameters"]
    known = {name: shared[name] | {"schema": {"const": id_}} for name, id_ in PINNED.items()}
    return described | {"components": described["components"] | {"parameters": shared | known}}


SCHEMAS = {
    GenerationMode.POSITIVE: schemathesis.openapi.from_dict(pinned(shortened(DOCUMENT))),
    # Without those limits: what is longer than a shortened one would be valid.
    GenerationMode.NEGATIVE: schemathesis.openapi.from_dict(pinned(shortened(DOCUMENT, None))),
}
TRIES = [
    (Role.ADMIN, GenerationMode.POSITIVE),
    (Role.AGENT, GenerationMode.NEGATIVE),
    (Role.CUSTOMER, GenerationMode.POSITIVE),
]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
@on_sqlite
def test_every_answer_is_one_that_the_document_describes(
    endpoint: Endpoint, site: ServedDesk
) -> None:
    operations = {mode: it[endpoint.url][endpoint.method] for mode, it in SCHEMAS.items()}
    for role, mode in TRIES:
        caller, ids = asyncio.run(scene(site, role))
        # Whom the endpoint is closed to learns that, whatever the request holds.
        is_let_in = endpoint.is_open or role in endpoint.roles
        try_out(operations[mode], mode, caller, ids, 8 if is_let_in else 2)


def try_out(
    operation: Any, mode: GenerationMode, caller: Caller, ids: dict[str, int], examples: int
) -> None:
    """Sends what the document allows, or what it forbids, at what is there."""
    headers = {"Authorization": f"Bearer {caller.token}"}

    @settings(bounded, max_examples=examples)
    @given(operation.as_strategy(generation_mode=mode))
    def run(case: Case[Any]) -> None:
        for name, value in case.path_parameters.items():
            if value == PINNED.get(name):
                case.path_parameters[name] = ids[name]
        response = case.call(base_url=caller.http, headers=headers)
        case.validate_response(response, checks=CHECKS if is_sent_whole(case) else CHECKS[:-1])
        if mode is GenerationMode.POSITIVE and response.status_code == 422:
            # A key that stood with another body before is refused without any.
            errors = response.json().get("errors", [])
            assert all(KNOWN_HERE_ALONE.search(error["detail"]) for error in errors), errors

    run()


def is_sent_whole(case: Case[Any]) -> bool:
    """Returns whether what breaks the document arrives, for the server to refuse.

    A parameter that is an empty list is not sent. In a form one file is a list of one file.
    """
    if any(value == [] for value in (case.query or {}).values()):
        return False
    if case.media_type != "multipart/form-data" or not isinstance(case.body, dict):
        return True
    return isinstance(case.body.get("file", []), list)


async def scene(site: ServedDesk, role: Role) -> tuple[Caller, dict[str, int]]:
    """Somebody of a role, and the ids of what is there for the taking."""
    async with aiohttp.ClientSession() as web:
        org: Org = await Tenants(site, web).found()
        customer = await org.customer()
        number = (await customer.file())["number"]
        await org.admin.write(number, "Hello")
        people = {Role.ADMIN: org.admin, Role.AGENT: await org.agent(), Role.CUSTOMER: customer}
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
