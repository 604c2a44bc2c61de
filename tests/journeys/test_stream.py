"""The live stream as an honest client has it: all of its organization's events, in order."""

import asyncio

import msgspec
import pytest
import zmq

from tests.support.desk import Org, Tenants
from tests.support.marks import on_sqlite
from tests.support.stream_listener import Keys, StreamListeners
from tests.support.waiting import eventually


async def test_a_listener_hears_every_event_in_order_as_the_log_has_it(
    org: Org, listeners: StreamListeners
) -> None:
    customer, agent = await org.customer(), await org.agent()
    listener, where = await listeners.of(agent)
    ticket = await customer.file()
    await agent.write(ticket["number"], "I look into it.")
    await agent.edit(ticket["number"], priority="urgent", tags=["a"])
    await agent.edit(ticket["number"], status="resolved", reason="done")
    await customer.write(ticket["number"], "No.")
    await org.admin.patch("", {"name": "Renamed"})
    seq = (await agent.get("/events")).expect(200)["seq"]
    await listener.until_seq(seq)
    assert listener.events == await agent.events(where["seq"])
    assert [event["seq"] for event in listener.events] == list(range(where["seq"] + 1, seq + 1))


@on_sqlite
async def test_topics_name_the_organization_its_generation_and_the_kind(
    org: Org, listeners: StreamListeners
) -> None:
    customer, agent = await org.customer(), await org.agent()
    listener, where = await listeners.of(agent)
    assert where["topic"] == f"{org.id}/1/"
    await customer.file()
    await org.admin.patch("", {"name": "Renamed"})
    last = (await org.admin.patch(f"/users/{customer.id}", {"name": "C"})).expect(200)
    assert last["name"] == "C"
    await listener.until(lambda told: told["type"] == "user.changed")
    topics = {told["type"]: topic for topic, told in listener.heard}
    assert topics == {
        "heartbeat": f"{org.id}/1/heartbeat",
        "ticket.created": f"{org.id}/1/ticket",
        "org.changed": f"{org.id}/1/org",
        "user.changed": f"{org.id}/1/org",
    }


@on_sqlite
async def test_heartbeats_come_by_themselves_and_tell_the_last_seq(
    org: Org, listeners: StreamListeners
) -> None:
    customer, keys = await org.customer(), Keys()
    await customer.file()
    seq = (await org.admin.get("/queues")).expect(200)["seq"]
    where = (await org.admin.post("/stream", {"public_key": keys.public})).expect(200)
    assert where["heartbeat_seconds"] == 2
    listener = listeners.at(where, keys, where["topic"])
    beat = await listener.until_type("heartbeat")
    assert {name: beat[name] for name in ("org", "seq", "type")} == {
        "org": org.id,
        "seq": seq,
        "type": "heartbeat",
    }


@on_sqlite
async def test_a_narrower_subscription_gets_just_that(org: Org, listeners: StreamListeners) -> None:
    customer, keys = await org.customer(), Keys()
    where = (await org.admin.post("/stream", {"public_key": keys.public})).expect(200)
    listener = listeners.at(where, keys, where["topic"] + "ticket", where["topic"] + "heartbeat")
    await listener.until_type("heartbeat")
    await org.admin.patch("", {"name": "Renamed"})
    await customer.file()
    await listener.until_type("ticket.created")
    assert {told["type"] for told in listener.told} == {"heartbeat", "ticket.created"}


@on_sqlite
async def test_a_session_may_open_the_stream_again_with_the_same_key_or_another(
    org: Org, listeners: StreamListeners
) -> None:
    customer, agent, keys = await org.customer(), await org.agent(), Keys()
    heard = await asyncio.gather(*(listeners.of(agent, pair) for pair in (keys, keys, Keys())))
    await customer.file()
    for listener, _ in heard:
        await listener.until_type("ticket.created")


async def test_a_key_of_several_people_hears_what_each_of_them_may(
    tenants: Tenants, listeners: StreamListeners
) -> None:
    here, there, keys = await tenants.found(), await tenants.found(), Keys()
    agent = await here.agent()
    (mine, _), (theirs, _) = [await listeners.of(one, keys) for one in (agent, there.admin)]
    await (await here.customer()).file()
    await (await there.customer()).file()
    for listener, org in ((mine, here), (theirs, there)):
        assert (await listener.until_type("ticket.created"))["org"] == org.id
        assert {told["org"] for told in listener.told} == {org.id}


