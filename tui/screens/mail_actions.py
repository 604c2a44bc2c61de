"""Shows what was taken off a mail before its words became a message: history and signature."""

from common import mail_in_endpoints
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

    def choose_mail(self) -> None:
        """Asks for which mail, where there are several."""
        screen, ticket = self._screen, self._screen.target_ticket
        if ticket is None:
            screen.refuse_input("No ticket is selected.")
            return
        messages = screen.context.store.messages.get(ticket.number)
        if messages is None:
            screen.post_message(LoadTicket(ticket.number))
            screen.refuse_input("The conversation is still loading. Press h again.")
            return
        options = list_mail_options(ticket, messages, screen.context.now)
        if len(options) == 1:
            self._load_quoted(ticket, options[0].value)
        else:
            screen.show_picker(
                f"What was taken off which mail of #{ticket.number}?",
                options,
                lambda value: self._load_quoted(ticket, value),
            )

    def _load_quoted(self, ticket: TicketView, value: str) -> None:
        def show(answer: QuotedText) -> None:
            if answer.quoted.strip():
                self._show_text(ticket, answer.quoted)
            else:
                self._screen.post_message(ShowToast("Nothing was taken off this mail."))

        endpoint, path = mail_in_endpoints.READ_TICKET_QUOTED, {"number": ticket.number}
        missing = f"#{ticket.number} did not begin with a mail, or nothing of it was kept."
        if value != FIRST_MAIL:
            endpoint = mail_in_endpoints.READ_MESSAGE_QUOTED
            path["id"] = int(value)
        self._screen.post_message(CallEndpoint(endpoint, path, missing=missing, then=show))

    def _show_text(self, ticket: TicketView, text: str) -> None:
        if self._screen.app.screen is not self._screen:
            return  # the agent went on
        page = self._screen.app.get_screen("mail_text", MailText)
        page.set_text(f"Taken off a mail to {self._screen.describe_ticket(ticket)}", text)
        self._screen.app.push_screen(page)
