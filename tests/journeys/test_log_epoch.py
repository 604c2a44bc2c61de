"""The log's identity: told wherever the log is, and another one after a restore."""

import pytest

from common.people import Actor, Role
from server.storage.queries.organization.log_epochs import read_head, renew_epoch
from server.storage.queries.ticket import conversation_version
from server.storage.queries.ticket.conversation_version import ConversationVersion
from tests.support.desk import Org, Tenants
from tests.support.stream_listener import StreamListeners


async def restore(org: Org) -> None:
    """Does to the organization's log what a restored backup does."""
    await org.desk.database.write(lambda writing: renew_epoch(writing, read_head(writing, org.id)))


async def epoch_of(org: Org) -> str:
    return str((await org.admin.get("/events")).expect(200)["epoch"])


async def test_the_epoch_is_the_same_in_the_log_the_stream_and_all_that_is_heard(
    org: Org, listeners: StreamListeners
) -> None:
    listener, where = await listeners.of(org.admin)
    number = (await org.admin.file(customer_email="cleo@example.org"))["number"]
    await listener.until_type("ticket.created")
    page = (await org.admin.get("/events")).expect(200)
    history = (await org.admin.get(f"/tickets/{number}/events")).expect(200)
    told = [*listener.told, where, page, *page["items"], history, *history["items"]]
    assert {one["epoch"] for one in told} == {page["epoch"]}
    assert page["epoch"]


async def test_every_organization_has_an_epoch_of_its_own(org: Org, tenants: Tenants) -> None:
    assert await epoch_of(org) != await epoch_of(await tenants.found())


@pytest.mark.parametrize("path", ["/events", "/tickets/1/events"])
async def test_who_asks_beyond_the_log_is_told_that_it_is_another_one(org: Org, path: str) -> None:
    await org.admin.file(customer_email="cleo@example.org")
    page = (await org.admin.get(path)).expect(200)
    assert (await org.admin.get(path, after=page["seq"])).expect(200)["items"] == []
    for after in (page["seq"] + 1, 2**53 - 1):
        told = (await org.admin.get(path, after=after)).expect(410, "log-changed")
        assert (told["epoch"], told["seq"]) == (page["epoch"], page["seq"])


async def test_who_names_the_epoch_is_told_when_it_is_another_one(org: Org) -> None:
    epoch = await epoch_of(org)
    (await org.admin.get("/events", epoch=epoch)).expect(200)
    await restore(org)
    told = (await org.admin.get("/events", epoch=epoch)).expect(410, "log-changed")
    assert told["epoch"] == await epoch_of(org) != epoch
    (await org.admin.get("/events", epoch="")).expect(422, "validation")


async def test_a_caller_without_a_right_to_the_log_learns_nothing_of_it(org: Org) -> None:
    await org.admin.file(customer_email="cleo@example.org")
    customer = await org.customer()
    (await customer.get("/events", after=2**40)).expect(403, "forbidden")
    (await org.admin.get("/tickets/99/events", after=2**40)).expect(404, "not-found")


async def test_listeners_hear_within_a_second_that_the_log_is_another_one_and_go_on(
    org: Org, listeners: StreamListeners
) -> None:
    listener, where = await listeners.of(org.admin)
    await restore(org)
    beat = await listener.until(lambda told: told["epoch"] != where["epoch"])
    assert (beat["type"], beat["epoch"]) == ("heartbeat", await epoch_of(org))
    await org.admin.file(customer_email="cleo@example.org")
    event = await listener.until_type("ticket.created")
    assert event["epoch"] == beat["epoch"]


async def test_a_version_that_a_lost_history_may_have_had_is_not_taken_for_the_same(
    org: Org,
) -> None:
    before, after = [
        (await org.admin.file(customer_email=f"{name}@example.org"))["number"] for name in "ab"
    ]
    await restore(org)
    await org.admin.edit(after, priority="high")
    for params in ({}, {"include": "messages"}):
        for number, status in ((before, 304), (after, 200)):
            path = f"/tickets/{number}"
            for _ in range(2):  # the second answer is a remembered one
                tag = {"If-None-Match": (await org.admin.get(path, **params)).headers["ETag"]}
                told = await org.admin.ask("GET", path, params=params, headers=tag)
                assert told.status == status


async def test_a_conversation_is_read_anew_when_the_log_is_another_one(org: Org) -> None:
    number = (await org.admin.file(customer_email="cleo@example.org"))["number"]
    mark = await _mark_of(org, number)
    assert await _mark_of(org, number) == mark
    await restore(org)
    assert await _mark_of(org, number) != mark


async def _mark_of(org: Org, number: int) -> ConversationVersion:
    reader = Actor(org.id, Role.SYSTEM, None, "System")
    found = await org.desk.database.read_one(
        lambda it: conversation_version.find_visible_conversation(it, reader, number)
    )
    assert found is not None
    return found.mark
