"""Purge requests: organizations whose removed words may still be in the database's files."""

from typing import Final

from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.tables.desk_tables import OrganizationModel

_REQUEST = Statement(
    OrganizationModel.update({OrganizationModel.purge_at: param("now")}).where(
        OrganizationModel.org_id == param("org_id")
    )
)
_LAST = Statement(
    OrganizationModel.select(OrganizationModel.purge_at)
    .where(OrganizationModel.purge_at.is_null(False))
    .order_by(OrganizationModel.purge_at.desc())
    .limit(1)
)
_DONE = Statement(
    OrganizationModel.update({OrganizationModel.purge_at: None}).where(
        OrganizationModel.purge_at <= param("until")
    )
)
NO_PURGE: Final = 0


def request_purge(writing: WriteTransaction, org_id: int, now: int) -> None:
    """Requests a purge of what this transaction removes; `now` in microseconds since 1970."""
    writing.write(_REQUEST, org_id=org_id, now=now)


def read_last_request(reading: ReadTransaction) -> int:
    """Returns the time of the last open request; `NO_PURGE` where there is none."""
    return reading.fetch_value(_LAST) or NO_PURGE


def mark_purge_done(writing: WriteTransaction, until: int) -> None:
    """Notes that everything requested until then has been purged."""
    writing.write(_DONE, until=until)
