"""The columns of a list of tickets, and the order of its rows: as chosen, kept and sent."""

from enum import StrEnum

from msgspec import Struct


class TicketColumn(StrEnum):
    """A column, by the field of the ticket that it shows."""

    NUMBER = "number"
    PRIORITY = "priority"
    SUBJECT = "subject"
    STATUS = "status"
    ASSIGNEE = "assignee"
    CUSTOMER = "customer"
    CATEGORY = "category"
    TAGS = "tags"
    WAITING_ON = "waiting_on"
    CHANNEL = "channel"
    SLA_DUE = "sla_due"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


class ListOrder(Struct, frozen=True):
    """The column that a list is sorted by, and the direction."""

    column: TicketColumn
    descending: bool = False

    @classmethod
    def parse(cls, text: str) -> "ListOrder":
        """Reads `updated_at`, or `-updated_at` for descending. Raises ValueError."""
        return cls(TicketColumn(text.removeprefix("-")), text.startswith("-"))

    def __str__(self) -> str:
        return f"{'-' * self.descending}{self.column}"

    def reverse(self) -> "ListOrder":
        """Returns the same column in the other direction."""
        return ListOrder(self.column, not self.descending)