async def test_naming_somebody_elses_key_gains_nothing_and_takes_nothing_away(
    tenants: Tenants, listeners: StreamListeners
) -> None:
    here, there, keys, own = await tenants.found(), await tenants.found(), Keys(), Keys()
    victim, thief = await here.agent(), there.admin
    (listener, where), (thiefs, _) = (
        await listeners.of(victim, keys),
        await listeners.of(thief, own),
    )
    (await thief.post("/stream", {"public_key": keys.public})).expect(200)
    thiefs.subscribe(where["topic"])
    (await thief.delete("/sessions/current")).expect(204)
    await (await here.customer()).file()
    await listener.until_type("ticket.created")
    assert {told["org"] for told in await thiefs.for_a_while(0.2)} <= {there.id}


async def test_signing_out_moves_the_stream_on_and_honest_listeners_go_on(
    org: Org, listeners: StreamListeners
) -> None:
    customer, agent, leaver = await org.customer(), await org.agent(), await org.agent()
    (listener, where), (gone, _) = await asyncio.gather(listeners.of(agent), listeners.of(leaver))
    (await leaver.delete("/sessions/current")).expect(204)
    moved = await listener.until_type("stream.moved")
    assert moved["org"] == org.id
    again, new = await listeners.of(agent)
    assert new["topic"] == f"{org.id}/2/"
    await customer.file()
    told = await again.until_type("ticket.created")
    assert told["seq"] == where["seq"] + 1
    silence = await gone.for_a_while(0.5)
    assert {told["type"] for told in silence} <= {"stream.moved", "heartbeat"}
    assert gone.events == []


@on_sqlite
async def test_a_session_without_a_stream_moves_nothing_when_it_ends(
    org: Org, listeners: StreamListeners
) -> None:
    agent, leaver = await org.agent(), await org.agent()
    listener, where = await listeners.of(agent)
    (await leaver.delete("/sessions/current")).expect(204)
    told = await listener.until_type("heartbeat")
    assert told["seq"] == where["seq"]
    _, again = await listeners.of(agent)
    assert again["topic"] == where["topic"]


async def test_many_sessions_that_end_at_once_all_stop_and_everybody_else_goes_on(
    org: Org, listeners: StreamListeners
) -> None:
    """Each end is a generation of its own, also where they wait for each other."""
    customer, agent = await org.customer(), await org.agent()
    leavers = [await org.agent() for _ in range(6)]
    deaf = await asyncio.gather(*(listeners.of(leaver) for leaver in leavers))
    await asyncio.gather(*(leaver.delete("/sessions/current") for leaver in leavers))
    listener, where = await listeners.of(agent)
    assert where["topic"] == f"{org.id}/7/"
    for gone, _ in deaf:
        for generation in range(2, 9):
            gone.subscribe(f"{org.id}/{generation}/")
    await customer.file()
    await listener.until_type("ticket.created")
    for gone, _ in deaf:
        await gone.for_a_while(0.1)
        assert gone.events == []


@on_sqlite
async def test_a_client_that_lost_events_finds_them_in_the_log(
    org: Org, listeners: StreamListeners
) -> None:
    customer, agent, keys = await org.customer(), await org.agent(), Keys()
    listener, where = await listeners.of(agent, keys)
    listener.socket.disconnect(where["endpoint"])
    await customer.file()
    await customer.file()
    listener.socket.connect(where["endpoint"])
    beat = await listener.until_type("heartbeat")
    assert beat["seq"] == where["seq"] + 2
    missed = await agent.events(where["seq"])
    assert [event["type"] for event in missed] == ["ticket.created"] * 2


@on_sqlite
async def test_clients_that_come_and_go_do_not_end_the_gate(
    org: Org, listeners: StreamListeners
) -> None:
    customer, agent = await org.customer(), await org.agent()
    for gone, _ in await asyncio.gather(*(listeners.of(agent) for _ in range(5))):
        gone.socket.close()
    listener, _ = await listeners.of(agent)
    await customer.file()
    await listener.until_type("ticket.created")


@on_sqlite
async def test_a_client_that_reads_nothing_slows_nobody(
    org: Org, listeners: StreamListeners
) -> None:
    customer, agent, sleeper = await org.customer(), await org.agent(), await org.agent()
    asleep, _ = await listeners.of(sleeper)
    asleep.socket.setsockopt(zmq.RCVHWM, 1)
    listener, where = await listeners.of(agent)
    number = (await customer.file())["number"]
    text = "x" * 60_000
    for _ in range(20):
        await asyncio.gather(*(customer.write(number, text) for _ in range(10)))
    await listener.until_seq(where["seq"] + 201)
    assert [event["seq"] for event in listener.events] == list(
        range(where["seq"] + 1, where["seq"] + 202)
    )


