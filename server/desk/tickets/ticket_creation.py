"""Ticket creation: new tickets, and follow-ups to closed ones."""

from typing import Final

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from common.errors import FieldError, Invalid
from common.organization import OrganizationSettings
from common.people import Actor
from common.tickets.channel import TicketChannel
from common.tickets.filing import FileTicket
from common.tickets.ticket import Ticket
from server.desk.people import accounts
from server.desk.recording import event_recorder, ticket_repository
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.routing import ticket_routing
from server.domain import sla_rules
from server.storage.queries.person import people


class TicketOrigin(Struct, frozen=True):
    """The way in which a ticket came; for a mail, whether its sender was proved."""

    channel: TicketChannel | None = None
    verified: bool | None = None


UNKNOWN_ORIGIN: Final = TicketOrigin()


def create_ticket(
    work: UnitOfWork, command: FileTicket, origin: TicketOrigin = UNKNOWN_ORIGIN
) -> Ticket:
    """Creates a ticket. Raises Invalid for an unknown category or a missing customer.

    A channel in the command counts more than that of its `origin`.
    """
    category = command.category or work.settings.default_category
    faults = [
        *find_category_errors(work.settings, category),
        *find_requester_errors(work.actor, command.customer_email),
        *_find_channel_errors(work.actor, command.channel),
    ]
    if faults:
        raise Invalid(*faults)
    customer_id = resolve_requester(work, command.customer_email)
    return _open_ticket(work, command, category, customer_id, origin)


def create_follow_up(
    work: UnitOfWork, command: FileTicket, closed: Ticket, origin: TicketOrigin = UNKNOWN_ORIGIN
) -> Ticket:
    """Creates the ticket that follows a closed one, for the same requester."""
    category = command.category or work.settings.default_category
    return _open_ticket(work, command, category, closed.customer_id, origin, closed.number)


def _open_ticket(
    work: UnitOfWork,
    command: FileTicket,
    category: str,
    customer_id: int,
    origin: TicketOrigin,
    followup_of: int | None = None,
) -> Ticket:
    number, seq = work.sequence.next_ticket_number(), work.sequence.next_seq()
    opened = command.open_ticket(
        work.actor.org_id, number, customer_id, category, work.now, seq, followup_of
    )
    if opened.channel is None:
        opened = replace(opened, channel=origin.channel, sender_verified=origin.verified)
    opened = event_recorder.stamp_ticket(
        work, replace(opened, sla=sla_rules.start_sla(opened, work.sequence.policy_book.present))
    )
    after = ticket_routing.route_new_ticket(work, opened)
    ticket_repository.insert_ticket(work, after, command.description)
    return after


def find_category_errors(
    settings: OrganizationSettings, category: str | UnsetType
) -> list[FieldError]:
    """Returns an error for a category that the organization does not have."""
    if category is UNSET or category in settings.category_slugs:
        return []
    known = ", ".join(sorted(settings.category_slugs))
    return [FieldError(f"unknown category; there are: {known}", pointer="/category")]


def find_requester_errors(actor: Actor, email: str | UnsetType) -> list[FieldError]:
    """Returns an error for a missing or a needless requester.

    Agents and keys name one, customers do not. Any person of the organization may be it, agents
    too.
    """
    error = None
    if actor.is_customer:
        error = "leave it out: the ticket is your own" if email else None
    elif not email:
        error = "is required: name the customer"
    return [FieldError(error, pointer="/customer_email")] if error else []


def _find_channel_errors(actor: Actor, channel: TicketChannel | UnsetType) -> list[FieldError]:
    """Returns an error where a customer says how they came."""
    if channel is UNSET or not actor.is_customer:
        return []
    return [FieldError("leave it out: it is found by itself", pointer="/channel")]


def resolve_requester(work: UnitOfWork, email: str | UnsetType) -> int:
    """Returns the requester's id: the caller's, or that of the address, by a new customer too."""
    if email is UNSET:
        return work.actor.id or 0
    person = people.find_person_by_email(work.writing, work.actor.org_id, email)
    if person is not None:
        work.names.remember_person(person)
        return person.id
    return accounts.create_customer(work, email, email.partition("@")[0]).id
