"""The OpenAPI document is valid, whole, and means what the server does."""

import json
import re
from typing import Any

import jsonschema_rs
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from multidict import MultiDict
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi import definitions

from common.endpoint import Endpoint
from common.endpoints import ENDPOINTS
from common.errors import RequestRefused
from common.tickets.registry import EVENTS
from server.rest.openapi.examples import EXAMPLES
from server.rest.openapi.openapi_document import build_document
from server.validation.decoding import decode_body, decode_query
from tests.support.api_document import DOCUMENT

pytestmark = pytest.mark.usefixtures("same_examples")
# Schemathesis makes a quantifier of a limit, and takes minutes to make texts of 65,536 characters:
# its examples stay shorter.
SHORTER = re.sub(r'"maxLength": \d{5,}', '"maxLength": 300', json.dumps(DOCUMENT))
# It knows no way to write a mail; any text is one.
schemathesis.serializer.alias("message/rfc822", "text/plain")
SCHEMA = schemathesis.openapi.from_dict(json.loads(SHORTER))
JSON = "application/json"
JSON_VALUES = (dict, list, str, int, float, type(None))
WITH_QUERY = [it for it in ENDPOINTS if msgspec.structs.fields(it.query)]
WITH_BODY = [it for it in ENDPOINTS if it.body is not None and JSON in it.body_media]
by_name = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)


