"""Records events in the log, with their seqs and everything that follows from them.

What follows is part of the event (derived fields, SLA targets) or is written in the same
transaction (the message, its words in the search index, `side_effects`).
"""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from common.envelope import ORGANIZATION_CHANGED, USER_CHANGED
from common.tickets.event import TicketEvent
from common.tickets.filing import TicketCreated
from common.tickets.redacting import TicketRedacted
from common.tickets.replying import MessageAdded, MessageKind
from common.tickets.sla_events import SlaEvent
from common.tickets.ticket import Changes, Ticket
from common.tickets.undelivered import MessageUndelivered
from server.desk.recording import ticket_indexing, ticket_repository
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.side_effects import routing_agenda
from server.desk.side_effects.effect_order import run_side_effects
from server.desk.side_effects.recorded_event import RecordedEvent
from server.domain import customer_visibility, derived_fields, sla_rules
from server.domain.timestamps import from_microseconds, to_microseconds
from server.storage.queries.log import event_log
from server.storage.queries.log.event_log import EventDetail
from server.storage.queries.person.people import Person
from server.storage.queries.ticket import availability, messages


def apply_events(work: UnitOfWork, ticket: Ticket, events: list[TicketEvent]) -> Ticket:
    """Records the events, saves the ticket after them, and returns it."""
    after = record_events(work, ticket, work.routing_explainer.explain_events(ticket, events))
    if events:
        ticket_repository.save_changed_ticket(work, ticket, after)
    return after


def record_events(work: UnitOfWork, ticket: Ticket, events: list[TicketEvent]) -> Ticket:
    """Records the events and returns the ticket after them; its row is the caller's to save."""
    for event in events:
        ticket = _record_event(work, ticket, event)
    return ticket


def record_opening(work: UnitOfWork, opened: Ticket) -> None:
    """Records the event that a ticket begins with; its row is the caller's to insert."""
    type_, seq = TicketCreated.type, opened.last_seq
    _write_log_entry(work, type_, seq, EventDetail(ticket=opened))
    _run_side_effects(work, type_, seq, event=TicketCreated(), after=opened)


def stamp_ticket(work: UnitOfWork, opened: Ticket) -> Ticket:
    """Returns a new ticket with the time at which it is written."""
    at = _next_write_time(work, opened)
    if at is None or at == opened.updated_at:
        return opened
    return replace(opened, updated_at=at, public_at=at, last_event_at=opened.updated_at)


def record_user(work: UnitOfWork, person: Person, type_: str = USER_CHANGED) -> int:
    """Records an event about a person and returns its seq. Later renderings show the new name."""
    work.names.forget_person(person.id)
    seq = work.sequence.next_seq()
    detail = EventDetail(user_id=person.id, presence=person.presence)
    _write_log_entry(work, type_, seq, detail)
    _run_side_effects(work, type_, seq)
    if person.is_agent:
        availability.discard_roster(work.writing, person.org_id)
        _schedule_rerouting(work)
    return seq


def record_organization(work: UnitOfWork, *, reroute: bool = True) -> int:
    """Records an event about the organization's settings, and returns its seq.

    `reroute` is false for a change that no ticket's place depends on.
    """
    seq = work.sequence.next_seq()
    _write_log_entry(work, ORGANIZATION_CHANGED, seq, EventDetail())
    _run_side_effects(work, ORGANIZATION_CHANGED, seq)
    if reroute:
        _schedule_rerouting(work)
    return seq


def _record_event(work: UnitOfWork, before: Ticket, event: TicketEvent) -> Ticket:
    """Records one event with all that follows from it, and returns the ticket after it."""
    seq = work.sequence.next_seq()
    changes = derived_fields.complete_changes(before, event, work.actor, work.now)
    after = before.evolve(
        changes,
        work.now,
        seq,
        written_at=_next_write_time(work, before),
        is_public=_is_public(event, changes),
    )
    if _affects_sla(work, before, event, changes):
        sla = sla_rules.update_sla(before, after, work.now_microseconds, work.sequence.policy_book)
        changes = {**changes, **before.find_changes({"sla": sla})}
        after = replace(after, sla=sla)
    event = replace(event, changes=changes)
    if isinstance(event, MessageAdded):
        _write_message(work, after, event, seq)
    _write_log_entry(work, event.type, seq, _build_detail(event, after, work.sequence.terms))
    _run_side_effects(work, event.type, seq, event=event, before=before, after=after)
    return after


def _is_public(event: TicketEvent, changes: Changes) -> bool:
    """Returns whether the ticket's customer sees anything of the event."""
    kind = customer_visibility.find_event_kind(event)
    return customer_visibility.is_public_event(event.type, kind, changes)


def _affects_sla(work: UnitOfWork, before: Ticket, event: TicketEvent, changes: Changes) -> bool:
    """Returns whether the event concerns the ticket's SLA targets, or sets the first ones."""
    if isinstance(event, MessageUndelivered):
        return False  # it brings its own, which go back to before the message
    if before.sla is None:
        return work.live and not isinstance(event, TicketRedacted)
    return not sla_rules.RELEVANT_FIELDS.isdisjoint(changes)


def _next_write_time(work: UnitOfWork, ticket: Ticket) -> datetime | None:
    """Returns the time at which a change is written; None for history, which keeps its own."""
    if not work.live:
        return None
    present = to_microseconds(work.present)
    return from_microseconds(work.sequence.next_write_time(present, ticket.number))


def _schedule_rerouting(work: UnitOfWork) -> None:
    if work.live:
        routing_agenda.schedule_full_pass(work.writing, work.actor.org_id)


def _write_message(work: UnitOfWork, ticket: Ticket, event: MessageAdded, seq: int) -> None:
    messages.add_message(
        work.writing,
        work.actor,
        org_id=ticket.org_id,
        number=ticket.number,
        seq=seq,
        kind=event.kind.value,
        body=event.body,
        created_at=work.now_microseconds,
        source=event.source,
        copied_from=event.copied_from,
    )
    is_note = event.kind is MessageKind.NOTE
    ticket_indexing.index_message(work.writing, ticket, event.body, is_note=is_note)


def _run_side_effects(work: UnitOfWork, type_: str, seq: int, **about: Any) -> None:
    run_side_effects(
        RecordedEvent(
            writing=work.writing,
            sequence=work.sequence,
            names=work.names,
            actor=work.actor,
            now=work.now,
            seq=seq,
            type=type_,
            live=work.live,
            quiet=work.quiet,
            mail=work.mail,
            acknowledge=work.acknowledge,
            **about,
        )
    )


def _write_log_entry(work: UnitOfWork, type_: str, seq: int, detail: EventDetail) -> None:
    at = work.now_microseconds
    event_log.add_event(work.writing, work.actor, seq=seq, at=at, type_=type_, detail=detail)


def _build_detail(event: TicketEvent, ticket: Ticket, terms: int) -> EventDetail:
    return EventDetail(
        changes=event.changes,
        ticket=ticket,
        reason=event.reason,
        target=event.target if isinstance(event, SlaEvent) else None,
        redacted=event.parts if isinstance(event, TicketRedacted) else None,
        undelivered=event.delivery if isinstance(event, MessageUndelivered) else None,
        terms=terms,
    )