async def test_what_another_process_writes_is_heard_too(
    org: Org, listeners: StreamListeners
) -> None:
    agent = await org.agent()
    listener, where = await listeners.of(agent)
    joined = await org.customer("Written elsewhere")
    told = await listener.until_type("user.changed")
    assert told["user"]["id"] == joined.id
    assert told["seq"] == where["seq"] + 1


async def test_a_busy_organization_keeps_nobody_elses_news_from_being_found(
    tenants: Tenants, listeners: StreamListeners
) -> None:
    quiet, busy = await tenants.found(), await tenants.found()
    listener, _ = await listeners.of(quiet.admin)
    noise, _ = await listeners.of(busy.admin)
    customer = await busy.customer()

    async def hurry() -> None:
        while True:
            await customer.file()

    hurrying = asyncio.create_task(hurry())
    try:
        joined = await quiet.customer("Written elsewhere")
        told = await listener.until_type("user.changed")
        assert told["user"]["id"] == joined.id
    finally:
        hurrying.cancel()
    assert noise.told


async def test_a_renamed_person_is_told_with_the_new_name_from_then_on(
    org: Org, listeners: StreamListeners
) -> None:
    customer, agent = await org.customer("Old"), await org.agent("Older")
    number = (await customer.file())["number"]
    listener, _ = await listeners.of(org.admin)
    await agent.claim(number)
    await org.admin.patch(f"/users/{agent.id}", {"name": "Newer"})
    await org.admin.patch(f"/users/{customer.id}", {"name": "New"})
    await agent.write(number)
    told = await listener.until_type("message.added")
    assert told["actor"]["name"] == told["ticket"]["assignee"]["name"] == "Newer"
    assert told["ticket"]["customer"]["name"] == "New"


@on_sqlite
@pytest.mark.parametrize("key", ["", "short", "x" * 41, "\u00e9" * 40, '"' * 40, 1, None, "x" * 39])
async def test_what_is_no_curve_key_is_refused(org: Org, key: object) -> None:
    (await org.admin.post("/stream", {"public_key": key})).expect(422, "validation")


async def test_concurrent_openings_all_hear(org: Org, listeners: StreamListeners) -> None:
    callers = [await org.agent() for _ in range(8)]
    heard = await asyncio.gather(*(listeners.of(caller) for caller in callers))
    await (await org.customer()).file()
    await asyncio.gather(*(listener.until_type("ticket.created") for listener, _ in heard))


async def test_openings_and_endings_at_once_leave_the_living_hearing(
    org: Org, listeners: StreamListeners
) -> None:
    """Whatever order they come in, who has a session and the newest topic hears."""
    staying = [await org.agent() for _ in range(3)]
    leaving = [await org.agent() for _ in range(3)]
    for leaver in leaving:
        await leaver.post("/stream", {"public_key": Keys().public})
    pairs = [Keys() for _ in staying]
    answers = await asyncio.gather(
        *(leaver.delete("/sessions/current") for leaver in leaving),
        *(c.post("/stream", {"public_key": k.public}) for c, k in zip(staying, pairs, strict=True)),
    )
    assert [answer.status for answer in answers] == [204] * 3 + [200] * 3
    customer = await org.customer()
    heard = await asyncio.gather(*(listeners.of(c, k) for c, k in zip(staying, pairs, strict=True)))
    await customer.file()
    for listener, _ in heard:
        await listener.until_type("ticket.created")

    async def at_its_end() -> bool:
        page = (await staying[0].post("/stream", {"public_key": pairs[0].public})).expect(200)
        return bool(page["topic"] == f"{org.id}/4/")

    await eventually(at_its_end)


@on_sqlite
async def test_payloads_are_one_json_document_each(org: Org, listeners: StreamListeners) -> None:
    keys = Keys()
    where = (await org.admin.post("/stream", {"public_key": keys.public})).expect(200)
    listener = listeners.at(where, keys, where["topic"])
    frames = await listener.socket.recv_multipart()
    assert len(frames) == 2
    told = msgspec.json.decode(frames[1])
    assert told["at"].endswith("Z")
