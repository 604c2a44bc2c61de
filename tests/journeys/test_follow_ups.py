"""Replies to closed tickets: one follow-up for all of them, and none for spam."""

from tests.support.desk import Org


async def close(org: Org, number: int, **fields: str) -> None:
    await org.admin.edit(number, status="closed", **fields)


async def test_replies_to_a_closed_ticket_share_one_open_follow_up(org: Org) -> None:
    customer = await org.customer()
    number = (await customer.file())["number"]
    await close(org, number, reason="duplicate")
    path = f"/tickets/{number}/messages"
    first = await customer.post(path, {"body": "Again."})
    second = await customer.post(path, {"body": "And again."})
    followed = number + 1
    for reply in (first, second):
        reply.expect(201)
        assert reply.headers["Location"] == f"/v1/orgs/{org.id}/tickets/{followed}"
    assert (await customer.ticket(followed))["followup_of"] == number
    said = (await customer.get(f"/tickets/{followed}/messages")).expect(200)["items"]
    assert [it["body"] for it in said] == ["Again.", "And again."]
    await org.admin.edit(followed, status="resolved")
    third = await customer.post(path, {"body": "A third time."})
    assert third.headers["Location"] == f"/v1/orgs/{org.id}/tickets/{followed + 1}"


async def test_a_reply_goes_to_the_ticket_that_the_follow_up_was_merged_into(org: Org) -> None:
    customer = await org.customer()
    number = (await customer.file())["number"]
    await close(org, number, reason="duplicate")
    await customer.write(number, "Again.")
    other = (await customer.file())["number"]
    (await org.admin.post(f"/tickets/{number + 1}/merge", {"into": other})).expect(200)
    reply = await customer.post(f"/tickets/{number}/messages", {"body": "More."})
    assert reply.headers["Location"] == f"/v1/orgs/{org.id}/tickets/{other}"


async def test_a_reply_to_spam_makes_nothing(org: Org) -> None:
    customer = await org.customer()
    (await org.admin.patch("", {"reopen_closed_days": 7})).expect(200)
    number = (await customer.file())["number"]
    await close(org, number, reason="spam")
    before = (await org.admin.get("/queues")).expect(200)["seq"]
    refused = await customer.post(f"/tickets/{number}/messages", {"body": "Buy!"})
    refused.expect(409, "closed-as-spam")
    assert (await org.admin.get("/queues")).expect(200)["seq"] == before


async def test_a_follow_up_says_in_the_organizations_language_what_it_follows(org: Org) -> None:
    (await org.admin.patch("", {"language": "de"})).expect(200)
    agent, customer = await org.agent(), await org.customer()
    number = (await customer.file())["number"]
    for status in ("resolved", "closed"):
        await agent.edit(number, status=status)
    await customer.write(number, "Noch etwas.")
    assert (await agent.ticket(number + 1))["description"] == f"Fortsetzung von #{number}."
