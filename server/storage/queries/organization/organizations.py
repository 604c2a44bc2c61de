"""Organizations: inserts new ones, lists their ids, reads their settings and stream state."""

from functools import lru_cache

import msgspec

from common.errors import NotFound
from common.organization import OrganizationSettings
from server.domain.epochs import Epochs
from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries.organization.log_epochs import generate_epoch
from server.storage.tables.desk_tables import CounterModel, OrganizationModel

_INSERT = build_insert(OrganizationModel)
_COUNT = build_insert(CounterModel)
_EXISTS = Statement(
    OrganizationModel.select(OrganizationModel.org_id).where(
        OrganizationModel.org_id == param("org_id")
    )
)
_ALL = Statement(
    OrganizationModel.select(OrganizationModel.org_id).order_by(OrganizationModel.org_id)
)
_SETTINGS = Statement(
    OrganizationModel.select(OrganizationModel.settings).where(
        OrganizationModel.org_id == param("org_id")
    )
)
STREAM_STATE = Statement(
    OrganizationModel.select(OrganizationModel.generation, OrganizationModel.epochs).where(
        OrganizationModel.org_id == param("org_id")
    )
)


def organization_exists(reading: ReadTransaction, org_id: int) -> bool:
    return reading.fetch_row(_EXISTS, org_id=org_id) is not None


def read_organization_ids(reading: ReadTransaction) -> set[int]:
    return {row[0] for row in reading.fetch_rows(_ALL)}


def add_organization(
    writing: WriteTransaction, org_id: int, settings: OrganizationSettings, now: int
) -> None:
    """Inserts an organization and its counters, with an empty log."""
    writing.write(
        _INSERT,
        org_id=org_id,
        settings=msgspec.json.encode(settings).decode(),
        generation=1,
        created_at=now,
        terms=None,
        route_at=None,
        webhooks=None,
        epochs=Epochs.start_log(generate_epoch()).encode(),
        purge_at=None,
    )
    writing.write(
        _COUNT,
        org_id=org_id,
        seq=0,
        ticket=0,
        person=0,
        api_key=0,
        sealed_day=None,
        written_at=None,
        renamed_seq=None,
        unindexed_below=None,
        people_unindexed_below=None,
        attachment=None,
    )


def read_settings(reading: ReadTransaction, org_id: int) -> OrganizationSettings:
    """Returns the organization's settings. Raises NotFound."""
    text: str | None = reading.fetch_value(_SETTINGS, org_id=org_id)
    if text is None:
        raise NotFound
    return decode_settings(text)


@lru_cache(maxsize=1024)
def decode_settings(text: str) -> OrganizationSettings:
    """Returns settings from their stored text."""
    return msgspec.json.decode(text, type=OrganizationSettings)
