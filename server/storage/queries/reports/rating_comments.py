"""Ratings' words: they stand in the log, from where they go with who wrote them."""

import msgspec

from common.tickets.rating import Rated
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import Reading
from server.storage.queries.event_log import StoredDetail
from server.storage.tables.desk_tables import Event

_RATED = Statement(
    Event.select(Event.body)
    .where(
        (Event.org_id == param("org_id"))
        & (Event.number == param("number"))
        & (Event.type == Rated.type)
        & (Event.at == param("at"))
    )
    .order_by(Event.seq.desc())
    .limit(1)
)
_DECODE = msgspec.json.Decoder(StoredDetail).decode


def comment_of(reading: Reading, org_id: int, number: int, at: int) -> str | None:
    """What was written to the rating that a ticket was given at an instant."""
    body: str | None = reading.value(_RATED, org_id=org_id, number=number, at=at)
    given = None if body is None else _DECODE(body).given
    return None if given is None else given.comment
