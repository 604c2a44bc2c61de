"""The desk: the only writer.

    command -> [load, permit, decide, evolve, save, record] in one transaction -> commit -> nudge

A write happens in a `Turn`: one caller, one organization, one transaction. What the turn did not
decide it does not know: rules are in `common`, rows in `storage`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from msgspec import UNSET, Struct, UnsetType

from common.organization import Settings
from common.people import Actor, Presence, Role
from common.permissions import see
from common.refused import Conflict, FieldError, Invalid, NotFound, StaleVersion
from common.tickets import replying
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import AlreadyClaimed
from common.tickets.event import TicketEvent
from common.tickets.facts import NOTHING, Facts
from common.tickets.language import Command
from common.tickets.opening import Created, FileTicket
from common.tickets.rating import Rated
from common.tickets.replying import AddMessage, ConversationAdvanced, MessageAdded, MessageKind
from common.tickets.ticket import Ticket
from common.wire import TicketView
from server.clock import Clock
from server.storage import ledger, log, messages, people, search, tickets, views
from server.storage.database import Database
from server.storage.instant import stored
from server.storage.names import Names
from server.storage.people import Person
from server.storage.search import Document
from server.storage.transaction import Writing

T = TypeVar("T")
_PRESENT = frozenset({Presence.AVAILABLE, Presence.BUSY})


class Done(Struct, frozen=True):
    """What a command came to: the ticket after it, and the message it wrote, by seq."""

    ticket: Ticket
    message_seq: int | None = None


class Turn:
    """One write by one caller, inside its transaction."""

    def __init__(self, writing: Writing, actor: Actor, now: datetime) -> None:
        self.writing = writing
        self.actor = actor
        self.now = now
        self.names: Names = writing.notes.setdefault((Names, actor.org_id), Names(actor.org_id))

    @cached_property
    def ledger(self) -> ledger.Ledger:
        """The organization's ledger; taking it is what orders the organization's writes."""
        return ledger.take(self.writing, self.actor.org_id)

    @property
    def settings(self) -> Settings:
        return self.ledger.settings

    def file(self, command: FileTicket, *, followup_of: int | None = None) -> Ticket:
        """Opens a ticket. Raises Invalid for an unknown category or an impossible customer."""
        category = self._category(command)
        customer_id = self._customer_of(command)
        opened = command.open(
            self.actor.org_id,
            self.ledger.next_ticket(),
            customer_id,
            category,
            self.now,
            self.ledger.next_seq(),
            followup_of,
        )
        self.record_opening(opened)
        self.place(opened, command.description)
        return opened

    def record_opening(self, opened: Ticket) -> None:
        """The event that a ticket begins with; its row is written by `place`."""
        self._record(Created.type, opened.last_seq, log.Detail(ticket=opened))

    def place(self, ticket: Ticket, description: str, external_id: str | None = None) -> None:
        """A new ticket's row, and its own text in the index; it may have a history already."""
        tickets.add(self.writing, ticket, description, external_id)
        text = _own_text(ticket, description)
        search.add(self.writing, Document(ticket.org_id, ticket.number, 1, text))

    def act(self, number: int, command: Command, if_match: int | None = None) -> Done:
        """Does a command to a ticket. Raises what rules refuse, NotFound and StaleVersion."""
        org_ledger = self.ledger
        ticket = self.ticket(number)
        facts = self._facts(ticket, command)
        if isinstance(command, AddMessage) and replying.follows_up(
            ticket, self.actor, self.now, facts
        ):
            return self._follow_up(ticket, command, facts, if_match)
        events = self._decide(ticket, command, facts)
        self._check_version(ticket, if_match)
        message_seq = org_ledger.seq + 1 if isinstance(command, AddMessage) else None
        return Done(self.apply(ticket, events), message_seq)

    def ticket(self, number: int) -> Ticket:
        """The ticket, if the caller may see it. Raises NotFound."""
        found = tickets.find(self.writing, self.actor.org_id, number)
        if found is None:
            raise NotFound
        see(self.actor, found)
        return found

    def apply(self, ticket: Ticket, events: list[TicketEvent]) -> Ticket:
        """Evolves the ticket through the events, and writes it with them."""
        after = self.record(ticket, events)
        if events:
            tickets.save(self.writing, ticket, after)
            self._reindex(ticket, after)
        return after

    def record(self, ticket: Ticket, events: list[TicketEvent]) -> Ticket:
        """The events and what was written, without the ticket's row: the ticket after them."""
        for event in events:
            seq = self.ledger.next_seq()
            ticket = ticket.evolve(event.changes, self.now, seq)
            if isinstance(event, MessageAdded):
                self._write_message(ticket, event, seq)
            self._record(event.type, seq, _detail(event, ticket))
        return ticket

    def record_user(self, person: Person, type_: str = "user.changed") -> int:
        """An event about a person; everybody's names follow it."""
        self.names.forget(person.id)
        seq = self.ledger.next_seq()
        self._record(type_, seq, log.Detail(user_id=person.id))
        return seq

    def record_organization(self) -> int:
        """An event about the organization's settings."""
        seq = self.ledger.next_seq()
        self._record("org.changed", seq, log.Detail())
        return seq

    def view(self, ticket: Ticket, description: str | UnsetType = UNSET) -> TicketView:
        """The ticket as the caller may see it, with today's names."""
        return views.ticket(
            ticket,
            self.names.customer(self.writing, ticket.customer_id),
            self.names.assignee(self.writing, ticket.assignee_id),
            description,
            internal=not self.actor.is_customer,
        )

    def whole_view(self, ticket: Ticket) -> TicketView:
        """The same with the description."""
        text = tickets.description(self.writing, ticket.org_id, ticket.number)
        return self.view(ticket, text)

    def new_customer(self, email: str, name: str, password_hash: str | None = None) -> Person:
        """A customer of this organization, and the event that says so."""
        person = Person(
            org_id=self.actor.org_id,
            id=self.ledger.next_user(agent=False),
            email=email,
            name=name,
            role=Role.CUSTOMER,
            password_hash=password_hash,
            created_at=stored(self.now),
        )
        people.add(self.writing, person)
        self.record_user(person)
        return person

    def _category(self, command: FileTicket) -> str:
        category = command.category or self.settings.default_category
        if category not in self.settings.slugs:
            raise Invalid(_unknown_category(self.settings))
        return category

    def _customer_of(self, command: FileTicket) -> int:
        """Whose ticket it is: the caller's own, or that of the address an agent or key names."""
        if self.actor.is_customer:
            if command.customer_email:
                raise Invalid.at("/customer_email", "leave it out: the ticket is your own")
            return self.actor.id or 0
        if not command.customer_email:
            raise Invalid.at("/customer_email", "is required: name the customer")
        email = command.customer_email
        known = people.find_by_email(self.writing, self.actor.org_id, email)
        if known is None:
            return self.new_customer(email, email.partition("@")[0]).id
        if known.is_agent:
            raise Invalid.at("/customer_email", "belongs to an agent; name a customer")
        return known.id

    def _follow_up(
        self, closed: Ticket, command: AddMessage, facts: Facts, if_match: int | None
    ) -> Done:
        command.permit(self.actor)
        with self._in_words(closed):
            command.check_read(facts)
        self._check_version(closed, if_match)
        opened = self.file(self._renewed(closed), followup_of=closed.number)
        events = AddMessage(body=command.body).decide(opened, self.actor, self.now)
        seq = self.ledger.seq + 1
        return Done(self.apply(opened, events), seq)

    def _renewed(self, closed: Ticket) -> FileTicket:
        return replying.follow_up(closed, self.settings.slugs)

    def _facts(self, ticket: Ticket, command: Command) -> Facts:
        if not isinstance(command, AddMessage):
            return NOTHING
        unread: tuple[int, ...] = ()
        if command.after_seq is not UNSET:
            unread = messages.unread(self.writing, self.actor, ticket.number, command.after_seq)
        return Facts(
            assignee_present=self._is_present(ticket.assignee_id),
            reopen_closed_days=self.settings.reopen_closed_days,
            unread_message_ids=unread,
        )

    def _is_present(self, person_id: int | None) -> bool:
        if person_id is None:
            return False
        return self.names.person(self.writing, person_id).presence in _PRESENT

    def _check_references(self, command: Command) -> None:
        """What a command names must be there. Raises Invalid."""
        if isinstance(command, AssignTicket):
            self._check_assignee(command.user_id)
        category = getattr(command, "category", UNSET)
        if category is not UNSET and category not in self.settings.slugs:
            raise Invalid(_unknown_category(self.settings))

    def _check_assignee(self, user_id: int | None) -> None:
        if user_id is None:
            return
        person = people.find(self.writing, self.actor.org_id, user_id)
        if person is None or not person.is_agent or not person.active:
            raise Invalid.at("/user_id", "must be an active agent of this organization")

    def _decide(self, ticket: Ticket, command: Command, facts: Facts) -> list[TicketEvent]:
        """The command's decision. What it names must be there: that is told before the state."""
        try:
            with self._in_words(ticket):
                events = command.decide(ticket, self.actor, self.now, facts)
        except Conflict:
            self._check_references(command)
            raise
        self._check_references(command)
        return events

    def _check_version(self, ticket: Ticket, if_match: int | None) -> None:
        if if_match is not None and if_match != ticket.version:
            raise StaleVersion(
                f"The ticket is at version {ticket.version} by now.", ticket=self.view(ticket)
            )

    @contextmanager
    def _in_words(self, ticket: Ticket) -> Iterator[None]:
        """What a rule refuses with ids is told with names and words."""
        try:
            yield
        except AlreadyClaimed as refusal:
            winner = self.names.person(self.writing, refusal.assignee_id)
            refusal.detail = f"{winner.name} has this ticket."
            refusal.extras["assignee"] = winner.ref
            raise
        except ConversationAdvanced as refusal:
            refusal.extras["messages"] = messages.by_seq(
                self.writing, self.actor.org_id, ticket.number, refusal.message_ids
            )
            raise

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
        search.add(self.writing, document)

    def _reindex(self, before: Ticket, after: Ticket) -> None:
        """A new subject is found by its own words, and no longer by the old one's."""
        if before.subject == after.subject:
            return
        text = tickets.description(self.writing, after.org_id, after.number)
        for step, ticket in ((search.remove, before), (search.add, after)):
            step(
                self.writing,
                Document(ticket.org_id, ticket.number, 1, _own_text(ticket, text)),
            )

    def _record(self, type_: str, seq: int, detail: log.Detail) -> None:
        at = stored(self.now)
        log.add(self.writing, self.actor, seq=seq, at=at, type_=type_, detail=detail)


class Desk:
    """Where every write of an organization goes through."""

    def __init__(self, database: Database, clock: Clock, nudge: Callable[[int], None]) -> None:
        self._database = database
        self._clock = clock
        self._nudge = nudge

    async def write(self, actor: Actor, job: Callable[[Turn], T]) -> T:
        """Runs the job as one transaction by the actor; answers after the commit.

        The job may run more than once (see `Database`): it changes nothing but the transaction.
        """
        result = await self._database.write(
            lambda writing: job(Turn(writing, actor, self._clock()))
        )
        self._nudge(actor.org_id)
        return result


def _detail(event: TicketEvent, ticket: Ticket) -> log.Detail:
    rating = event.rating if isinstance(event, Rated) else None
    return log.Detail(changes=event.changes, ticket=ticket, reason=event.reason, rating=rating)


def _own_text(ticket: Ticket, description: str) -> str:
    return f"{ticket.subject}\n{description}"


def _unknown_category(settings: Settings) -> FieldError:
    known = ", ".join(sorted(settings.slugs))
    return FieldError(f"unknown category; there are: {known}", pointer="/category")
