"""The installation's secrets: generated once, stored in the database, shared by its servers."""

import secrets
from typing import Final

from server.storage.engine.database import Database
from server.storage.queries.organization import stream_clients

RATING_LINK_KEY: Final = "rate-link-key"
"""The name of the key that signs rating links."""
MAIL_KEY: Final = "mail-key"
"""The name of the key that signs reply addresses and Message-IDs."""
_BYTES: Final = 32


class InstallationSecret:
    """A secret by its name, read when it is first needed."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._value: str | None = None

    async def get(self) -> str:
        if self._value is None:
            fresh = secrets.token_hex(_BYTES)
            self._value = await self._database.write(
                lambda writing: stream_clients.read_or_create_secret(writing, self._name, fresh)
            )
        return self._value
