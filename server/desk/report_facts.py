"""Counting: the rows of reports that go with an event, for history that is moved in too."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from common.people import Actor
from common.tickets.event import TicketEvent
from common.tickets.registry import convert_changes
from common.tickets.replying import MessageAdded, MessageKind
from common.tickets.ticket import Ticket
from server.desk.recorded_event import RecordedEvent
from server.domain import derived_fields
from server.domain.reports import event_facts
from server.domain.reports.event_facts import BusinessClock, Fact, TicketChange, is_counted
from server.domain.timestamps import to_microseconds
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries import event_log
from server.storage.queries.event_log import LogEntry
from server.storage.queries.org_sequence import OrgSequence
from server.storage.queries.reports import intervals, packed_days

_PAGE_SIZE: Final = 500


def record_event_facts(step: RecordedEvent) -> None:
    """Writes what the event ended; a ticket that leaves the figures takes its rows with it."""
    after, before = step.after, step.before
    if after is None or step.event is None:
        return
    if before is None:
        packed_days.reopen_day(step.writing, step.sequence, to_microseconds(after.created_at))
        return
    change = TicketChange(
        event=step.event,
        actor=step.actor,
        at=to_microseconds(step.now),
        terms=step.sequence.terms,
        before=before,
        after=after,
    )
    _record_change(step.writing, step.sequence, change)


def add_history_facts(
    writing: WriteTransaction, sequence: OrgSequence, changes: Sequence[TicketChange]
) -> None:
    """Writes a ticket's rows as its history tells them; none of them may be there."""
    counted = not changes or is_counted(changes[-1].after)
    _add_facts(
        writing,
        sequence,
        event_facts.derive_history_facts(changes, make_business_clock(sequence), counted=counted),
    )


def remove_history_facts(
    writing: WriteTransaction, sequence: OrgSequence, changes: Sequence[TicketChange]
) -> None:
    """Removes every row that a ticket of this history can have."""
    for fact in event_facts.derive_history_facts(
        changes, make_business_clock(sequence), counted=True
    ):
        intervals.remove_interval(writing, sequence.org_id, fact)
        packed_days.reopen_day(writing, sequence, fact.at)


def replay_history(reading: ReadTransaction, org_id: int, number: int) -> Iterator[TicketChange]:
    """A ticket's log, with the bookkeeping of today's rules: also what an older server wrote."""
    ticket: Ticket | None = None
    for entry in read_log_entries(reading, org_id, number):
        if ticket is None:
            ticket = _opened_ticket(entry)
            continue
        event, actor = (
            _rebuild_event(entry, ticket),
            Actor(org_id, entry.actor_role, entry.actor_id, ""),
        )
        changes = derived_fields.complete_changes(ticket, event, actor, entry.at)
        before, ticket = ticket, ticket.evolve(changes, entry.at, entry.seq)
        yield TicketChange(
            event=event,
            actor=actor,
            at=to_microseconds(entry.at),
            terms=entry.detail.terms,
            before=before,
            after=ticket,
        )


def make_business_clock(sequence: OrgSequence) -> BusinessClock:
    """Business time in the organization, by any version of its terms."""

    def between(terms: int, start: int, end: int) -> int:
        return sequence.policy_book.find_version(terms).calendar.measure_microseconds(start, end)

    return between


def _record_change(writing: WriteTransaction, sequence: OrgSequence, change: TicketChange) -> None:
    before, after = change.before, change.after
    if is_counted(before) and is_counted(after):
        _replace_rating(writing, sequence, change)
        _add_facts(
            writing, sequence, event_facts.derive_facts(change, make_business_clock(sequence))
        )
    elif is_counted(before) or is_counted(after):
        # It leaves the figures, or comes back to them: with all that it ever counted.
        changes = list(replay_history(writing, sequence.org_id, after.number))
        remove_history_facts(writing, sequence, changes)
        add_history_facts(writing, sequence, changes)
        packed_days.reopen_day(writing, sequence, to_microseconds(after.created_at))
    else:
        _add_facts(writing, sequence, event_facts.derive_uncounted_facts(change))


def _add_facts(writing: WriteTransaction, sequence: OrgSequence, facts: Iterable[Fact]) -> None:
    for fact in facts:
        intervals.add_interval(writing, sequence.org_id, fact)
        packed_days.reopen_day(writing, sequence, fact.at)


def _replace_rating(writing: WriteTransaction, sequence: OrgSequence, change: TicketChange) -> None:
    at = event_facts.find_replaced_rating(change)
    if at is not None:
        intervals.remove_rating_interval(writing, sequence.org_id, change.after.number, at)
        packed_days.reopen_day(writing, sequence, at)


def read_log_entries(reading: ReadTransaction, org_id: int, number: int) -> Iterator[LogEntry]:
    """Yields a ticket's whole log, oldest first."""
    after = 0
    while page := event_log.list_ticket_events(reading, org_id, number, after, _PAGE_SIZE):
        yield from page
        after = page[-1].seq


def _opened_ticket(entry: LogEntry) -> Ticket:
    it = entry.detail.ticket
    if it is None:
        raise LookupError(f"event {entry.seq} opens no ticket")
    return event_facts.normalize_opened(it)


def _rebuild_event(entry: LogEntry, ticket: Ticket) -> TicketEvent:
    """As much of the event as what follows from it depends on."""
    changes = dict(
        convert_changes({name: list(pair) for name, pair in entry.detail.changes.items()})
    )
    given = entry.detail.given_rating
    if given is not None and "rating" not in changes:
        changes["rating"] = (ticket.rating, replace(given, rated_at=entry.at))
    if entry.message is not None:
        kind, body = entry.message
        return MessageAdded(changes=changes, kind=MessageKind(kind), body=body)
    return TicketEvent(changes=changes)
