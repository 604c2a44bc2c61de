"""API keys of an organization: creates and deletes them. Only the hash of a key is stored."""

import msgspec

from common.accounts import CreateApiKey
from common.errors import NotFound
from common.wire import ApiKeyView
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.timestamps import from_microseconds, to_microseconds
from server.storage.queries.person import sessions


def create_api_key(work: UnitOfWork, command: CreateApiKey) -> ApiKeyView:
    """Creates a key and returns it, the only time that it is shown."""
    now, key_id = to_microseconds(work.now), work.sequence.next_api_key_id()
    scopes = tuple(dict.fromkeys(command.scopes))
    key = sessions.add_api_key(
        work.writing,
        org_id=work.actor.org_id,
        key_id=key_id,
        name=command.name,
        scopes=msgspec.json.encode(scopes).decode(),
        now=now,
    )
    return ApiKeyView(key_id, command.name, scopes, from_microseconds(now), key)


def delete_api_key(work: UnitOfWork, key_id: int) -> None:
    """Ends a key at once. Raises NotFound."""
    if not sessions.end_api_key(work.writing, work.actor.org_id, key_id):
        raise NotFound
