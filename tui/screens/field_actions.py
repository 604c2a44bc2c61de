"""Snoozing, tags, whom a ticket waits for, following it, and its customer's other tickets."""

from collections.abc import Callable

from common import notification_endpoints
from common.endpoints import LIST_TICKETS
from common.queries import TicketQuery
from common.tickets.editing import EditTicket
from common.tickets.ticket import WaitingOn
from common.wire import Page, PersonRef, TicketView
from tui.keys import label_command
from tui.messages.requests import CallEndpoint, SendCommand, ShowTicket
from tui.model import field_choices
from tui.model.choices import PickerOption
from tui.screens.dialogs import DialogScreen
from tui.text import formatting

_LISTED = 50
"""Other tickets of a customer that are listed, the last changed first."""


class FieldActions:
    """Actions of an agent on the fields of a ticket that have no status."""

    def __init__(self, screen: DialogScreen) -> None:
        self._screen = screen

    def choose_snooze(self, ticket: TicketView) -> None:
        """Asks until when the ticket sleeps."""
        now = self._screen.context.now

        def chosen(value: str) -> None:
            command = field_choices.build_snooze_command(value)
            if command is None:
                self._screen.refuse_action("That is no time to wake it at.")
            else:
                done = "sleeps" if command.snoozed_until else "is awake"
                self._send(ticket, command, done)

        self._screen.show_picker(
            f"Snooze #{ticket.number} until",
            field_choices.list_snooze_options(ticket, now),
            chosen,
            suggest=lambda text: field_choices.suggest_snooze_time(text, now),
        )

    def choose_tag(self, ticket: TicketView) -> None:
        """Asks which tag to add or to take off."""
        used = field_choices.count_tags(self._screen.context.store.tickets.values())
        present = ticket.tags or ()

        def chosen(value: str) -> None:
            done = f"{'loses' if value[0] == '-' else 'gets'} the tag {value[1:]}"
            self._send(ticket, field_choices.build_tag_command(value), done)

        self._screen.show_picker(
            f"Tag of #{ticket.number}",
            field_choices.list_tag_options(used, present),
            chosen,
            suggest=lambda text: field_choices.suggest_tags(text, used, present),
        )

    def choose_waiting(self, ticket: TicketView) -> None:
        """Asks whom the ticket waits for."""

        def chosen(value: str) -> None:
            who = WaitingOn(value)
            done = f"waits for {formatting.format_waiting(who)}"
            self._send(ticket, EditTicket(waiting_on=who), done)

        options = field_choices.list_waiting_options(ticket)
        self._screen.show_picker(f"#{ticket.number} waits for", options, chosen)

    def toggle_follow(self, ticket: TicketView) -> None:
        """Follows the ticket, or ends that, by what the server knows."""
        path, me = {"number": ticket.number}, self._screen.context.agent_id

        def toggle(page: Page[PersonRef]) -> None:
            is_following = any(person.id == me for person in page.items)
            endpoint, done = (
                (notification_endpoints.UNFOLLOW_TICKET, "You do not follow #{} any more")
                if is_following
                else (
                    notification_endpoints.FOLLOW_TICKET,
                    "You follow #{}: " + label_command("ticket.follow") + " ends that",
                )
            )
            self._screen.post_message(CallEndpoint(endpoint, path, done=done.format(ticket.number)))

        self._screen.post_message(
            CallEndpoint(notification_endpoints.LIST_FOLLOWERS, path, then=toggle)
        )

    def list_other_tickets(self, ticket: TicketView) -> None:
        """Lists the other tickets of the customer, to open one."""
        customer = ticket.customer

        def show(page: Page[TicketView]) -> None:
            others = [it for it in page.items if it.number != ticket.number]
            if not others:
                self._screen.refuse_action(f"{customer.name} has no other tickets.")
                return
            self._screen.show_picker(
                f"Other tickets of {formatting.truncate_text(customer.name, 30)}",
                [_build_option(it) for it in others],
                lambda value: self._open(int(value)),
            )

        query = TicketQuery(customer=[customer.id], sort="-updated_at", limit=_LISTED)
        self._screen.post_message(CallEndpoint(LIST_TICKETS, query=query, then=show))

    def _open(self, number: int) -> None:
        self._screen.post_message(ShowTicket(number))

    def _send(self, ticket: TicketView, command: EditTicket, done: str) -> None:
        name = self._screen.describe_ticket(ticket)
        self._screen.post_message(
            SendCommand(ticket.number, command, doing=f"Changing {name} …", done=f"{name} {done}")
        )


class BulkFieldActions:
    """The same choices for all marked tickets; `ask` confirms and sends a command for them."""

    def __init__(self, screen: DialogScreen, ask: Callable[[str, EditTicket, str], None]) -> None:
        self._screen, self._ask = screen, ask

    def choose_snooze(self, count: str) -> None:
        """Asks until when they sleep."""
        now = self._screen.context.now

        def chosen(value: str) -> None:
            command = field_choices.build_snooze_command(value)
            if command is not None:
                self._ask("Snooze", command, "sleep")

        self._screen.show_picker(
            f"Snooze {count} until",
            field_choices.list_snooze_options(None, now),
            chosen,
            suggest=lambda text: field_choices.suggest_snooze_time(text, now),
        )

    def choose_tag(self, count: str) -> None:
        """Asks which tag to add; with a minus before it, to take off."""
        used = field_choices.count_tags(self._screen.context.store.tickets.values())

        def chosen(value: str) -> None:
            verb, done = ("Take off", "lose") if value[0] == "-" else ("Add", "get")
            command = field_choices.build_tag_command(value)
            self._ask(f"{verb} the tag {value[1:]}", command, f"{done} the tag {value[1:]}")

        def suggest(text: str) -> list[PickerOption]:
            if not text.startswith("-"):
                return field_choices.suggest_tags(text, used, ())
            present = tuple(used)
            found = field_choices.suggest_tags(text[1:], used, present)
            return [option for option in found if option.value.startswith("-")]

        title, options = (
            f"Tag of {count} (-tag takes off)",
            field_choices.list_tag_options(used, ()),
        )
        self._screen.show_picker(title, options, chosen, suggest=suggest)

    def choose_waiting(self, count: str) -> None:
        """Asks whom they wait for."""

        def chosen(value: str) -> None:
            who = WaitingOn(value)
            words = f"wait for {formatting.format_waiting(who)}"
            self._ask(f"Set to {words}", EditTicket(waiting_on=who), words)

        options = field_choices.list_waiting_options(None)
        self._screen.show_picker(f"{count} wait for", options, chosen)


def _build_option(ticket: TicketView) -> PickerOption:
    hint = f"{formatting.format_status(ticket.status):<11}  {ticket.updated_at:%Y-%m-%d}"
    return PickerOption(str(ticket.number), f"#{ticket.number} {ticket.subject}", hint)
