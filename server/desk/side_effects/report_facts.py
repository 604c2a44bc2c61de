"""Report facts: writes the rows of reports with each event, for imported history too."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from common.people import Actor
from common.tickets.event import TicketEvent
from common.tickets.registry import convert_changes
from common.tickets.replying import MessageAdded, MessageKind
from common.tickets.ticket import Ticket
from common.tickets.undelivered import MessageUndelivered
from server.desk.side_effects.recorded_event import RecordedEvent
from server.domain import derived_fields
from server.domain.reports import event_facts, history_facts
from server.domain.reports.event_facts import BusinessClock, Fact, TicketChange, is_counted
from server.domain.timestamps import to_microseconds
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries.log import event_log
from server.storage.queries.log.event_log import LogEntry
from server.storage.queries.log.org_sequence import OrgSequence
from server.storage.queries.reports import daily_rollups, intervals


def record_event_facts(recorded: RecordedEvent) -> None:
    """Writes what the event ended. A ticket that stops being counted loses all its rows."""
    after, before = recorded.after, recorded.before
    if after is None or recorded.event is None:
        return
    if before is None:
        daily_rollups.reopen_day(
            recorded.writing, recorded.sequence, to_microseconds(after.created_at)
        )
        return
    change = TicketChange(
        event=recorded.event,
        actor=recorded.actor,
        at=to_microseconds(recorded.now),
        terms=recorded.sequence.terms,
        before=before,
        after=after,
    )
    _record_change(recorded.writing, recorded.sequence, change)


def add_history_facts(
    writing: WriteTransaction, sequence: OrgSequence, changes: Sequence[TicketChange]
) -> None:
    """Writes a ticket's rows from its history; none of them may exist."""
    counted = not changes or is_counted(changes[-1].after)
    _add_facts(
        writing,
        sequence,
        history_facts.derive_history_facts(changes, make_business_clock(sequence), counted=counted),
    )


def remove_history_facts(
    writing: WriteTransaction, sequence: OrgSequence, changes: Sequence[TicketChange]
) -> None:
    """Removes every row that a ticket with this history can have."""
    for fact in history_facts.derive_history_facts(
        changes, make_business_clock(sequence), counted=True
    ):
        intervals.remove_interval(writing, sequence.org_id, fact)
        daily_rollups.reopen_day(writing, sequence, fact.at)


def replay_history(reading: ReadTransaction, org_id: int, number: int) -> Iterator[TicketChange]:
    """Yields a ticket's changes as today's rules derive them, also from an old server's events."""
    ticket: Ticket | None = None
    for entry in event_log.read_ticket_log(reading, org_id, number):
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
    """Returns a function that measures business time, in microseconds, by any policy version."""

    def measure(terms: int, start: int, end: int) -> int:
        return sequence.policy_book.find_version(terms).calendar.measure_microseconds(start, end)

    return measure


def _record_change(writing: WriteTransaction, sequence: OrgSequence, change: TicketChange) -> None:
    before, after = change.before, change.after
    if is_counted(before) and is_counted(after):
        _replace_rating(writing, sequence, change)
        _correct_facts(writing, sequence, change)
        _add_facts(
            writing, sequence, event_facts.derive_facts(change, make_business_clock(sequence))
        )
    elif is_counted(before) or is_counted(after):
        # It stops or starts being counted, with everything that ever happened to it.
        changes = list(replay_history(writing, sequence.org_id, after.number))
        remove_history_facts(writing, sequence, changes)
        add_history_facts(writing, sequence, changes)
        daily_rollups.reopen_day(writing, sequence, to_microseconds(after.created_at))
    else:
        _add_facts(writing, sequence, event_facts.derive_uncounted_facts(change))


def _add_facts(writing: WriteTransaction, sequence: OrgSequence, facts: Iterable[Fact]) -> None:
    for fact in facts:
        intervals.add_interval(writing, sequence.org_id, fact)
        daily_rollups.reopen_day(writing, sequence, fact.at)


def _replace_rating(writing: WriteTransaction, sequence: OrgSequence, change: TicketChange) -> None:
    at = event_facts.find_replaced_rating(change)
    if at is not None:
        intervals.remove_rating_interval(writing, sequence.org_id, change.after.number, at)
        daily_rollups.reopen_day(writing, sequence, at)


def _correct_facts(writing: WriteTransaction, sequence: OrgSequence, change: TicketChange) -> None:
    """Corrects what a reply counted that did not arrive; the log has this event already."""
    if not isinstance(change.event, MessageUndelivered):
        return
    *earlier, _ = replay_history(writing, sequence.org_id, change.after.number)
    correction = history_facts.correct_facts(earlier, change, make_business_clock(sequence))
    for fact in correction.removed:
        intervals.remove_interval(writing, sequence.org_id, fact)
        daily_rollups.reopen_day(writing, sequence, fact.at)
    _add_facts(writing, sequence, correction.added)


def _opened_ticket(entry: LogEntry) -> Ticket:
    it = entry.detail.ticket
    if it is None:
        raise LookupError(f"event {entry.seq} opens no ticket")
    return event_facts.normalize_opened(it)


def _rebuild_event(entry: LogEntry, ticket: Ticket) -> TicketEvent:
    """Rebuilds as much of the event as the derived fields depend on."""
    changes = dict(
        convert_changes({name: list(pair) for name, pair in entry.detail.changes.items()})
    )
    given = entry.detail.given_rating
    if given is not None and "rating" not in changes:
        changes["rating"] = (ticket.rating, replace(given, rated_at=entry.at))
    if entry.detail.undelivered is not None:
        return MessageUndelivered(changes=changes, delivery=entry.detail.undelivered)
    if entry.message is not None:
        kind, body = entry.message
        return MessageAdded(
            changes=changes, kind=MessageKind(kind), body=body, copied_from=entry.copied_from
        )
    return TicketEvent(changes=changes)
