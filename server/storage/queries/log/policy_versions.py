"""Earlier versions of an organization's policies; the present one is part of its settings."""

from typing import Final

from server.domain.policy_version import PolicySettings, PolicyVersion, decode_policy_version
from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.tables import desk_tables

FIRST_VERSION: Final = 1
"""The version that an organization begins with."""
_T = desk_tables.PolicyVersionModel
_INSERT = build_insert(_T)
_BODY = Statement(
    _T.select(_T.body).where((_T.org_id == param("org_id")) & (_T.version == param("version")))
)


def save_policy_version(
    writing: WriteTransaction, org_id: int, version: int, clauses: PolicySettings
) -> None:
    """Keeps a version that is being replaced."""
    writing.write(_INSERT, org_id=org_id, version=version, body=clauses.text)


def read_policy_version(reading: ReadTransaction, org_id: int, version: int) -> PolicyVersion:
    """Returns a version that was replaced."""
    return decode_policy_version(
        version, reading.fetch_value(_BODY, org_id=org_id, version=version)
    )
