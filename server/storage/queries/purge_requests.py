"""Purges: which organizations have taken words out that may still stand in the database's files."""

from typing import Final

from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import Reading, Writing
from server.storage.tables.desk_tables import Organization

_REQUEST = Statement(
    Organization.update({Organization.purge_at: param("now")}).where(
        Organization.org_id == param("org_id")
    )
)
_LAST = Statement(
    Organization.select(Organization.purge_at)
    .where(Organization.purge_at.is_null(False))
    .order_by(Organization.purge_at.desc())
    .limit(1)
)
_DONE = Statement(
    Organization.update({Organization.purge_at: None}).where(
        Organization.purge_at <= param("until")
    )
)
NONE: Final = 0


def request(writing: Writing, org_id: int, now: int) -> None:
    """Has the files purged of what this transaction takes out; `now` in microseconds since 1970."""
    writing.write(_REQUEST, org_id=org_id, now=now)


def last_requested(reading: Reading) -> int:
    """Returns when the last purge that is still to do was asked for; `NONE` where there is none."""
    return reading.value(_LAST) or NONE


def mark_done(writing: Writing, until: int) -> None:
    """Notes that what was asked for until then has been purged."""
    writing.write(_DONE, until=until)
