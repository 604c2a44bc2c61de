"""Counting: the rows of reports that go with an event, for history that is moved in too."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from common.people import Actor
from common.tickets.event import TicketEvent
from common.tickets.registry import typed
from common.tickets.replying import MessageAdded, MessageKind
from common.tickets.ticket import Ticket
from server.desk.recorded_event import Step
from server.domain import derived_fields
from server.domain.reports import event_facts
from server.domain.reports.event_facts import Business, Change, Fact, counts
from server.domain.timestamps import stored
from server.storage.engine.transaction import Reading, Writing
from server.storage.queries import event_log
from server.storage.queries.event_log import Entry
from server.storage.queries.org_sequence import Ledger
from server.storage.queries.reports import intervals, packed_days

_PAGE: Final = 500


def count(step: Step) -> None:
    """Writes what the event ended; a ticket that leaves the figures takes its rows with it."""
    after, before = step.after, step.before
    if after is None or step.event is None:
        return
    if before is None:
        packed_days.open_again(step.writing, step.ledger, stored(after.created_at))
        return
    change = Change(
        event=step.event,
        actor=step.actor,
        at=stored(step.now),
        terms=step.ledger.terms,
        before=before,
        after=after,
    )
    _count(step.writing, step.ledger, change)


def recount(writing: Writing, ledger: Ledger, changes: Sequence[Change]) -> None:
    """Writes a ticket's rows as its history tells them; none of them may be there."""
    counted = not changes or counts(changes[-1].after)
    _add(writing, ledger, event_facts.all_facts(changes, business(ledger), counted=counted))


def uncount(writing: Writing, ledger: Ledger, changes: Sequence[Change]) -> None:
    """Removes every row that a ticket of this history can have."""
    for fact in event_facts.all_facts(changes, business(ledger), counted=True):
        intervals.remove(writing, ledger.org_id, fact)
        packed_days.open_again(writing, ledger, fact.at)


def history(reading: Reading, org_id: int, number: int) -> Iterator[Change]:
    """A ticket's log, with the bookkeeping of today's rules: also what an older server wrote."""
    ticket: Ticket | None = None
    for entry in entries(reading, org_id, number):
        if ticket is None:
            ticket = _begun(entry)
            continue
        event, actor = _event(entry, ticket), Actor(org_id, entry.actor_role, entry.actor_id, "")
        changes = derived_fields.completed(ticket, event, actor, entry.at)
        before, ticket = ticket, ticket.evolve(changes, entry.at, entry.seq)
        yield Change(
            event=event,
            actor=actor,
            at=stored(entry.at),
            terms=entry.detail.terms,
            before=before,
            after=ticket,
        )


def business(ledger: Ledger) -> Business:
    """Business time in the organization, by any version of its terms."""

    def between(terms: int, start: int, end: int) -> int:
        return ledger.book.of(terms).calendar.between(start, end)

    return between


def _count(writing: Writing, ledger: Ledger, change: Change) -> None:
    before, after = change.before, change.after
    if counts(before) and counts(after):
        _replace_rating(writing, ledger, change)
        _add(writing, ledger, event_facts.facts(change, business(ledger)))
    elif counts(before) or counts(after):
        # It leaves the figures, or comes back to them: with all that it ever counted.
        changes = list(history(writing, ledger.org_id, after.number))
        uncount(writing, ledger, changes)
        recount(writing, ledger, changes)
        packed_days.open_again(writing, ledger, stored(after.created_at))
    else:
        _add(writing, ledger, event_facts.uncounted(change))


def _add(writing: Writing, ledger: Ledger, facts: Iterable[Fact]) -> None:
    for fact in facts:
        intervals.add(writing, ledger.org_id, fact)
        packed_days.open_again(writing, ledger, fact.at)


def _replace_rating(writing: Writing, ledger: Ledger, change: Change) -> None:
    at = event_facts.replaced_rating(change)
    if at is not None:
        intervals.remove_rating(writing, ledger.org_id, change.after.number, at)
        packed_days.open_again(writing, ledger, at)


def entries(reading: Reading, org_id: int, number: int) -> Iterator[Entry]:
    """Yields a ticket's whole log, oldest first."""
    after = 0
    while page := event_log.of_ticket(reading, org_id, number, after, _PAGE):
        yield from page
        after = page[-1].seq


def _begun(entry: Entry) -> Ticket:
    it = entry.detail.ticket
    if it is None:
        raise LookupError(f"event {entry.seq} opens no ticket")
    return event_facts.begun(it)


def _event(entry: Entry, ticket: Ticket) -> TicketEvent:
    """As much of the event as what follows from it depends on."""
    changes = dict(typed({name: list(pair) for name, pair in entry.detail.changes.items()}))
    given = entry.detail.given
    if given is not None and "rating" not in changes:
        changes["rating"] = (ticket.rating, replace(given, rated_at=entry.at))
    if entry.message is not None:
        kind, body = entry.message
        return MessageAdded(changes=changes, kind=MessageKind(kind), body=body)
    return TicketEvent(changes=changes)
