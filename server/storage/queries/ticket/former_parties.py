"""Former parties: who was a ticket's customer or took part in it, and is no more."""

from typing import Final

from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.tables.intake_tables import FormerPartyModel

_TICKETS: Final = Statement(
    FormerPartyModel.select(FormerPartyModel.number)
    .where(
        (FormerPartyModel.org_id == param("org_id"))
        & (FormerPartyModel.user_id == param("user_id"))
    )
    .order_by(FormerPartyModel.number)
)
_ADD: Final = Sql(
    sqlite="""INSERT INTO former_parties (org_id, user_id, number) VALUES (?, ?, ?)
        ON CONFLICT DO NOTHING""",
    postgresql="""INSERT INTO former_parties (org_id, user_id, number) VALUES (%s, %s, %s)
        ON CONFLICT DO NOTHING""",
    places="org_id user_id number",
)


def add_former_party(writing: WriteTransaction, org_id: int, number: int, person_id: int) -> None:
    """Records that a person had to do with a ticket; does nothing where that is known."""
    writing.write(_ADD, org_id=org_id, user_id=person_id, number=number)


def list_former_tickets(reading: ReadTransaction, org_id: int, person_id: int) -> list[int]:
    """Returns the numbers of the tickets that a person had to do with before."""
    rows = reading.fetch_rows(_TICKETS, org_id=org_id, user_id=person_id)
    return [row[0] for row in rows]
