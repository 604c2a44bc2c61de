"""Clients of the stream: the server's own key, and the clients' keys with their sessions."""

from msgspec import Struct

from server.storage.engine.statement import Sql, Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.tables.desk_tables import SecretModel, StreamClientModel


class Listener(Struct, frozen=True):
    """A client's key and its owner; `token_hash` is that of the session it lives with."""

    public_key: str
    org_id: int
    user_id: int
    token_hash: str

    @property
    def owner(self) -> tuple[int, int]:
        """The organization and the person."""
        return self.org_id, self.user_id


class StreamOpening(Struct, frozen=True):
    """A stream as it is when a client opens it, and all clients that may read it."""

    generation: int
    seq: int
    epoch: str
    listeners: list[Listener]


_LISTENERS = StreamClientModel.select(
    StreamClientModel.public_key,
    StreamClientModel.org_id,
    StreamClientModel.user_id,
    StreamClientModel.token_hash,
)
_ALL = Statement(_LISTENERS)
_OF_ORGANIZATION = Statement(_LISTENERS.where(StreamClientModel.org_id == param("org_id")))
_FORGET = Statement(
    StreamClientModel.delete().where(
        (StreamClientModel.public_key == param("public_key"))
        & (StreamClientModel.org_id == param("org_id"))
        & (StreamClientModel.user_id == param("user_id"))
    )
)
_ADD = build_insert(StreamClientModel)
_SECRET = Statement(SecretModel.select(SecretModel.value).where(SecretModel.name == param("name")))
_KEEP = Sql(
    sqlite="INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
    postgresql="INSERT INTO secrets (name, value) VALUES (%s, %s) ON CONFLICT DO NOTHING",
    places="name value",
)


def list_all_listeners(reading: ReadTransaction) -> list[Listener]:
    return [Listener(*row) for row in reading.fetch_rows(_ALL)]


def list_listeners(reading: ReadTransaction, org_id: int) -> list[Listener]:
    return [Listener(*row) for row in reading.fetch_rows(_OF_ORGANIZATION, org_id=org_id)]


def save_listener(writing: WriteTransaction, listener: Listener) -> None:
    """Saves the key; from now on it belongs to this session."""
    values = {
        "public_key": listener.public_key,
        "org_id": listener.org_id,
        "user_id": listener.user_id,
    }
    writing.write(_FORGET, **values)
    writing.write(_ADD, token_hash=listener.token_hash, **values)


def read_or_create_secret(writing: WriteTransaction, name: str, fresh: str) -> str:
    """Returns the installation's secret of this name; creates it from `fresh` if needed."""
    writing.write(_KEEP, name=name, value=fresh)
    value: str = writing.fetch_value(_SECRET, name=name)
    return value
