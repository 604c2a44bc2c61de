"""Ratings' comments: they are in the log, and are erased there with their author."""

import msgspec

from common.tickets.rating import TicketRated
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log.event_log import StoredEventDetail
from server.storage.tables.desk_tables import EventModel

_RATED = Statement(
    EventModel.select(EventModel.body)
    .where(
        (EventModel.org_id == param("org_id"))
        & (EventModel.number == param("number"))
        & (EventModel.type == TicketRated.type)
        & (EventModel.at == param("at"))
    )
    .order_by(EventModel.seq.desc())
    .limit(1)
)
_DECODE = msgspec.json.Decoder(StoredEventDetail).decode


def read_rating_comment(reading: ReadTransaction, org_id: int, number: int, at: int) -> str | None:
    """Returns the comment of the rating that a ticket was given at an instant."""
    body: str | None = reading.fetch_value(_RATED, org_id=org_id, number=number, at=at)
    given = None if body is None else _DECODE(body).given_rating
    return None if given is None else given.comment
