"""Shows more of a mail than its words: what was taken off it, and the whole of it as it came."""

from collections.abc import Callable
from typing import Any

from common import mail_in_endpoints
from common.endpoint import Endpoint
from common.mail_in import QuotedText
from common.wire import TicketView
from tui.messages.requests import CallEndpoint, LoadTicket, ShowToast
from tui.model.choices import FIRST_MAIL, list_mail_options
from tui.screens.dialogs import DialogScreen
from tui.screens.mail_text import MailText


class MailActions:
    """Shows more of a mail than its message has."""

    def __init__(self, screen: DialogScreen) -> None:
        self._screen = screen

    def choose_quoted(self) -> None:
        """Shows history and signature of a mail; asks of which, where there are several."""
        self._choose_mail("What was taken off which mail", "h", self._load_quoted)

    def choose_original(self) -> None:
        """Shows a mail as it came, headers and all; asks which, where there are several."""
        self._choose_mail("Which mail", "H", self._load_original)

    def _choose_mail(
        self, question: str, key: str, load: Callable[[TicketView, str], None]
    ) -> None:
        screen, ticket = self._screen, self._screen.target_ticket
        if ticket is None:
            screen.refuse_input("No ticket is selected.")
            return
        messages = screen.context.store.messages.get(ticket.number)
        if messages is None:
            screen.post_message(LoadTicket(ticket.number))
            screen.refuse_input(f"The conversation is still loading. Press {key} again.")
            return
        options = list_mail_options(ticket, messages, screen.context.now)
        if not options:
            screen.refuse_input(f"Nothing of #{ticket.number} came by mail.")
        elif len(options) == 1:
            load(ticket, options[0].value)
        else:
            screen.show_picker(
                f"{question} of #{ticket.number}?", options, lambda value: load(ticket, value)
            )

    def _load_quoted(self, ticket: TicketView, value: str) -> None:
        def show(answer: QuotedText) -> None:
            if answer.quoted.strip():
                self._show_text(f"Taken off a mail to {self._name(ticket)}", answer.quoted)
            else:
                self._screen.post_message(ShowToast("Nothing was taken off this mail."))

        self._read_mail(
            ticket,
            value,
            (mail_in_endpoints.READ_TICKET_QUOTED, mail_in_endpoints.READ_MESSAGE_QUOTED),
            show,
        )

    def _load_original(self, ticket: TicketView, value: str) -> None:
        self._read_mail(
            ticket,
            value,
            (mail_in_endpoints.READ_TICKET_ORIGINAL, mail_in_endpoints.READ_MESSAGE_ORIGINAL),
            lambda text: self._show_text(f"A mail to {self._name(ticket)}, as it came", text),
        )

    def _read_mail(
        self,
        ticket: TicketView,
        value: str,
        endpoints: tuple[Endpoint, Endpoint],
        then: Callable[[Any], None],
    ) -> None:
        """Reads something of a mail: of the one that began the ticket, or of a message's."""
        of_ticket, of_message = endpoints
        is_first = value == FIRST_MAIL
        path = {"number": ticket.number} | ({} if is_first else {"id": int(value)})
        missing = f"#{ticket.number} did not begin with a mail, or nothing of it was kept."
        endpoint = of_ticket if is_first else of_message
        self._screen.post_message(CallEndpoint(endpoint, path, missing=missing, then=then))

    def _name(self, ticket: TicketView) -> str:
        return self._screen.describe_ticket(ticket)

    def _show_text(self, title: str, text: str) -> None:
        if self._screen.app.screen is not self._screen:
            return  # the agent went on
        page = self._screen.app.get_screen("mail_text", MailText)
        page.set_text(title, text)
        self._screen.app.push_screen(page)
