"""Opening the live stream over REST."""

from typing import Protocol

from common import endpoints, topics
from common.accounts import OpenStream
from common.endpoint import Endpoint
from common.wire import StreamTicket
from server.desk.desk import Desk
from server.desk.recording.unit_of_work import UnitOfWork
from server.rest.core import response
from server.rest.core.dispatch import Handler
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.queries.organization import stream_clients
from server.storage.queries.organization.stream_clients import Listener, StreamOpening


class EventStream(Protocol):
    """The parts of the stream that these routes need."""

    endpoint: str
    public_key: str

    def admit_listener(self, listener: Listener, opening: StreamOpening) -> int:
        """Admits a client that knows the log so far; returns its generation of the stream."""
        ...


class StreamRoutes:
    """`POST /stream`."""

    def __init__(self, desk: Desk, stream: EventStream) -> None:
        self._desk = desk
        self._stream = stream

    def routes(self) -> dict[Endpoint, Handler]:
        return {endpoints.OPEN_STREAM: self.open_stream}

    async def open_stream(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(OpenStream)
        listener = Listener(
            command.public_key, call.org_id, call.actor.id or 0, call.login.token_hash
        )
        opening = await self._desk.write(
            call.actor, lambda work: _register_listener(work, listener)
        )
        generation = self._stream.admit_listener(listener, opening)
        return response.make_response(
            StreamTicket(
                self._stream.endpoint,
                self._stream.public_key,
                topics.build_stream_prefix(call.org_id, generation),
                opening.seq,
                topics.HEARTBEAT_SECONDS,
                opening.epoch,
            )
        )


def _register_listener(work: UnitOfWork, listener: Listener) -> StreamOpening:
    """Saves the client's key, and returns the state of the stream with every listener."""
    sequence = work.sequence
    stream_clients.save_listener(work.writing, listener)
    everybody = stream_clients.list_listeners(work.writing, listener.org_id)
    return StreamOpening(sequence.generation, sequence.seq, sequence.epoch, everybody)