def operation_of(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = DOCUMENT["paths"][endpoint.url][endpoint.method.lower()]
    return operation


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in value:
        return value
    found: Any = DOCUMENT
    for part in value["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return resolved(found)


def everything(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(below for child in inner for below in everything(child))]


def test_the_document_is_valid_openapi() -> None:
    definitions.OPENAPI_31_VALIDATOR.validate(DOCUMENT)


def test_every_schema_in_it_is_a_valid_json_schema() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_every_reference_leads_somewhere() -> None:
    references = [value for value in everything(DOCUMENT) if isinstance(value, dict)]
    assert all(resolved(value) for value in references if "$ref" in value)


def test_names_of_schemas_are_names_in_every_language() -> None:
    """A name with a module's path, or two classes of one name, make generators drop operations."""
    for name in DOCUMENT["components"]["schemas"]:
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]+", name), name


def test_every_array_says_what_it_holds_in_words_that_generators_read() -> None:
    """`prefixItems` with `items: false` stops openapi-python-client and Spectral."""
    for value in everything(DOCUMENT):
        if isinstance(value, dict) and value.get("type") == "array":
            assert isinstance(value.get("items"), dict), value
            assert "prefixItems" not in value


@pytest.mark.parametrize(
    ("member", "schema"),
    [
        ("allowed", "Status"),
        ("assignee", "PersonRef"),
        ("ticket", "TicketView"),
        ("messages", "MessageView"),
    ],
)
def test_a_problem_describes_what_single_refusals_add(member: str, schema: str) -> None:
    described = DOCUMENT["components"]["schemas"]["Problem"]["properties"][member]
    assert described.get("items", described)["$ref"].endswith(f"/{schema}")


def test_every_type_of_event_is_described_as_a_webhook() -> None:
    assert set(EVENTS) | {"user.changed", "presence.changed", "org.changed", "webhook.test"} == set(
        DOCUMENT["webhooks"]
    )
    for described in DOCUMENT["webhooks"].values():
        names = {parameter["name"] for parameter in described["post"]["parameters"]}
        assert names == {"webhook-id", "webhook-timestamp", "webhook-signature"}


def test_every_operation_has_a_description_and_a_tag_that_has_one() -> None:
    tags = {tag["name"]: tag["description"] for tag in DOCUMENT["tags"]}
    items = [*DOCUMENT["paths"].values(), *DOCUMENT["webhooks"].values()]
    for operation in (item[method] for item in items for method in item if method != "parameters"):
        assert operation["description"]
        assert tags[operation["tags"][0]]


@by_name
def test_every_endpoint_is_described(endpoint: Endpoint) -> None:
    operation = operation_of(endpoint)
    assert operation["operationId"] == endpoint.name
    assert bool(operation["security"]) is not endpoint.is_open
    assert str(endpoint.success) in operation["responses"]


def test_nothing_else_is_described_but_the_routes_outside_of_organizations() -> None:
    outside = set(DOCUMENT["paths"]) - {endpoint.url for endpoint in ENDPOINTS}
    assert outside == {
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/docs",
        "/docs/{asset}",
        "/rate/{token}",
        "/t/{token}",
        "/t/{token}/reply",
        "/t/{token}/solved",
        "/t/{token}/rate",
        "/t/{token}/renew",
    }


@by_name
def test_every_parameter_of_a_path_is_described(endpoint: Endpoint) -> None:
    shared = DOCUMENT["paths"][endpoint.url]["parameters"]
    names = {resolved(parameter)["name"] for parameter in shared}
    assert names == {part[1:-1] for part in endpoint.url.split("/") if part.startswith("{")}


@by_name
def test_every_parameter_of_a_query_is_described(endpoint: Endpoint) -> None:
    given_ = [resolved(parameter) for parameter in operation_of(endpoint)["parameters"]]
    names = {parameter["name"] for parameter in given_ if parameter["in"] == "query"}
    assert names == {field.encode_name for field in msgspec.structs.fields(endpoint.query)}


@by_name
def test_every_refusal_is_a_problem_document(endpoint: Endpoint) -> None:
    for status, answer in operation_of(endpoint)["responses"].items():
        kind = "application/problem+json" if int(status) >= 400 else endpoint.media
        assert list(resolved(answer).get("content", {kind: {}})) == [kind]


@pytest.mark.parametrize("endpoint", WITH_BODY, ids=lambda endpoint: endpoint.name)
def test_every_body_has_an_example_that_the_server_takes(endpoint: Endpoint) -> None:
    media = operation_of(endpoint)["requestBody"]["content"]["application/json"]
    assert media["example"] or endpoint.body_optional, f"examples.py lacks {endpoint.body}"
    jsonschema_rs.validate(
        media["schema"] | {"components": DOCUMENT["components"]}, media["example"]
    )
    decode_body(endpoint.body, json.dumps(media["example"]).encode())


def test_no_example_is_left_over() -> None:
    assert set(EXAMPLES) <= {endpoint.body for endpoint in WITH_BODY}


def test_enumerations_keep_their_order() -> None:
    assert DOCUMENT["components"]["schemas"]["Priority"]["enum"] == [
        "low",
        "normal",
        "high",
        "urgent",
    ]


def test_the_version_and_the_address_are_the_servers_own() -> None:
    assert DOCUMENT["info"]["version"] == "1.2.3"
    assert DOCUMENT["servers"] == [{"url": "http://desk"}]
    assert build_document("1")["servers"] == [{"url": "/"}]


few_examples = settings(
    max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
"""Schemathesis builds its examples slowly, and some so slowly that chance must not pick them."""


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("endpoint", WITH_BODY, ids=lambda endpoint: endpoint.name)
def test_the_server_takes_the_bodies_that_the_document_allows_and_no_others(
    endpoint: Endpoint, mode: GenerationMode
) -> None:
    operation = SCHEMA[endpoint.url][endpoint.method]
    media = operation_of(endpoint)["requestBody"]["content"]["application/json"]
    schema = media["schema"] | {"components": DOCUMENT["components"]}
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)

    @few_examples
    @given(operation.as_strategy(generation_mode=mode))
    def run(case: Case[Any]) -> None:
        if case.media_type == JSON and isinstance(
            case.body, dict | list | str | int | float | None
        ):
            assert takes(endpoint.body, case.body) is validator.is_valid(case.body)

    run()


def takes(type_: type[Any], value: object) -> bool:
    try:
        decode_body(type_, json.dumps(value).encode())
    except RequestRefused as refusal:
        return has_bad_filter_alone(refusal)
    return True


def has_bad_filter_alone(refusal: RequestRefused) -> bool:
    """Returns whether only the language of filters is broken, which no schema can state."""
    errors = refusal.extras.get("errors", ())
    return bool(errors) and all(error.detail.startswith("at character ") for error in errors)


@pytest.mark.parametrize("endpoint", WITH_QUERY, ids=lambda endpoint: endpoint.name)
def test_the_server_takes_the_queries_that_the_document_allows(endpoint: Endpoint) -> None:
    operation = SCHEMA[endpoint.url][endpoint.method]

    @few_examples
    @given(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def run(case: Case[Any]) -> None:
        query = MultiDict[str]()
        for name, value in (case.query or {}).items():
            for one in value if isinstance(value, list) else [value]:
                query.add(name, str(one))
        try:
            decode_query(endpoint.query, query)
        except RequestRefused as refusal:
            if not has_bad_filter_alone(refusal):
                raise

    run()
