"""The context of a decision: ticket, caller and time, with facts that were looked up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from common.people import Actor
from common.tickets.ticket import Ticket


class DecisionContext(Struct, frozen=True):
    """The ticket, its caller and the time, with facts that some commands need beside them.

    The defaults of the facts suit a client, which knows less than the server.
    """

    ticket: Ticket
    """The ticket as it is before the command."""
    actor: Actor
    """The one who gives the command."""
    now: datetime
    """The time of the command: aware and in UTC."""
    assignee_present: bool = False
    """The assignee is `available` or `busy`, so that a reopened ticket goes back to them."""
    assignee_left: bool = False
    """The assignee is no longer active, so that an agent who reopens the ticket gets it."""
    reopen_closed_days: int = 0
    """Days after closing in which a customer's reply reopens the ticket."""
    unread_message_ids: tuple[int, ...] = ()
    """Messages by others after the caller's `after_seq`."""
    survivor: Ticket | None = None
    """The ticket that this one is merged into, or is to be."""
    strangers: frozenset[int] = frozenset()
    """Participants of one ticket of a merge who do not take part in the other one."""
    split_number: int | None = None
    """The number of the ticket that a split begins."""
    message_kinds: Mapping[int, str] = {}
    """Kinds of the ticket's messages that a split names, by id."""
    customer_id: int | None = None
    """The person who is to be the ticket's customer."""
    values_before_merge: Mapping[str, Any] = {}
    """Fields of a merged ticket with their values of before the merge."""
