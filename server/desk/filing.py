"""Filing tickets: new ones, and those that follow up a closed one."""

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from common.organization import Settings
from common.people import Actor
from common.refused import FieldError, Invalid
from common.tickets.opening import FileTicket
from common.tickets.ticket import Ticket
from server.desk import accounts, routing
from server.desk.turn import Turn
from server.domain import sla
from server.storage import people
from server.storage.people import Person
from server.storage.transaction import Reading


def file(turn: Turn, command: FileTicket, *, followup_of: int | None = None) -> Ticket:
    """Opens a ticket. Raises Invalid for an unknown category or an impossible customer."""
    category = command.category or turn.settings.default_category
    named = customer_named(turn.writing, turn.actor, command.customer_email)
    faults = [
        *category_faults(turn.settings, category),
        *customer_faults(turn.actor, command.customer_email, named),
    ]
    if faults:
        raise Invalid(*faults)
    opened = command.open(
        turn.actor.org_id,
        turn.ledger.next_ticket(),
        _customer_of(turn, command.customer_email, named),
        category,
        turn.now,
        turn.ledger.next_seq(),
        followup_of,
    )
    opened = replace(opened, sla=sla.opened(opened, turn.ledger.book.present))
    after = routing.enter(turn, opened)
    turn.place(after, command.description)
    return after


def category_faults(settings: Settings, category: str | UnsetType) -> list[FieldError]:
    """What is wrong with a category: the organization has to have it."""
    if category is UNSET or category in settings.slugs:
        return []
    known = ", ".join(sorted(settings.slugs))
    return [FieldError(f"unknown category; there are: {known}", pointer="/category")]


def customer_named(reading: Reading, actor: Actor, email: str | UnsetType) -> Person | None:
    """Who has the address that an agent or a key names, if anybody has it."""
    if actor.is_customer or email is UNSET:
        return None
    return people.find_by_email(reading, actor.org_id, email)


def customer_faults(actor: Actor, email: str | UnsetType, named: Person | None) -> list[FieldError]:
    """What is wrong with the customer: one's own for a customer, else a customer's address."""
    says = None
    if actor.is_customer:
        says = "leave it out: the ticket is your own" if email else None
    elif not email:
        says = "is required: name the customer"
    elif named and named.is_agent:
        says = "belongs to an agent; name a customer"
    return [FieldError(says, pointer="/customer_email")] if says else []


def _customer_of(turn: Turn, email: str | UnsetType, named: Person | None) -> int:
    """Whose ticket it is: the caller's own, or that of the address an agent or key names."""
    if named is not None:
        return named.id
    if email is UNSET:
        return turn.actor.id or 0
    return accounts.new_customer(turn, email, email.partition("@")[0]).id
