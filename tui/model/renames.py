"""Renames people in all that this client has loaded."""

from msgspec import UNSET
from msgspec.structs import asdict, replace

from common.wire import MeView, RoutingView, TicketView, UserView


def rename_person(ticket: TicketView, user: UserView) -> TicketView:
    """The ticket with the person's present name; the same object where the person is not in it."""
    customer, assignee = ticket.customer, ticket.assignee
    if customer.id == user.id:
        customer = replace(customer, name=user.name, email=user.email or customer.email)
    if assignee is not None and assignee.id == user.id:
        assignee = replace(assignee, name=user.name)
    routing = _rename_in_routing(ticket.routing, user) if ticket.routing else ticket.routing
    if (customer, assignee, routing) == (ticket.customer, ticket.assignee, ticket.routing):
        return ticket
    return replace(ticket, customer=customer, assignee=assignee, routing=routing)


def _rename_in_routing(routing: RoutingView, user: UserView) -> RoutingView:
    """Renames a person in a routing reason, which begins with the former assignee's name."""
    before = routing.returned_by
    if not before or before.id != user.id:
        return routing
    detail = user.name + routing.detail.removeprefix(before.name)
    return replace(routing, detail=detail, returned_by=replace(before, name=user.name))


def merge_user(known: UserView | None, received: UserView) -> UserView:
    """Returns the person's new fields, and the known ones where the update has none."""
    if known is None:
        return received
    given = {k: v for k, v in asdict(received).items() if v is not UNSET}
    return replace(known, **given, undeliverable=received.undeliverable)


def update_own_view(me: MeView, received: UserView) -> MeView:
    """The agent's own view of itself, after an event about it."""
    fields = {field for field in MeView.__struct_fields__ if field != "org_id"}
    received_fields = {k: v for k, v in asdict(received).items() if k in fields and v is not UNSET}
    return replace(me, **received_fields)
