"""Commands to existing tickets: loads, decides, explains refusals, applies."""

from typing import Final, TypeAlias

from msgspec import UNSET, Struct
from msgspec.structs import replace

from common.errors import Conflict, FieldError, Invalid, StaleVersion
from common.people import Presence
from common.tickets import replying
from common.tickets.assigning import AssignTicket
from common.tickets.channel import TicketChannel
from common.tickets.claiming import AlreadyClaimed
from common.tickets.decision_context import DecisionContext
from common.tickets.editing import EditTicket, MessageEdits
from common.tickets.event import TicketEvent
from common.tickets.merging import MergeTicket
from common.tickets.permissions import check_not_mere_participant
from common.tickets.registry import AnyCommand
from common.tickets.replying import AddMessage, ConversationAdvanced, MessageAdded
from common.tickets.ticket import Ticket
from server.desk.recording import event_recorder, ticket_repository
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.routing import ticket_routing
from server.desk.tickets import (
    due_actions,
    linked_tickets,
    ticket_creation,
    ticket_merging,
    ticket_views,
)
from server.desk.tickets.ticket_creation import UNKNOWN_ORIGIN, TicketOrigin
from server.domain.languages.catalogue import load_catalogue
from server.domain.timestamps import to_microseconds
from server.storage.queries.person import people
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.ticket import (
    availability,
    merged_conversations,
    messages,
    participants,
    tickets,
)
from server.storage.queries.ticket.tickets import Opening

_NO_AGENT: Final = "must be an active agent of this organization"
_PRESENT_STATES: Final = frozenset({Presence.AVAILABLE, Presence.BUSY})


Versions: TypeAlias = frozenset[int]
"""Versions of a ticket, any of which will do (`If-Match`)."""


class CommandResult(Struct, frozen=True):
    """The ticket after a command, and the message that it wrote, with the seq of that.

    `is_change` is false where the command did nothing. `opening` is the description and the files
    of the ticket, where they were read with it.
    """

    ticket: Ticket
    message_seq: int | None = None
    is_change: bool = True
    message: MessageAdded | None = None
    opening: Opening | None = None


def execute_command(
    work: UnitOfWork,
    number: int,
    command: AnyCommand,
    if_match: Versions | None = None,
    source: str | None = None,
) -> CommandResult:
    """Executes a command to a ticket, after everything that was due to the ticket.

    Raises NotFound, StaleVersion and what the command refuses. The version compared is that of the
    ticket as the caller could have seen it. `source` is the way in which a message came.
    """
    opening = None
    if isinstance(command, AddMessage):
        found = ticket_repository.resolve_ticket(work, number)
    else:
        found, opening = ticket_repository.load_ticket_with_opening(work, number)
    if not replying.is_mere_reply(command):
        check_not_mere_participant(work.actor, found)
    ticket = due_actions.apply_due_actions(work, found)
    context = _load_context(work, ticket, command)
    if isinstance(command, AddMessage) and replying.starts_follow_up(context):
        _check_follow_up(work, context, command)
        check_version(work, found, if_match)
        return _follow_up(work, ticket, command, source)
    events = _decide_events(work, context, command)
    check_version(work, found, if_match)
    events = _mark_source(events, source)
    message_seq = work.sequence.seq + 1 if isinstance(command, AddMessage) else None
    after = event_recorder.apply_events(work, ticket, events)
    if events:
        after = linked_tickets.apply_to_linked_tickets(work, context, after, command)
    after = _route_pending(work, after)
    return CommandResult(
        after,
        message_seq,
        is_change=bool(events),
        message=_find_message(events),
        opening=opening if after.number == number else None,
    )


def _find_message(events: list[TicketEvent]) -> MessageAdded | None:
    return next((event for event in events if isinstance(event, MessageAdded)), None)


def _check_follow_up(work: UnitOfWork, context: DecisionContext, command: AddMessage) -> None:
    command.check_permission(work.actor)
    try:
        command.check_unread_messages(context)
    except Conflict as refusal:
        _add_refusal_details(work, context.ticket, refusal)
        raise


def _mark_source(events: list[TicketEvent], source: str | None) -> list[TicketEvent]:
    return [
        replace(event, source=source) if source and isinstance(event, MessageAdded) else event
        for event in events
    ]


def _follow_up(
    work: UnitOfWork, closed: Ticket, command: AddMessage, source: str | None
) -> CommandResult:
    says = load_catalogue(work.settings.language).say("note.follow_up", number=closed.number)
    renewed = replying.make_follow_up(closed, work.settings.category_slugs, says)
    present = _find_open_follow_up(work, closed)
    if present is not None:
        place = closed.org_id, closed.number, present.number
        participants.copy_participants(work.writing, *place)
        return execute_command(work, present.number, AddMessage(body=command.body), source=source)
    opened = ticket_creation.create_follow_up(work, renewed, closed, _find_origin(source))
    participants.copy_participants(work.writing, closed.org_id, closed.number, opened.number)
    events = AddMessage(body=command.body).decide(DecisionContext(opened, work.actor, work.now))
    events = _mark_source(events, source)
    seq = work.sequence.seq + 1
    after = event_recorder.apply_events(work, opened, events)
    return CommandResult(_route_pending(work, after), seq, message=_find_message(events))


def _find_origin(source: str | None) -> TicketOrigin:
    """Returns the origin of a follow-up: that of the message that begins it."""
    if source is None:
        return UNKNOWN_ORIGIN
    came = messages.SOURCES[source]
    is_mail = came.kind is TicketChannel.MAIL
    return TicketOrigin(came.kind, bool(came.verified) if is_mail else None)


