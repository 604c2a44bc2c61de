"""Whether what a path names is there for the caller: asked where the rest of a request is bad."""

from collections.abc import Callable
from typing import Final, TypeAlias

from common.errors import NotFound
from common.people import Actor
from server.rest.core.request_context import Call
from server.rest.tickets.ticket_reads import seen
from server.storage.engine.database import Database
from server.storage.engine.transaction import Reading
from server.storage.queries import people, sessions, webhook_deliveries, webhooks

Look: TypeAlias = Callable[[Reading, Actor, int], object]
"""Answers what is not true, or raises NotFound, where the caller may not see what has this id."""


class Seeing:
    """Raises NotFound for what the path names and the caller may not see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, call: Call) -> None:
        if call.endpoint.is_open:
            return
        for start, look in _LOOKS.items():
            if call.endpoint.path.startswith(start):
                await self._see(call, look, call.number(start.rpartition("{")[2][:-1]))

    async def _see(self, call: Call, look: Look, id_: int) -> None:
        actor = call.actor
        if not await self._database.read_snapshot(lambda reading: look(reading, actor, id_)):
            raise NotFound


def _ticket(reading: Reading, actor: Actor, number: int) -> bool:
    seen(reading, actor, number)
    return True


def _person(reading: Reading, actor: Actor, person_id: int) -> object:
    return people.find(reading, actor.org_id, person_id)


def _key(reading: Reading, actor: Actor, key_id: int) -> bool:
    found = sessions.keys(reading, actor.org_id, key_id - 1, 1)
    return bool(found) and found[0][0] == key_id


def _webhook(reading: Reading, actor: Actor, webhook_id: int) -> object:
    return webhooks.find(reading, actor.org_id, webhook_id)


def _delivery(reading: Reading, actor: Actor, delivery_id: int) -> object:
    seq, webhook_id = webhook_deliveries.parts(delivery_id)
    there = webhooks.find(reading, actor.org_id, webhook_id)
    return there and webhook_deliveries.find(reading, actor.org_id, webhook_id, seq)


_LOOKS: Final[dict[str, Look]] = {
    "/tickets/{number}": _ticket,
    "/users/{id}": _person,
    "/api-keys/{id}": _key,
    "/webhooks/{id}": _webhook,
    "/deliveries/{id}": _delivery,
}
