"""Earlier versions of an organization's terms; the present one is part of its settings."""

from typing import Final

from server.domain.policy_version import Clauses, Terms, terms_of
from server.storage.engine.statement import Statement, insert, param
from server.storage.engine.transaction import Reading, Writing
from server.storage.tables import desk_tables

FIRST: Final = 1
"""The version that an organization begins with."""
_T = desk_tables.Terms
_INSERT = insert(_T)
_BODY = Statement(
    _T.select(_T.body).where((_T.org_id == param("org_id")) & (_T.version == param("version")))
)


def keep(writing: Writing, org_id: int, version: int, clauses: Clauses) -> None:
    """The version that another one takes the place of."""
    writing.write(_INSERT, org_id=org_id, version=version, body=clauses.text)


def find(reading: Reading, org_id: int, version: int) -> Terms:
    """A version that has been superseded."""
    return terms_of(version, reading.value(_BODY, org_id=org_id, version=version))
