"""On the workstation an agent who asked for a ticket speaks in it as its customer."""

import pytest

from common.people import Role
from common.tickets.replying import MessageKind
from common.wire import ActorRef, CustomerRef, MessageView
from tests.support.tickets import NOON, view
from tui.model.store import Store
from tui.text.authorship import find_author_side
from tui.widgets import status_lines

ANA = CustomerRef(1000, "Ana", "ana@help.example")
TICKET = view(17, customer=ANA, external_id="Case3608")


@pytest.mark.parametrize(
    ("role", "id_", "kind", "side"),
    [
        (Role.AGENT, 1000, MessageKind.REPLY, "customer"),
        (Role.AGENT, 1000, MessageKind.NOTE, "note"),
        (Role.AGENT, 1001, MessageKind.REPLY, "agent"),
        (Role.KEY, 1000, MessageKind.REPLY, "agent"),
        (Role.CUSTOMER, 10_000, MessageKind.REPLY, "customer"),
    ],
)
def test_whose_words_a_message_has(role: Role, id_: int, kind: MessageKind, side: str) -> None:
    message = MessageView(1, kind, "Words.", ActorRef(id_, role, "Somebody"), NOON, 1)
    assert find_author_side(message, TICKET) == side


def test_a_ticket_says_what_it_was_called_where_it_comes_from() -> None:
    store = Store()
    said = "".join(text for text, _ in status_lines.format_ticket_facts(TICKET, store))
    assert "was Case3608" in said
    assert "was " not in "".join(
        text for text, _ in status_lines.format_ticket_facts(view(18), store)
    )
