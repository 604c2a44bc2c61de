"""Drafts over REST: each agent's own, seen by nobody else, gone with person and text."""

from typing import Any

from server.storage.queries.ticket.drafts import list_everybodys_drafts
from tests.support.desk import Org, Tenants
from tests.support.rest import Caller
from tests.support.stream_listener import StreamListeners


async def save(caller: Caller, number: int, text: str, **fields: Any) -> Any:
    return await caller.put(f"/tickets/{number}/drafts", {"kind": "reply", "body": text, **fields})


async def list_texts(caller: Caller, **params: Any) -> list[str]:
    return [it["body"] for it in (await caller.get("/drafts", **params)).expect(200)["items"]]


async def discard(caller: Caller, draft: dict[str, Any]) -> Any:
    path = f"/tickets/{draft['number']}/drafts?kind={draft['kind']}&version={draft['version']}"
    return await caller.delete(path)


async def test_a_draft_is_kept_exactly_and_shown_to_its_agent_alone(org: Org) -> None:
    ann, ben, sue = await org.agent(), await org.agent(), await org.supervisor()
    number = (await (await org.customer()).file())["number"]
    before = (await ann.get("/events")).expect(200)["seq"]
    whole = {
        "kind": "reply", "body": " zebra\n\n ", "set_aside": "other",
        "verbs": {"status": "resolved"}, "files": ["a.pdf"],
    }  # fmt: skip
    made = (await ann.put(f"/tickets/{number}/drafts", whole)).expect(200)
    assert made | whole | {"number": number} == made
    (await save(ann, number, "a note", kind="note")).expect(200)
    assert await list_texts(ann) == ["a note", " zebra\n\n "]
    assert await list_texts(ann, number=number) == ["a note", " zebra\n\n "]
    for other in (ben, sue, org.admin):
        assert await list_texts(other) == await list_texts(other, number=number) == []
    assert (await ann.get("/tickets", q="zebra")).expect(200)["items"] == []
    # Nobody learns of it: it leaves no event, and the ticket keeps its version.
    assert (await ann.get("/events")).expect(200)["seq"] == before
    (await discard(ann, made)).expect(204)
    (await discard(ann, made)).expect(204)
    assert await list_texts(ann) == ["a note"]


async def test_a_list_goes_on_page_by_page(org: Org) -> None:
    ann, customer = await org.agent(), await org.customer()
    numbers = [(await customer.file())["number"] for _ in range(3)]
    for number in numbers:
        for kind in ("note", "reply"):
            (await save(ann, number, f"{number} {kind}", kind=kind)).expect(200)
    expected = [f"{number} {kind}" for number in numbers for kind in ("note", "reply")]
    for limit in (1, 2, 5):
        found = await ann.everything("/drafts", limit=limit)
        assert [it["body"] for it in found] == expected


async def test_a_text_based_on_an_older_version_replaces_nothing(org: Org) -> None:
    ann = await org.agent()
    number = (await (await org.customer()).file())["number"]
    first = (await save(ann, number, "one")).expect(200)
    second = (await save(ann, number, "two", based_on=first["version"])).expect(200)
    assert second["version"] > first["version"]
    for based_on in (0, first["version"]):
        reply = await save(ann, number, "three", based_on=based_on)
        assert reply.expect(409, "draft-changed")["draft"] == second
    (await discard(ann, first)).expect(409, "draft-changed")
    # The same text again is no change: an answer that was lost is asked for again.
    assert (await save(ann, number, "two", based_on=first["version"])).expect(200) == second
    (await discard(ann, second)).expect(204)
    again = (await save(ann, number, "three", based_on=second["version"])).expect(200)
    assert again["version"] > second["version"]


async def test_what_is_too_long_is_refused(org: Org) -> None:
    ann = await org.agent()
    number = (await (await org.customer()).file())["number"]
    (await save(ann, number, "x" * 65_536)).expect(200)
    (await save(ann, number, "x" * 65_537)).expect(422, "validation")
    (await save(ann, number, "x\0")).expect(422, "validation")
    (await save(ann, number, "x", kind="letter")).expect(422, "validation")
    (await save(ann, 999, "x")).expect(404, "not-found")
    (await ann.get("/drafts", number=999)).expect(404, "not-found")
    (await ann.delete(f"/tickets/{number}/drafts?kind=reply")).expect(422, "validation")


