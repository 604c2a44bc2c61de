"""Access to the stream: decides which client receives which topics.

Clients connect with a CURVE key that `POST /stream` has registered; a ZAP handler rejects every
other key. The XPUB socket is in manual mode: a subscription is only a request, and is granted for
those of the client's own topics that begin with it.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

import structlog
import zmq
import zmq.asyncio
from zmq.auth.asyncio import AsyncioAuthenticator

from common import topics
from server.storage.queries.organization.stream_clients import Listener

ZAP_DOMAIN: Final = "stream"
_HIGH_WATER_MARK: Final = 20_000
"""Messages held for a slow client before it loses some: it notices, and catches up over REST."""
_UNSUBSCRIBE: Final = b"\0"
_SUBSCRIBE: Final = b"\1"
_MAX_FRAMES_AT_ONCE: Final = 1000
"""Subscriptions taken before others get their turn: nobody may hold up the loop by asking."""
log = structlog.get_logger()


class StreamGateway:
    """Knows the clients' keys and every organization's generation; owns the socket."""

    def __init__(self, secret_key: bytes, on_first: Callable[[int], None]) -> None:
        self._secret_key = secret_key
        self._on_first = on_first
        self._listeners: dict[str, tuple[Listener, ...]] = {}
        self._keys: dict[int, set[str]] = {}
        """The keys of each organization's listeners, which change without a look at all others."""
        self._generations: dict[int, int] = {}
        self._context = zmq.asyncio.Context()
        # A plain socket, read when its descriptor says so: sending then costs no future.
        self._socket: zmq.SyncSocket = zmq.Context.shadow(self._context.underlying).socket(zmq.XPUB)
        self._authenticator = AsyncioAuthenticator(self._context)
        # Whether the frame that is read next is sure to be of the client that a grant goes to.
        self._in_step = True
        self.endpoint = ""

    def open(self, endpoint: str) -> None:
        """Binds the socket (port 0: any free one). Raises zmq.ZMQError where it is taken."""
        self._authenticator.start()
        self._authenticator.configure_curve_callback(ZAP_DOMAIN, credentials_provider=self)
        for option, value in (
            (zmq.XPUB_MANUAL, 1),
            (zmq.CURVE_SERVER, 1),
            (zmq.LINGER, 1000),
            (zmq.SNDHWM, _HIGH_WATER_MARK),
            (zmq.TCP_KEEPALIVE, 1),
        ):
            self._socket.setsockopt(option, value)
        self._socket.curve_secretkey = self._secret_key
        # A domain of its own: a non-empty one does not fall back to another's rules.
        self._socket.zap_domain = ZAP_DOMAIN.encode()
        self._socket.bind(
            endpoint.removesuffix(":0") + ":*" if endpoint.endswith(":0") else endpoint
        )
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")
        asyncio.get_running_loop().add_reader(self._socket.FD, self.read_subscriptions)

    def close(self) -> None:
        """Sends what is still under way, for a second at most, and ends."""
        asyncio.get_running_loop().remove_reader(self._socket.FD)
        self._socket.close()
        self._authenticator.stop()
        self._context.term()

    def replace_listeners(self, listeners: Iterable[Listener], generations: dict[int, int]) -> None:
        """Replaces all listeners and generations."""
        self._listeners, self._keys = {}, {}
        for listener in listeners:
            self.add_listener(listener)
        self._generations = dict(generations)

    def add_listener(self, listener: Listener) -> None:
        """Adds a client.

        Several people may register one key: the holder of its secret half receives what each of
        them may receive, so registering somebody else's key gains nothing and takes nothing away.
        """
        same_key = self._listeners.get(listener.public_key, ())
        others = (it for it in same_key if it.owner != listener.owner)
        self._listeners[listener.public_key] = (*others, listener)
        self._keys.setdefault(listener.org_id, set()).add(listener.public_key)

    def start_generation(self, org_id: int, generation: int, listeners: Iterable[Listener]) -> None:
        """Starts a new generation of an organization's stream with the listeners that are left."""
        for key in self._keys.pop(org_id, ()):
            others = tuple(it for it in self._listeners.pop(key) if it.org_id != org_id)
            if others:
                self._listeners[key] = others
        for listener in listeners:
            self.add_listener(listener)
        self._generations[org_id] = generation

    def current_generation(self, org_id: int) -> int:
        return self._generations.get(org_id, 1)

    def callback(self, domain: str, key: bytes) -> bool:
        """Returns whether a key may connect. Raises nothing: an exception would end ZAP."""
        try:
            return key.decode("ascii") in self._listeners
        except UnicodeDecodeError:
            return False

    def send(self, topic: str, payload: bytes) -> None:
        """Sends a message to the clients with its topic. Never waits for a slow client."""
        self._socket.send_multipart([topic.encode(), payload], zmq.NOBLOCK)
        # Sending may use up the descriptor's signal that a subscription has come.
        if int(self._socket.getsockopt(zmq.EVENTS)) & zmq.POLLIN:
            asyncio.get_running_loop().call_soon(self.read_subscriptions)

    def read_subscriptions(self) -> None:
        """Takes every waiting subscription. Called whenever the socket may have some."""
        for _ in range(_MAX_FRAMES_AT_ONCE):
            if self._socket.closed:
                return
            try:
                frame = self._socket.recv(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                self._in_step = True
                return
            self._handle_subscription(frame)
        asyncio.get_running_loop().call_soon(self.read_subscriptions)

    def _handle_subscription(self, frame: zmq.Frame) -> None:
        """Grants a request to subscribe, where it is certain which client it is from.

        Libzmq counts only subscriptions when it pairs the frames that we read with their clients. A
        client that sends anything else puts it out of step: the next grant could go to another
        client, so none is given until every waiting frame has been read.
        """
        try:
            key = str(frame.get("User-Id"))
        except zmq.ZMQError:
            # The peer has gone, and with it everything it was granted.
            return
        wish = bytes(frame.buffer)
        listeners = self._listeners.get(key, ())
        if wish[:1] not in {_SUBSCRIBE, _UNSUBSCRIBE}:
            self._in_step = False
        if not self._in_step:
            log.warning("subscription out of step", key=key, orgs=[it.org_id for it in listeners])
            return
        option = zmq.SUBSCRIBE if wish[:1] == _SUBSCRIBE else zmq.UNSUBSCRIBE
        granted = [self._grant_topics(listener, option, wish[1:]) for listener in listeners]
        if listeners and not any(granted):
            log.info("subscription not granted", key=key, orgs=[it.org_id for it in listeners])

    def _grant_topics(self, listener: Listener, option: int, wish: bytes) -> bool:
        """Grants the topics that the listener may receive; returns whether there are any."""
        org_id = listener.org_id
        granted = topics.list_granted_topics(
            org_id, self.current_generation(org_id), listener.user_id, wish
        )
        for topic in granted:
            self._socket.setsockopt(option, topic)
        if granted and option == zmq.SUBSCRIBE:
            self._on_first(org_id)
        return bool(granted)
