"""A turn at the desk: one caller, one organization, one transaction."""

from datetime import datetime
from functools import cached_property
from typing import Any

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from common.errors import NotFound
from common.organization import Settings
from common.people import Actor
from common.permissions import see
from common.tickets.event import TicketEvent
from common.tickets.filing import Created
from common.tickets.redacting import Redacted
from common.tickets.replying import MessageAdded, MessageKind
from common.tickets.sla_events import Alarmed
from common.tickets.ticket import Changes, Ticket
from common.wire import CustomerRef, TicketView
from server.desk import routing_agenda
from server.desk.recorded_event import Step
from server.desk.routing_reason import Explaining
from server.desk.side_effects import react
from server.domain import customer_visibility, derived_fields, sla_rules, timers
from server.rendering import views
from server.storage.engine.optional_timestamps import loaded, stored
from server.storage.engine.transaction import Writing
from server.storage.queries import event_log, messages, org_sequence, search_index, tickets
from server.storage.queries.name_resolver import Names
from server.storage.queries.people import Person
from server.storage.queries.search_index import Document


class UnitOfWork:
    """One write by one caller, inside its transaction.

    `live` is false where history is moved in: it is recorded and counted, and nobody is told.
    `mail` says whether this installation sends mails. `now` is when it happens; what was due before
    is done at its own instant, and `present` is when that is.
    """

    def __init__(
        self,
        writing: Writing,
        actor: Actor,
        now: datetime,
        *,
        live: bool = True,
        mail: bool = False,
        present: datetime | None = None,
    ) -> None:
        self.writing = writing
        self.actor = actor
        self.now = now
        self.present = present or now
        self.live = live
        self.mail = mail
        self.names: Names = writing.notes.setdefault((Names, actor.org_id), Names(actor.org_id))

    def by(self, actor: Actor, at: datetime | None = None) -> "UnitOfWork":
        """The same transaction, by somebody else or at another instant."""
        now, present = at or self.now, self.present
        return UnitOfWork(self.writing, actor, now, live=self.live, mail=self.mail, present=present)

    @cached_property
    def ledger(self) -> org_sequence.Ledger:
        """The organization's ledger; taking it is what orders the organization's writes."""
        return org_sequence.take(self.writing, self.actor.org_id)

    @property
    def settings(self) -> Settings:
        return self.ledger.settings

    @cached_property
    def explaining(self) -> Explaining:
        """What events mean for routing."""
        return Explaining(self.writing, self.ledger, self.actor, self.present)

    def record_opening(self, opened: Ticket) -> None:
        """The event that a ticket begins with; its row is written by `place`."""
        self._record(Created.type, opened.last_seq, event_log.Detail(ticket=opened))
        self._react(Created.type, opened.last_seq, event=Created(), after=opened)

    def place(self, ticket: Ticket, description: str) -> None:
        """A new ticket's row, and its own text in the index; it may have a history already."""
        tickets.add(self.writing, ticket, description, self.wake_at(ticket))
        text = search_index.own_text(ticket.subject, description)
        search_index.add(
            self.writing, Document(ticket.org_id, ticket.number, search_index.OWN_TEXT, text)
        )
        if ticket.external_id is not None:
            search_index.add_references(
                self.writing, ticket.org_id, ticket.number, ticket.external_id
            )

    def ticket(self, number: int) -> Ticket:
        """The ticket, if the caller may see it. Raises NotFound."""
        found = tickets.find(self.writing, self.actor.org_id, number)
        if found is None:
            raise NotFound
        see(self.actor, found)
        return found

    def apply(self, ticket: Ticket, events: list[TicketEvent]) -> Ticket:
        """Evolves the ticket through the events, and writes it with them."""
        after = self.record(ticket, self.explaining.explained(ticket, events))
        if events:
            self.keep(ticket, after)
        return after

    def keep(self, before: Ticket, after: Ticket) -> None:
        """Writes a ticket's row after events that have been recorded."""
        tickets.save(self.writing, before, after, self.wake_at(after))
        self._reindex(before, after)

    def record(self, ticket: Ticket, events: list[TicketEvent]) -> Ticket:
        """The events and what was written, without the ticket's row: the ticket after them."""
        for event in events:
            ticket = self._step(ticket, event, self.ledger.next_seq())
        return ticket

    def _step(self, before: Ticket, event: TicketEvent, seq: int) -> Ticket:
        """One event with all that follows from it: the ticket after it."""
        changes = derived_fields.completed(before, event, self.actor, self.now)
        kind = event.kind if isinstance(event, MessageAdded | Redacted) else None
        is_public = customer_visibility.is_public(event.type, kind, changes)
        written_at = self._written_at(before)
        after = before.evolve(changes, self.now, seq, written_at=written_at, is_public=is_public)
        if self._moves_promises(before, event, changes):
            promises = sla_rules.followed(before, after, stored(self.now), self.ledger.book)
            changes = {**changes, **before.changes({"sla": promises})}
            after = replace(after, sla=promises)
        event = replace(event, changes=changes)
        if isinstance(event, MessageAdded):
            self._write_message(after, event, seq)
        self._record(event.type, seq, _detail(event, after, self.ledger.terms))
        self._react(event.type, seq, event=event, before=before, after=after)
        return after

    def _moves_promises(self, before: Ticket, event: TicketEvent, changes: Changes) -> bool:
        """Returns whether the event concerns the ticket's promises, or makes the first ones."""
        if before.sla is None:
            return self.live and not isinstance(event, Redacted)
        return not sla_rules.RELEVANT.isdisjoint(changes)

    def stamped(self, opened: Ticket) -> Ticket:
        """Returns a new ticket with the time at which it is written."""
        at = self._written_at(opened)
        if at is None or at == opened.updated_at:
            return opened
        return replace(opened, updated_at=at, public_at=at, last_event_at=opened.updated_at)

    def _written_at(self, ticket: Ticket) -> datetime | None:
        """Returns when a change is written; None for history, which keeps its own times."""
        if not self.live:
            return None
        return loaded(self.ledger.stamp(stored(self.present), ticket.number))

    def wake_at(self, ticket: Ticket) -> int | None:
        """When something is due to the ticket next, in microseconds since 1970; now, if it was."""
        at = timers.at(ticket, self.settings, self.ledger.book.present)
        return None if at is None else max(at, stored(self.now))

    def record_user(self, person: Person, type_: str = "user.changed") -> int:
        """An event about a person; everybody's names follow it."""
        self.names.forget(person.id)
        seq = self.ledger.next_seq()
        self._record(type_, seq, event_log.Detail(user_id=person.id))
        self._react(type_, seq)
        if person.is_agent:
            self._look_again()
        return seq

    def record_organization(self) -> int:
        """An event about the organization's settings."""
        seq = self.ledger.next_seq()
        self._record("org.changed", seq, event_log.Detail())
        self._react("org.changed", seq)
        self._look_again()
        return seq

    def view(self, ticket: Ticket, description: str | UnsetType = UNSET) -> TicketView:
        """The ticket as the caller may see it, with today's names."""
        return views.ticket(
            ticket,
            self._customer(ticket),
            self.names.assignee(self.writing, ticket.assignee_id),
            description,
            name_of=self.names.of(self.writing) if self.actor.sees_internal else None,
        )

    def version(self, ticket: Ticket) -> int:
        """Returns the version that the caller sees, which is the ticket's entity tag."""
        return ticket.version if self.actor.sees_internal else ticket.public_state[0]

    def _customer(self, ticket: Ticket) -> CustomerRef:
        """The ticket's customer; who asks in person need not be looked up."""
        actor = self.actor
        if actor.is_customer and actor.id == ticket.customer_id and actor.email is not None:
            return CustomerRef(actor.id, actor.name, actor.email)
        return self.names.customer(self.writing, ticket.customer_id)

    def render_ticket(self, ticket: Ticket) -> TicketView:
        """The same with the description."""
        text = tickets.description(self.writing, ticket.org_id, ticket.number)
        return self.view(ticket, text)

    def _look_again(self) -> None:
        if self.live:
            routing_agenda.look_again(self.writing, self.actor.org_id)

    def _write_message(self, ticket: Ticket, event: MessageAdded, seq: int) -> None:
        messages.add(
            self.writing,
            self.actor,
            org_id=ticket.org_id,
            number=ticket.number,
            seq=seq,
            kind=event.kind.value,
            body=event.body,
            created_at=stored(self.now),
        )
        self._index(ticket, event.body, is_note=event.kind is MessageKind.NOTE)

    def _index(self, ticket: Ticket, text: str, *, is_note: bool = False) -> None:
        document = Document(ticket.org_id, ticket.number, ticket.version, text, is_note)
        search_index.add(self.writing, document)

    def _reindex(self, before: Ticket, after: Ticket) -> None:
        """A new subject is found by its own words, and no longer by the old one's."""
        if before.subject == after.subject:
            return
        text = tickets.description(self.writing, after.org_id, after.number)
        for step, ticket in ((search_index.remove, before), (search_index.add, after)):
            own = search_index.own_text(ticket.subject, text)
            step(self.writing, Document(ticket.org_id, ticket.number, search_index.OWN_TEXT, own))

    def _react(self, type_: str, seq: int, **about: Any) -> None:
        react(
            Step(
                writing=self.writing,
                ledger=self.ledger,
                actor=self.actor,
                now=self.now,
                seq=seq,
                type=type_,
                live=self.live,
                mail=self.mail,
                **about,
            )
        )

    def _record(self, type_: str, seq: int, detail: event_log.Detail) -> None:
        at = stored(self.now)
        event_log.add(self.writing, self.actor, seq=seq, at=at, type_=type_, detail=detail)


def _detail(event: TicketEvent, ticket: Ticket, terms: int) -> event_log.Detail:
    target = event.target if isinstance(event, Alarmed) else None
    return event_log.Detail(
        changes=event.changes,
        ticket=ticket,
        reason=event.reason,
        target=target,
        redacted=event.parts if isinstance(event, Redacted) else None,
        terms=terms,
    )
