"""A probe: writes and reads a row to check that the database works."""

from typing import Final

from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.tables.desk_tables import SecretModel

_NAME: Final = "readiness-probe"
_WRITE = Sql(
    sqlite="""INSERT INTO secrets (name, value) VALUES (?, ?)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
    postgresql="""INSERT INTO secrets (name, value) VALUES (%s, %s)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
    places="name value",
)
_READ = Statement(SecretModel.select(SecretModel.name).where(SecretModel.name == param("name")))


def write_probe(writing: WriteTransaction, value: str) -> None:
    """Writes the row again; nothing else reads it."""
    writing.write(_WRITE, name=_NAME, value=value)


def read_probe(reading: ReadTransaction) -> None:
    """Reads the row, which may not exist."""
    reading.fetch_row(_READ, name=_NAME)
