"""Message-IDs of the mails that came from a person about a ticket: our answers refer to them."""

from typing import Final

from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import ReadTransaction
from server.storage.tables.intake_tables import InboundMailModel

_WRITTEN: Final = ("ticket", "message")
"""The states of mails that a person wrote; the others are automatic or unread."""
_OF_PERSON = Statement(
    InboundMailModel.select(InboundMailModel.message_id)
    .where(
        (InboundMailModel.org_id == param("org_id"))
        & (InboundMailModel.number == param("number"))
        & (InboundMailModel.sender_id == param("person_id"))
        & InboundMailModel.message_id.is_null(False)
        & InboundMailModel.state.in_(_WRITTEN)
    )
    .order_by(InboundMailModel.id.desc())
    .limit(param("limit"))
)


def list_received_ids(
    reading: ReadTransaction, org_id: int, number: int, person_id: int, limit: int
) -> list[str]:
    """Returns the ids of a person's newest mails about the ticket, oldest first, without <>."""
    rows = reading.fetch_rows(
        _OF_PERSON, org_id=org_id, number=number, person_id=person_id, limit=limit
    )
    return [row[0] for row in reversed(rows)]
