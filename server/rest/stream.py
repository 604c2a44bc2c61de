"""Opening the live stream over REST."""

from typing import Protocol

from common import endpoints, topics
from common.accounts import OpenStream
from common.endpoint import Endpoint
from common.wire import StreamTicket
from server.desk.desk import Desk
from server.desk.unit_of_work import UnitOfWork
from server.rest.core import response
from server.rest.core.dispatch import Handler
from server.rest.core.request_context import Call
from server.rest.core.response import Answer
from server.storage.queries import stream_clients
from server.storage.queries.stream_clients import Listener, Opening


class Stream(Protocol):
    """What this room needs of the stream."""

    endpoint: str
    public_key: str

    def admit(self, listener: Listener, opening: Opening) -> int:
        """Lets a client in, who knows the log so far; answers the generation to hear."""
        ...


class Streaming:
    """`POST /stream`."""

    def __init__(self, desk: Desk, stream: Stream) -> None:
        self._desk = desk
        self._stream = stream

    def routes(self) -> dict[Endpoint, Handler]:
        return {endpoints.OPEN_STREAM: self.open}

    async def open(self, call: Call) -> Answer:
        command = await call.body(OpenStream)
        listener = Listener(
            command.public_key, call.org_id, call.actor.id or 0, call.login.token_hash
        )
        opening = await self._desk.write(call.actor, lambda turn: _open(turn, listener))
        generation = self._stream.admit(listener, opening)
        return response.of(
            StreamTicket(
                self._stream.endpoint,
                self._stream.public_key,
                topics.stream(call.org_id, generation),
                opening.seq,
                topics.HEARTBEAT_SECONDS,
                opening.epoch,
            )
        )


def _open(turn: UnitOfWork, listener: Listener) -> Opening:
    """The stream from which the client listens, and who else does."""
    ledger = turn.ledger
    stream_clients.put(turn.writing, listener)
    everybody = stream_clients.of_organization(turn.writing, listener.org_id)
    return Opening(ledger.generation, ledger.seq, ledger.epoch, everybody)
