"""Predicts what the agent's own commands do, with the rules of the server. Pure.

What only the server can decide stays as it is known: routing after the change, due times, the
results of a merge.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import UNSET
from msgspec.structs import replace

from common.errors import RequestRefused
from common.people import AGENTS, Actor
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.decision_context import DecisionContext
from common.tickets.editing import EditTicket
from common.tickets.event import TicketEvent
from common.tickets.registry import Command
from common.tickets.replying import AddMessage
from common.tickets.ticket import UNRESOLVED, Ticket
from common.wire import COMMON_TICKET_FIELDS, ActorRef, MessageView, PersonRef, TicketView, UserView
from tui.model.pending_commands import PendingCommand
from tui.text import safe_text

PREDICTED: Final = (AddMessage, AssignTicket, ClaimTicket, EditTicket, ReleaseTicket)
"""Commands whose effect the client knows. The others are sent as well, and shown when done."""
LOCAL_SEQ: Final = 2**53
"""The seq of messages that the server does not have yet: they stand behind all others."""

_RULE_FIELDS: Final = tuple(
    name for name in COMMON_TICKET_FIELDS if name not in {"sla", "routing", "rating"}
)
"""Fields of a view that the rules look at; those left out have another shape on the wire."""

FieldChanges = dict[str, tuple[Any, Any]]
"""Field of `Ticket` to (old, new)."""


def ticket_from_view(view: TicketView) -> Ticket:
    """Returns the ticket as the rules know it: with ids instead of people."""
    given = ((name, getattr(view, name)) for name in _RULE_FIELDS)
    return Ticket(
        customer_id=view.customer.id,
        assignee_id=view.assignee.id if view.assignee else None,
        **{name: value for name, value in given if value is not UNSET},
    )


def is_local_message(message: MessageView) -> bool:
    """Returns whether the message is the agent's own and not confirmed yet."""
    return message.seq >= LOCAL_SEQ


def is_own_actor(author: ActorRef, actor: Actor) -> bool:
    """Returns whether the actor of an event is this agent; API keys have ids of their own."""
    return author.id == actor.id and author.role in AGENTS


def decide_on_view(
    command: Command, view: TicketView, actor: Actor, now: datetime
) -> list[TicketEvent]:
    """Returns the events of a command by what a client knows. Raises RequestRefused."""
    return command.decide(DecisionContext(ticket_from_view(view), actor, now))


def predict_events(
    pending: PendingCommand,
    view: TicketView,
    actor: Actor,
    unread_message_ids: tuple[int, ...] = (),
) -> list[TicketEvent]:
    """Returns the events of a command, as the rules have it. Raises RequestRefused."""
    if not isinstance(pending.command, PREDICTED):
        return []
    return pending.command.decide(
        DecisionContext(
            ticket_from_view(view),
            actor,
            pending.made_at,
            unread_message_ids=unread_message_ids,
        )
    )


def combine_changes(events: Iterable[TicketEvent]) -> FieldChanges:
    """Returns the changes of events that follow each other as those of one."""
    merged: FieldChanges = {}
    for event in events:
        for field, (old, new) in event.changes.items():
            merged[field] = (merged.get(field, (old, new))[0], new)
    return merged


def predict_ticket(
    view: TicketView,
    commands: Sequence[PendingCommand],
    actor: Actor,
    people: Mapping[int, UserView],
) -> TicketView:
    """Returns the ticket after commands that are not confirmed; refused ones change nothing.

    Version and last event stay the server's.
    """
    for pending in commands:
        if pending.is_echoed and not isinstance(pending.command, AddMessage):
            continue
        try:
            events = predict_events(pending, view, actor)
        except RequestRefused:
            continue
        changes = combine_changes(events)
        if changes:
            view = _change_view(view, changes, people, pending.made_at)
    return view


def _change_view(
    view: TicketView, changes: FieldChanges, people: Mapping[int, UserView], at: datetime
) -> TicketView:
    values = {field: new for field, (_, new) in changes.items()}
    values["updated_at"] = max(view.updated_at, at)
    if "assignee_id" in values:
        values["assignee"] = _name_person(values.pop("assignee_id"), people)
        values["routing"] = None  # why it is there is the server's to say
    if values.get("status", view.status) not in UNRESOLVED:
        values["routing"] = None
    return replace(view, **values)


def _name_person(user_id: int | None, people: Mapping[int, UserView]) -> PersonRef | None:
    if user_id is None:
        return None
    known = people.get(user_id)
    return PersonRef(user_id, known.name if known else f"agent {user_id}")


def predict_messages(
    held: Sequence[MessageView], commands: Sequence[PendingCommand], actor: Actor
) -> list[MessageView]:
    """Returns the messages among the commands that are not in the conversation yet.

    One that was sent may be there before its confirmation.
    """
    found: set[int] = set()
    messages: list[MessageView] = []
    for place, pending in enumerate(commands):
        command = pending.command
        if not isinstance(command, AddMessage) or _find_echo(held, pending, actor, found):
            continue
        author = ActorRef(actor.id, actor.role, actor.name)
        body = safe_text.clean_block(command.body)
        seq = LOCAL_SEQ + place
        messages.append(MessageView(-seq, command.kind, body, author, pending.made_at, seq))
    return messages


def _find_echo(
    held: Sequence[MessageView], pending: PendingCommand, actor: Actor, found: set[int]
) -> bool:
    """Returns whether the conversation has the message already; notes it in `found`."""
    command = pending.command
    if pending.is_unsent or not isinstance(command, AddMessage):
        return False
    body = safe_text.clean_block(command.body)
    for message in reversed(held):
        if message.seq <= pending.echo_after:
            return False
        is_same = (message.kind, message.body) == (command.kind, body)
        if is_same and is_own_actor(message.author, actor) and message.seq not in found:
            found.add(message.seq)
            return True
    return False
