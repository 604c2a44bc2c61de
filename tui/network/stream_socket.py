"""The SUB socket: encrypted by CURVE, with a watch on whether the server is still there."""

import asyncio
from types import TracebackType
from typing import Any, Final, Self

import zmq
import zmq.asyncio
from zmq.utils.monitor import recv_monitor_message

from common.wire import StreamTicket

_SILENCE: Final = 2.5
"""Heartbeats that may be missed before the connection counts as lost."""
_BACKLOG: Final = 100_000
_LARGEST: Final = 16 * 1024 * 1024
_GONE: Final = frozenset(
    {
        zmq.EVENT_DISCONNECTED,
        zmq.EVENT_HANDSHAKE_FAILED_AUTH,
        zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL,
        zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL,
    }
)


class StreamLost(Exception):
    """The stream has broken off, or has been silent for too long."""


class CurveKeys:
    """This client's CURVE key pair, new with each start of the program."""

    def __init__(self) -> None:
        public, self.secret = zmq.curve_keypair()
        self.public = public.decode()


class StreamSubscription:
    """One open stream, from connecting to closing."""

    def __init__(self, context: zmq.asyncio.Context, stream: StreamTicket, keys: CurveKeys) -> None:
        self._patience = stream.heartbeat_seconds * _SILENCE
        self._socket = _build_socket(context, stream, keys)
        self._monitor = self._socket.get_monitor_socket()  # misses nothing: not connected yet
        loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = loop.create_future()
        self._gone: asyncio.Future[None] = loop.create_future()
        self._watching = asyncio.create_task(self._watch_monitor())
        self._endpoint = stream.endpoint

    async def __aenter__(self) -> Self:
        try:
            self._socket.connect(self._endpoint)
        except zmq.ZMQError as error:
            await self._close_sockets()
            raise StreamLost(f"{self._endpoint}is not a valid address: {error}") from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._close_sockets()

    async def _close_sockets(self) -> None:
        self._watching.cancel()
        try:
            await asyncio.wait({self._watching})
        finally:  # also when the feed is cancelled while it closes
            self._socket.disable_monitor()
            self._monitor.close(linger=0)
            self._socket.close(linger=0)

    async def wait_until_ready(self) -> None:
        """Waits until the server has let this client in. Raises StreamLost."""
        await self._wait_for(self._ready)
        if not self._ready.done():
            raise StreamLost("The stream does not answer.")

    async def receive_frames(self) -> list[bytes]:
        """Returns the next message's frames. Raises StreamLost."""
        coming = asyncio.ensure_future(self._socket.recv_multipart())
        try:
            await self._wait_for(coming)
            if not coming.done():
                raise StreamLost(
                    "The stream broke off." if self._gone.done() else "The stream is silent."
                )
            return coming.result()
        finally:
            coming.cancel()

    def drop_connection(self) -> None:
        """Lets go: whoever waits gets Lost."""
        if not self._gone.done():
            self._gone.set_result(None)

    async def _wait_for(self, awaited: asyncio.Future[Any]) -> None:
        """Waits for it, or for the end of the line, or of patience."""
        both = {awaited, self._gone}
        await asyncio.wait(both, timeout=self._patience, return_when=asyncio.FIRST_COMPLETED)

    async def _watch_monitor(self) -> None:
        while True:
            event = (await recv_monitor_message(self._monitor))["event"]
            if event == zmq.EVENT_HANDSHAKE_SUCCEEDED and not self._ready.done():
                self._ready.set_result(None)
            elif event in _GONE:
                self.drop_connection()


def _build_socket(
    context: zmq.asyncio.Context, stream: StreamTicket, keys: CurveKeys
) -> zmq.asyncio.Socket:
    socket = context.socket(zmq.SUB)
    socket.linger = 0  # or closing the context would wait for ever
    socket.rcvhwm = _BACKLOG
    socket.maxmsgsize = _LARGEST
    # ZeroMQ's own heartbeats find a frozen server sooner than the missing ones of the desk.
    socket.heartbeat_ivl, socket.heartbeat_timeout = 1000, 3000
    socket.curve_serverkey = stream.server_public_key.encode()
    socket.curve_publickey, socket.curve_secretkey = keys.public.encode(), keys.secret
    socket.subscribe(stream.topic)
    return socket
