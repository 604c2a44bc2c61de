"""Webhooks from outside: an admin, a receiver on loopback, and a server that may send to it."""

import re
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from server.storage.connect import open_database
from server.storage.engine.statement import Sql
from tests.support.desk import Org, ServedDesk, Tenants
from tests.support.process import assert_nothing_failed, serving
from tests.support.rest import Reply
from tests.support.sqlite_file import make_sqlite_url
from tests.support.waiting import eventually
from tests.support.webhook_receiver import Receiver, receiving

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
SHOP = {"url": "https://shop.example/hook"}
TIME_PASSES = Sql(
    sqlite="UPDATE webhook_deliveries SET due_at = 0 WHERE org_id = ? AND due_at > 0",
    postgresql="",
    places="org_id",
)
"""As it would in the minutes until something is tried again."""


@pytest.fixture(scope="module")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDesk]:
    """A server whose operator lets webhooks lead to loopback."""
    folder = tmp_path_factory.mktemp("open")
    url = make_sqlite_url(folder)
    with serving(url, folder / "server.log", webhook_allow_private="true") as server:
        database = open_database(url)
        yield ServedDesk(url, server, database)
        database.close()
        assert_nothing_failed(server.log)


@pytest.fixture
async def shop(open_site: ServedDesk, web: aiohttp.ClientSession) -> Org:
    """An organization on that server."""
    return await Tenants(open_site, web).found()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


