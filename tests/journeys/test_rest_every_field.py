"""Whatever is wrong with a request is told at once, also what only the database knows."""

from typing import Any

import pytest

from tests.support.desk import Org
from tests.support.rest import Reply


def named(reply: Reply) -> list[str]:
    errors: list[dict[str, Any]] = reply.expect(422, "validation")["errors"]
    return sorted(error.get("pointer") or error["parameter"] for error in errors)


async def test_an_unknown_category_is_told_with_the_fields_that_are_missing(org: Org) -> None:
    customer = await org.customer()
    body = {"category": "nope", "priority": "so-so", "customer_email": "a@b.example"}
    assert named(await customer.post("/tickets", body)) == [
        "/category",
        "/customer_email",
        "/description",
        "/priority",
        "/subject",
    ]
    whole = {"subject": "s", "description": "d", "category": "nope", "customer_email": "a@b.c"}
    assert named(await customer.post("/tickets", whole)) == ["/category", "/customer_email"]


async def test_an_agent_is_told_about_the_customer_with_the_rest(org: Org) -> None:
    agent = await org.agent()
    assert named(await agent.post("/tickets", {"category": "nope"})) == [
        "/category",
        "/customer_email",
        "/description",
        "/subject",
    ]
    malformed = {"subject": "s", "description": "d", "customer_email": "nobody"}
    assert named(await agent.post("/tickets", malformed)) == ["/customer_email"]


async def test_every_bad_field_of_an_edit_is_told(org: Org) -> None:
    agent, customer = await org.agent(), await org.customer()
    filed = (await customer.post("/tickets", {"subject": "s", "description": "d"})).expect(201)
    path = f"/tickets/{filed['number']}"
    body = {"category": "nope", "priority": "so-so", "zeal": 1}
    assert named(await agent.patch(path, body)) == ["/category", "/priority", "/zeal"]
    body = {"category": "nope", "snoozed_until": "2001-01-01T00:00:00Z", "reason": "so"}
    assert named(await agent.patch(path, body)) == ["/category", "/reason", "/snoozed_until"]
    body = {"category": "nope", "status": "closed"}
    assert named(await agent.patch(path, body)) == ["/category", "/reason"]


async def test_every_bad_setting_is_told(org: Org) -> None:
    body = {"signup": "maybe", "timezone": "Mars/Base", "default_category": "nope", "zeal": 1}
    assert named(await org.admin.patch("", body)) == [
        "/default_category",
        "/signup",
        "/timezone",
        "/zeal",
    ]


@pytest.mark.parametrize("path", ["/tickets", "/users", "/tickets/1/messages"])
async def test_a_bad_cursor_is_told_with_the_other_parameters(org: Org, path: str) -> None:
    customer = await org.customer()
    (await customer.post("/tickets", {"subject": "s", "description": "d"})).expect(201)
    reply = await org.admin.get(f"{path}?cursor=garbage&limit=0&zeal=1")
    assert named(reply) == ["cursor", "limit", "zeal"]


async def test_a_body_that_is_no_object_is_told_in_words(org: Org) -> None:
    refused = (await org.admin.post("/tickets", [])).expect(422, "validation")
    assert refused["errors"][0] == {"detail": "must be a JSON object", "pointer": ""}
    assert refused["detail"] == "The body must be a JSON object"


@pytest.mark.parametrize("control", ["\x00", "\x0b", "\x1b", "\x1f", "\x7f", "\x85", "\x9b"])
async def test_a_line_takes_no_control_character_at_its_ends_either(org: Org, control: str) -> None:
    customer = await org.customer()
    for subject in (f"{control}It broke", f"It broke{control}", f"It {control} broke"):
        body = {"subject": subject, "description": "d"}
        assert named(await customer.post("/tickets", body)) == ["/subject"]
    trimmed = await customer.file("\t It broke \r\n")
    assert trimmed["subject"] == "It broke"


async def test_business_hours_are_replaced_as_a_whole_so_a_day_left_out_is_closed(
    org: Org,
) -> None:
    begun = (await org.admin.get("")).expect(200)["business_hours"]
    assert list(begun.values()) == [[["00:00", "24:00"]]] * 7
    body = {"business_hours": {"mon": [["09:00", "12:00"], ["13:00", "17:00"]]}}
    hours = (await org.admin.patch("", body)).expect(200)["business_hours"]
    assert hours.pop("mon") == body["business_hours"]["mon"]
    assert list(hours.values()) == [[]] * 6
