"""The gateway by itself: who is granted what, whatever clients send and in whatever order."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import zmq
import zmq.asyncio

from server.events.stream_access import StreamGateway
from server.storage.queries.organization.stream_clients import Listener
from tests.support.stream_listener import Keys
from tests.support.waiting import PATIENCE

ANA, BOB, EVE = Keys(), Keys(), Keys()
LISTENERS = [
    Listener(ANA.public, 1001, 17, "a"),
    Listener(BOB.public, 1001, 170, "b"),
    Listener(EVE.public, 10012, 17, "e"),
]


class GatewayScene:
    """A gateway by itself, and its clients."""

    def __init__(self) -> None:
        public, secret = zmq.curve_keypair()
        self.server_key = public
        self.begun: list[int] = []
        self.clients: list[zmq.asyncio.Socket] = []
        self.gateway = StreamGateway(secret, self.begun.append)
        self.gateway.replace_listeners(LISTENERS, {1001: 1, 10012: 1})
        self.gateway.open("tcp://127.0.0.1:0")
        self.context = zmq.asyncio.Context()

    def away(self) -> None:
        """The loop is busy with something else: what clients send piles up."""
        asyncio.get_running_loop().remove_reader(self.gateway._socket.FD)

    def connect(self, keys: Keys, kind: int) -> zmq.asyncio.Socket:
        client = self.context.socket(kind)
        client.curve_publickey, client.curve_secretkey = keys.public.encode(), keys.secret.encode()
        client.curve_serverkey = self.server_key
        client.linger = 0
        client.connect(self.gateway.endpoint)
        self.clients.append(client)
        return client

    def back(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(self.gateway._socket.FD, self.gateway.read_subscriptions)

    async def client(self, keys: Keys, kind: int = zmq.SUB) -> zmq.asyncio.Socket:
        """A client whose connection stands; it has asked for nothing yet."""
        client = self.connect(keys, kind)
        monitor = client.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
        async with asyncio.timeout(PATIENCE):
            await monitor.recv_multipart()
        client.disable_monitor()
        monitor.close()
        return client

    async def crossed(self) -> None:
        """Waits until everything that was sent before, in both directions, is on the other side.

        Either side has one thread that sends and receives for all its sockets, and takes in turn
        what there is. So nothing overtakes the handshake of a client that comes after it.
        """
        (await self.client(ANA)).close()

    async def receive(self, client: zmq.asyncio.Socket) -> list[bytes]:
        received = []
        while await client.poll(0):
            received.append((await client.recv_multipart())[1])
        return received

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.context.destroy(linger=0)
        self.gateway.close()


@pytest.fixture
async def scene() -> AsyncIterator[GatewayScene]:
    scene = GatewayScene()
    yield scene
    scene.close()


async def subscribe(client: zmq.asyncio.Socket, topic: bytes, kind: int = zmq.SUB) -> None:
    if kind == zmq.SUB:
        client.setsockopt(zmq.SUBSCRIBE, topic)
    else:
        await client.send(b"\x01" + topic)


async def granted(scene: GatewayScene, *clients: zmq.asyncio.Socket) -> list[list[bytes]]:
    """Returns what each receives of one message on every topic there is."""
    for org_id in (1001, 10012):
        for generation in (1, 2):
            for kind in ("ticket", "presence", "org", "heartbeat", "user/17/", "user/170/"):
                topic = f"{org_id}/{generation}/{kind}"
                scene.gateway.send(topic, topic.encode())
    await scene.crossed()
    return [sorted(set(await scene.receive(client))) for client in clients]


OF_ANA = sorted(
    f"1001/1/{kind}".encode() for kind in ("ticket", "presence", "org", "heartbeat", "user/17/")
)


async def test_a_client_hears_its_own_topics_below_what_it_asked_for(scene: GatewayScene) -> None:
    ana, bob = await scene.client(ANA), await scene.client(BOB)
    await subscribe(ana, b"1001/1/")
    await subscribe(bob, b"1001/1/ticket")
    await scene.crossed()
    assert await granted(scene, ana, bob) == [OF_ANA, [b"1001/1/ticket"]]


async def test_a_subscription_without_the_last_slash_grants_ones_own_topic_alone(
    scene: GatewayScene,
) -> None:
    ana, bob = await scene.client(ANA), await scene.client(BOB)
    for client in (ana, bob):
        await subscribe(client, b"1001/1/user/17")
    await scene.crossed()
    assert await granted(scene, ana, bob) == [[b"1001/1/user/17/"], [b"1001/1/user/170/"]]


@pytest.mark.parametrize(
    "topic",
    [b"", b"1", b"1001", b"1001/", b"1001/1", b"1001/2/", b"10012/1/", b"1001/1/user/170/", b"\0"],
)
async def test_a_request_too_wide_or_foreign_grants_nothing(
    scene: GatewayScene, topic: bytes
) -> None:
    ana = await scene.client(ANA)
    await subscribe(ana, topic)
    await scene.crossed()
    assert await granted(scene, ana) == [[]]


async def test_a_message_that_is_no_subscription_moves_nobodys_grant_to_another(
    scene: GatewayScene,
) -> None:
    """libzmq pairs grants with clients by counting subscriptions; other messages upset it.

    The attacker has two connections that take whatever comes (an XSUB does not filter): one upsets
    the count, the other subscribes right after somebody honest.
    """
    first, second = await scene.client(EVE, zmq.XSUB), await scene.client(EVE, zmq.XSUB)
    ana = await scene.client(ANA)
    scene.away()
    await first.send(b"no subscription")
    await scene.crossed()
    await subscribe(ana, b"1001/1/")
    await scene.crossed()
    await subscribe(second, b"10012/1/", zmq.XSUB)
    await scene.crossed()
    scene.gateway.read_subscriptions()
    for received in await granted(scene, first, second):
        assert [topic for topic in received if not topic.startswith(b"10012/")] == []


async def test_after_such_a_message_others_receive_again(scene: GatewayScene) -> None:
    eve = await scene.client(EVE, zmq.XSUB)
    await eve.send(b"no subscription")
    await scene.crossed()
    ana = await scene.client(ANA)
    await subscribe(ana, b"1001/1/")
    await scene.crossed()
    assert await granted(scene, ana) == [OF_ANA]


async def test_a_subscription_is_granted_that_comes_while_the_gateway_sends(
    scene: GatewayScene,
) -> None:
    """Sending takes the signal of what has come, where it has not been read yet."""
    ana = await scene.client(ANA)
    scene.away()
    await subscribe(ana, b"1001/1/")
    await scene.crossed()
    for _ in range(10_000):  # libzmq looks for what has come once in a million cycles
        scene.gateway.send("1001/1/ticket", b"")
    scene.back()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert scene.begun == [1001]


async def test_a_client_that_goes_leaves_the_others_theirs(scene: GatewayScene) -> None:
    ana = await scene.client(ANA)
    await subscribe(ana, b"1001/1/")
    await scene.crossed()
    for _ in range(5):
        bob = await scene.client(BOB)
        await subscribe(bob, b"1001/1/")
        await scene.crossed()
        bob.close()
    await scene.crossed()
    bob = await scene.client(BOB)
    await subscribe(bob, b"1001/1/ticket")
    await scene.crossed()
    assert await granted(scene, ana, bob) == [OF_ANA, [b"1001/1/ticket"]]


async def test_a_client_unsubscribes_itself_alone(scene: GatewayScene) -> None:
    ana, bob = await scene.client(ANA), await scene.client(BOB)
    for client in (ana, bob):
        await subscribe(client, b"1001/1/")
    await scene.crossed()
    ana.setsockopt(zmq.UNSUBSCRIBE, b"1001/1/")
    await scene.crossed()
    of_bob = [topic.replace(b"user/17/", b"user/170/") for topic in OF_ANA]
    assert await granted(scene, ana, bob) == [[], of_bob]


@pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 200, b"\0" * 10_000])
async def test_noise_on_the_port_is_nobodys_trouble(scene: GatewayScene, noise: bytes) -> None:
    address = scene.gateway.endpoint.removeprefix("tcp://").split(":")
    for _ in range(3):
        with socket.create_connection((address[0], int(address[1]))) as raw:
            raw.sendall(noise)
    ana = await scene.client(ANA)
    await subscribe(ana, b"1001/1/")
    await scene.crossed()
    assert await granted(scene, ana) == [OF_ANA]


@pytest.mark.parametrize("key", [b"", b"\xff" * 40, b"x" * 40, b"short"])
def test_a_key_of_any_bytes_is_refused_without_an_exception(key: bytes) -> None:
    """One that left the callback would end the task that lets clients in."""

    async def ask() -> Any:
        scene = GatewayScene()
        try:
            return scene.gateway.callback("stream", key)
        finally:
            scene.close()

    assert asyncio.run(ask()) is False
