"""Opens pages of tickets that were merged, split, followed up or given away meanwhile."""

from urllib.parse import urljoin

import pytest

from common.tickets.ticket import CloseReason, Status
from server.storage.queries.attachment import file_deletions
from tests.support.desk import Org
from tests.support.link_visitor import SOON, LinkVisitor, make_link_visitor
from tests.support.rest import Caller
from tests.support.uploads import PNG, send_files


@pytest.fixture
async def visitor(org: Org) -> LinkVisitor:
    return await make_link_visitor(org)


async def let_take_part(visitor: LinkVisitor, *numbers: int) -> Caller:
    """Pat, who takes part in these tickets."""
    pat = await visitor.org.customer("Pat")
    for number in numbers:
        path = f"/tickets/{number}/participants/{pat.id}"
        (await visitor.agent.put(path, {})).expect(204)
    return pat


async def close(agent: Caller, number: int) -> None:
    for status in (Status.RESOLVED, Status.CLOSED):
        (await agent.patch(f"/tickets/{number}", {"status": status})).expect(200)


async def test_participants_of_a_closed_ticket_answer_its_open_follow_up(
    visitor: LinkVisitor,
) -> None:
    await close(visitor.agent, 1)
    followed = (await visitor.customer.post("/tickets/1/messages", {"body": "Again."})).expect(201)
    assert followed["seq"]
    pat = await let_take_part(visitor, 1)
    await visitor.open_link(visitor.token(person_id=pat.id))
    await visitor.send("/reply", body="I see it, too.")
    assert visitor.status == 200
    assert visitor.page.messages[-1] == ("You", "I see it, too.")
    sent = await pat.post("/tickets/1/messages", {"body": "And again."})
    sent.expect(201)
    assert sent.headers["Location"].endswith("/tickets/2")


async def test_revoking_the_links_of_a_ticket_ends_those_of_what_is_merged_into_it(
    visitor: LinkVisitor,
) -> None:
    await visitor.customer.file("The lamp")
    (await visitor.agent.post("/tickets/2/merge", {"into": 1})).expect(200)
    page = await visitor.open_link(visitor.token(2))
    assert page.find("h1").text == "The machine leaks"
    (await visitor.agent.post("/tickets/1/revoke-links")).expect(204)
    await visitor.open_link(visitor.token(2))
    assert visitor.status == 410


async def test_a_link_that_leads_on_works_no_longer_than_itself(visitor: LinkVisitor) -> None:
    await visitor.customer.file("The lamp")
    (await visitor.agent.post("/tickets/2/merge", {"into": 1})).expect(200)
    await visitor.open_link(visitor.token(2))
    assert visitor.path.startswith(f"/t/{visitor.org.id}-1-{visitor.customer.id}-0-{SOON}.")


async def test_an_answer_to_a_ticket_given_to_another_customer_is_not_read_by_the_former_one(
    visitor: LinkVisitor,
) -> None:
    await close(visitor.agent, 1)
    (await visitor.customer.post("/tickets/1/messages", {"body": "Again."})).expect(201)
    other = await visitor.org.customer("Otto")
    given = await visitor.agent.post("/tickets/1/customer", {"customer_email": other.email})
    given.expect(200)
    sent = await other.post("/tickets/1/messages", {"body": "Not yours."})
    sent.expect(201)
    assert sent.headers["Location"].endswith("/tickets/3")
    await visitor.open_link(visitor.token(2))
    assert "Not yours." not in visitor.page.text
    await visitor.open_link(visitor.token(1))
    assert visitor.status == 410


async def test_a_page_of_spam_takes_no_answer_and_says_so(visitor: LinkVisitor) -> None:
    await visitor.open_link()
    form = visitor.page.form("/reply")
    body = {"status": Status.CLOSED, "reason": CloseReason.SPAM}
    (await visitor.agent.patch("/tickets/1", body)).expect(200)
    await visitor.ask("POST", form.action, data={**form.fields, "body": "Please!"})
    assert visitor.status in {403, 409, 422}
    assert visitor.page.faults
    assert (await visitor.agent.get("/tickets/1/messages")).expect(200)["items"] == []


