"""Actions on all marked tickets: the choice, a question with their number, and the request."""

from collections.abc import Callable, Collection

from msgspec import UNSET

from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.editing import EditTicket
from common.tickets.registry import Command
from common.tickets.ticket import Priority, Status
from tui.keys import label_command
from tui.messages.requests import RunBulk
from tui.model import choices
from tui.model.choices import PickerOption
from tui.model.marked_tickets import MarkedTickets
from tui.screens.dialogs import DialogScreen
from tui.screens.field_actions import BulkFieldActions
from tui.text import formatting


class BulkActions:
    """Does with all marked tickets what a key does with one."""

    def __init__(self, screen: DialogScreen, marks: MarkedTickets) -> None:
        self._screen, self._marks = screen, marks
        self._fields = BulkFieldActions(screen, self._ask)

    @property
    def verbs(self) -> Collection[str]:
        """The verbs that marked tickets can be changed by."""
        return self._steps.keys()

    @property
    def _steps(self) -> dict[str, Callable[[], None]]:
        return {
            "claim": lambda: self._ask("Claim", ClaimTicket(), "are yours"),
            "resolve": lambda: self._ask_status(Status.RESOLVED),
            "reopen": lambda: self._ask_status(Status.IN_PROGRESS),
            "assign": self._choose_agent,
            "priority": self._choose_priority,
            "status": self._choose_status,
            "category": self._choose_category,
            "tags": lambda: self._fields.choose_tag(self._count),
            "snooze": lambda: self._fields.choose_snooze(self._count),
            "waiting": lambda: self._fields.choose_waiting(self._count),
        }

    def start(self, verb: str) -> None:
        """Asks what is needed for the verb, or says that it is for one ticket."""
        steps = self._steps
        if self._screen.context.link.is_offline:
            self._screen.refuse_input("OFFLINE: bulk changes have to wait for the server.")
        elif verb not in steps:
            key = label_command("queue.clear")
            self._screen.refuse_input(f"This is for one ticket: {key} takes the marks off.")
        else:
            steps[verb]()

    @property
    def _count(self) -> str:
        return formatting.format_noun_count(len(self._marks), "ticket")

    def _ask(self, doing: str, command: Command, done: str) -> None:
        """Asks with the number of tickets, and sends the command for all of them."""
        numbers = sorted(self._marks.numbers)

        def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - a screen's answer
            if is_yes:
                request = RunBulk([(command, numbers)], doing=doing, done=done)
                self._screen.post_message(request)

        self._screen.show_confirmation(f"{doing}: {self._count}?", answered)

    def _ask_status(self, status: Status, reason: str = "") -> None:
        command = EditTicket(status=status, reason=reason or UNSET)
        words = formatting.format_status(status)
        self._ask(f"Set to {words}", command, f"are {words}")

    def _choose_agent(self) -> None:
        store = self._screen.context.store

        def chosen(value: str) -> None:
            if value:
                name = store.users[int(value)].name
                self._ask(f"Give to {name}", AssignTicket(int(value)), f"go to {name}")
            else:
                self._ask("Release", ReleaseTicket(), "are back in the queue")

        self._offer("Give {} to", choices.list_assignee_options(store, None), chosen)

    def _choose_priority(self) -> None:
        def chosen(value: str) -> None:
            command = EditTicket(priority=Priority(value))
            self._ask(f"Set priority {value}", command, f"have priority {value}")

        self._offer("Priority of {}", choices.list_priority_options(None), chosen)

    def _choose_status(self) -> None:
        def chosen(value: str) -> None:
            word, _, reason = value.partition(" ")
            self._ask_status(Status(word), reason)

        self._offer("Status of {}", choices.list_bulk_statuses(), chosen)

    def _choose_category(self) -> None:
        def chosen(slug: str) -> None:
            self._ask(f"Set category {slug}", EditTicket(category=slug), f"are about {slug}")

        options = choices.list_category_options(self._screen.context.store, None)
        self._offer("Category of {}", options, chosen)

    def _offer(
        self, title: str, options: list[PickerOption], chosen: Callable[[str], None]
    ) -> None:
        self._screen.show_picker(title.format(self._count), options, chosen)