async def test_the_agents_own_terminals_hear_of_it_and_nobody_else(
    org: Org, listeners: StreamListeners
) -> None:
    ann, ben = await org.agent(), await org.agent()
    number = (await (await org.customer()).file())["number"]
    hers, _ = await listeners.of(ann)
    his, _ = await listeners.of(ben)
    made = (await save(ann, number, "zebra")).expect(200)
    signal = await hers.until_type("draft.changed")
    assert signal["draft"] == {"number": number, "kind": "reply", "version": made["version"]}
    assert "zebra" not in str(signal)
    (await discard(ann, made)).expect(204)
    gone = await hers.until_type("draft.changed")
    assert gone["draft"] == {"number": number, "kind": "reply", "version": 0}
    (await ann.post("/macros", {"name": "Mine", "body": "Hello"})).expect(201)
    await hers.until_type("macros.changed")
    (await ann.post("/views", {"name": "Mine"})).expect(201)
    await hers.until_type("views.changed")
    # What comes after them in the same stream has come: so they did not.
    late = await ann.edit(number, tags=["late"])
    await his.until_seq(late["last_seq"])
    own = {"draft.changed", "macros.changed", "views.changed"}
    assert [told for told in his.told if told["type"] in own] == []


async def test_a_draft_goes_with_its_ticket_into_a_merge_and_no_text_is_lost(org: Org) -> None:
    ann, ben, customer = await org.agent(), await org.agent(), await org.customer()
    one, two = [(await customer.file())["number"] for _ in range(2)]
    moved = (await save(ben, one, "of ben")).expect(200)
    (await save(ann, one, "of the first")).expect(200)
    held = (await save(ann, two, "of the second")).expect(200)
    (await ann.post(f"/tickets/{one}/merge", {"into": two})).expect(200)
    (kept,) = (await ann.get("/drafts")).expect(200)["items"]
    assert (kept["number"], kept["body"], kept["set_aside"]) == (
        two, "of the second", "of the first",
    )  # fmt: skip
    assert kept["version"] > held["version"]
    assert (await ben.get("/drafts")).expect(200)["items"] == [moved | {"number": two}]
    # What still names the merged ticket is meant for the other.
    saved = (await save(ben, one, "more of ben", based_on=moved["version"])).expect(200)
    assert (saved["number"], saved["body"]) == (two, "more of ben")
    assert (await ann.get("/drafts", number=one)).expect(200)["items"] == []


async def test_words_that_are_removed_leave_the_drafts_too(org: Org) -> None:
    ann, ben, customer = await org.agent(), await org.agent(), await org.customer()
    number = (await customer.file(description="My PIN is 4711."))["number"]
    other = (await customer.file())["number"]
    (await save(ann, number, "Your PIN 4711 is wrong.", set_aside="4711?")).expect(200)
    (await save(ben, number, "Hello.")).expect(200)
    (await org.admin.post(f"/tickets/{number}/redact", {"text": "4711", "reason": "a PIN"})).expect(
        200
    )
    (kept,) = (await ann.get("/drafts")).expect(200)["items"]
    assert "4711" not in kept["body"] + kept["set_aside"]
    assert kept["body"].endswith("is wrong.")
    assert await list_texts(ben) == ["Hello."]
    # With the customer, what was written to the customer goes.
    (await save(ann, other, "Dear Dora Diaz")).expect(200)
    (await org.admin.post(f"/users/{customer.id}/erase")).expect(200)
    assert await list_texts(ann) == await list_texts(ben) == []


async def test_with_an_agent_their_drafts_are_erased(tenants: Tenants) -> None:
    org = await tenants.found()
    ann, ben = await org.agent(), await org.agent()
    number = (await (await org.customer()).file())["number"]
    (await save(ann, number, "zebra")).expect(200)
    (await save(ben, number, "stays")).expect(200)
    (await org.admin.post(f"/users/{ann.id}/erase")).expect(200)
    found = await org.write(
        lambda work: [it.body for it in list_everybodys_drafts(work.writing, org.id, number)]
    )
    assert found == ["stays"]
