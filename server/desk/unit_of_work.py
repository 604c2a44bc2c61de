"""A turn at the desk: one caller, one organization, one transaction."""

from datetime import datetime
from functools import cached_property
from typing import Any

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from common.errors import NotFound
from common.organization import OrganizationSettings
from common.people import Actor
from common.tickets.event import TicketEvent
from common.tickets.filing import TicketCreated
from common.tickets.permissions import check_visible
from common.tickets.redacting import TicketRedacted
from common.tickets.replying import MessageAdded, MessageKind
from common.tickets.sla_events import SlaEvent
from common.tickets.ticket import Changes, Ticket
from common.wire import CustomerRef, TicketView
from server.desk import routing_agenda
from server.desk.recorded_event import RecordedEvent
from server.desk.routing_reason import RoutingExplainer
from server.desk.side_effects import run_side_effects
from server.domain import customer_visibility, derived_fields, sla_rules, timers
from server.domain.timestamps import from_microseconds, to_microseconds
from server.rendering import views
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries import event_log, messages, org_sequence, search_index, tickets
from server.storage.queries.name_resolver import NameResolver
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
        writing: WriteTransaction,
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
        self.names: NameResolver = writing.notes.setdefault(
            (NameResolver, actor.org_id), NameResolver(actor.org_id)
        )

    def act_as(self, actor: Actor, at: datetime | None = None) -> "UnitOfWork":
        """The same transaction, by somebody else or at another instant."""
        now, present = at or self.now, self.present
        return UnitOfWork(self.writing, actor, now, live=self.live, mail=self.mail, present=present)

    @cached_property
    def ledger(self) -> org_sequence.OrgSequence:
        """The organization's ledger; taking it is what orders the organization's writes."""
        return org_sequence.lock_sequence(self.writing, self.actor.org_id)

    @property
    def settings(self) -> OrganizationSettings:
        return self.ledger.settings

    @cached_property
    def routing_explainer(self) -> RoutingExplainer:
        """What events mean for routing."""
        return RoutingExplainer(self.writing, self.ledger, self.actor, self.present)

    def record_opening(self, opened: Ticket) -> None:
        """The event that a ticket begins with; its row is written by `place`."""
        self._write_log_entry(
            TicketCreated.type, opened.last_seq, event_log.EventDetail(ticket=opened)
        )
        self._run_side_effects(
            TicketCreated.type, opened.last_seq, event=TicketCreated(), after=opened
        )

    def insert_ticket(self, ticket: Ticket, description: str) -> None:
        """A new ticket's row, and its own text in the index; it may have a history already."""
        tickets.add_ticket(self.writing, ticket, description, self.wake_at(ticket))
        text = search_index.ticket_text(ticket.subject, description)
        search_index.add_document(
            self.writing, Document(ticket.org_id, ticket.number, search_index.TICKET_TEXT, text)
        )
        if ticket.external_id is not None:
            search_index.add_references(
                self.writing, ticket.org_id, ticket.number, ticket.external_id
            )

    def load_ticket(self, number: int) -> Ticket:
        """The ticket, if the caller may see it. Raises NotFound."""
        found = tickets.find_ticket(self.writing, self.actor.org_id, number)
        if found is None:
            raise NotFound
        check_visible(self.actor, found)
        return found

    def apply(self, ticket: Ticket, events: list[TicketEvent]) -> Ticket:
        """Evolves the ticket through the events, and writes it with them."""
        after = self.record_events(ticket, self.routing_explainer.explain_events(ticket, events))
        if events:
            self.save_ticket(ticket, after)
        return after

    def save_ticket(self, before: Ticket, after: Ticket) -> None:
        """Writes a ticket's row after events that have been recorded."""
        tickets.save_ticket(self.writing, before, after, self.wake_at(after))
        self._reindex_subject(before, after)

    def record_events(self, ticket: Ticket, events: list[TicketEvent]) -> Ticket:
        """The events and what was written, without the ticket's row: the ticket after them."""
        for event in events:
            ticket = self._record_event(ticket, event, self.ledger.next_seq())
        return ticket

    def _record_event(self, before: Ticket, event: TicketEvent, seq: int) -> Ticket:
        """One event with all that follows from it: the ticket after it."""
        changes = derived_fields.complete_changes(before, event, self.actor, self.now)
        kind = event.kind if isinstance(event, MessageAdded | TicketRedacted) else None
        is_public = customer_visibility.is_public_event(event.type, kind, changes)
        written_at = self._written_at(before)
        after = before.evolve(changes, self.now, seq, written_at=written_at, is_public=is_public)
        if self._affects_sla(before, event, changes):
            promises = sla_rules.update_sla(
                before, after, to_microseconds(self.now), self.ledger.policy_book
            )
            changes = {**changes, **before.find_changes({"sla": promises})}
            after = replace(after, sla=promises)
        event = replace(event, changes=changes)
        if isinstance(event, MessageAdded):
            self._write_message(after, event, seq)
        self._write_log_entry(event.type, seq, _build_detail(event, after, self.ledger.terms))
        self._run_side_effects(event.type, seq, event=event, before=before, after=after)
        return after

    def _affects_sla(self, before: Ticket, event: TicketEvent, changes: Changes) -> bool:
        """Returns whether the event concerns the ticket's promises, or makes the first ones."""
        if before.sla is None:
            return self.live and not isinstance(event, TicketRedacted)
        return not sla_rules.RELEVANT_FIELDS.isdisjoint(changes)

    def stamp_ticket(self, opened: Ticket) -> Ticket:
        """Returns a new ticket with the time at which it is written."""
        at = self._written_at(opened)
        if at is None or at == opened.updated_at:
            return opened
        return replace(opened, updated_at=at, public_at=at, last_event_at=opened.updated_at)

    def _written_at(self, ticket: Ticket) -> datetime | None:
        """Returns when a change is written; None for history, which keeps its own times."""
        if not self.live:
            return None
        return from_microseconds(
            self.ledger.next_write_time(to_microseconds(self.present), ticket.number)
        )

    def wake_at(self, ticket: Ticket) -> int | None:
        """When something is due to the ticket next, in microseconds since 1970; now, if it was."""
        at = timers.find_next_due_time(ticket, self.settings, self.ledger.policy_book.present)
        return None if at is None else max(at, to_microseconds(self.now))

    def record_user(self, person: Person, type_: str = "user.changed") -> int:
        """An event about a person; everybody's names follow it."""
        self.names.forget_person(person.id)
        seq = self.ledger.next_seq()
        self._write_log_entry(type_, seq, event_log.EventDetail(user_id=person.id))
        self._run_side_effects(type_, seq)
        if person.is_agent:
            self._schedule_rerouting()
        return seq

    def record_organization(self) -> int:
        """An event about the organization's settings."""
        seq = self.ledger.next_seq()
        self._write_log_entry("org.changed", seq, event_log.EventDetail())
        self._run_side_effects("org.changed", seq)
        self._schedule_rerouting()
        return seq

    def build_ticket_view(self, ticket: Ticket, description: str | UnsetType = UNSET) -> TicketView:
        """The ticket as the caller may see it, with today's names."""
        return views.render_ticket(
            ticket,
            self._load_customer(ticket),
            self.names.assignee_ref(self.writing, ticket.assignee_id),
            description,
            name_of=self.names.name_lookup(self.writing) if self.actor.sees_internal else None,
        )

    def visible_version(self, ticket: Ticket) -> int:
        """Returns the version that the caller sees, which is the ticket's entity tag."""
        return ticket.version if self.actor.sees_internal else ticket.public_state[0]

    def _load_customer(self, ticket: Ticket) -> CustomerRef:
        """The ticket's customer; who asks in person need not be looked up."""
        actor = self.actor
        if actor.is_customer and actor.id == ticket.customer_id and actor.email is not None:
            return CustomerRef(actor.id, actor.name, actor.email)
        return self.names.customer_ref(self.writing, ticket.customer_id)

    def render_ticket(self, ticket: Ticket) -> TicketView:
        """The same with the description."""
        text = tickets.read_description(self.writing, ticket.org_id, ticket.number)
        return self.build_ticket_view(ticket, text)

    def _schedule_rerouting(self) -> None:
        if self.live:
            routing_agenda.schedule_full_pass(self.writing, self.actor.org_id)

    def _write_message(self, ticket: Ticket, event: MessageAdded, seq: int) -> None:
        messages.add_message(
            self.writing,
            self.actor,
            org_id=ticket.org_id,
            number=ticket.number,
            seq=seq,
            kind=event.kind.value,
            body=event.body,
            created_at=to_microseconds(self.now),
        )
        self._index_text(ticket, event.body, is_note=event.kind is MessageKind.NOTE)

    def _index_text(self, ticket: Ticket, text: str, *, is_note: bool = False) -> None:
        document = Document(ticket.org_id, ticket.number, ticket.version, text, is_note)
        search_index.add_document(self.writing, document)

    def _reindex_subject(self, before: Ticket, after: Ticket) -> None:
        """A new subject is found by its own words, and no longer by the old one's."""
        if before.subject == after.subject:
            return
        text = tickets.read_description(self.writing, after.org_id, after.number)
        for step, ticket in (
            (search_index.remove_document, before),
            (search_index.add_document, after),
        ):
            own = search_index.ticket_text(ticket.subject, text)
            step(
                self.writing, Document(ticket.org_id, ticket.number, search_index.TICKET_TEXT, own)
            )

    def _run_side_effects(self, type_: str, seq: int, **about: Any) -> None:
        run_side_effects(
            RecordedEvent(
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

    def _write_log_entry(self, type_: str, seq: int, detail: event_log.EventDetail) -> None:
        at = to_microseconds(self.now)
        event_log.add_event(self.writing, self.actor, seq=seq, at=at, type_=type_, detail=detail)


def _build_detail(event: TicketEvent, ticket: Ticket, terms: int) -> event_log.EventDetail:
    target = event.target if isinstance(event, SlaEvent) else None
    return event_log.EventDetail(
        changes=event.changes,
        ticket=ticket,
        reason=event.reason,
        target=target,
        redacted=event.parts if isinstance(event, TicketRedacted) else None,
        terms=terms,
    )
