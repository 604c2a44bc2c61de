"""Facts that a decision needs beyond the ticket, looked up before it is made."""

from msgspec import Struct


class DecisionContext(Struct, frozen=True, kw_only=True):
    """Everything defaults to "not so": a client that knows less decides the same or asks."""

    assignee_present: bool = False
    """The assignee is `available` or `busy`: reopened work goes back there."""
    assignee_left: bool = False
    """The assignee is not active any more: who takes the ticket up by hand has it."""
    reopen_closed_days: int = 0
    """Days after closing within which a customer's reply reopens instead of following up."""
    unread_message_ids: tuple[int, ...] = ()
    """Messages that another actor wrote after the caller's `after_seq`."""


EMPTY_CONTEXT = DecisionContext()
