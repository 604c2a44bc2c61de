"""Tickets as customers' pages show them: one statement for a page, one for a list."""

from typing import Final

from msgspec import Struct

from common.organization import OrganizationSettings
from common.people import Actor, Role
from common.tickets.permissions import sees_tickets_of
from common.tickets.ticket import Status, Ticket, WaitingOn
from common.wire import ActorRef, AttachmentView, MessageView
from server.storage.engine.statement import CombinedStatement, Statement, param
from server.storage.engine.transaction import ReadTransaction, Row
from server.storage.queries.attachment.attachments import decode_views
from server.storage.queries.log import event_log
from server.storage.queries.organization import organizations, ticket_link_generations
from server.storage.queries.person.name_resolver import NameResolver
from server.storage.queries.ticket import listed_tickets, messages, participants
from server.storage.queries.ticket.listed_tickets import ListedTicket
from server.storage.queries.ticket.merged_conversations import list_conversation
from server.storage.queries.ticket.messages import MessageSlice
from server.storage.tables.desk_tables import OrganizationModel, TicketModel, UserModel

FROM_THE_END: Final = 2**62
"""The seq before which all messages are."""
BEFORE_ALL: Final = 0
"""The seq before which there is no message."""
_PUBLIC_SLICE: Final = MessageSlice(newest_first=True, notes=False)
_READER: Final = Statement(
    UserModel.select(
        UserModel.id, UserModel.name, UserModel.email, UserModel.active, OrganizationModel.settings
    )
    .join(OrganizationModel, on=(OrganizationModel.org_id == UserModel.org_id))
    .where((UserModel.org_id == param("org_id")) & (UserModel.id == param("person_id")))
)
_PAGE: Final = CombinedStatement(
    listed_tickets.TICKET_WITH_PEOPLE,
    messages.SLICE_STATEMENTS[_PUBLIC_SLICE],
    ticket_link_generations.LINK_GENERATION,
    _READER,
    participants.PARTICIPATION,
    Statement(
        UserModel.select(UserModel.id).where(
            (UserModel.org_id == param("org_id")) & (UserModel.merged_into == param("person_id"))
        )
    ),
)
_OWN: Final = Statement(
    TicketModel.select(
        TicketModel.number,
        TicketModel.subject,
        TicketModel.status,
        TicketModel.waiting_on,
        TicketModel.public_at,
        TicketModel.updated_at,
    )
    .where(
        (TicketModel.org_id == param("org_id"))
        & (TicketModel.customer_id == param("person_id"))
        & (TicketModel.number < param("before"))
    )
    .order_by(TicketModel.number.desc())
    .limit(param("limit"))
)


class CustomerPage(Struct, frozen=True):
    """A ticket, a part of its public messages, oldest first, and whoever looks at it.

    `earlier` is the seq before which there are further messages; None where there are none.
    `takes_part`: the reader is a participant of the ticket. `first_author` wrote the description
    of a ticket that was split from another one; None where that was the ticket's customer.
    `merged_reader_ids` are those who were merged into the reader: they are the same person.
    """

    listed: ListedTicket
    description: str
    files: tuple[AttachmentView, ...]
    messages: list[MessageView]
    earlier: int | None
    link_generation: int
    reader: Actor
    is_reader_active: bool
    takes_part: bool
    settings: OrganizationSettings
    first_author: ActorRef | None = None
    merged_reader_ids: frozenset[int] = frozenset()

    @property
    def may_be_opened(self) -> bool:
        """True where the reader's account works, and they requested the ticket or take part."""
        customer_id = self.listed.ticket.customer_id
        sees = sees_tickets_of(self.reader, customer_id, takes_part=self.takes_part)
        return self.is_reader_active and sees

    @property
    def family(self) -> tuple[int, ...]:
        """The ticket and those merged into it, whose messages it shows."""
        ticket = self.listed.ticket
        return ticket.number, *ticket.merged_from


class OwnTicket(Struct, frozen=True):
    """A ticket in the list of its customer; `changed_at` in microseconds since 1970."""

    number: int
    subject: str
    status: Status
    waiting_on: WaitingOn
    changed_at: int


def find_customer_page(
    reading: ReadTransaction, org_id: int, number: int, person_id: int, before: int, limit: int
) -> CustomerPage | None:
    """Returns a page with the newest messages before a seq; None without ticket or person.

    The reader acts as a customer, whatever their role. Whether they may see the ticket is for the
    caller to check.
    """
    found, said, generations, readers, taking_part, merged = reading.fetch_combined(
        _PAGE, org_id=org_id, number=number, person_id=person_id, beyond=before, limit=limit + 1
    )
    if not found or not readers:
        return None
    listed = listed_tickets.listed_ticket_from_row(found[0])
    read = [messages.message_from_row(row) for row in said]
    if listed.ticket.merged_from:
        # Needs further statements, which `Database.read_one` refuses.
        read = list_conversation(reading, listed.ticket, _PUBLIC_SLICE, before, limit + 1)
    author = None
    if listed.ticket.split_from is not None:
        author = _find_first_author(reading, listed.ticket)
    shown = read[:limit]
    description, files = found[0][listed_tickets.DESCRIPTION_INDEX :]
    reader_id, name, email, active, settings = readers[0]
    return CustomerPage(
        listed=listed,
        description=description,
        files=decode_views(files) or (),
        messages=shown[::-1],
        earlier=shown[-1].seq if len(read) > limit else None,
        link_generation=generations[0][0] if generations else 0,
        reader=Actor(org_id, Role.CUSTOMER, reader_id, name, email),
        merged_reader_ids=frozenset(row[0] for row in merged),
        is_reader_active=bool(active),
        takes_part=bool(taking_part),
        settings=organizations.decode_settings(settings),
        first_author=author,
    )


def _find_first_author(reading: ReadTransaction, ticket: Ticket) -> ActorRef:
    (opening,) = event_log.list_ticket_events(reading, ticket.org_id, ticket.number, 0, 1)
    names = NameResolver(ticket.org_id)
    return names.actor_ref(reading, opening.actor_role, opening.actor_id)


def list_own_tickets(
    reading: ReadTransaction, org_id: int, person_id: int, before: int, limit: int
) -> list[OwnTicket]:
    """Returns the tickets that a person requested, with numbers below `before`, newest first."""
    rows = reading.fetch_rows(_OWN, org_id=org_id, person_id=person_id, before=before, limit=limit)
    return [_own_ticket_from_row(row) for row in rows]


def _own_ticket_from_row(row: Row) -> OwnTicket:
    number, subject, status, waiting_on, public_at, updated_at = row
    return OwnTicket(
        number, subject, Status(status), WaitingOn(waiting_on), public_at or updated_at
    )
