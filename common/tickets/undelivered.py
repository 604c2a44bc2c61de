"""Replies that did not arrive: the relay refused the mail for good, or its report came back."""

from msgspec import Struct

from common.tickets.event import TicketEvent
from common.tickets.replying import MessageKind


class FailedDelivery(Struct, frozen=True):
    """The message that did not arrive, and the person it was for."""

    message_id: int
    person_id: int


class MessageUndelivered(TicketEvent, frozen=True, kw_only=True):
    """A reply that did not reach its reader. Customers do not see it, as they do not see notes.

    `author_id` is the agent who wrote the reply, and is told; it is not part of the log.
    """

    type, story = "message.undelivered", "could not deliver a message"
    occasion = (
        "the mail with a reply was refused for good; `undelivered` names the message, the "
        "recipient and the refusal"
    )

    delivery: FailedDelivery
    author_id: int | None = None

    @property
    def kind(self) -> MessageKind:
        return MessageKind.NOTE
