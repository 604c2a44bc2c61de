"""Opening the live stream over REST."""

from typing import Protocol

from common import endpoints, topics
from common.accounts import OpenStream
from common.endpoint import Endpoint
from common.wire import StreamTicket
from server.desk import Desk, Turn
from server.rest import answer
from server.rest.answer import Answer
from server.rest.call import Call
from server.rest.door import Handler
from server.storage import streams
from server.storage.streams import Listener


class Stream(Protocol):
    """What this room needs of the stream."""

    endpoint: str
    public_key: str

    def admit(
        self, listener: Listener, generation: int, seq: int, listeners: list[Listener]
    ) -> int:
        """Lets a client in, who knows everything up to `seq`; answers the generation to hear."""
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
        generation, seq, everybody = await self._desk.write(
            call.actor, lambda turn: _open(turn, listener)
        )
        generation = self._stream.admit(listener, generation, seq, everybody)
        return answer.of(
            StreamTicket(
                self._stream.endpoint,
                self._stream.public_key,
                topics.stream(call.org_id, generation),
                seq,
                topics.HEARTBEAT_SECONDS,
            )
        )


def _open(turn: Turn, listener: Listener) -> tuple[int, int, list[Listener]]:
    """The generation and the seq from which the client listens, and who else does."""
    _ = turn.ledger
    streams.put(turn.writing, listener)
    everybody = streams.of_organization(turn.writing, listener.org_id)
    return turn.ledger.generation, turn.ledger.seq, everybody
