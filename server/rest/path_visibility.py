"""Whether what a path names is there for the caller: asked where the rest of a request is bad."""

from collections.abc import Callable
from typing import Final, TypeAlias

from common.errors import NotFound
from common.people import Actor
from server.rest.core.request_context import RequestContext
from server.rest.tickets.ticket_reads import check_ticket_visible
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries import people, sessions, webhook_deliveries, webhooks

VisibilityLookup: TypeAlias = Callable[[ReadTransaction, Actor, int], object]
"""Answers what is not true, or raises NotFound, where the caller may not see what has this id."""


class PathVisibilityCheck:
    """Raises NotFound for what the path names and the caller may not see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, call: RequestContext) -> None:
        if call.endpoint.is_open:
            return
        for start, look in _LOOKUPS.items():
            if call.endpoint.path.startswith(start):
                await self._check_visible(
                    call, look, call.path_number(start.rpartition("{")[2][:-1])
                )

    async def _check_visible(self, call: RequestContext, look: VisibilityLookup, id_: int) -> None:
        actor = call.actor
        if not await self._database.read_snapshot(lambda reading: look(reading, actor, id_)):
            raise NotFound


def _has_ticket(reading: ReadTransaction, actor: Actor, number: int) -> bool:
    check_ticket_visible(reading, actor, number)
    return True


def _find_person(reading: ReadTransaction, actor: Actor, person_id: int) -> object:
    return people.find_person(reading, actor.org_id, person_id)


def _has_api_key(reading: ReadTransaction, actor: Actor, key_id: int) -> bool:
    found = sessions.list_api_keys(reading, actor.org_id, key_id - 1, 1)
    return bool(found) and found[0][0] == key_id


def _find_webhook(reading: ReadTransaction, actor: Actor, webhook_id: int) -> object:
    return webhooks.find_endpoint(reading, actor.org_id, webhook_id)


def _find_delivery(reading: ReadTransaction, actor: Actor, delivery_id: int) -> object:
    seq, webhook_id = webhook_deliveries.split_delivery_id(delivery_id)
    there = webhooks.find_endpoint(reading, actor.org_id, webhook_id)
    return there and webhook_deliveries.find_delivery(reading, actor.org_id, webhook_id, seq)


_LOOKUPS: Final[dict[str, VisibilityLookup]] = {
    "/tickets/{number}": _has_ticket,
    "/users/{id}": _find_person,
    "/api-keys/{id}": _has_api_key,
    "/webhooks/{id}": _find_webhook,
    "/deliveries/{id}": _find_delivery,
}
