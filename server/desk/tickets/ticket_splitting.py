"""Splits of tickets: opens the new ticket with copies of messages, by their authors and times."""

from msgspec.structs import replace

from common.people import Actor
from common.tickets.decision_context import DecisionContext
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage, MessageAdded
from common.tickets.splitting import SplitTicket, begin_with_reply
from common.tickets.ticket import Ticket
from common.wire import MessageView
from server.desk.recording import event_recorder, ticket_repository
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.routing import ticket_routing
from server.domain import sla_rules
from server.storage.queries.attachment import attachments
from server.storage.queries.attachment.attachments import AttachmentPlace
from server.storage.queries.search import shown_files
from server.storage.queries.ticket import merged_conversations


def load_split_context(work: UnitOfWork, ticket: Ticket, command: SplitTicket) -> DecisionContext:
    """Returns what the split depends on, with the number of the new ticket drawn."""
    return DecisionContext(
        ticket,
        work.actor,
        work.now,
        split_number=work.sequence.next_ticket_number(),
        message_kinds={it.id: it.kind.value for it in _list_chosen(work, ticket, command)},
    )


def open_split_ticket(
    work: UnitOfWork, ticket: Ticket, command: SplitTicket, number: int
) -> Ticket:
    """Creates the new ticket as if its messages had been written to it; nobody is notified."""
    first, *rest = _list_chosen(work, ticket, command)
    own = _act_as_author(work, first)
    filing = FileTicket(command.subject, first.body, command.priority or ticket.priority)
    opened = filing.open_ticket(
        ticket.org_id,
        number,
        ticket.customer_id,
        _choose_category(work, ticket, command),
        first.created_at,
        work.sequence.next_seq(),
    )
    opened = begin_with_reply(replace(opened, split_from=ticket.number), own.actor)
    opened = event_recorder.stamp_ticket(
        own, replace(opened, sla=sla_rules.start_sla(opened, work.sequence.policy_book.present))
    )
    outcome = own.routing_explainer.choose_for_ticket(opened)
    opened = replace(opened, routing=own.routing_explainer.explain_waiting(opened, outcome))
    event_recorder.record_opening(own, opened)
    after = opened
    for message in rest:
        after = _copy_message(work, after, message, ticket.number)
        _copy_files(work, message, number, after.last_seq)
    ticket_repository.insert_ticket(work, after, first.body)
    _copy_files(work, first, number, None)
    ticket_routing.schedule_rerouting(work)
    return after


def _copy_message(
    work: UnitOfWork, ticket: Ticket, message: MessageView, copied_from: int
) -> Ticket:
    own = _act_as_author(work, message)
    command = AddMessage(body=message.body, kind=message.kind)
    values = command.message_values(DecisionContext(ticket, own.actor, own.now))
    event = MessageAdded(
        changes=ticket.find_changes(values),
        kind=message.kind,
        body=message.body,
        copied_from=copied_from,
    )
    return event_recorder.record_events(own, ticket, [event])


def _copy_files(work: UnitOfWork, message: MessageView, number: int, seq: int | None) -> None:
    """Attaches a message's files to its copy `seq`, or to the description without `seq`."""
    views = message.attachments or ()
    for view in views:
        place = AttachmentPlace(work.sequence.next_attachment_id(), number, seq)
        attachments.copy_attachment(work.writing, work.actor.org_id, view, place)
    if views:
        shown_files.show_attachments(work.writing, work.actor.org_id, number, seq)


def _act_as_author(work: UnitOfWork, message: MessageView) -> UnitOfWork:
    author = message.author
    actor = Actor(work.actor.org_id, author.role, author.id, author.name)
    own = work.act_as(actor, message.created_at)
    own.quiet = True
    return own


def _list_chosen(work: UnitOfWork, ticket: Ticket, command: SplitTicket) -> list[MessageView]:
    """Returns the messages that the command names, oldest first; those that there are."""
    ids = tuple(sorted(set(command.message_ids)))
    return merged_conversations.list_messages_of_family(work.writing, ticket, ids)


def _choose_category(work: UnitOfWork, ticket: Ticket, command: SplitTicket) -> str:
    """Returns the category of the command, else that of the ticket while it exists."""
    if command.category:
        return command.category
    known = ticket.category in work.settings.category_slugs
    return ticket.category if known else work.settings.default_category
