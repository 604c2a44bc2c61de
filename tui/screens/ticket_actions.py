"""The verbs on a ticket, the same in the queue and on the ticket's own screen.

A verb takes its ticket at key-down: whatever moves on the screen while a choice is open, the
choice is about that ticket.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from msgspec import UNSET
from textual.screen import Screen

from common.people import Presence
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ReleaseTicket
from common.tickets.editing import EditTicket
from common.tickets.registry import Command
from common.tickets.replying import MessageKind
from common.tickets.ticket import Priority, Status
from common.wire import TicketView
from tui.messages.requests import Be, Copy, Read, Say, Send, ShowNotices
from tui.model import choices
from tui.model.available_actions import reopening, toggled
from tui.model.choices import Choice
from tui.screens.confirmation import Confirm
from tui.screens.desk_screen import DeskScreen
from tui.screens.picker import Picker
from tui.shell.clipboard import LIMIT
from tui.text import formatting
from tui.text.transcript import write_transcript

_AT_ONCE: Final = frozenset({"claim"})
"""Verbs that ask nothing; any other opens something to type in, or to answer."""


class VerbScreen(DeskScreen):
    """A screen with a ticket to act upon."""

    def action_verb(self, verb: str) -> None:
        """Do it, ask what is needed to do it, or say why it cannot be done."""
        ticket = self.target
        reason = self.station.why_not(verb, ticket)
        if reason is not None or ticket is None:
            refuse = self.refuse if verb in _AT_ONCE else self.refuse_input
            refuse(reason or "No ticket is selected.")
            return
        steps: dict[str, Callable[[TicketView], None]] = {
            "claim": self._claim,
            "reply": partial(self.compose_message, "reply"),
            "note": partial(self.compose_message, "note"),
            "resolve": self._resolve,
            "reopen": self._reopen,
            "assign": self._assign,
            "priority": self._priority,
            "status": self._status,
            "category": self._category,
        }
        steps[verb](ticket)

    def action_copy_name(self) -> None:
        """Copies the number and the subject."""
        ticket = self.target
        if ticket is None:
            self.refuse("No ticket is selected.")
        else:
            self.copy_name(ticket.number, ticket.subject)

    def action_copy_conversation(self) -> None:
        """Copies the link and the conversation, as far as it is loaded."""
        ticket, store = self.target, self.station.store
        messages = store.messages.get(ticket.number) if ticket else None
        if ticket is None:
            self.refuse("No ticket is selected.")
        elif messages is None:
            self.post_message(Read(ticket.number))
            self.refuse("The conversation is on its way: press Y again.")
        else:
            text, count = write_transcript(
                ticket,
                messages,
                link=self.station.link_to(ticket),
                has_older=store.older.get(ticket.number) is not None,
                limit=LIMIT,
            )
            notes = sum(one.kind is MessageKind.NOTE for one in messages[len(messages) - count :])
            self.post_message(Copy(text, _describe_transcript(ticket, count, notes)))

    def action_notices(self) -> None:
        """Show what the agent was told."""
        self.post_message(ShowNotices())

    def action_presence(self) -> None:
        """Choose where to be."""
        me = self.station.store.me
        if me is None:
            self.refuse_input("Not connected yet.")
            return

        def chosen(state: str) -> None:
            self.post_message(Be(Presence(state)))

        self._pick("Where you are", choices.presences(me.presence), chosen)

    def compose_message(self, kind: str, ticket: TicketView) -> None:
        """Start writing to the ticket."""
        raise NotImplementedError

    def _send(self, ticket: TicketView, command: Command, doing: str, done: str) -> None:
        name = self.describe(ticket)
        self.post_message(
            Send(ticket.number, command, doing=f"{doing} {name} …", done=f"{name} {done}")
        )

    def _claim(self, ticket: TicketView) -> None:
        actor = self.station.actor
        command = toggled(ticket, actor) if actor else ReleaseTicket()
        if isinstance(command, ReleaseTicket):
            self._send(ticket, command, "Releasing", "is back in the queue")
        else:
            self._send(ticket, command, "Claiming", "is yours")

    def _resolve(self, ticket: TicketView) -> None:
        def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - a screen's answer
            if is_yes and self._has_moved_on(ticket):
                self.refuse(f"#{ticket.number} has news: look again, then resolve it.")
            elif is_yes:
                self._send(ticket, EditTicket(status=Status.RESOLVED), "Resolving", "is resolved")

        self._ask(f"Resolve {self.describe(ticket)}?", answered)

    def _has_moved_on(self, ticket: TicketView) -> bool:
        """Whether others changed the ticket since the agent decided about it."""
        latest = self.station.store.tickets.get(ticket.number, ticket)
        return latest.last_seq > ticket.last_seq and not self.station.attention.is_own(latest)

    def _reopen(self, ticket: TicketView) -> None:
        if ticket.status is not Status.CLOSED:
            self._send(ticket, reopening(), "Reopening", "is open again")
            return

        def reasoned(reason: str) -> None:
            self._send(ticket, reopening(reason), "Reopening", "is open again")

        self._pick(f"Why take up #{ticket.number} again? Type it.", [], reasoned, is_free=True)

    def _assign(self, ticket: TicketView) -> None:
        store = self.station.store

        def assigned(user_id: str) -> None:
            if not user_id:
                self._send(ticket, ReleaseTicket(), "Releasing", "is back in the queue")
                return
            name = store.users[int(user_id)].name
            self._send(ticket, AssignTicket(int(user_id)), "Assigning", f"goes to {name}")

        self._change(ticket, f"Give #{ticket.number} to", choices.people(store, ticket), assigned)

    def _priority(self, ticket: TicketView) -> None:
        def chosen(value: str) -> None:
            command = EditTicket(priority=Priority(value))
            self._send(ticket, command, "Changing", f"has priority {value}")

        found = choices.priorities(ticket)
        self._change(ticket, f"Priority of #{ticket.number}", found, chosen)

    def _category(self, ticket: TicketView) -> None:
        def chosen(slug: str) -> None:
            self._send(ticket, EditTicket(category=slug), "Changing", f"is about {slug}")

        found = choices.categories(self.station.store, ticket)
        self._change(ticket, f"Category of #{ticket.number}", found, chosen)

    def _status(self, ticket: TicketView) -> None:
        def chosen(value: str) -> None:
            word, _, reason = value.partition(" ")
            status = Status(word)
            if ticket.status is Status.CLOSED:
                self._reopen(ticket)
                return
            command = EditTicket(status=status, reason=reason or UNSET)
            self._send(ticket, command, "Changing", f"is {formatting.status(status)}")

        actor = self.station.actor
        if actor is not None:
            found = choices.statuses(ticket, actor)
            self._change(ticket, f"Status of #{ticket.number}", found, chosen)

    # -- asking

    def _change(
        self, ticket: TicketView, title: str, found: list[Choice], chosen: Callable[[str], None]
    ) -> None:
        """Offers values for a ticket; its present one, taken again, sends nothing."""
        present = {choice.value for choice in found if choice.is_present}

        def answered(value: str) -> None:
            if value in present:
                self.post_message(Say(f"#{ticket.number} stays as it is."))
            else:
                chosen(value)

        self._pick(title, found, answered)

    def _ask(self, question: str, answered: Callable[[bool | None], None]) -> None:
        confirm = self.app.get_screen("confirm", Confirm)
        confirm.ask(question)
        self._put_on_top(confirm, answered)

    def _pick(
        self,
        title: str,
        choices_: list[Choice],
        chosen: Callable[[str], None],
        *,
        is_free: bool = False,
    ) -> None:
        picker = self.app.get_screen("picker", Picker)
        picker.offer(title, choices_, is_free=is_free)
        self._put_on_top(picker, lambda value: None if value is None else chosen(value))

    def _put_on_top(self, screen: Screen[Any], answered: Callable[[Any], None]) -> None:
        self.app.push_screen(screen, answered)
        self.show_keys()


def _describe_transcript(ticket: TicketView, count: int, notes: int) -> str:
    if not count:
        return f"#{ticket.number} and its description"
    warning = f", {formatting.count(notes, 'internal note')} among them" if notes else ""
    return f"#{ticket.number}, {formatting.count(count, 'message')}{warning}"
