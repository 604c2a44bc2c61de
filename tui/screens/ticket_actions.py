"""The actions on a ticket, the same in the queue and on the ticket's own screen.

An action takes its ticket when its key is pressed: whatever moves while a picker is open, the
choice is for that ticket.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from msgspec import UNSET

from common.people import Presence
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ReleaseTicket
from common.tickets.editing import EditTicket
from common.tickets.registry import Command
from common.tickets.replying import MessageKind
from common.tickets.ticket import Priority, Status
from common.wire import TicketView
from tui.keys import label_command
from tui.messages.requests import (
    MAX_COPY_BYTES,
    ChangePresence,
    CopyText,
    LoadTicket,
    SendCommand,
    ShowMacros,
    ShowNotifications,
    ShowToast,
    UndoLast,
)
from tui.model import choices
from tui.model.choices import PickerOption
from tui.model.context import WorkstationContext
from tui.screens.command_prompts import ask_prompt
from tui.screens.dialogs import DialogScreen
from tui.screens.field_actions import FieldActions
from tui.screens.file_actions import FileActions
from tui.screens.mail_actions import MailActions
from tui.screens.merge_actions import MergeActions
from tui.screens.outbox_actions import OutboxActions
from tui.screens.people_actions import PeopleActions
from tui.text import formatting
from tui.text.transcript import write_transcript
from tui.ticket_verbs import VERBS_BY_NAME, build_claim_command, build_reopen_command

_IMMEDIATE_VERBS: Final = frozenset({"claim"})
"""Actions that ask nothing; every other opens an editor, a picker or a question."""


class TicketActionScreen(DialogScreen):
    """A screen with a ticket to act on."""

    def __init__(self, context: WorkstationContext) -> None:
        super().__init__(context)
        self._field_actions = FieldActions(self)
        self._file_actions = FileActions(self)
        self._mail_actions = MailActions(self)
        self._merge_actions = MergeActions(self)
        self._outbox_actions = OutboxActions(self)
        self._people_actions = PeopleActions(self)

    def action_verb(self, verb: str) -> None:
        """Does it, ask what is needed to do it, or say why it cannot be done."""
        ticket = self.target_ticket
        reason = self.context.explain_unavailable(verb, ticket)
        if reason is not None or ticket is None:
            refuse = self.refuse_action if verb in _IMMEDIATE_VERBS else self.refuse_input
            refuse(reason or "No ticket is selected.")
            return
        prompt = VERBS_BY_NAME[verb].prompt
        if prompt is not None:
            ask_prompt(self, ticket, prompt)
        else:
            self.list_steps()[verb](ticket)

    def list_steps(self) -> dict[str, Callable[[TicketView], None]]:
        """Returns how each verb without a prompt begins, by its name."""
        return {
            "claim": self._claim_or_release,
            "reply": partial(self.compose_message, "reply"),
            "note": partial(self.compose_message, "note"),
            "resolve": self._confirm_resolve,
            "reopen": self._reopen_ticket,
            "assign": self._choose_agent,
            "priority": self._choose_priority,
            "status": self._choose_status,
            "category": self._choose_category,
            "tags": self._field_actions.choose_tag,
            "snooze": self._field_actions.choose_snooze,
            "waiting": self._field_actions.choose_waiting,
            "follow": self._field_actions.toggle_follow,
            "others": self._field_actions.list_other_tickets,
            "merge": self._merge_actions.choose_survivor,
            "split": self._merge_actions.choose_to_split,
            "people": self._people_actions.load_people,
        }

    def action_undo(self) -> None:
        """Takes back what the agent did last."""
        self.post_message(UndoLast())

    def action_outbox(self) -> None:
        """Shows what waits for the server, and what was not done."""
        self._outbox_actions.show_outbox()

    def action_copy_name(self) -> None:
        """Copies the number and the subject."""
        ticket = self.target_ticket
        if ticket is None:
            self.refuse_action("No ticket is selected.")
        else:
            self.copy_name(ticket.number, ticket.subject)

    def action_copy_conversation(self) -> None:
        """Copies the link and the conversation, as far as it is loaded."""
        ticket, store = self.target_ticket, self.context.store
        messages = store.messages.get(ticket.number) if ticket else None
        if ticket is None:
            self.refuse_action("No ticket is selected.")
        elif messages is None:
            self.post_message(LoadTicket(ticket.number))
            key = label_command("ticket.copy-conversation")
            self.refuse_action(f"The conversation is still loading. Press {key} again.")
        else:
            text, count = write_transcript(
                ticket,
                messages,
                link=self.context.ticket_url(ticket),
                has_older=store.older_cursors.get(ticket.number) is not None,
                limit=MAX_COPY_BYTES,
            )
            notes = sum(one.kind is MessageKind.NOTE for one in messages[len(messages) - count :])
            self.post_message(CopyText(text, _describe_transcript(ticket, count, notes)))

    def action_quoted(self) -> None:
        """Shows what was taken off a mail."""
        self._mail_actions.choose_quoted()

    def action_original(self) -> None:
        """Shows a mail as it came."""
        self._mail_actions.choose_original()

    def action_save_file(self) -> None:
        """Saves a file of the ticket."""
        self._file_actions.choose_to_save()

    def action_open_file(self) -> None:
        """Opens a file of the ticket with the desktop's program for it."""
        self._file_actions.choose_to_open()

    def action_link(self) -> None:
        """Copies or opens a link of the conversation."""
        self._file_actions.choose_link()

    def action_notices(self) -> None:
        """Shows the agent's notifications."""
        self.post_message(ShowNotifications())

    def action_macros(self) -> None:
        """Shows the macros, to change them."""
        self.post_message(ShowMacros())

    def action_presence(self) -> None:
        """Chooses the presence."""
        me = self.context.store.me
        if me is None:
            self.refuse_input("Not connected yet.")
            return

        def chosen(state: str) -> None:
            self.post_message(ChangePresence(Presence(state)))

        self.show_picker("Where you are", choices.list_presence_options(me.presence), chosen)

    # Every screen and widget must define what raises NotImplementedError here: Textual's metaclass
    # leaves no room for ABCMeta, so tests/house/test_screens.py checks it instead.
    def compose_message(self, kind: str, ticket: TicketView) -> None:
        """Starts writing to the ticket."""
        raise NotImplementedError

    def _send_command(self, ticket: TicketView, command: Command, doing: str, done: str) -> None:
        name = self.describe_ticket(ticket)
        self.post_message(
            SendCommand(ticket.number, command, doing=f"{doing} {name} …", done=f"{name} {done}")
        )

    def _claim_or_release(self, ticket: TicketView) -> None:
        actor = self.context.actor
        command = build_claim_command(ticket, actor) if actor else ReleaseTicket()
        if isinstance(command, ReleaseTicket):
            self._send_command(ticket, command, "Releasing", "is back in the queue")
        else:
            self._send_command(ticket, command, "Claiming", "is yours")

    def _confirm_resolve(self, ticket: TicketView) -> None:
        def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - a screen's answer
            if is_yes and self._has_changed(ticket):
                self.refuse_action(
                    f"#{ticket.number} has changed. Check it again before you resolve it."
                )
            elif is_yes:
                self._send_command(
                    ticket, EditTicket(status=Status.RESOLVED), "Resolving", "is resolved"
                )

        self.show_confirmation(f"Resolve {self.describe_ticket(ticket)}?", answered)

    def _has_changed(self, ticket: TicketView) -> bool:
        """Returns whether others changed the ticket since the agent decided about it."""
        latest = self.context.store.tickets.get(ticket.number, ticket)
        return latest.last_seq > ticket.last_seq and not self.context.unread.is_own_change(latest)

    def _reopen_ticket(self, ticket: TicketView) -> None:
        if ticket.status is not Status.CLOSED:
            self._send_command(ticket, build_reopen_command(), "Reopening", "is open again")
            return

        def reasoned(reason: str) -> None:
            self._send_command(ticket, build_reopen_command(reason), "Reopening", "is open again")

        self.show_picker(f"Why reopen #{ticket.number}? Type a reason.", [], reasoned, is_free=True)

    def _choose_agent(self, ticket: TicketView) -> None:
        store = self.context.store

        def assigned(user_id: str) -> None:
            if not user_id:
                self._send_command(ticket, ReleaseTicket(), "Releasing", "is back in the queue")
                return
            name = store.users[int(user_id)].name
            self._send_command(ticket, AssignTicket(int(user_id)), "Assigning", f"goes to {name}")

        self._offer_values(
            ticket,
            f"Give #{ticket.number} to",
            choices.list_assignee_options(store, ticket),
            assigned,
        )

    def _choose_priority(self, ticket: TicketView) -> None:
        def chosen(value: str) -> None:
            command = EditTicket(priority=Priority(value))
            self._send_command(ticket, command, "Changing", f"has priority {value}")

        found = choices.list_priority_options(ticket)
        self._offer_values(ticket, f"Priority of #{ticket.number}", found, chosen)

    def _choose_category(self, ticket: TicketView) -> None:
        def chosen(slug: str) -> None:
            self._send_command(ticket, EditTicket(category=slug), "Changing", f"is about {slug}")

        found = choices.list_category_options(self.context.store, ticket)
        self._offer_values(ticket, f"Category of #{ticket.number}", found, chosen)

    def _choose_status(self, ticket: TicketView) -> None:
        def chosen(value: str) -> None:
            word, _, reason = value.partition(" ")
            status = Status(word)
            if ticket.status is Status.CLOSED:
                self._reopen_ticket(ticket)
                return
            command = EditTicket(status=status, reason=reason or UNSET)
            self._send_command(
                ticket, command, "Changing", f"is {formatting.format_status(status)}"
            )

        actor = self.context.actor
        if actor is not None:
            found = choices.list_status_options(ticket, actor)
            self._offer_values(ticket, f"Status of #{ticket.number}", found, chosen)

    # -- asking

    def _offer_values(
        self,
        ticket: TicketView,
        title: str,
        found: list[PickerOption],
        chosen: Callable[[str], None],
    ) -> None:
        """Offers values for a ticket; its present one, taken again, sends nothing."""
        present = {choice.value for choice in found if choice.is_present}

        def answered(value: str) -> None:
            if value in present:
                self.post_message(ShowToast(f"#{ticket.number} stays as it is."))
            else:
                chosen(value)

        self.show_picker(title, found, answered)


def _describe_transcript(ticket: TicketView, count: int, notes: int) -> str:
    if not count:
        return f"#{ticket.number} and its description"
    warning = (
        f", {formatting.format_noun_count(notes, 'internal note')} among them" if notes else ""
    )
    return f"#{ticket.number}, {formatting.format_noun_count(count, 'message')}{warning}"
