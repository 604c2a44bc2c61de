"""Merging tickets: the other ticket is chosen, and who would read more than before is named."""

from collections.abc import Callable

from common import mail_in_endpoints
from common.tickets.merging import MergeTicket, UnmergeTicket
from common.wire import CustomerRef, Page, TicketView
from tui.messages.requests import CallEndpoint, SendCommand
from tui.model.choices import list_merge_options
from tui.screens.dialogs import DialogScreen


class MergeActions:
    """Merges a ticket into another one of its customer, and undoes that."""

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
        """Reads who takes part in either ticket: the survivor's read what is merged into it."""

        def read_theirs(theirs: Page[CustomerRef]) -> None:
            def read_ours(ours: Page[CustomerRef]) -> None:
                known = {person.id for person in ours.items}
                strangers = [it.name for it in theirs.items if it.id not in known]
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
            question = f"{', '.join(strangers)} would read #{ticket.number}. {question}"

        def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - a screen's answer
            if is_yes:
                screen.post_message(
                    SendCommand(
                        ticket.number,
                        MergeTicket(into, share=bool(strangers)),
                        doing=f"Merging #{ticket.number} into #{into} …",
                        done=f"#{ticket.number} is merged into #{into}; M undoes it",
                    )
                )

        screen.show_confirmation(question, answered)

    def confirm_unmerge(self, ticket: TicketView) -> None:
        """Asks whether to undo a merge."""

        def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - a screen's answer
            if is_yes:
                self._screen.post_message(
                    SendCommand(
                        ticket.number,
                        UnmergeTicket(),
                        doing=f"Taking #{ticket.number} out of #{ticket.merged_into} …",
                        done=f"#{ticket.number} is a ticket of its own again",
                    )
                )

        self._screen.show_confirmation(
            f"Take #{ticket.number} out of #{ticket.merged_into}?", answered
        )
