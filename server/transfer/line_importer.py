"""Taking in lines inside one transaction.

A line's ticket is built through all of its history in memory and written once; its events and
messages are recorded as the desk records them, each by its own actor at its own time.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum, auto
from typing import Final

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from common.errors import Invalid
from common.organization import Category
from common.people import Actor
from common.tickets.filing import FileTicket
from common.tickets.ticket import Ticket
from server.desk import report_facts
from server.desk.unit_of_work import UnitOfWork
from server.storage.engine.transaction import Writing
from server.storage.queries import tickets, transfer_queries
from server.storage.queries.name_resolver import Names, system
from server.storage.queries.people import Person
from server.transfer import history_order, history_to_events
from server.transfer.events_to_history import Teller
from server.transfer.file_format import Entry, Kind, Line, TicketLine
from server.transfer.history_updates import new_entries
from server.transfer.people_resolver import Cast, Made
from server.transfer.role_inference import Roles

LARGEST_NUMBER: Final = 9_999_999
"""A ticket's number beyond this is drawn anew: what is kept must leave room for what follows."""
UNLINKED: Final = "links to earlier tickets that are not there left out"
UNSORTED: Final = "histories put in the order of time"
_OUT_OF_ORDER: Final = "the entries do not stand in the order of time"


class Outcome(Enum):
    """What became of a line."""

    TICKET = auto()
    SKIPPED = auto()
    USER = auto()
    KNOWN_USER = auto()
    UPDATED = auto()


class Taken(Struct, frozen=True, kw_only=True):
    """The outcome of a line, with the remarks for the report."""

    outcome: Outcome
    entries: int = 0
    """How many were appended to a ticket that was there."""
    made: tuple[Made, ...] = ()
    repairs: tuple[str, ...] = ()
    remark: str = ""
    is_unnamed: bool = False
    """True for a ticket that has no external id."""


class Manner(Struct, frozen=True):
    """How lines are taken in; `update`: a ticket that is there gets what is new in its history."""

    update: bool = False
    strict: bool = False
    expected: frozenset[str] = frozenset()
    """External ids that would be there, were this not a dry run."""


class Intake:
    """One organization's transaction; raises Refused for a line that cannot go in."""

    def __init__(
        self, writing: Writing, org_id: int, now: datetime, roles: Roles, manner: Manner
    ) -> None:
        self._turn = UnitOfWork(writing, system(org_id), now, live=False)
        self._ledger = self._turn.ledger
        self._cast = Cast(self._turn, roles)
        self._org_id = org_id
        self._manner = manner

    def take(self, line: Line) -> Taken:
        self._cast.made.clear()
        taken = self._take(line)
        return replace(taken, made=tuple(self._cast.made))

    def _take(self, line: Line) -> Taken:
        if line.user:
            is_new = self._cast.add(line.user)
            outcome = Outcome.USER if is_new else Outcome.KNOWN_USER
            return Taken(outcome=outcome, remark=self._cast.remark_on(line.user))
        if not line.ticket:
            return Taken(outcome=Outcome.SKIPPED)
        history_order.check_times(line.ticket, line.entries, self._turn.now)
        entries, repairs = self._in_order(line.entries)
        there = self._find(line.ticket)
        if there is None:
            if self._is_link_lost(line.ticket.followup_of):
                repairs = (*repairs, UNLINKED)
            remark = self._take_ticket(line.ticket, entries)
            is_unnamed = not line.ticket.external_id
            return Taken(
                outcome=Outcome.TICKET, remark=remark, repairs=repairs, is_unnamed=is_unnamed
            )
        appended = self._append(there, entries) if self._manner.update else 0
        outcome = Outcome.UPDATED if appended else Outcome.SKIPPED
        return Taken(outcome=outcome, entries=appended)

    def _in_order(self, entries: tuple[Entry, ...]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
        """The entries by their times, and what was repaired for it. Raises Invalid."""
        if history_order.is_ordered(entries):
            return entries, ()
        if self._manner.strict:
            raise Invalid.at("/history", _OUT_OF_ORDER)
        return history_order.ordered(entries), (UNSORTED,)

    def _find(self, told: TicketLine) -> Ticket | None:
        """The ticket of this external id, if it is there."""
        if not told.external_id:
            return None
        writing, name = self._turn.writing, told.external_id
        number = tickets.find_external(writing, self._org_id, name)
        if number is not None:
            return tickets.find(writing, self._org_id, number)
        own = transfer_queries.find_own(writing, self._org_id, name)
        return own if own is not None and own.created_at == told.created_at else None

    def _take_ticket(self, told: TicketLine, entries: tuple[Entry, ...]) -> str:
        """Makes the ticket; says so where it could not keep its number."""
        customer = self._cast.customer(told.customer_email)
        filed_by = self._actor(told.actor or told.customer_email, told.key)
        opened = self._opened(told, customer)
        self._at(told.created_at, filed_by).record_opening(opened)
        ticket = self._replayed(opened, enumerate(entries), customer.email)
        self._turn.place(ticket, told.description)
        if not told.number or told.number == ticket.number:
            return ""
        why = "too large" if told.number > LARGEST_NUMBER else "taken"
        return f"the number {told.number} is {why}; the ticket is {ticket.number} now"

    def _append(self, before: Ticket, entries: tuple[Entry, ...]) -> int:
        """Adds what is new to the history of a ticket; answers how many entries."""
        log = list(report_facts.entries(self._turn.writing, self._org_id, before.number))
        names = Names(self._org_id)
        told = Teller(self._turn.writing, names).entries(log[1:])
        fresh = new_entries(entries, log, told, lambda entry: self._is_idle(before, entry))
        requester = names.person(self._turn.writing, before.customer_id)
        places = ((entries.index(entry), entry) for entry in fresh)
        after = self._replayed(before, places, requester.email)
        if after.version == before.version:
            return 0
        self._turn.keep(before, after)
        return len(fresh)

    def _is_idle(self, ticket: Ticket, entry: Entry) -> bool:
        """Returns whether the entry repeats the ticket's present state."""
        assignee = self._assignee(entry.to, "/history")
        return not history_to_events.events_of(entry, ticket, self._cast.system, assignee)

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

    def _replayed(
        self, ticket: Ticket, entries: Iterable[tuple[int, Entry]], requester: str
    ) -> Ticket:
        for at, entry in entries:
            ticket = self._step(ticket, entry, requester, f"/history/{at}/to")
        return ticket

    def _step(self, ticket: Ticket, entry: Entry, requester: str, pointer: str) -> Ticket:
        self._know(entry.changes.category)
        by_requester = entry.type is Kind.RATING and not entry.actor
        actor = self._actor(requester if by_requester else entry.actor, entry.key)
        events = history_to_events.events_of(
            entry, ticket, actor, self._assignee(entry.to, pointer)
        )
        return self._at(entry.at, actor).record(ticket, events)

    def _at(self, at: datetime, actor: Actor) -> UnitOfWork:
        return UnitOfWork(self._turn.writing, actor, at, live=False)

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
        own = transfer_queries.find_own(self._turn.writing, self._org_id, name)
        return known or (own.number if own else None)

    def _is_link_lost(self, name: str | UnsetType) -> bool:
        if not name or name in self._manner.expected:
            return False
        return self._followed_up(name) is None

    def _know(self, category: str | UnsetType) -> None:
        """A category that the organization does not have becomes one of its own."""
        settings = self._ledger.settings
        if category is UNSET or category in settings.slugs:
            return
        added = Category(category, category[0].upper() + category[1:])
        self._ledger.save_settings(replace(settings, categories=(*settings.categories, added)))
        self._turn.record_organization()