def _find_open_follow_up(work: UnitOfWork, closed: Ticket) -> Ticket | None:
    """Returns the newest unresolved follow-up of the same customer, or what it was merged into.

    Whoever may answer the closed ticket may answer it, so participants find it, too.
    """
    by_system = work.act_as(make_system_actor(closed.org_id))
    for number in tickets.list_follow_ups(
        work.writing, closed.org_id, closed.customer_id, closed.number
    ):
        ticket = ticket_repository.resolve_ticket(by_system, number)
        if due_actions.apply_due_actions(work, ticket).is_unresolved:
            return ticket
    return None


def _route_pending(work: UnitOfWork, ticket: Ticket) -> Ticket:
    """Routes what the command has made routable, and returns the ticket after that."""
    return ticket_routing.route_pending_tickets(work).get(ticket.number, ticket)


def _load_context(work: UnitOfWork, ticket: Ticket, command: AnyCommand) -> DecisionContext:
    if isinstance(command, EditTicket):
        assignee_left = _has_assignee_left(work, ticket)
        return DecisionContext(ticket, work.actor, work.now, assignee_left=assignee_left)
    if not isinstance(command, AddMessage):
        return linked_tickets.load_context(work, ticket, command)
    unread: tuple[int, ...] = ()
    if command.after_seq is not UNSET:
        unread = merged_conversations.list_unread_ids(
            work.writing, work.actor, ticket, command.after_seq
        )
    return DecisionContext(
        ticket,
        work.actor,
        work.now,
        assignee_present=_can_take_back(work, ticket),
        assignee_left=_has_assignee_left(work, ticket),
        reopen_closed_days=work.settings.reopen_closed_days,
        unread_message_ids=unread,
    )


def _can_take_back(work: UnitOfWork, ticket: Ticket) -> bool:
    """Returns whether reopened work may go to its agent: present, and at most one over capacity."""
    if ticket.assignee_id is None or ticket.is_unresolved:
        return False
    person = work.names.read_person(work.writing, ticket.assignee_id)
    if person.presence not in _PRESENT_STATES:
        return False
    now = to_microseconds(work.present)
    load = availability.count_agent_load(work.writing, person.org_id, person.id, now)
    return load <= person.capacity


def _has_assignee_left(work: UnitOfWork, ticket: Ticket) -> bool:
    """Returns whether the agent who has the resolved work is deactivated."""
    if ticket.assignee_id is None or ticket.is_unresolved:
        return False
    return not work.names.read_person(work.writing, ticket.assignee_id).active


def _find_reference_errors(work: UnitOfWork, command: AnyCommand) -> list[FieldError]:
    """Returns an error for each category or person in the command that does not exist."""
    if isinstance(command, AddMessage):
        return _find_edit_errors(work, command.edit or MessageEdits())
    category = getattr(command, "category", UNSET)
    faults = ticket_creation.find_category_errors(work.settings, category)
    if isinstance(command, MergeTicket) and not ticket_merging.find_survivor(work, command.into):
        faults.append(FieldError("must be a ticket of this organization", pointer="/into"))
    if isinstance(command, AssignTicket) and not _can_have_tickets(work, command.user_id):
        faults.append(FieldError(_NO_AGENT, pointer="/user_id"))
    return faults


def _find_edit_errors(work: UnitOfWork, edit: MessageEdits) -> list[FieldError]:
    """Returns the same for the changes that go with a message."""
    bad = ticket_creation.find_category_errors(work.settings, edit.category)
    faults = [replace(fault, pointer="/edit/category") for fault in bad]
    if edit.assign_to is not UNSET and not _can_have_tickets(work, edit.assign_to):
        faults.append(FieldError(_NO_AGENT, pointer="/edit/assign_to"))
    return faults


def _can_have_tickets(work: UnitOfWork, user_id: int | None) -> bool:
    if user_id is None:
        return True
    person = people.find_person(work.writing, work.actor.org_id, user_id)
    return person is not None and person.is_agent and person.active


def _decide_events(
    work: UnitOfWork, context: DecisionContext, command: AnyCommand
) -> list[TicketEvent]:
    """Returns the command's events. Unknown references are reported before a conflict of state."""
    try:
        events = command.decide(context)
    except Invalid as refusal:
        raise refusal.with_errors(_find_reference_errors(work, command)) from None
    except Conflict as refusal:
        _add_refusal_details(work, context.ticket, refusal)
        _check_references(work, command)
        raise
    _check_references(work, command)
    return events


def _check_references(work: UnitOfWork, command: AnyCommand) -> None:
    faults = _find_reference_errors(work, command)
    if faults:
        raise Invalid(*faults)


def check_version(work: UnitOfWork, ticket: Ticket, if_match: Versions | None) -> None:
    """Raises StaleVersion where the caller has seen another version of the ticket."""
    version = ticket_views.visible_version(work, ticket)
    if if_match is not None and version not in if_match:
        detail = f"The ticket is at version {version} by now."
        raise StaleVersion(detail, ticket=ticket_views.render_visible_ticket(work, ticket))


def _add_refusal_details(work: UnitOfWork, ticket: Ticket, refusal: Conflict) -> None:
    """Adds names and texts to a refusal that only knows ids."""
    if isinstance(refusal, AlreadyClaimed):
        winner = work.names.read_person(work.writing, refusal.assignee_id)
        refusal.detail = f"{winner.name} has this ticket."
        refusal.extras["assignee"] = winner.ref
    elif isinstance(refusal, ConversationAdvanced):
        refusal.extras["messages"] = merged_conversations.list_messages_of_family(
            work.writing, ticket, refusal.message_ids
        )
