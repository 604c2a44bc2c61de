"""Generations of ticket links: one more, and no earlier link of the ticket works any longer."""

from typing import Final

from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.tables.customer_tables import TicketLinkModel

FIRST_GENERATION: Final = 0
"""The generation of the links of a ticket whose links were never revoked."""
LINK_GENERATION = Statement(
    TicketLinkModel.select(TicketLinkModel.generation).where(
        (TicketLinkModel.org_id == param("org_id")) & (TicketLinkModel.number == param("number"))
    )
)
_NEXT = Sql(
    sqlite="""INSERT INTO ticket_links (org_id, number, generation) VALUES (?, ?, 1)
        ON CONFLICT (org_id, number) DO UPDATE SET generation = ticket_links.generation + 1""",
    postgresql="""INSERT INTO ticket_links (org_id, number, generation) VALUES (%s, %s, 1)
        ON CONFLICT (org_id, number) DO UPDATE SET generation = ticket_links.generation + 1""",
    places="org_id number",
)


def read_link_generation(reading: ReadTransaction, org_id: int, number: int) -> int:
    """Returns the generation that new links of a ticket belong to."""
    found: int | None = reading.fetch_value(LINK_GENERATION, org_id=org_id, number=number)
    return FIRST_GENERATION if found is None else found


def begin_link_generation(writing: WriteTransaction, org_id: int, number: int) -> None:
    """Revokes every link of the ticket that was made so far."""
    writing.write(_NEXT, org_id=org_id, number=number)
