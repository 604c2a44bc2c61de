"""The channel that a ticket or a message came through."""

from enum import StrEnum


class TicketChannel(StrEnum):
    """The way in; none where an agent wrote it, or nobody said how it came."""

    MAIL = "mail"
    PAGE = "page"
    """A customer's page in a browser."""
    API = "api"
    """REST, by a program or a customer's own client."""
    PHONE = "phone"
    CHAT = "chat"
    IN_PERSON = "in_person"
