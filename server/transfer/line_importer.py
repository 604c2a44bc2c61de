"""Imports lines inside one transaction.

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
from common.people import Actor, Role
from common.tickets.filing import FileTicket
from common.tickets.splitting import begin_with_reply
from common.tickets.ticket import Ticket
from common.tickets.undelivered import FailedDelivery
from server.desk.mail import delivery_failures
from server.desk.recording import event_recorder, ticket_repository
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_merging
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.log import event_log
from server.storage.queries.mail.inbound_mails import InboundState
from server.storage.queries.person.name_resolver import NameResolver, make_system_actor
from server.storage.queries.person.people import Person
from server.storage.queries.ticket import messages, participants, tickets, transfer_queries
from server.storage.queries.ticket.messages import MessageSlice
from server.transfer import (
    history_order,
    history_to_events,
    macro_lines,
    merge_links,
    view_lines,
)
from server.transfer.events_to_history import HistoryBuilder
from server.transfer.file_folder import FileSupply
from server.transfer.file_format import (
    EntryKind,
    TicketLine,
    TransferEntry,
    TransferLine,
)
from server.transfer.history_to_events import EntryReferences
from server.transfer.history_updates import find_new_entries
from server.transfer.line_files import NO_FILES, FileCounts, LineFiles
from server.transfer.merge_links import MergeLinks
from server.transfer.people_resolver import CreatedPerson, PeopleResolver
from server.transfer.role_inference import RoleInference

LARGEST_NUMBER: Final = 9_999_999
"""Larger ticket numbers are replaced, so that enough numbers remain."""
UNLINKED_REPAIR: Final = "links to missing earlier tickets removed"
UNSORTED_REPAIR: Final = "histories sorted by time"
_ORIGINAL_STATES: Final = {
    EntryKind.REPLY: InboundState.MESSAGE,
    EntryKind.NOTE: InboundState.NOTE,
}
_OUT_OF_ORDER: Final = "the entries are not in order of time"


class LineOutcome(Enum):
    """The outcome of a line."""

    TICKET = auto()
    SKIPPED = auto()
    USER = auto()
    KNOWN_USER = auto()
    UPDATED = auto()
    MACRO = auto()
    KNOWN_MACRO = auto()
    VIEW = auto()
    KNOWN_VIEW = auto()


class LineResult(Struct, frozen=True, kw_only=True):
    """The outcome of a line, with the remarks for the report."""

    outcome: LineOutcome
    entries: int = 0
    """The number of entries appended to an existing ticket."""
    made: tuple[CreatedPerson, ...] = ()
    repairs: tuple[str, ...] = ()
    counts: FileCounts = NO_FILES
    remark: str = ""
    is_unnamed: bool = False
    """True for a ticket that has no external id."""


class LineOptions(Struct, frozen=True):
    """Options of lines; with `update` existing tickets get the new entries of their history."""

    update: bool = False
    strict: bool = False
    expected: frozenset[str] = frozenset()
    """External ids that a real import would have created before."""


class LineImporter:
    """Imports lines in one transaction; raises RequestRefused for a bad line."""

    def __init__(
        self,
        writing: WriteTransaction,
        org_id: int,
        now: datetime,
        roles: RoleInference,
        manner: LineOptions,
        files: FileSupply | None = None,
    ) -> None:
        self._work = UnitOfWork(writing, make_system_actor(org_id), now, live=False)
        self._sequence = self._work.sequence
        self._cast = PeopleResolver(self._work, roles)
        self._org_id = org_id
        self._manner = manner
        self._files = LineFiles(files or FileSupply({}), self._cast)
        self._links = MergeLinks(self._work, roles, LARGEST_NUMBER)

    def import_line(self, line: TransferLine) -> LineResult:
        self._cast.made.clear()
        self._files.begin_line()
        taken = self._import_record(line)
        return replace(taken, made=tuple(self._cast.made), counts=self._files.counts)

    def _import_record(self, line: TransferLine) -> LineResult:
        if line.user:
            is_new = self._cast.add_listed_person(line.user)
            outcome = LineOutcome.USER if is_new else LineOutcome.KNOWN_USER
            return LineResult(outcome=outcome, remark=self._cast.describe_conflicts(line.user))
        if line.macro:
            self._ensure_category(line.macro.verbs.category)
            is_added = macro_lines.import_macro(self._work, self._cast, line.macro)
            return LineResult(outcome=LineOutcome.MACRO if is_added else LineOutcome.KNOWN_MACRO)
        if line.view:
            is_added = view_lines.import_view(self._work, self._cast, line.view)
            return LineResult(outcome=LineOutcome.VIEW if is_added else LineOutcome.KNOWN_VIEW)
        if not line.ticket:
            return LineResult(outcome=LineOutcome.SKIPPED)
        history_order.check_times(line.ticket, line.entries, self._work.now)
        entries, repairs = self._sort_entries(line.entries)
        there = self._find_ticket(line.ticket)
        if there is None:
            if self._is_link_lost(line.ticket.followup_of):
                repairs = (*repairs, UNLINKED_REPAIR)
            remark = self._create_ticket(line.ticket, entries)
            is_unnamed = not line.ticket.external_id
            return LineResult(
                outcome=LineOutcome.TICKET, remark=remark, repairs=repairs, is_unnamed=is_unnamed
            )
        appended = self._append_entries(there, entries) if self._manner.update else 0
        outcome = LineOutcome.UPDATED if appended else LineOutcome.SKIPPED
        return LineResult(outcome=outcome, entries=appended)

    def _sort_entries(
        self, entries: tuple[TransferEntry, ...]
    ) -> tuple[tuple[TransferEntry, ...], tuple[str, ...]]:
        """Returns the entries sorted by time, and the repairs. Raises Invalid."""
        if history_order.is_ordered(entries):
            return entries, ()
        if self._manner.strict:
            raise Invalid.for_field("/history", _OUT_OF_ORDER)
        return history_order.sort_entries(entries), (UNSORTED_REPAIR,)

    def _find_ticket(self, ticket_line: TicketLine) -> Ticket | None:
        """The ticket of this external id, if it is there."""
        if not ticket_line.external_id:
            return None
        writing, name = self._work.writing, ticket_line.external_id
        number = tickets.find_imported_number(writing, self._org_id, name)
        if number is not None:
            return tickets.find_ticket(writing, self._org_id, number)
        own = transfer_queries.find_native_ticket(writing, self._org_id, name)
        return own if own is not None and own.created_at == ticket_line.created_at else None

    def _create_ticket(self, ticket_line: TicketLine, entries: tuple[TransferEntry, ...]) -> str:
        """Makes the ticket; says so where it could not keep its number."""
        customer = self._cast.resolve_customer(ticket_line.customer_email)
        filed_by = self._resolve_actor(
            ticket_line.actor or ticket_line.customer_email, ticket_line.key
        )
        opened = self._open_ticket(ticket_line, customer, entries)
        if ticket_line.split_from:
            opened = begin_with_reply(opened, filed_by)
        self._links.begin_ticket(opened.number)
        event_recorder.record_opening(
            self._make_unit_of_work(ticket_line.created_at, filed_by), opened
        )
        described = self._make_unit_of_work(ticket_line.created_at, filed_by)
        if ticket_line.original:
            mail, state = ticket_line.original, InboundState.TICKET
            self._files.restore_original(described, mail, state, opened.number, None)
        ticket = self._replay_entries(opened, enumerate(entries), customer.email)
        ticket_repository.insert_ticket(self._work, ticket, ticket_line.description)
        self._files.attach_files(described, ticket.number, None, ticket_line.attachments or ())
        self._add_participants(ticket, ticket_line.participants or ())
        if not ticket_line.number or ticket_line.number == ticket.number:
            return ""
        why = "too large" if ticket_line.number > LARGEST_NUMBER else "taken"
        return f"the number {ticket_line.number} is {why}; the ticket is {ticket.number} now"

    def _add_participants(self, ticket: Ticket, addresses: Iterable[str]) -> None:
        """Adds those who can take part today: customers, but not the requester."""
        for address in addresses:
            person = self._cast.resolve_customer(address)
            if person.role is Role.CUSTOMER and person.id != ticket.customer_id:
                participants.add_participant(
                    self._work.writing, self._org_id, ticket.number, person.id
                )

    def _append_entries(self, before: Ticket, entries: tuple[TransferEntry, ...]) -> int:
        """Adds the new entries to a ticket; returns their number."""
        log = list(event_log.read_ticket_log(self._work.writing, self._org_id, before.number))
        names = NameResolver(self._org_id)
        recorded = HistoryBuilder(self._work.writing, names).build_history(log[1:])
        fresh = find_new_entries(entries, log, recorded, lambda entry: self._is_idle(before, entry))
        requester = names.read_person(self._work.writing, before.customer_id)
        places = ((entries.index(entry), entry) for entry in fresh)
        after = self._replay_entries(before, places, requester.email)
        if after.version == before.version:
            return 0
        ticket_repository.save_changed_ticket(self._work, before, after)
        return len(fresh)

    def _is_idle(self, ticket: Ticket, entry: TransferEntry) -> bool:
        """Returns whether the entry repeats the ticket's present state."""
        if entry.type is EntryKind.UNDELIVERED:
            return False
        names = self._resolve_references(ticket, entry, "/history")
        return not history_to_events.derive_events(entry, ticket, self._cast.system_actor, names)

    def _resolve_references(
        self, ticket: Ticket, entry: TransferEntry, pointer: str
    ) -> EntryReferences:
        is_undone = entry.type is EntryKind.UNMERGE and not entry.tickets
        return EntryReferences(
            self._resolve_person(entry, pointer),
            self._links.resolve_number(entry.into),
            self._links.find_numbers(entry.tickets),
            ticket_merging.read_values_before_merge(self._work, ticket) if is_undone else {},
        )

    def _open_ticket(
        self, ticket_line: TicketLine, customer: Person, entries: tuple[TransferEntry, ...]
    ) -> Ticket:
        self._ensure_category(ticket_line.category)
        command = FileTicket(ticket_line.subject, ticket_line.description, ticket_line.priority)
        opened = command.open_ticket(
            self._org_id,
            self._links.find_promised_number(
                ticket_line.external_id, ticket_line.number, entries, ticket_line.split_from
            )
            or self._choose_number(ticket_line.number),
            customer.id,
            ticket_line.category or self._sequence.settings.default_category,
            ticket_line.created_at,
            self._sequence.next_seq(),
            self._find_followed_up_number(ticket_line.followup_of),
        )
        tags = tuple(dict.fromkeys(ticket_line.tags))
        return replace(
            opened,
            tags=tags,
            channel=ticket_line.channel or None,
            sender_verified=None if ticket_line.verified is UNSET else ticket_line.verified,
            external_id=ticket_line.external_id or None,
            split_from=self._find_followed_up_number(ticket_line.split_from),
        )

    def _replay_entries(
        self, ticket: Ticket, entries: Iterable[tuple[int, TransferEntry]], requester: str
    ) -> Ticket:
        for at, entry in entries:
            ticket = self._replay_entry(ticket, entry, requester, f"/history/{at}/to")
        return ticket

    def _replay_entry(
        self, ticket: Ticket, entry: TransferEntry, requester: str, pointer: str
    ) -> Ticket:
        if entry.type is EntryKind.UNDELIVERED:
            return self._replay_failure(ticket, entry, pointer)
        self._ensure_category(entry.changes.category)
        by_requester = entry.type is EntryKind.RATING and not entry.actor
        actor = self._resolve_actor(requester if by_requester else entry.actor, entry.key)
        names = self._resolve_references(ticket, entry, pointer)
        events = history_to_events.derive_events(entry, ticket, actor, names)
        work = self._make_unit_of_work(entry.at, actor)
        after = event_recorder.record_events(work, ticket, events)
        seq = self._sequence.seq
        self._files.attach_files(work, ticket.number, seq, entry.attachments)
        if entry.original:
            state = _ORIGINAL_STATES[entry.type]
            self._files.restore_original(work, entry.original, state, ticket.number, seq)
        return after

    def _replay_failure(self, ticket: Ticket, entry: TransferEntry, pointer: str) -> Ticket:
        """Marks a message that did not arrive. Raises Invalid where there is no such message."""
        which = MessageSlice(newest_first=False, notes=True)
        place = entry.message or 0
        found = messages.list_messages(
            self._work.writing, self._org_id, ticket.number, which, 0, place
        )
        if not place or len(found) < place:
            pointer = pointer.replace("/to", "/message")
            raise Invalid.for_field(pointer, "must be the place of an earlier message, from 1")
        person_id = self._cast.resolve_customer(entry.to).id if entry.to else ticket.customer_id
        delivery = FailedDelivery(found[-1].seq, person_id)
        work = self._make_unit_of_work(entry.at, self._cast.system_actor)
        return delivery_failures.restore_failure(work, ticket, delivery, entry.reason or "")

    def _make_unit_of_work(self, at: datetime, actor: Actor) -> UnitOfWork:
        return UnitOfWork(self._work.writing, actor, at, live=False)

    def _resolve_actor(self, email: str | None, key: str | UnsetType) -> Actor:
        if key:
            return self._cast.resolve_api_key(key)
        return self._cast.resolve_actor(email) if email else self._cast.system_actor

    def _resolve_person(self, entry: TransferEntry, pointer: str) -> int | UnsetType | None:
        """Returns the person in `to`: an assignee, or the customer that the ticket got."""
        if entry.type is EntryKind.UNDELIVERED:
            return UNSET
        if entry.type is EntryKind.CUSTOMER and entry.to:
            return self._cast.resolve_customer(entry.to).id
        return self._resolve_assignee(entry.to, pointer)

    def _resolve_assignee(
        self, email: str | UnsetType | None, pointer: str
    ) -> int | UnsetType | None:
        if email is UNSET or email is None:
            return email
        return self._cast.resolve_agent(email, pointer).id

    def _choose_number(self, wish: int | UnsetType) -> int:
        """Returns the given number if it is free, else the next one."""
        if not wish or wish > LARGEST_NUMBER or self._is_taken(wish):
            return self._sequence.next_ticket_number()
        self._sequence.reserve_ticket_number(wish)
        return wish

    def _is_taken(self, number: int) -> bool:
        return tickets.find_ticket(self._work.writing, self._org_id, number) is not None

    def _find_followed_up_number(self, name: str | UnsetType) -> int | None:
        """Returns the number of the followed-up ticket; None if it is missing."""
        if not name:
            return None
        return merge_links.find_number(self._work, name)

    def _is_link_lost(self, name: str | UnsetType) -> bool:
        if not name or name in self._manner.expected:
            return False
        return self._find_followed_up_number(name) is None

    def _ensure_category(self, category: str | UnsetType) -> None:
        """Adds a category that the organization does not have."""
        settings = self._sequence.settings
        if category is UNSET or category in settings.category_slugs:
            return
        added = Category(category, category[0].upper() + category[1:])
        self._sequence.save_settings(replace(settings, categories=(*settings.categories, added)))
        event_recorder.record_organization(self._work)
