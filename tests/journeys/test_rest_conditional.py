"""Conditional requests: an edit of what one has seen, and no answer that one has already."""

from typing import Any

import pytest

from tests.support.desk import Org
from tests.support.rest import Caller, Reply


async def ask_again(caller: Caller, path: str, tag: str, **params: Any) -> Reply:
    return await caller.ask("GET", path, params=params, headers={"If-None-Match": tag})


@pytest.mark.parametrize("tag", ['"7", "1"', '"1-gzip"', '"1;br"', 'W/"1"', "*"])
async def test_an_edit_goes_through_where_one_of_the_tags_is_the_version(
    org: Org, tag: str
) -> None:
    customer, agent = await org.customer(), await org.agent()
    path = f"/tickets/{(await customer.file())['number']}"
    (await agent.patch(path, {"priority": "high"}, If_Match=tag)).expect(200)
    if tag != "*":
        stale = await agent.patch(path, {"priority": "low"}, If_Match=tag)
        stale.expect(412, "stale-version")


async def test_a_ticket_that_has_not_changed_is_not_sent_again(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    number = (await customer.file())["number"]
    path = f"/tickets/{number}"
    for params in ({}, {"include": "messages"}):
        tag = (await agent.get(path, **params)).headers["ETag"]
        for given in (tag, f'"0", {tag}', f"W/{tag}", tag[:-1] + '-gzip"', "*"):
            same = await ask_again(agent, path, given, **params)
            assert (same.status, same.body, same.headers["ETag"]) == (304, b"", tag)
        (await ask_again(agent, path, '"0"', **params)).expect(200)
    tag = (await agent.get(path)).headers["ETag"]
    await agent.edit(number, priority="high")
    assert (await ask_again(agent, path, tag)).expect(200)["priority"] == "high"
    (await ask_again(await org.customer(), path, "*")).expect(404, "not-found")


async def test_a_ticket_whose_people_have_other_names_is_sent_again(org: Org) -> None:
    customer, agent = await org.customer("Carla"), await org.agent()
    path = f"/tickets/{(await customer.file())['number']}"
    tag = (await agent.get(path)).headers["ETag"]
    await org.customer("Somebody new")
    assert (await ask_again(agent, path, tag)).status == 304
    (await org.admin.patch(f"/users/{customer.id}", {"name": "Carlotta"})).expect(200)
    for params in ({}, {"include": "messages"}):
        again = (await ask_again(agent, path, tag, **params)).expect(200)
        assert again["customer"]["name"] == "Carlotta"


async def test_a_page_of_a_list_is_sent_again_when_it_has_changed(org: Org) -> None:
    customer, other, agent = await org.customer(), await org.customer(), await org.agent()
    number = (await customer.file())["number"]
    await agent.write(number, "Hello.")
    paths = ["/tickets", f"/tickets/{number}/messages"]
    tags = [(await customer.get(path)).headers["ETag"] for path in paths]
    await other.file()  # the page's seq alone has moved
    for path, tag in zip(paths, tags, strict=True):
        assert (await ask_again(customer, path, tag)).status == 304
        assert (await ask_again(customer, path, tag[:-1] + '-gzip"')).status == 304
    await agent.write(number, "Hello again.")
    for path, tag in zip(paths, tags, strict=True):
        assert (await ask_again(customer, path, tag)).expect(200)["items"]


async def test_the_log_is_not_sent_again_until_something_happens(org: Org) -> None:
    number = (await (await org.customer()).file())["number"]
    for path in ("/events", f"/tickets/{number}/events"):
        tag = (await org.admin.get(path)).headers["ETag"]
        assert (await ask_again(org.admin, path, tag)).status == 304
    await org.admin.edit(number, priority="high")
    assert (await ask_again(org.admin, "/events", tag)).status == 200
