"""Organizations: how one begins."""

import msgspec

from common.organization import Settings
from server.domain.epochs import Epochs
from server.storage.engine.statement import Statement, insert, param
from server.storage.engine.transaction import Reading, Writing
from server.storage.queries.log_epochs import new_epoch
from server.storage.tables.desk_tables import Counter, Organization

_INSERT = insert(Organization)
_COUNT = insert(Counter)
_EXISTS = Statement(
    Organization.select(Organization.org_id).where(Organization.org_id == param("org_id"))
)
_ALL = Statement(Organization.select(Organization.org_id).order_by(Organization.org_id))

FIRST_AGENT = 1_000
FIRST_CUSTOMER = 10_000
"""Ids are drawn from here; see `Ledger.next_user` for why agents' have one length."""


def exists(reading: Reading, org_id: int) -> bool:
    return reading.row(_EXISTS, org_id=org_id) is not None


def taken_ids(reading: Reading) -> set[int]:
    return {row[0] for row in reading.rows(_ALL)}


def add(writing: Writing, org_id: int, settings: Settings, now: int) -> None:
    """An organization and its counters; nothing has happened in it yet."""
    writing.write(
        _INSERT,
        org_id=org_id,
        settings=msgspec.json.encode(settings).decode(),
        generation=1,
        created_at=now,
        terms=None,
        route_at=None,
        webhooks=None,
        epochs=Epochs.first(new_epoch()).encode(),
        purge_at=None,
    )
    writing.write(
        _COUNT,
        org_id=org_id,
        seq=0,
        ticket=0,
        agent=FIRST_AGENT - 1,
        customer=FIRST_CUSTOMER - 1,
        api_key=0,
        sealed_day=None,
        written_at=None,
        renamed_seq=None,
        unindexed_below=None,
        people_unindexed_below=None,
    )
