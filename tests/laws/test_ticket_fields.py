"""No field of a ticket is forgotten on the way to a row, to the wire, to a file and back."""

from datetime import datetime, timedelta
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from common.tickets.ticket import AUDIENCES, Audience, Ticket
from common.wire import CustomerRef, PersonRef, RatingView, TicketView
from server.rendering.views import render_ticket
from server.storage.queries.ticket.ticket_rows import COLUMNS, generate_encoder, ticket_from_row
from tests.support.tickets import NOON
from tui.model.predicted_tickets import ticket_from_view

NAMES_ON_WIRE: Final = {"customer_id": "customer", "assignee_id": "assignee"}
UNKNOWN_TO_RULES: Final = {"sla", "routing", "rating"}
"""Fields that the rules that a client asks do not look at."""

SIMPLE_VALUES: Final[dict[Any, st.SearchStrategy[Any]]] = {
    NoneType: st.none(),
    bool: st.booleans(),
    int: st.integers(1, 5),
    str: st.sampled_from(["general", "a b", "ü"]),
    datetime: st.sampled_from([NOON, NOON + timedelta(microseconds=1), NOON + timedelta(days=9)]),
}


def values_of(type_: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    if get_origin(type_) in {Union, UnionType}:
        return st.one_of([values_of(it) for it in get_args(type_)])
    if get_origin(type_) is tuple:
        return st.lists(values_of(get_args(type_)[0]), max_size=3).map(tuple)
    if isinstance(type_, type) and issubclass(type_, Struct):
        hints = get_type_hints(type_)
        return st.builds(
            type_, **{name: values_of(hints[name]) for name in type_.__struct_fields__}
        )
    if isinstance(type_, type) and issubclass(type_, Enum):
        return st.sampled_from(type_)
    return SIMPLE_VALUES[type_]


tickets: st.SearchStrategy[Ticket] = values_of(Ticket)


def staff_view(ticket: Ticket) -> TicketView:
    return render_ticket(ticket, customer_ref(ticket), assignee_ref(ticket), name_of=str)


def customer_view(ticket: Ticket) -> TicketView:
    return render_ticket(ticket, customer_ref(ticket), assignee_ref(ticket))


def customer_ref(ticket: Ticket) -> CustomerRef:
    return CustomerRef(ticket.customer_id, "Carla", "carla@shop.example")


def assignee_ref(ticket: Ticket) -> PersonRef | None:
    return None if ticket.assignee_id is None else PersonRef(ticket.assignee_id, "Ana")


encode_ticket = generate_encoder([column.name for column in COLUMNS])


@given(tickets)
def test_a_ticket_comes_back_from_its_row_as_it_was(ticket: Ticket) -> None:
    assert ticket_from_row(encode_ticket(ticket)) == ticket


@given(tickets)
def test_a_row_of_a_ticket_comes_back_as_it_was(ticket: Ticket) -> None:
    row = encode_ticket(ticket)
    assert encode_ticket(ticket_from_row(row)) == row


def test_the_wire_has_every_field_that_is_not_stored_only() -> None:
    shown = {
        NAMES_ON_WIRE.get(name, name)
        for name, audience in AUDIENCES.items()
        if audience is not Audience.STORED
    }
    assert set(TicketView.__struct_fields__) == shown | {"description", "attachments"}


@given(tickets)
def test_a_ticket_comes_back_from_what_agents_see_of_it(ticket: Ticket) -> None:
    known = {
        name: value
        for name, value in asdict(ticket).items()
        if AUDIENCES[name] is not Audience.STORED and name not in UNKNOWN_TO_RULES
    }
    back = ticket_from_view(staff_view(ticket))
    assert {name: getattr(back, name) for name in known} == known
    again = replace(back, sla=ticket.sla, routing=ticket.routing, rating=ticket.rating)
    assert staff_view(again) == staff_view(ticket)


@given(tickets)
def test_a_customer_sees_the_public_fields_alone(ticket: Ticket) -> None:
    view = customer_view(ticket)
    version, seq, at = ticket.public_state
    own = {"version": version, "last_seq": seq, "updated_at": at}
    for name, audience in AUDIENCES.items():
        if audience is Audience.STAFF:
            assert getattr(view, name) in {None, UNSET}, name
        if audience is Audience.PUBLIC and name not in {*NAMES_ON_WIRE, "rating"}:
            expected = own.get(name, getattr(ticket, name))
            if name in {"merged_into", "split_from", "channel"}:
                expected = expected or UNSET
            assert getattr(view, name) == expected, name
    rated = ticket.rating
    assert view.rating == (RatingView(**asdict(rated)) if rated else None)
