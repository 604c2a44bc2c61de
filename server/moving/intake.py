"""Taking in lines inside one transaction.

A line's ticket is built through all of its history in memory and written once; its events and
messages are recorded as the desk records them, each by its own actor at its own time.
"""

from datetime import datetime
from enum import Enum, auto
from typing import Final

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from common.organization import Category
from common.people import Actor
from common.tickets.opening import FileTicket
from common.tickets.ticket import Ticket
from server.desk import Turn
from server.moving import replay
from server.moving.cast import Cast
from server.moving.lines import Entry, Kind, Line, TicketLine
from server.storage import moving, tickets
from server.storage.names import system
from server.storage.people import Person
from server.storage.transaction import Writing

LARGEST_NUMBER: Final = 9_999_999
"""A ticket's number beyond this is drawn anew: what is kept must leave room for what follows."""


class Outcome(Enum):
    """What became of a line."""

    TICKET = auto()
    SKIPPED = auto()
    USER = auto()
    KNOWN_USER = auto()


class Intake:
    """One organization's transaction; raises Refused for a line that cannot go in."""

    def __init__(self, writing: Writing, org_id: int, now: datetime) -> None:
        self._turn = Turn(writing, system(org_id), now, live=False)
        self._ledger = self._turn.ledger
        self._cast = Cast(self._turn)
        self._org_id = org_id

    def take(self, line: Line) -> Outcome:
        if line.user:
            return Outcome.USER if self._cast.add(line.user) else Outcome.KNOWN_USER
        if not line.ticket or self._is_there(line.ticket):
            return Outcome.SKIPPED
        self._take_ticket(line.ticket, line.entries)
        return Outcome.TICKET

    def _is_there(self, told: TicketLine) -> bool:
        if not told.external_id:
            return False
        writing, name = self._turn.writing, told.external_id
        if tickets.find_external(writing, self._org_id, name) is not None:
            return True
        own = moving.find_own(writing, self._org_id, name)
        return own is not None and own.created_at == told.created_at

    def _take_ticket(self, told: TicketLine, entries: tuple[Entry, ...]) -> None:
        customer = self._cast.customer(told.customer_email)
        filed_by = self._actor(told.actor or told.customer_email, told.key)
        opened = self._opened(told, customer)
        self._at(told.created_at, filed_by).record_opening(opened)
        ticket = self._replayed(opened, entries, customer)
        self._turn.place(ticket, told.description)

    def _opened(self, told: TicketLine, customer: Person) -> Ticket:
        self._know(told.category)
        command = FileTicket(told.subject, told.description, told.priority)
        opened = command.open(
            self._org_id,
            self._number(told.number),
            customer.id,
            told.category or self._ledger.settings.default_category,
            told.created_at,
            self._ledger.next_seq(),
            self._followed_up(told.followup_of),
        )
        tags = tuple(dict.fromkeys(told.tags))
        return replace(opened, tags=tags, external_id=told.external_id or None)

    def _replayed(self, ticket: Ticket, entries: tuple[Entry, ...], customer: Person) -> Ticket:
        for at, entry in enumerate(entries):
            ticket = self._step(ticket, entry, customer, f"/history/{at}/to")
        return ticket

    def _step(self, ticket: Ticket, entry: Entry, customer: Person, pointer: str) -> Ticket:
        self._know(entry.changes.category)
        by_customer = entry.type is Kind.RATING and not entry.actor
        actor = self._actor(customer.email if by_customer else entry.actor, entry.key)
        events = replay.events_of(entry, ticket, actor, self._assignee(entry.to, pointer))
        return self._at(entry.at, actor).record(ticket, events)

    def _at(self, at: datetime, actor: Actor) -> Turn:
        return Turn(self._turn.writing, actor, at, live=False)

    def _actor(self, email: str | None, key: str | UnsetType) -> Actor:
        if key:
            return self._cast.key(key)
        return self._cast.actor(email) if email else self._cast.system

    def _assignee(self, email: str | UnsetType | None, pointer: str) -> int | UnsetType | None:
        if email is UNSET or email is None:
            return email
        return self._cast.agent(email, pointer).id

    def _number(self, wish: int | UnsetType) -> int:
        """The number wished for while it is free, else the next one."""
        if not wish or wish > LARGEST_NUMBER or self._is_taken(wish):
            return self._ledger.next_ticket()
        self._ledger.keep_ticket(wish)
        return wish

    def _is_taken(self, number: int) -> bool:
        return tickets.find(self._turn.writing, self._org_id, number) is not None

    def _followed_up(self, name: str | UnsetType) -> int | None:
        """The number of the ticket before this one; none where it has stayed behind."""
        if not name:
            return None
        known = tickets.find_external(self._turn.writing, self._org_id, name)
        own = moving.find_own(self._turn.writing, self._org_id, name)
        return known or (own.number if own else None)

    def _know(self, category: str | UnsetType) -> None:
        """A category that the organization does not have becomes one of its own."""
        settings = self._ledger.settings
        if category is UNSET or category in settings.slugs:
            return
        added = Category(category, category[0].upper() + category[1:])
        self._ledger.save_settings(replace(settings, categories=(*settings.categories, added)))
        self._turn.record_organization()
