"""Filing tickets: new ones, and those that follow up a closed one."""

from common.refused import Invalid
from common.tickets.opening import FileTicket
from common.tickets.ticket import Ticket
from server.desk import accounts
from server.desk.turn import Turn
from server.storage import people


def file(turn: Turn, command: FileTicket, *, followup_of: int | None = None) -> Ticket:
    """Opens a ticket. Raises Invalid for an unknown category or an impossible customer."""
    category = check_category(turn, command.category or turn.settings.default_category)
    customer_id = _customer_of(turn, command)
    opened = command.open(
        turn.actor.org_id,
        turn.ledger.next_ticket(),
        customer_id,
        category,
        turn.now,
        turn.ledger.next_seq(),
        followup_of,
    )
    turn.record_opening(opened)
    turn.place(opened, command.description)
    return opened


def check_category(turn: Turn, category: str) -> str:
    """The category, if the organization has it. Raises Invalid."""
    slugs = turn.settings.slugs
    if category not in slugs:
        known = ", ".join(sorted(slugs))
        raise Invalid.at("/category", f"unknown category; there are: {known}")
    return category


def _customer_of(turn: Turn, command: FileTicket) -> int:
    """Whose ticket it is: the caller's own, or that of the address an agent or key names."""
    if turn.actor.is_customer:
        if command.customer_email:
            raise Invalid.at("/customer_email", "leave it out: the ticket is your own")
        return turn.actor.id or 0
    if not command.customer_email:
        raise Invalid.at("/customer_email", "is required: name the customer")
    email = command.customer_email
    known = people.find_by_email(turn.writing, turn.actor.org_id, email)
    if known is None:
        return accounts.new_customer(turn, email, email.partition("@")[0]).id
    if known.is_agent:
        raise Invalid.at("/customer_email", "belongs to an agent; name a customer")
    return known.id
