"""The sender of webhooks by itself, on both databases: retries, leases, and where it may go."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import aiohttp
import pytest
from standardwebhooks.webhooks import Webhook
from structlog.testing import capture_logs

from common.webhooks import DeliveryState, EditWebhook
from server.delivery import webhook_client
from server.delivery import webhook_sender as sending
from server.desk.administration import webhook_admin
from server.domain.timestamps import from_microseconds, to_microseconds
from server.domain.webhooks import retry_schedule
from server.storage.connect import open_database
from server.storage.queries.organization.log_epochs import read_head, renew_epoch
from server.storage.queries.outgoing import webhook_deliveries
from tests.support.local_desk import ADMIN, ORG
from tests.support.webhook_desk import WebhookDesk
from tests.support.webhook_receiver import Receiver, receiving


@pytest.fixture
async def house(desk_url: str) -> AsyncIterator[WebhookDesk]:
    async with WebhookDesk.open(desk_url) as house:
        yield house


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


async def test_an_event_arrives_once_signed_with_its_id_and_time(
    house: WebhookDesk, receiver: Receiver
) -> None:
    to = await house.subscribe(receiver.url, events=("ticket.created",))
    await house.file()
    await house.send()
    await house.send()
    (got,) = receiver.got
    row, secret = (await house.rows(to))[0], to.secrets[0].text
    epoch = got.json["data"]["epoch"]
    assert got.id == f"msg_{ORG}_{to.id}_{epoch}_{row.seq}"
    assert epoch == (await house.database.read_snapshot(lambda it: read_head(it, ORG))).epoch
    assert got.headers["webhook-timestamp"] == str(int(house.now.timestamp()))
    assert got.headers["webhook-signature"] == Webhook(secret).sign(
        got.id, house.now, got.body.decode()
    )
    assert got.json["data"]["ticket"]["subject"] == "It broke"
    assert (row.state, row.attempts, row.status_code) == (DeliveryState.SENT, 1, 200)
    assert row.due_at is None


async def test_after_a_restore_no_id_is_used_for_another_event_and_none_changes(
    house: WebhookDesk, receiver: Receiver
) -> None:
    to = await house.subscribe(receiver.url, events=("ticket.created",))
    await house.file()
    await house.send()
    (before,) = receiver.got
    (row,) = await house.rows(to)
    await house.database.write(lambda it: renew_epoch(it, read_head(it, ORG)))
    await house.desk.write(ADMIN, lambda work: webhook_admin.replay_webhook_delivery(work, row.id))
    await house.file()
    await house.send()
    again, new = sorted(receiver.got[1:], key=lambda got: int(got.json["data"]["seq"]))
    assert again.id == before.id
    epoch = new.json["data"]["epoch"]
    assert new.id == f"msg_{ORG}_{to.id}_{epoch}_{new.json['data']['seq']}"
    assert before.json["data"]["epoch"] != epoch == again.json["data"]["epoch"]


async def test_what_fails_is_tried_on_schedule_with_the_same_id_until_it_is_given_up(
    house: WebhookDesk, receiver: Receiver
) -> None:
    to = await house.subscribe(receiver.url, events=("ticket.created",))
    receiver.says = 500
    await house.file()
    await house.send()
    for attempt, delay in enumerate(retry_schedule.DELAYS[1:], 1):
        await house.pass_time(delay - timedelta(seconds=1))
        assert len(receiver.got) == attempt
        await house.pass_time(timedelta(seconds=1))
        assert len(receiver.got) == attempt + 1
    await house.pass_time(timedelta(days=1))
    assert len(receiver.got) == 10
    assert len({it.id for it in receiver.got}) == 1
    assert len({it.headers["webhook-timestamp"] for it in receiver.got}) == 10
    assert await house.states(to) == ["dead"]
    assert (await house.endpoint(to)).dead_since is not None


async def test_after_three_hours_down_every_letter_arrives_once_per_id(
    house: WebhookDesk, receiver: Receiver
) -> None:
    to = await house.subscribe(receiver.url, events=("ticket.created",))
    receiver.says = 503
    for _ in range(18):
        await house.file()
        await house.pass_time(timedelta(minutes=10))
    assert (await house.endpoint(to)).failing_since is not None
    receiver.says, down = 200, len(receiver.got)
    while set(await house.states(to)) != {"sent"}:
        await house.pass_time(timedelta(minutes=30))
    arrived = [it.id for it in receiver.got[down:]]
    assert sorted(arrived) == sorted({it.id for it in receiver.got})
    assert len(arrived) == 18
    assert (await house.endpoint(to)).failing_since is None


async def test_retry_after_is_honoured(house: WebhookDesk, receiver: Receiver) -> None:
    await house.subscribe(receiver.url, events=("ticket.created",))
    receiver.says = 429, {"Retry-After": "600"}
    await house.file()
    await house.send()
    await house.pass_time(timedelta(seconds=599))
    assert len(receiver.got) == 1
    await house.pass_time(timedelta(seconds=1))
    assert len(receiver.got) == 2


async def test_a_redirect_is_a_failure_and_is_not_followed(
    house: WebhookDesk, receiver: Receiver
) -> None:
    to = await house.subscribe(receiver.url, events=("ticket.created",))
    receiver.says = 302, {"Location": receiver.url + "/elsewhere"}
    await house.file()
    await house.send()
    assert [it.path for it in receiver.got] == ["/hook"]
    (row,) = await house.rows(to)
    assert (row.state, row.status_code) == (DeliveryState.FAILED, 302)


async def test_410_ends_the_endpoint_and_nothing_is_owed_to_it_any_more(
    house: WebhookDesk, receiver: Receiver
) -> None:
    to = await house.subscribe(receiver.url, events=("ticket.created",))
    receiver.says = 410
    await house.file()
    await house.send()
    after = await house.endpoint(to)
    assert (after.active, after.disabled_reason) == (False, "It answered 410 Gone.")
    await house.file()
    await house.pass_time(timedelta(days=3))
    assert len(receiver.got) == 1
    assert await house.states(to) == ["dead"]


async def test_an_endpoint_with_dead_letters_alone_for_five_days_is_disabled(
    house: WebhookDesk, receiver: Receiver
) -> None:
    to = await house.subscribe(receiver.url, events=("ticket.created",))
    receiver.says = 500
    while (now := await house.endpoint(to)).active:
        await house.file()
        await house.pass_time(timedelta(hours=12))
    assert now.dead_since is not None
    assert timedelta(days=5) <= house.now - from_microseconds(now.dead_since) <= timedelta(days=6)
    assert "five days" in str((await house.endpoint(to)).disabled_reason)
    edit = EditWebhook(active=True)
    await house.desk.write(
        ADMIN, lambda work: webhook_admin.edit_webhook(work, to.id, edit, allow_private=True)
    )
    after = await house.endpoint(to)
    assert (after.active, after.disabled_reason, after.failing_since) == (True, None, None)


async def test_what_is_committed_when_a_server_dies_is_sent_by_another(
    house: WebhookDesk, receiver: Receiver
) -> None:
    """Claimed and not sent, as after a kill: the lease runs out, and it is due again."""
    to = await house.subscribe(receiver.url, events=("ticket.created",))
    await house.file()
    now, until = to_microseconds(house.now), to_microseconds(house.now + sending.LEASE)
    claimed = await house.database.write(
        lambda writing: webhook_deliveries.claim_deliveries(
            writing, to, now, until, "of the dead", 20
        )
    )
    assert len(claimed) == 1
    other = house.server(open_database(house.url))
    await house.send(other)
    assert receiver.got == []
    house.now += sending.LEASE
    await house.send(other)
    assert len(receiver.got) == 1
    (row,) = await house.rows(to)
    assert (row.state, row.attempts) == (DeliveryState.SENT, 2)


async def test_two_servers_do_not_send_the_same(house: WebhookDesk, receiver: Receiver) -> None:
    to = await house.subscribe(receiver.url, events=("ticket.created",))
    for _ in range(60):
        await house.file()
    other = house.server(open_database(house.url))
    while "queued" in await house.states(to):
        await asyncio.gather(house.send(), house.send(other))
    assert sorted(receiver.seqs) == sorted({row.seq for row in await house.rows(to)})


async def test_what_a_server_had_claimed_when_it_was_stopped_is_due_at_once(
    house: WebhookDesk, receiver: Receiver
) -> None:
    to = await house.subscribe(receiver.url, events=("ticket.created",))
    for _ in range(6):
        await house.file()
    receiver.gate.clear()
    other = house.server(open_database(house.url))
    await other.serve_due_endpoints()
    await receiver.gets(sending.DELIVERIES_AT_ONCE)
    await other.stop()
    receiver.gate.set()
    rows = await house.rows(to)
    assert {(row.state, row.attempts) for row in rows} == {(DeliveryState.QUEUED, 0)}
    await house.send()
    assert set(await house.states(to)) == {"sent"}


async def test_a_slow_receiver_holds_up_nobody_else(house: WebhookDesk, receiver: Receiver) -> None:
    async with receiving() as slow:
        slow.gate.clear()
        await house.subscribe(slow.url, events=("ticket.created",))
        await house.subscribe(receiver.url, events=("ticket.created",))
        for _ in range(30):
            await house.file()
        while len(receiver.got) < 30:
            await house.sender.serve_due_endpoints()
            await asyncio.sleep(0)
        assert len(slow.got) <= sending.DELIVERIES_AT_ONCE
        slow.gate.set()
        await house.sender.wait_until_idle()


async def test_names_that_nobody_answers_for_hold_up_neither_others_nor_the_end(
    house: WebhookDesk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.setblocking(False)
        asked = {"nameservers": ["127.0.0.1"], "udp_port": silent.getsockname()[1]}
        monkeypatch.setattr(aiohttp, "AsyncResolver", partial(aiohttp.AsyncResolver, **asked))
        # Whoever waited for these names would wait beyond the end of the test.
        monkeypatch.setattr(webhook_client, "DNS_TIMEOUT_SECONDS", 3600.0)
        for n in range(10):
            await house.subscribe(f"http://dead{n}.example/", events=("ticket.created",))
        await house.subscribe(
            receiver.url.replace("127.0.0.1", "localhost"), events=("ticket.created",)
        )
        await house.file()
        await house.sender.serve_due_endpoints()
        await receiver.gets(1)
        assert await asyncio.get_running_loop().sock_recv(silent, 512)
        await house.sender.stop()


async def test_no_answer_in_time_is_a_failure(house: WebhookDesk, receiver: Receiver) -> None:
    to = await house.subscribe(receiver.url, events=("ticket.created",))
    receiver.gate.clear()
    await house.file()
    await house.send(house.server(timeout_seconds=0.05))
    (row,) = await house.rows(to)
    assert (row.state, row.status_code) == (DeliveryState.FAILED, None)
    assert str(row.error).startswith("no answer")


async def test_a_name_that_leads_to_a_private_address_is_not_connected_to(
    house: WebhookDesk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after DNS rebinding: the name was harmless when it was kept."""
    port = int(receiver.url.rpartition(":")[2].partition("/")[0])
    to = await house.subscribe(f"http://shop.example.org:{port}/", events=("ticket.created",))
    real = aiohttp.AsyncResolver.resolve

    async def rebound(resolver: Any, host: str, *rest: Any, **more: Any) -> Any:
        found = "localhost" if host == "shop.example.org" else host
        return await real(resolver, found, *rest, **more)

    monkeypatch.setattr(aiohttp.AsyncResolver, "resolve", rebound)
    await house.file()
    await house.send(house.server(allow_private=False))
    assert receiver.got == []
    (row,) = await house.rows(to)
    assert row.error == "the name leads to a private address"
    await house.pass_time(timedelta(minutes=1))
    assert len(receiver.got) == 1


async def test_an_address_that_was_allowed_once_is_not_sent_to_when_it_no_longer_is(
    house: WebhookDesk, receiver: Receiver
) -> None:
    to = await house.subscribe(receiver.url, events=("ticket.created",))
    await house.file()
    await house.send(house.server(allow_private=False))
    assert receiver.got == []
    assert "private" in str((await house.rows(to))[0].error)


async def test_failed_deliveries_are_one_line_in_the_log_for_each_kind_of_failure(
    house: WebhookDesk, receiver: Receiver
) -> None:
    receiver.says = 500
    for path in ("/a", "/b", "/c"):
        await house.subscribe(receiver.url + path, events=("ticket.created",))
    await house.subscribe("http://127.0.0.1:1/", events=("ticket.created",))
    with capture_logs() as lines:
        await house.file()
        await house.send()
    said = sorted(it["error"] for it in lines if it["event"] == "webhook not delivered")
    assert said == ["status 500", "the connection was refused"]
    assert {it["org"] for it in lines if it["event"] == "webhook not delivered"} == {ORG}
