"""Commands to tickets that are there: looked up, decided, told in words, applied."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

from msgspec import UNSET, Struct

from common.errors import Conflict, FieldError, Invalid, StaleVersion
from common.people import Presence
from common.tickets import replying
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import AlreadyClaimed
from common.tickets.decision_context import NOTHING, Facts
from common.tickets.editing import EditTicket
from common.tickets.event import TicketEvent
from common.tickets.registry import AnyCommand
from common.tickets.replying import AddMessage, ConversationAdvanced
from common.tickets.ticket import Ticket
from server.desk import due_actions, ticket_creation, ticket_routing
from server.desk.unit_of_work import UnitOfWork
from server.storage.queries import availability, messages, people

_PRESENT: Final = frozenset({Presence.AVAILABLE, Presence.BUSY})


Versions: TypeAlias = frozenset[int]
"""Versions of a ticket, any of which will do."""


class Done(Struct, frozen=True):
    """What a command came to: the ticket after it, and the message it wrote, by seq."""

    ticket: Ticket
    message_seq: int | None = None


def execute_command(
    turn: UnitOfWork, number: int, command: AnyCommand, if_match: Versions | None = None
) -> Done:
    """Does a command to a ticket, after all that was due to it before.

    Raises what rules refuse, NotFound and StaleVersion: the version compared is the one that the
    caller could have seen.
    """
    org_ledger = turn.ledger
    found = turn.ticket(number)
    ticket = due_actions.catch_up(turn, found)
    facts = _facts(turn, ticket, command)
    if isinstance(command, AddMessage) and replying.follows_up(ticket, turn.actor, turn.now, facts):
        _check_follow_up(turn, ticket, command, facts)
        check_version(turn, found, if_match)
        return _follow_up(turn, ticket, command)
    events = _decide(turn, ticket, command, facts)
    check_version(turn, found, if_match)
    message_seq = org_ledger.seq + 1 if isinstance(command, AddMessage) else None
    return Done(_routed(turn, turn.apply(ticket, events)), message_seq)


def _check_follow_up(turn: UnitOfWork, closed: Ticket, command: AddMessage, facts: Facts) -> None:
    command.permit(turn.actor)
    with _in_words(turn, closed):
        command.check_read(facts)


def _follow_up(turn: UnitOfWork, closed: Ticket, command: AddMessage) -> Done:
    renewed = replying.follow_up(closed, turn.settings.slugs)
    opened = ticket_creation.file_follow_up(turn, renewed, closed)
    events = AddMessage(body=command.body).decide(opened, turn.actor, turn.now)
    seq = turn.ledger.seq + 1
    return Done(_routed(turn, turn.apply(opened, events)), seq)


def _routed(turn: UnitOfWork, ticket: Ticket) -> Ticket:
    """The ticket after what routing makes of the change."""
    return ticket_routing.settle(turn).get(ticket.number, ticket)


def _facts(turn: UnitOfWork, ticket: Ticket, command: AnyCommand) -> Facts:
    if isinstance(command, EditTicket):
        return Facts(assignee_left=_has_left(turn, ticket))
    if not isinstance(command, AddMessage):
        return NOTHING
    unread: tuple[int, ...] = ()
    if command.after_seq is not UNSET:
        unread = messages.unread(turn.writing, turn.actor, ticket.number, command.after_seq)
    return Facts(
        assignee_present=_takes_back(turn, ticket),
        assignee_left=_has_left(turn, ticket),
        reopen_closed_days=turn.settings.reopen_closed_days,
        unread_message_ids=unread,
    )


def _takes_back(turn: UnitOfWork, ticket: Ticket) -> bool:
    """Whether reopened work goes to its agent: who is there, with one over capacity at most."""
    if ticket.assignee_id is None or ticket.is_unresolved:
        return False
    person = turn.names.person(turn.writing, ticket.assignee_id)
    if person.presence not in _PRESENT:
        return False
    return availability.load_of(turn.writing, person.org_id, person.id) <= person.capacity


def _has_left(turn: UnitOfWork, ticket: Ticket) -> bool:
    """Whether who resolved work belongs to is gone for good."""
    if ticket.assignee_id is None or ticket.is_unresolved:
        return False
    return not turn.names.person(turn.writing, ticket.assignee_id).active


def _faults(turn: UnitOfWork, command: AnyCommand) -> list[FieldError]:
    """What a command names must be there."""
    category = getattr(command, "category", UNSET)
    faults = ticket_creation.category_faults(turn.settings, category)
    if isinstance(command, AssignTicket) and not _can_have_tickets(turn, command.user_id):
        says = "must be an active agent of this organization"
        faults.append(FieldError(says, pointer="/user_id"))
    return faults


def _can_have_tickets(turn: UnitOfWork, user_id: int | None) -> bool:
    if user_id is None:
        return True
    person = people.find(turn.writing, turn.actor.org_id, user_id)
    return person is not None and person.is_agent and person.active


def _decide(
    turn: UnitOfWork, ticket: Ticket, command: AnyCommand, facts: Facts
) -> list[TicketEvent]:
    """The command's decision. What it names must be there: that is told before the state."""
    try:
        with _in_words(turn, ticket):
            events = command.decide(ticket, turn.actor, turn.now, facts)
    except Invalid as refusal:
        raise refusal.joined(_faults(turn, command)) from None
    except Conflict:
        _check_references(turn, command)
        raise
    _check_references(turn, command)
    return events


def _check_references(turn: UnitOfWork, command: AnyCommand) -> None:
    faults = _faults(turn, command)
    if faults:
        raise Invalid(*faults)


def check_version(turn: UnitOfWork, ticket: Ticket, if_match: Versions | None) -> None:
    """Raises StaleVersion where the caller has seen another version of the ticket."""
    version = turn.version(ticket)
    if if_match is not None and version not in if_match:
        says = f"The ticket is at version {version} by now."
        raise StaleVersion(says, ticket=turn.view(ticket))


@contextmanager
def _in_words(turn: UnitOfWork, ticket: Ticket) -> Iterator[None]:
    """What a rule refuses with ids is told with names and words."""
    try:
        yield
    except AlreadyClaimed as refusal:
        winner = turn.names.person(turn.writing, refusal.assignee_id)
        refusal.detail = f"{winner.name} has this ticket."
        refusal.extras["assignee"] = winner.ref
        raise
    except ConversationAdvanced as refusal:
        refusal.extras["messages"] = messages.by_seq(
            turn.writing, turn.actor.org_id, ticket.number, refusal.message_ids
        )
        raise
