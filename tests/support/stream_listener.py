"""A listener to the live stream, made of nothing but what docs/api.md says."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import zmq
import zmq.asyncio

from tests.support.rest import Caller
from tests.support.waiting import PATIENCE

Told = dict[str, Any]


class Keys:
    """A CURVE key pair."""

    def __init__(self) -> None:
        public, secret = zmq.curve_keypair()
        self.public, self.secret = public.decode(), secret.decode()


class StreamListener:
    """A SUB socket; `heard` is everything that came, in order, with its topic."""

    def __init__(self, context: zmq.asyncio.Context, keys: Keys | None, server_key: str) -> None:
        self.socket = context.socket(zmq.SUB)
        self.socket.linger = 0
        self.socket.setsockopt(zmq.RCVHWM, 0)
        self.socket.setsockopt(zmq.RECONNECT_IVL, 50)
        if keys is not None:
            self.socket.curve_publickey = keys.public.encode()
            self.socket.curve_secretkey = keys.secret.encode()
            self.socket.curve_serverkey = server_key.encode()
        self.heard: list[tuple[str, Told]] = []

    def listen(self, endpoint: str, *topics: str) -> None:
        self.socket.connect(endpoint)
        for topic in topics:
            self.subscribe(topic)

    def subscribe(self, topic: str) -> None:
        self.socket.setsockopt_string(zmq.SUBSCRIBE, topic)

    @property
    def told(self) -> list[Told]:
        """The payloads heard so far."""
        return [told for _, told in self.heard]

    @property
    def events(self) -> list[Told]:
        """Returns the messages that have a seq of their own."""
        passing = {
            "heartbeat", "stream.moved", "notification.created", "ticket.watched",
            "draft.changed", "macros.changed", "views.changed",
        }  # fmt: skip
        return [told for told in self.told if told["type"] not in passing]

    async def until(self, so: Callable[[Told], bool], within: float = PATIENCE) -> Told:
        """Listens until something like this comes, and answers it."""
        async with asyncio.timeout(within):
            while True:
                told = await self.next()
                if so(told):
                    return told

    async def next(self) -> Told:
        topic, payload = await self.socket.recv_multipart()
        self.heard.append((topic.decode(), msgspec.json.decode(payload)))
        return self.heard[-1][1]

    async def until_type(self, type_: str, within: float = PATIENCE) -> Told:
        return await self.until(lambda told: told["type"] == type_, within)

    async def until_seq(self, seq: int, within: float = PATIENCE) -> Told:
        """Until everything up to a seq has been told."""
        return await self.until(lambda told: told["seq"] >= seq, within)

    async def for_a_while(self, seconds: float) -> list[Told]:
        """Returns what comes within so many seconds: for those who must hear nothing."""
        before = len(self.heard)
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self.next()
        except TimeoutError:
            return self.told[before:]


class StreamListeners:
    """Listeners, all closed with the test."""

    def __init__(self) -> None:
        self.context = zmq.asyncio.Context()
        # One that a test drops is closed with the test too, and not by whatever collects it.
        self._ears: list[StreamListener] = []

    async def of(self, caller: Caller, keys: Keys | None = None) -> tuple[StreamListener, Told]:
        """An honest listener, who has heard its first heartbeat; and what `/stream` told it."""
        keys = keys or Keys()
        where = (await caller.post("/stream", {"public_key": keys.public})).expect(200)
        listener = self.at(where, keys, where["topic"])
        await listener.until_type("heartbeat")
        return listener, where

    def at(self, where: Told, keys: Keys | None, *topics: str) -> StreamListener:
        """A listener who connects and subscribes to whatever it likes."""
        listener = StreamListener(self.context, keys, where["server_public_key"])
        self._ears.append(listener)
        listener.listen(where["endpoint"], *topics)
        return listener

    def close(self) -> None:
        for listener in self._ears:
            listener.socket.close()
        self.context.destroy(linger=0)
