"""The tickets as the client shows them: the server's, with unconfirmed commands on top."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from common.envelope import Envelope
from common.errors import RequestRefused
from common.people import Actor
from common.tickets.replying import AddMessage
from common.wire import MessageView, MeView, TicketView, UserView
from tui.model.pending_commands import PendingCommand, PendingCommands
from tui.model.predicted_tickets import (
    combine_changes,
    is_own_actor,
    predict_events,
    predict_messages,
    predict_ticket,
)

_FOLLOWING: Final = frozenset({"status", "priority", "category", "tags", "assignee_id"})
"""Fields that a message changes by the events after its own."""


class LocalView:
    """The pending commands, and the server's state of the tickets that they are about."""

    def __init__(self) -> None:
        self.pending = PendingCommands()
        self.actor: Actor | None = None
        self._bases: dict[int, TicketView] = {}
        self._shown: dict[int, TicketView] = {}

    def set_agent(self, me: MeView) -> None:
        """Names the agent whose commands these are."""
        self.actor = Actor(me.org_id, me.role, me.id, me.name, me.email)

    def clear_tickets(self) -> None:
        """Forgets the tickets; the commands stay."""
        self._bases.clear()
        self._shown.clear()

    def find_base(self, number: int) -> TicketView | None:
        """Returns the server's state of a ticket that has commands on top; None: it has none."""
        return self._bases.get(number)

    def show_ticket(self, base: TicketView, people: Mapping[int, UserView]) -> TicketView:
        """Takes the server's state of a ticket, and returns it with the commands on top."""
        commands = self.pending.list_of(base.number)
        if not commands or self.actor is None:
            self._bases.pop(base.number, None)
            self._shown.pop(base.number, None)
            return base
        self._bases[base.number] = base
        shown = self._shown[base.number] = predict_ticket(base, commands, self.actor, people)
        return shown

    def list_messages(self, number: int, held: Sequence[MessageView]) -> Sequence[MessageView]:
        """Returns a conversation with the agent's unconfirmed messages behind it."""
        commands = self.pending.list_of(number)
        if not commands or self.actor is None:
            return held
        return [*held, *predict_messages(held, commands, self.actor)]

    def count_moved(self) -> Counter[str]:
        """Returns by how much the commands change the number of tickets with each status."""
        moved: Counter[str] = Counter()
        for number, base in self._bases.items():
            if base.status is not self._shown[number].status:
                moved[base.status] -= 1
                moved[self._shown[number].status] += 1
        return moved

    # -- events

    def is_own_event(self, envelope: Envelope) -> bool:
        """Returns whether the agent made this event, here or at another terminal."""
        return self.actor is not None and is_own_actor(envelope.actor, self.actor)

    def note_own_event(self, envelope: Envelope, base: TicketView | None) -> None:
        """Recognizes the event of a command that was sent, before its confirmation comes.

        Whatever the agent does themselves, here or at another terminal, they know.

        Only the oldest unconfirmed command of a ticket can be under way. A command of the agent
        at another terminal may look the same: then this one is seen when its own event comes.
        """
        if base is None or not self.is_own_event(envelope):
            return
        self.pending.raise_seen(base.number, envelope.seq)
        if base.last_seq >= envelope.seq:
            return  # the ticket was read after it
        waiting = (it for it in self.pending.list_of(base.number) if not it.is_confirmed)
        head = next(waiting, None)
        if head is None or head.is_unsent or isinstance(head.command, AddMessage):
            return
        if envelope.type in self._predict_types(head, base):
            self.pending.mark_echoed(head.key)

    def _predict_types(self, pending: PendingCommand, base: TicketView) -> set[str]:
        if self.actor is None:
            return set()
        try:
            return {event.type for event in predict_events(pending, base, self.actor)}
        except RequestRefused:
            return set()

    def settle(self, seq: int) -> frozenset[int]:
        """Drops the commands whose events are in the store, which is at `seq`.

        Returns the tickets that they were about.
        """
        # After a message come at most two events: a change of status, and one of the agent.
        return self.pending.settle(
            seq, lambda one: (one.done_seq or 0) + 1 < seq or self._is_whole(one)
        )

    def _is_whole(self, pending: PendingCommand) -> bool:
        """Returns whether nothing of the command is left to come.

        A reply may be followed at once by other changes, which are events of their own.
        """
        base = self._bases.get(pending.number)
        if base is None or self.actor is None or not isinstance(pending.command, AddMessage):
            return True
        try:
            events = predict_events(pending, base, self.actor)
        except RequestRefused:
            return True
        return _FOLLOWING.isdisjoint(combine_changes(events))
