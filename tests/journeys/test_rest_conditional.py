"""Conditional requests: an edit of what one has seen, and no answer that one has already."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, get_origin

import pytest

from common.endpoints import ENDPOINTS
from tests.support.desk import Org
from tests.support.rest import Caller, Reply

_ALWAYS: Final = "from=2020-01-01&to=2099-01-01"


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


async def test_no_list_is_sent_again_until_it_has_changed(org: Org) -> None:
    number, other = [(await (await org.customer()).file())["number"] for _ in range(2)]
    changes: dict[str, Callable[[], Awaitable[Any]]] = {
        "/users": org.agent,
        "/api-keys": org.key,
        "/webhooks": lambda: org.admin.post("/webhooks", {"url": "https://shop.example/"}),
        "/mentionable": org.agent,
        f"/tickets/{number}/followers": lambda: org.admin.put(f"/tickets/{number}/follow", {}),
        "/notifications": (await org.customer()).file,
        "/drafts": lambda: org.admin.put(
            f"/tickets/{number}/drafts", {"kind": "reply", "body": "Hi", "based_on": 0}
        ),
        "/views": lambda: org.admin.post("/views", {"name": "All", "filter": "status:open"}),
        f"/reports/tickets?{_ALWAYS}&metric=tickets_created": (await org.customer()).file,
    }
    for path, change in changes.items():
        tag = (await org.admin.get(path)).headers["ETag"]
        if "reports" not in path:  # their rows are the tickets themselves
            await org.admin.edit(other, tags=[path[1:5]])  # the seq alone has moved
        await _is_not_sent(org.admin, path, tag)
        await change()
        assert (await ask_again(org.admin, path, tag)).status == 200, path


async def _is_not_sent(caller: Caller, path: str, tag: str) -> None:
    for method in ("GET", "HEAD"):
        same = await caller.ask(method, path, headers={"If-None-Match": tag})
        assert (same.status, same.body, same.headers["ETag"]) == (304, b"", tag), path


def test_every_list_can_be_asked_for_what_is_new() -> None:
    lists = [it for it in ENDPOINTS if it.method == "GET" and "items" in _fields(it.answer)]
    assert len(lists) >= 12
    assert [it.name for it in lists if not it.revalidates] == []


def _fields(answer: Any) -> tuple[str, ...]:
    kind = get_origin(answer) or answer
    return kind.__struct_fields__ if hasattr(kind, "__struct_fields__") else ()
