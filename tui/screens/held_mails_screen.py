"""Held mails, for supervisors: each becomes a ticket, or is discarded."""

from typing import ClassVar, Final

from msgspec import UNSET
from textual.binding import BindingType
from textual.widget import Widget

from common import mail_in_endpoints
from common.mail_in import AcceptedMail, AcceptHeldMail, HeldMailView
from common.queries import PageQuery
from common.wire import Page, TicketView
from tui.keys import KeyContext, list_bindings
from tui.messages.requests import CallEndpoint, ShowTicket, ShowToast
from tui.model.context import WorkstationContext
from tui.model.store import StoreChange
from tui.screens.dialogs import DialogScreen
from tui.screens.mail_text import MailText
from tui.text import formatting
from tui.widgets.fixed_line import StyledLine
from tui.widgets.held_mail_list import REASONS, HeldMailList

_LISTED: Final = 200


class HeldMailsScreen(DialogScreen):
    """The list, why each mail waits, and what is done with it."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.HELD)
    ITEM_ACTIONS: ClassVar[frozenset[str]] = frozenset({"accept", "discard", "original", "open"})

    def __init__(self, context: WorkstationContext) -> None:
        super().__init__(context)
        self.heading = StyledLine(id="held-title")
        self.mails = HeldMailList()

    def compose_body(self) -> list[Widget]:
        return [self.heading, self.mails]

    @property
    def target_ticket(self) -> TicketView | None:
        return None

    @property
    def default_focus(self) -> Widget:
        return self.mails

    def key_contexts(self) -> tuple[KeyContext, ...]:
        return (KeyContext.HELD,)

    @property
    def has_item(self) -> bool:
        """Returns whether there is a mail under the cursor."""
        return self.mails.selected is not None

    def on_screen_resume(self) -> None:
        self.mails.focus()
        self.fetch_missing()
        self.show_state()

    def minute_passed(self) -> None:
        super().minute_passed()
        if self.app.screen is self:
            self.fetch_missing()

    def fetch_missing(self) -> None:
        """Reads the list anew: the stream says nothing of held mails."""
        if self.context.link.is_offline:
            self.refuse_action("OFFLINE: held mails have to wait for the server.")
            return
        query = PageQuery(limit=_LISTED)
        self.post_message(
            CallEndpoint.build_reread(
                mail_in_endpoints.LIST_HELD_MAILS, query=query, then=self._show_mails
            )
        )

    def _show_mails(self, page: Page[HeldMailView]) -> None:
        more = "+" if page.next_cursor else ""
        count = f" · {len(page.items)}{more} waiting"
        style = "warn" if page.items else "dim"
        self.heading.set_parts(
            [(" Held mails", "strong"), (count, style)], [("oldest first ", "dim")]
        )
        self.mails.show_mails(page.items)
        self.show_state()

    def store_changed(self, change: StoreChange) -> None:
        if change.people or change.everything:
            self.show_state()

    # -- keys

    def action_accept(self) -> None:
        """Makes a ticket or a reply of the mail; asks for its customer where it names nobody."""
        mail = self._require_selected()
        if mail is None:
            return
        if mail.sender is None:
            self.show_picker(
                "Address of its customer", [], lambda email: self._accept(mail, email), is_free=True
            )
            return

        def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - a screen's answer
            if is_yes:
                self._accept(mail)

        where = f"to #{mail.number}" if mail.number else "as a ticket"
        self.show_confirmation(
            f"Accept {_describe_mail(mail)} {where} ({REASONS[mail.reason]})?", answered
        )

    def _accept(self, mail: HeldMailView, email: str = "") -> None:
        def accepted(fate: AcceptedMail) -> None:
            self.fetch_missing()
            if fate.number:
                self.post_message(ShowToast(f"{_describe_mail(mail)} is in #{fate.number}", "good"))

        self.post_message(
            CallEndpoint(
                mail_in_endpoints.ACCEPT_HELD_MAIL,
                {"id": mail.id},
                body=AcceptHeldMail(customer_email=email or UNSET),
                doing="Accepting …",
                done="The mail is accepted",
                then=accepted,
            )
        )

    def action_discard(self) -> None:
        """Discards the mail, after a yes."""
        mail = self._require_selected()
        if mail is None:
            return

        def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - a screen's answer
            if is_yes:
                self.post_message(
                    CallEndpoint(
                        mail_in_endpoints.DISCARD_HELD_MAIL,
                        {"id": mail.id},
                        doing="Discarding …",
                        done=f"{_describe_mail(mail)} is discarded",
                        then=lambda _: self.fetch_missing(),
                    )
                )

        self.show_confirmation(f"Discard {_describe_mail(mail)} for good?", answered)

    def action_original(self) -> None:
        """Shows the mail as it came."""
        mail = self._require_selected()
        if mail is not None:

            def show(text: str) -> None:
                if self.app.screen is self:
                    page = self.app.get_screen("mail_text", MailText)
                    page.set_text(_describe_mail(mail), text)
                    self.app.push_screen(page)

            path = {"id": mail.id}
            self.post_message(CallEndpoint(mail_in_endpoints.READ_HELD_ORIGINAL, path, then=show))

    def action_open(self) -> None:
        """Opens the ticket that the mail seems to be about."""
        mail = self._require_selected()
        if mail is not None and mail.number:
            self.post_message(ShowTicket(mail.number))
        elif mail is not None:
            self.refuse_action("It is about no ticket.")

    def action_leave(self) -> None:
        self.dismiss()

    def _require_selected(self) -> HeldMailView | None:
        row = self.mails.selected
        if row is None:
            self.refuse_action("No mail waits.")
        return row.mail if row else None


def _describe_mail(mail: HeldMailView) -> str:
    subject = formatting.truncate_text(mail.subject or "(no subject)", 30)
    return f"“{subject}”"