async def split_off(visitor: LinkVisitor, author: Caller, words: str) -> None:
    """Begins ticket 2 with what somebody writes to the first ticket."""
    said = await author.write(1, words)
    body = {"message_ids": [said["id"]], "subject": "The lamp"}
    (await visitor.agent.post("/tickets/1/split", body)).expect(201)


async def test_a_split_begins_under_the_name_of_whoever_wrote_its_first_message(
    visitor: LinkVisitor,
) -> None:
    await split_off(visitor, visitor.agent, "And the lamp?")
    page = await visitor.open_link(visitor.token(2))
    assert page.messages == [("Ana", "And the lamp?")]


async def test_the_erasure_of_a_participant_takes_their_words_out_of_splits(
    visitor: LinkVisitor,
) -> None:
    pat = await let_take_part(visitor, 1)
    await split_off(visitor, pat, "My lamp is broken.")
    assert (await visitor.agent.ticket(2))["description"] == "My lamp is broken."
    (await visitor.org.admin.post(f"/users/{pat.id}/erase")).expect(200)
    ticket = await visitor.agent.ticket(2)
    assert (ticket["subject"], ticket["description"]) == ("The lamp", "(erased)")
    assert (await visitor.agent.get("/tickets", q="broken")).expect(200)["items"] == []


async def test_a_split_has_the_files_of_its_messages_until_the_last_copy_is_redacted(
    visitor: LinkVisitor,
) -> None:
    first = await send_files(visitor.customer, 1, ("lamp.png", PNG), body="This one.")
    second = await send_files(visitor.customer, 1, ("bill.txt", b"10 EUR"), body="The bill.")
    ids = [it.expect(201)["id"] for it in (first, second)]
    body = {"message_ids": ids, "subject": "The lamp"}
    (await visitor.agent.post("/tickets/1/split", body)).expect(201)
    page = await visitor.open_link(visitor.token(2))
    image = page.find("img").attributes["src"]
    for path, content in ((page.link("bill.txt"), b"10 EUR"), (image, PNG)):
        async with visitor.web.get(urljoin(page.url, path)) as reply:
            assert (reply.status, await reply.read()) == (200, content)
    redaction = {"message_id": ids[1], "reason": "A bill"}
    (await visitor.agent.post("/tickets/1/redact", redaction)).expect(200)
    async with visitor.web.get(page.link("bill.txt")) as reply:
        assert (reply.status, await reply.read()) == (200, b"10 EUR")
    assert await count_planned_deletions(visitor.org) == 0
    copy = (await visitor.agent.get("/tickets/2/messages")).expect(200)["items"][0]
    redaction = {"message_id": copy["id"], "reason": "A bill"}
    (await visitor.agent.post("/tickets/2/redact", redaction)).expect(200)
    async with visitor.web.get(page.link("bill.txt")) as reply:
        assert reply.status == 404


async def count_planned_deletions(org: Org) -> int:
    """The number of the organization's files that are to be deleted."""
    found = await org.desk.database.read_snapshot(
        lambda reading: file_deletions.list_due_deletions(reading, 2**62, 1000)
    )
    return len([it for it in found if it.org_id == org.id])


async def test_words_from_before_a_merge_of_customers_are_the_readers_own(
    visitor: LinkVisitor,
) -> None:
    chief, new = await visitor.org.supervisor(), await visitor.org.customer("New")
    pat = await let_take_part(visitor, 1)
    (await pat.post("/tickets/1/messages", {"body": "Mine, too."})).expect(201)
    (await visitor.customer.post("/tickets/1/messages", {"body": "It still leaks."})).expect(201)
    into = {"into": new.id}
    (await chief.post(f"/users/{visitor.customer.id}/merge", into)).expect(200)
    page = await visitor.open_link(visitor.token(person_id=new.id))
    said = {words: author for author, words in page.messages}
    assert (said["It still leaks."], said["Mine, too."]) == ("You", "Pat")
