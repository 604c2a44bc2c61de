"""A ticket with the people it names, as lists and pages read it: one row."""

from typing import Any, Final

import msgspec
import peewee as pw
from msgspec import Struct

from common.tickets.ticket import Ticket
from common.wire import CustomerRef, PersonRef
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import Row
from server.storage.queries.ticket import ticket_rows
from server.storage.tables.desk_tables import TicketModel, UserModel

_WIDTH: Final = len(ticket_rows.COLUMNS)
_decode_row: Final = msgspec.json.Decoder(list[Any]).decode


class ListedTicket(Struct, frozen=True):
    """A ticket of a list, with the people it names."""

    ticket: Ticket
    customer: CustomerRef
    assignee: PersonRef | None
    returned_by: str | None = None
    """The name of the agent from whom the ticket was returned to the queue."""

    def name_of(self, person_id: int) -> str:
        """Returns the name of the one person, beside these, whom a ticket's fields name."""
        if self.returned_by is None:
            raise LookupError(f"ticket {self.ticket.number} was not read with person {person_id}")
        return self.returned_by


_Customer: Final = UserModel.alias("customer")
_Assignee: Final = UserModel.alias("assignee")
_Returner: Final = UserModel.alias("returner")
_PEOPLE: Final = [_Customer.name, _Customer.email, _Assignee.name, _Returner.name]


def select_with_people(*columns: Any) -> Any:
    """Returns the query of an organization's tickets with their people, as `COLUMNS` and names."""
    return (
        TicketModel.select(*ticket_rows.COLUMNS, *_PEOPLE, *columns)
        .join(
            _Customer,
            on=(_Customer.org_id == TicketModel.org_id) & (_Customer.id == TicketModel.customer_id),
        )
        .switch(TicketModel)
        .join(
            _Assignee,
            pw.JOIN.LEFT_OUTER,
            on=(_Assignee.org_id == TicketModel.org_id) & (_Assignee.id == TicketModel.assignee_id),
        )
        .switch(TicketModel)
        .join(
            _Returner,
            pw.JOIN.LEFT_OUTER,
            on=(_Returner.org_id == TicketModel.org_id) & (_Returner.id == TicketModel.returned_by),
        )
        .where(TicketModel.org_id == param("org_id"))
    )


_ONE: Final = TicketModel.number == param("number")
TICKET_WITH_PEOPLE = Statement(
    select_with_people(TicketModel.description, TicketModel.attachments).where(_ONE)
)
"""A ticket with its people, and last its description and the description's files."""
DESCRIPTION_INDEX: Final = _WIDTH + len(_PEOPLE)


def listed_ticket_from_row(row: Row) -> ListedTicket:
    """Returns a ticket with its people, from a row of a list or of `TICKET_WITH_PEOPLE`."""
    ticket = ticket_rows.ticket_from_row(row)
    customer, email, agent, returner = row[_WIDTH : _WIDTH + len(_PEOPLE)]
    assignee = None if ticket.assignee_id is None else PersonRef(ticket.assignee_id, agent)
    return ListedTicket(
        ticket, CustomerRef(ticket.customer_id, customer, email), assignee, returner
    )


def decode_listed_ticket(row: bytes) -> ListedTicket:
    """Returns a ticket of `ticket_lists.list_tickets`."""
    return listed_ticket_from_row(_decode_row(row))
