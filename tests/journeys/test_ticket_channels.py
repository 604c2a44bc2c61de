"""The channel that tickets and messages came through: found by itself, or told with a ticket."""

from typing import Any

import pytest

from tests.support.desk import Org, Tenants
from tests.support.import_lines import given_out, taken_in
from tests.support.link_visitor import LinkVisitor, make_link_visitor
from tests.support.mail_intake import compose
from tests.support.rest import Caller


@pytest.fixture
async def visitor(org: Org) -> LinkVisitor:
    return await make_link_visitor(org)


async def bring(org: Org, content: bytes) -> dict[str, Any]:
    headers = {"Content-Type": "message/rfc822"}
    asked = await org.admin.ask("POST", "/mails", data=content, headers=headers)
    return dict(asked.expect(200))


async def sources(caller: Caller, number: int) -> list[dict[str, Any] | None]:
    page = (await caller.get(f"/tickets/{number}/messages")).expect(200)
    return [it.get("source") for it in page["items"]]


async def fill(org: Org, visitor: LinkVisitor) -> None:
    """#1 over REST, answered on its page; #2 by mail, answered by mail; #3 by phone; #4 told."""
    inbox = f"help@{org.id}.example"
    (await org.admin.post("/inboxes", {"address": inbox})).expect(201)
    await visitor.open_link()
    await visitor.send("/reply", body="It still leaks.")
    sent = compose(to=inbox, headers=[("Message-ID", "<first@shop.example>")])
    assert (await bring(org, sent.as_bytes()))["number"] == 2
    answer = compose("And now?", to=inbox, headers=[("In-Reply-To", "<first@shop.example>")])
    assert (await bring(org, answer.as_bytes()))["result"] == "message"
    body = {"subject": "A call", "description": "B", "customer_email": visitor.customer.email}
    (await visitor.agent.post("/tickets", body | {"channel": "phone"})).expect(201)
    (await visitor.agent.post("/tickets", body)).expect(201)


async def test_a_ticket_says_how_it_came_and_so_does_each_message(
    org: Org, visitor: LinkVisitor
) -> None:
    await fill(org, visitor)
    agent, customer = visitor.agent, visitor.customer
    seen = [await agent.ticket(number) for number in (1, 2, 3, 4)]
    assert [it.get("channel") for it in seen] == ["api", "mail", "phone", None]
    assert [it.get("sender_verified") for it in seen] == [None, False, None, None]
    assert await sources(agent, 1) == [{"kind": "page", "verified": True}]
    assert await sources(agent, 2) == [{"kind": "mail", "verified": False}]
    assert await sources(customer, 1) == [{"kind": "page"}]
    (event,) = [it for it in await agent.events() if it["type"] == "message.added"][:1]
    assert event["message"]["source"] == {"kind": "page", "verified": True}
    assert "sender_verified" not in (await customer.ticket(1))
    assert (await customer.ticket(3))["channel"] == "phone"


async def test_customers_do_not_say_how_they_came(org: Org) -> None:
    customer, key = await org.customer(), await org.key()
    body = {"subject": "A", "description": "B", "channel": "phone"}
    refused = (await customer.post("/tickets", body)).expect(422, "validation")
    assert refused["errors"][0]["pointer"] == "/channel"
    chat = body | {"customer_email": customer.email, "channel": "chat"}
    assert (await key.post("/tickets", chat)).expect(201)["channel"] == "chat"
    plain = {name: chat[name] for name in ("subject", "description", "customer_email")}
    assert (await key.post("/tickets", plain)).expect(201)["channel"] == "api"


async def test_the_page_says_how_a_message_came(visitor: LinkVisitor) -> None:
    await visitor.open_link()
    assert "on this page" not in visitor.page.text
    await visitor.send("/reply", body="It still leaks.")
    assert "on this page" in visitor.page.text


async def test_a_follow_up_came_as_the_message_that_begins_it(
    org: Org, visitor: LinkVisitor
) -> None:
    (await org.admin.patch("", {"reopen_closed_days": 0})).expect(200)
    await visitor.agent.edit(1, status="resolved")
    await visitor.agent.edit(1, status="closed")
    await visitor.open_link()
    await visitor.send("/reply", body="It leaks again.")
    assert (await visitor.agent.ticket(2))["channel"] == "page"


async def test_channels_move(tenants: Tenants, org: Org, visitor: LinkVisitor) -> None:
    await fill(org, visitor)
    lines, there = await given_out(org), await tenants.found()
    bare = [{**line, "ticket": without_mail(line["ticket"])} for line in lines if "ticket" in line]
    for line in bare:
        line["history"] = [without_mail(it) for it in line["history"]]
    await taken_in(there, *(line for line in lines if "user" in line), *bare)
    for number in (1, 2, 3, 4):
        seen = [await it.admin.ticket(number) for it in (org, there)]
        for name in ("channel", "sender_verified"):
            assert seen[0].get(name) == seen[1].get(name)
        assert await sources(there.admin, number) == await sources(org.admin, number)


def without_mail(part: dict[str, Any]) -> dict[str, Any]:
    """Without the original mail, whose bytes are not beside these lines."""
    return {name: value for name, value in part.items() if name != "original"}
