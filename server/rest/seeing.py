"""Whether what a path names is there for the caller: asked where the rest of a request is bad."""

from common.refused import NotFound
from server.rest.call import Call
from server.rest.reading import seen
from server.storage import people, sessions
from server.storage.database import Database


class Seeing:
    """Raises NotFound for a ticket, person or key that the caller may not see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, call: Call) -> None:
        if call.endpoint.is_open:
            return
        path, actor = call.endpoint.path, call.actor
        if "{number}" in path:
            number = call.number("number")
            await self._database.read(lambda reading: seen(reading, actor, number))
        if path.startswith("/users/{id}"):
            person_id = call.number("id")
            person = await self._database.read(
                lambda reading: people.find(reading, actor.org_id, person_id)
            )
            if person is None:
                raise NotFound
        if path.startswith("/api-keys/{id}"):
            key_id = call.number("id")
            found = await self._database.read(
                lambda reading: sessions.keys(reading, actor.org_id, key_id - 1, 1)
            )
            if not found or found[0][0] != key_id:
                raise NotFound
