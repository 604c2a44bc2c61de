"""Merging and splitting tickets: what is chosen first, and who would read more than before."""

from collections.abc import Callable

from common import mail_in_endpoints
from common.tickets.merging import MergeTicket
from common.tickets.splitting import SplitTicket
from common.wire import CustomerRef, Page, TicketView
from tui.keys import label_command
from tui.messages.requests import CallEndpoint, LoadTicket, SendCommand
from tui.model.choices import (
    SPLIT_ALL,
    SPLIT_TAKEN,
    PickerOption,
    list_merge_options,
    list_split_options,
    mark_taken,
)
from tui.screens.dialogs import DialogScreen
from tui.text import formatting


class MergeActions:
    """Merges a ticket into another one of its customer, and splits tickets."""

    def __init__(self, screen: DialogScreen) -> None:
        self._screen = screen

    def choose_survivor(self, ticket: TicketView) -> None:
        """Asks into which ticket this one is merged."""
        options = list_merge_options(self._screen.context.store, ticket)
        if not options:
            who = ticket.customer.name
            self._screen.refuse_input(f"{who} has no other unresolved ticket to merge it into.")
            return

        def chosen(number: str) -> None:
            self._load_readers(ticket, int(number))

        self._screen.show_picker(f"Merge #{ticket.number} into", options, chosen)

    def _load_readers(self, ticket: TicketView, into: int) -> None:
        """Reads who takes part in either ticket: after the merge they read both."""

        def read_theirs(theirs: Page[CustomerRef]) -> None:
            def read_ours(ours: Page[CustomerRef]) -> None:
                both = {it.id for it in ours.items} & {it.id for it in theirs.items}
                people = (*ours.items, *theirs.items)
                strangers = [it.name for it in people if it.id not in both]
                self._confirm_merge(ticket, into, strangers)

            self._ask_participants(ticket.number, read_ours)

        self._ask_participants(into, read_theirs)

    def _ask_participants(self, number: int, then: Callable[[Page[CustomerRef]], None]) -> None:
        self._screen.post_message(
            CallEndpoint(
                mail_in_endpoints.LIST_PARTICIPANTS,
                {"number": number},
                then=then,
            )
        )

    def _confirm_merge(self, ticket: TicketView, into: int, strangers: list[str]) -> None:
        screen = self._screen
        survivor = screen.context.store.tickets.get(into)
        name = screen.describe_ticket(survivor) if survivor else f"#{into}"
        question = f"Merge #{ticket.number} into {name}?"
        if strangers:
            question = f"{', '.join(strangers)} would read both. {question}"

        key = label_command("ticket.unmerge")

        def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - a screen's answer
            if is_yes:
                screen.post_message(
                    SendCommand(
                        ticket.number,
                        MergeTicket(into, share=bool(strangers)),
                        doing=f"Merging #{ticket.number} into #{into} …",
                        done=f"#{ticket.number} is merged into #{into}; {key} undoes it",
                    )
                )

        screen.show_confirmation(question, answered)

    def choose_to_split(self, ticket: TicketView) -> None:
        """Asks which messages begin a ticket of their own, and what that is about."""
        screen = self._screen
        messages = screen.context.store.messages.get(ticket.number)
        if messages is None:
            screen.post_message(LoadTicket(ticket.number))
            screen.refuse_input("The conversation is still loading. Press the key again.")
            return
        options = list_split_options(messages, screen.context.now)
        if not options:
            screen.refuse_input(f"#{ticket.number} has no message that could begin a ticket.")
            return
        self._offer_messages(ticket, options, frozenset())

    def _offer_messages(
        self, ticket: TicketView, options: list[PickerOption], taken: frozenset[str]
    ) -> None:
        """Offers the messages again after each that is taken or left, until all are right."""

        def chosen(value: str) -> None:
            if value == SPLIT_TAKEN:
                self._ask_subject(ticket, taken)
            elif value == SPLIT_ALL:
                self._ask_subject(ticket, frozenset(one.value for one in options))
            else:
                self._offer_messages(ticket, options, taken ^ {value})

        self._screen.show_picker(
            f"Copy which messages of #{ticket.number}?", mark_taken(options, taken), chosen
        )

    def _ask_subject(self, ticket: TicketView, taken: frozenset[str]) -> None:
        numbers = tuple(sorted(map(int, taken)))
        self._screen.show_picker(
            "Subject of the new ticket",
            [],
            lambda subject: self._split(ticket, numbers, subject),
            is_free=True,
        )

    def _split(self, ticket: TicketView, message_ids: tuple[int, ...], subject: str) -> None:
        self._screen.post_message(
            SendCommand(
                ticket.number,
                SplitTicket(message_ids=message_ids, subject=subject),
                doing=f"Splitting #{ticket.number} …",
                done=f"“{formatting.truncate_text(subject, 30)}” is a ticket of its own",
            )
        )
