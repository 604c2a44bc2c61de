"""Tickets as the caller of a unit of work may see them."""

from msgspec import UNSET, UnsetType

from common.tickets.ticket import Ticket
from common.wire import CustomerRef, TicketView
from server.desk.recording.unit_of_work import UnitOfWork
from server.rendering import views
from server.storage.queries.ticket import tickets
from server.storage.queries.ticket.tickets import Opening


def render_visible_ticket(
    work: UnitOfWork, ticket: Ticket, description: str | UnsetType = UNSET
) -> TicketView:
    """Returns the ticket as the caller may see it, with today's names."""
    return views.render_ticket(
        ticket,
        _customer_ref(work, ticket),
        work.names.assignee_ref(work.writing, ticket.assignee_id),
        description,
        name_of=work.names.name_lookup(work.writing) if work.actor.sees_internal else None,
    )


def render_whole_ticket(
    work: UnitOfWork, ticket: Ticket, opening: Opening | None = None
) -> TicketView:
    """Returns the same with the description and its files, which are read if they are not given."""
    if opening is None:
        opening = tickets.read_opening(work.writing, ticket.org_id, ticket.number)
    view = render_visible_ticket(work, ticket, opening.description)
    return views.show_files(view, opening.files)


def visible_version(work: UnitOfWork, ticket: Ticket) -> int:
    """Returns the version that the caller sees, which is the ticket's entity tag."""
    return ticket.version if work.actor.sees_internal else ticket.public_state[0]


def _customer_ref(work: UnitOfWork, ticket: Ticket) -> CustomerRef:
    """The ticket's customer; looked up, unless it is the caller."""
    actor = work.actor
    if actor.is_customer and actor.id == ticket.customer_id and actor.email is not None:
        return CustomerRef(actor.id, actor.name, actor.email)
    return work.names.customer_ref(work.writing, ticket.customer_id)
