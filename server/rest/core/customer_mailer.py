"""The interface of the room that sends mails at once, for pages and REST."""

from typing import Protocol


class CustomerMailer(Protocol):
    """Sends mails that cannot wait in the outbox, in the background: both return at once."""

    def send_code(self, org_id: int, email: str, code: str) -> None:
        """Mails a code that proves the address."""

    def send_ticket_link(self, org_id: int, number: int, person_id: int) -> None:
        """Mails a person a new link to a ticket of theirs."""