async def subscribe(org: Org, receiver: Receiver, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = (
        await org.admin.post("/webhooks", {"url": receiver.url, **fields})
    ).expect(201)
    return made


async def deliveries(org: Org, hook: dict[str, Any], **params: Any) -> list[dict[str, Any]]:
    return await org.admin.everything(f"/webhooks/{hook['id']}/deliveries", **params)


async def settled(org: Org, hook: dict[str, Any], state: str) -> dict[str, Any]:
    """The newest delivery, when it has come to a state."""

    async def so() -> bool:
        return bool((await deliveries(org, hook))[0]["state"] == state)

    await eventually(so)
    return (await deliveries(org, hook))[0]


async def pass_time(org: Org) -> None:
    await org.desk.database.write(lambda writing: writing.write(TIME_PASSES, org_id=org.id))


def named(reply: Reply) -> list[str]:
    errors: list[dict[str, Any]] = reply.expect(422, "validation")["errors"]
    return [error["pointer"] for error in errors]


async def test_an_event_reaches_the_receiver_and_verifies_with_the_stock_library(
    shop: Org, receiver: Receiver
) -> None:
    hook = await subscribe(shop, receiver, events=["ticket.created"])
    customer = await shop.customer()
    ticket = await customer.file("It broke")
    (got,) = await receiver.gets(1)
    told = got.verify(hook["secret"])
    assert told["type"] == "ticket.created"
    logged = (await shop.admin.events(ticket["last_seq"] - 1))[0]
    assert told["data"] == logged
    sent = await settled(shop, hook, "sent")
    assert (sent["message_id"], sent["attempts"], sent["last_status"]) == (got.id, 1, 200)
    assert sent["body"] == told
    with pytest.raises(WebhookVerificationError):
        got.verify((await subscribe(shop, receiver))["secret"])


async def test_after_a_failure_the_same_id_comes_again_by_itself(
    shop: Org, receiver: Receiver
) -> None:
    receiver.says = 500
    hook = await subscribe(shop, receiver, events=["ticket.created"])
    await (await shop.customer()).file()
    await receiver.gets(1)
    failed = await settled(shop, hook, "failed")
    assert (failed["attempts"], failed["last_status"], failed["last_error"]) == (1, 500, None)
    assert failed["next_attempt_at"] is not None
    receiver.says = 204
    await pass_time(shop)
    first, second = await receiver.gets(2)
    assert first.id == second.id
    for got in (first, second):
        got.verify(hook["secret"])
    assert (await settled(shop, hook, "sent"))["attempts"] == 2


async def test_one_delivery_is_replayed_under_its_id(shop: Org, receiver: Receiver) -> None:
    hook = await subscribe(shop, receiver, events=["ticket.created"])
    await (await shop.customer()).file()
    sent = await settled(shop, hook, "sent")
    again = (await shop.admin.post(f"/deliveries/{sent['id']}/replay")).expect(200)
    assert (again["id"], again["state"], again["attempts"]) == (sent["id"], "queued", 0)
    first, second = await receiver.gets(2)
    assert (first.id, first.body) == (second.id, second.body)
    assert (await settled(shop, hook, "sent"))["attempts"] == 1


async def test_a_range_is_replayed(shop: Org, receiver: Receiver) -> None:
    hook = await subscribe(shop, receiver, events=["ticket.created"])
    customer = await shop.customer()
    seqs = [(await customer.file())["last_seq"] for _ in range(3)]
    await receiver.gets(3)
    await eventually(lambda: nothing(shop, hook, "queued"))
    path = f"/webhooks/{hook['id']}/replay"
    replayed = (await shop.admin.post(path, {"from_seq": seqs[1]})).expect(200)
    assert replayed == {"replayed": 2, "more": False}
    assert sorted(it.seq for it in await receiver.gets(5)) == sorted(seqs + seqs[1:])
    refused = await shop.admin.post(path, {"from_seq": 9, "to_seq": 8})
    assert named(refused) == ["/to_seq"]


async def nothing(org: Org, hook: dict[str, Any], state: str) -> bool:
    return await deliveries(org, hook, state=state) == []


async def test_a_rotated_secret_signs_beside_the_new_one(shop: Org, receiver: Receiver) -> None:
    hook = await subscribe(shop, receiver, events=["ticket.created"])
    new = (await shop.admin.post(f"/webhooks/{hook['id']}/rotate")).expect(200)
    assert new["secret"] != hook["secret"]
    await (await shop.customer()).file()
    (got,) = await receiver.gets(1)
    assert got.verify(hook["secret"]) == got.verify(new["secret"])
    shown = (await shop.admin.get(f"/webhooks/{hook['id']}")).expect(200)
    assert "secret" not in shown


async def test_a_test_tells_at_once_what_came_of_it(shop: Org, receiver: Receiver) -> None:
    hook = await subscribe(shop, receiver, events=["ticket.created"])
    path = f"/webhooks/{hook['id']}/test"
    told = (await shop.admin.post(path)).expect(200)
    assert told == {"ok": True, "status": 200, "error": None}
    data = {"org": shop.id, "webhook": hook["id"]}
    assert receiver.got[0].verify(hook["secret"])["data"] == data
    receiver.says = 301, {"Location": receiver.url}
    told = (await shop.admin.post(path)).expect(200)
    assert told == {"ok": False, "status": 301, "error": None}
    assert len(receiver.got) == 2


async def test_what_is_owed_waits_while_a_webhook_is_inactive(
    shop: Org, receiver: Receiver
) -> None:
    receiver.says = 500
    hook = await subscribe(shop, receiver, events=["ticket.created"])
    customer = await shop.customer()
    await customer.file()
    await settled(shop, hook, "failed")
    path, replay = f"/webhooks/{hook['id']}", f"/webhooks/{hook['id']}/replay"
    (await shop.admin.patch(path, {"active": False})).expect(200)
    await customer.file()
    assert len(await deliveries(shop, hook)) == 1
    (await shop.admin.post(replay)).expect(409, "webhook-inactive")
    receiver.says = 200
    await pass_time(shop)
    (await shop.admin.patch(path, {"active": True})).expect(200)
    assert (await settled(shop, hook, "sent"))["attempts"] == 2


async def test_nobody_gets_what_another_organization_did(
    open_site: ServedDesk, web: aiohttp.ClientSession, receiver: Receiver
) -> None:
    """The ids are chosen so that one begins with the other."""
    tenants = Tenants(open_site, web)
    here, there = await tenants.found(1234), await tenants.found(12345)
    async with receiving() as other:
        mine, theirs = await subscribe(here, receiver), await subscribe(there, other)
        await (await here.customer()).file("apples")
        await (await there.customer()).file("pears")
        for listeners, org, hook, foreign in (
            (receiver, here, mine, b"pears"),
            (other, there, theirs, b"apples"),
        ):
            await eventually(partial(nothing, org, hook, "queued"))
            assert {got.json["data"]["org"] for got in listeners.got} == {org.id}
            assert "ticket.created" in listeners.types
            assert not [got for got in listeners.got if foreign in got.body]


async def test_a_server_that_is_killed_while_it_sends_loses_nothing(
    tmp_path: Path, web: aiohttp.ClientSession, receiver: Receiver
) -> None:
    url, log = make_sqlite_url(tmp_path), tmp_path / "server.log"
    database = open_database(url)
    try:
        with serving(url, log, webhook_allow_private="true") as server:
            org = await Tenants(ServedDesk(url, server, database), web).found()
            hook = await subscribe(org, receiver, events=["ticket.created"])
            receiver.gate.clear()
            await org.admin.file(customer_email="carla@example.org")
            await receiver.gets(1)
            server.kill()
        receiver.gate.set()
        await database.write(lambda writing: writing.write(TIME_PASSES, org_id=org.id))
        with serving(url, log, webhook_allow_private="true") as server:
            org.admin = org.admin.at(server.http)
            first, second = await receiver.gets(2)
            assert first.id == second.id
            assert (await settled(org, hook, "sent"))["attempts"] == 2
    finally:
        database.close()


async def test_the_receiver_of_the_guide_takes_what_is_signed_and_nothing_else(
    shop: Org, receiver: Receiver, aiohttp_client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    (program,) = (text for text in blocks if "webhook-signature" in text)
    hook = await subscribe(shop, receiver, events=["ticket.created"])
    await (await shop.customer()).file()
    (got,) = await receiver.gets(1)
    names: dict[str, Any] = {}
    served = program.replace("web.run_app(app, port=8000)", "")
    exec(re.sub(r"whsec_\w[^\"]*", hook["secret"], served), names)  # noqa: S102 - our own page
    client = await aiohttp_client(names["app"])
    signed = {name: it for name, it in got.headers.items() if name.startswith("webhook-")}
    for body, status in ((got.body, 204), (got.body, 204), (got.body + b" ", 401)):
        answer = await client.post("/deskwire", data=body, headers=signed)
        assert answer.status == status
    assert capsys.readouterr().out == got.body.decode() + "\n"


async def test_deliveries_are_counted_for_prometheus(shop: Org, receiver: Receiver) -> None:
    hook = await subscribe(shop, receiver, events=["ticket.created"])
    await (await shop.customer()).file()
    await settled(shop, hook, "sent")
    told = (await shop.stranger.get("//metrics")).body.decode()
    assert 'deskwire_webhook_deliveries_total{state="sent"}' in told


# -- what is refused


async def test_private_addresses_are_refused_unless_the_operator_allows_them(org: Org) -> None:
    for host in ("127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]", "127.1"):
        refused = await org.admin.post("/webhooks", {"url": f"http://{host}:8080/"})
        assert named(refused) == ["/url"], host
    hook = (await org.admin.post("/webhooks", SHOP)).expect(201)
    refused = await org.admin.patch(f"/webhooks/{hook['id']}", {"url": "http://[::ffff:a00:1]/"})
    assert named(refused) == ["/url"]


async def test_every_bad_field_of_a_webhook_is_told(org: Org) -> None:
    body = {
        "url": "http://a:b@127.0.0.1/",
        "events": ["ticket.*", "nope.*", "ticket.creates"],
        "scope": "everybody",
        "description": "\x00",
        "zeal": 1,
    }
    bad = ["/url", "/events/1", "/events/2", "/scope", "/description", "/zeal"]
    assert sorted(named(await org.admin.post("/webhooks", body))) == sorted(bad)
    good = {"url": "https://user@shop.example", "events": ["nope.*"]}
    assert named(await org.admin.post("/webhooks", good)) == ["/url", "/events/0"]
    for url in ("ftp://shop.example", "shop.example", "http://", "https://é.example", 7, None):
        assert named(await org.admin.post("/webhooks", {"url": url})) == ["/url"], url
    many = ["ticket.*"] * 51
    assert named(await org.admin.post("/webhooks", SHOP | {"events": many})) == ["/events"]
    assert named(await org.admin.post("/webhooks", {})) == ["/url"]


async def test_an_organization_has_twenty_webhooks_and_no_more(org: Org) -> None:
    made = [(await org.admin.post("/webhooks", SHOP)).expect(201)["id"] for _ in range(20)]
    (await org.admin.post("/webhooks", SHOP)).expect(409, "too-many-webhooks")
    (await org.admin.delete(f"/webhooks/{made[0]}")).expect(204)
    assert (await org.admin.post("/webhooks", SHOP)).expect(201)["id"] == 21
    listed = await org.admin.everything("/webhooks", limit=7)
    assert [it["id"] for it in listed] == [*made[1:], 21]
    (await org.admin.get(f"/webhooks/{made[0]}")).expect(404, "not-found")
    (await org.admin.get(f"/webhooks/{made[0]}/deliveries")).expect(404, "not-found")


async def test_what_an_organization_without_webhooks_does_is_owed_to_nobody(org: Org) -> None:
    await (await org.customer()).file()
    hook = (await org.admin.post("/webhooks", SHOP)).expect(201)
    assert await deliveries(org, hook) == []
    (await org.admin.post("/deliveries/10001/replay")).expect(404, "not-found")
