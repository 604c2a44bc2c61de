"""The state of the desk in this client. `reset`, `merge_*` and `apply` change it; screens read it.

A snapshot at a seq, and every envelope after it, equals a fresh snapshot. On top of it stand the
agent's commands that the server has not confirmed: `tickets` shows what they do.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec import UNSET, Struct
from msgspec.structs import replace

from common.envelope import PRESENCE_CHANGED, Envelope
from common.filters.filter_matching import FilterContext
from common.filters.filter_terms import TicketFilter
from common.organization import Organization
from common.people import AGENTS, Actor
from common.ticket_columns import ListOrder
from common.wire import Conversation, MessageView, MeView, Page, Queues, TicketView, UserView
from tui import clock
from tui.model.activity import ActivityTracker
from tui.model.conversations import Conversations
from tui.model.local_view import LocalView
from tui.model.organization_zone import find_local_zone
from tui.model.pending_commands import PendingCommands
from tui.model.queue_counts import QueueCounts
from tui.model.queues import NO_FILTER, ListSource, Tab
from tui.model.renames import merge_user, rename_person, update_own_view
from tui.model.ticket_index import TicketIndex
from tui.text import timeline
from tui.text.timeline import TimelineEntry


class EventGap(Exception):
    """Events between the store's seq and the envelope's are missing: the feed reads them first."""

    def __init__(self, seq: int, received: int) -> None:
        super().__init__(f"The store is at event {seq}, and {received} came.")
        self.seq, self.received = seq, received


class StoreChange(Struct, frozen=True, kw_only=True):
    """A change of the store: ticket numbers, people, the organization, or everything at once."""

    numbers: frozenset[int] = frozenset()
    everything: bool = False
    people: bool = False
    organization: bool = False
    is_own: bool = False
    """True where the agent made it here: they wait for it, so it is shown at once."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """A state to start from: tickets as of the page's seq, all else of that seq or later."""

    me: MeView
    organization: Organization
    users: list[UserView]
    queues: Queues
    tickets: Page[TicketView]
    epoch: str = ""


class Store:
    """Tickets, people and loaded conversations, as of event `seq`; 0 before the first reset."""

    def __init__(self) -> None:
        self.me: MeView | None = None
        self.organization: Organization | None = None
        self.tickets: dict[int, TicketView] = {}
        self.users: dict[int, UserView] = {}
        self.seq = self._since = 0
        self.epoch = ""
        """The identity of the log that `seq` counts in."""
        self._local = LocalView()
        self._callbacks: list[Callable[[StoreChange], None]] = []
        self._clear_state()

    def _clear_state(self) -> None:
        self.tickets = {}  # another one: a list that is still shown keeps its tickets
        self._local.clear_tickets()
        self._conversations = Conversations()
        self._renames: dict[int, UserView] = {}
        self._index = TicketIndex(self.tickets, None, self.build_filter_context)
        self._activity = ActivityTracker()
        self._queue_counts = QueueCounts()

    # -- reading

    @property
    def messages(self) -> dict[int, list[MessageView]]:
        """The messages of loaded conversations by ticket number, oldest first, as confirmed."""
        return self._conversations.messages

    def list_messages(self, number: int) -> Sequence[MessageView]:
        """Returns a conversation, as far as it is loaded, and the agent's unconfirmed messages."""
        return self._local.list_messages(number, self.messages.get(number, ()))

    def has_conversation(self, number: int) -> bool:
        """Returns whether a ticket's newest messages have been loaded."""
        return number in self._conversations.messages

    @property
    def older_cursors(self) -> dict[int, str | None]:
        """The cursor to a loaded conversation's older messages; None: all are here."""
        return self._conversations.older

    @property
    def timelines(self) -> dict[int, list[TimelineEntry]]:
        """The history of tickets, where it has been loaded, oldest first."""
        return self._conversations.stories

    def last_activity_seq(self, ticket: TicketView) -> int:
        """Returns the seq of the last event that others made, the system's bookkeeping aside."""
        return self._activity.find_last_seq(ticket)

    @property
    def queue_counts(self) -> Queues:
        """The number of tickets in each queue."""
        return self._queue_counts.to_queues(self._local.count_moved())

    @property
    def pending(self) -> PendingCommands:
        """The agent's unconfirmed commands; who changes them calls `show_pending`."""
        return self._local.pending

    @property
    def actor(self) -> Actor | None:
        """The agent, as the rules know it; None before the first snapshot."""
        return self._local.actor

    def find_confirmed_ticket(self, number: int) -> TicketView | None:
        """Returns a ticket as the server has it, without the agent's unconfirmed commands."""
        return self._local.find_base(number) or self.tickets.get(number)

    @property
    def is_whole(self) -> bool:
        """Returns whether all unresolved tickets are here, or still being loaded."""
        return self.me is not None and self._queue_counts.is_whole

    @property
    def lists(self) -> TicketIndex:
        """The tickets in lists: of tabs and saved views, in their orders, filtered."""
        return self._index

    def list_tab_tickets(
        self, tab: Tab, wanted: TicketFilter = NO_FILTER, order: ListOrder | None = None
    ) -> list[TicketView]:
        """Returns the tab's tickets in an order; with a filter, those that match."""
        return self._index.arrange_list(ListSource(tab), wanted, order)[:]

    def build_filter_context(self) -> FilterContext:
        """Returns the context of filters: the agent, this moment, the organization's zone."""
        me = self.me.id if self.me else None
        return FilterContext(me, clock.read_server_time(), find_local_zone(self.organization))

    def pass_time(self) -> None:
        """Lets filters by time find what they find now."""
        if self._index.pass_time():
            self._notify_subscribers(StoreChange())

    # -- notifying subscribers

    def subscribe(self, callback: Callable[[StoreChange], None]) -> Callable[[], None]:
        """Calls back after each change, with what changed. Returns how to end it."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def _notify_subscribers(self, change: StoreChange) -> None:
        for callback in tuple(self._callbacks):
            callback(change)

    # -- changing

    def replace_pending(self, pending: PendingCommands) -> None:
        """Takes the unconfirmed commands of the agent who has signed in."""
        before, self._local.pending = self.pending.numbers, pending
        self.show_pending(before | pending.numbers)

    def show_pending(self, numbers: Iterable[int], *, is_own: bool = False) -> None:
        """Shows tickets anew whose unconfirmed commands have changed; `is_own`: by the agent."""
        changed = self._local.settle(self.seq).union(numbers)
        self._show_again(changed)
        self._notify_subscribers(StoreChange(numbers=changed, is_own=is_own))

    def _show_again(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            base = self.find_confirmed_ticket(number)
            if base is not None:
                self._set_ticket(base)

    def reset(self, snapshot: Snapshot) -> None:
        """Starts again from a snapshot. Conversations are dropped; screens load what they show."""
        self._clear_state()
        if self.epoch != snapshot.epoch:
            self.pending.drop_confirmed()  # their events were those of another log
        self.seq = self._since = snapshot.tickets.seq
        self.epoch = snapshot.epoch
        self.me, self.organization = snapshot.me, snapshot.organization
        self._index = TicketIndex(self.tickets, snapshot.me.id, self.build_filter_context)
        self._local.set_agent(snapshot.me)
        self.users = {user.id: user for user in snapshot.users}
        self._queue_counts = QueueCounts(
            snapshot.queues, snapshot.me.id, is_whole=snapshot.tickets.next_cursor is None
        )
        self._put_tickets(snapshot.tickets.items)
        self._show_again(self._local.settle(self.seq))
        self._notify_subscribers(StoreChange(everything=True, people=True))

    def complete_loading(self) -> None:
        """Takes note that the pages after the snapshot's first are here, all of them."""
        self._queue_counts.count_all(self.tickets.values())
        self._notify_subscribers(StoreChange())

    def merge_tickets(self, tickets: Iterable[TicketView], seq: int | None = None) -> None:
        """Takes tickets from a further page, or from a command's response, where they are newer.

        `seq` is the page's: one read before the last reset may be out of date for good.
        """
        if seq is not None and seq < self._since:
            return
        taken = self._put_tickets(self._with_current_names(ticket) for ticket in tickets)
        if taken:
            self._notify_subscribers(StoreChange(numbers=taken))

    def merge_list_page(
        self, source: ListSource, order: ListOrder, page: Page[TicketView], last: TicketView | None
    ) -> None:
        """Takes a page of a list in an order; behind its `last` ticket more are to come."""
        if page.seq < self._since:
            return
        self._index.mark_loaded(source, order, last)
        self.merge_tickets(page.items, page.seq)
        self._notify_subscribers(StoreChange())

    def open_conversation(self, conversation: Conversation) -> bool:
        """Takes a ticket with its description and its newest messages; later ones come by apply.

        False: it is too old to be brought up to date, read it again.
        """
        page = conversation.messages
        if page.seq < self._since or not self._conversations.load_newest(conversation.number, page):
            return False
        self._put_ticket(self._with_current_names(conversation.ticket))
        self._rename_messages()
        self._notify_subscribers(StoreChange(numbers=frozenset({conversation.number})))
        return True

    def merge_older_messages(self, number: int, page: Page[MessageView]) -> None:
        """Takes a page of a loaded conversation's older messages, read with `sort=-seq`."""
        self._conversations.add_older_page(number, page)
        self._rename_messages()
        self._notify_subscribers(StoreChange(numbers=frozenset({number})))

    def merge_history(self, number: int, events: Iterable[Envelope]) -> None:
        """Takes a part of a ticket's history; later events come by apply."""
        found = (timeline.describe_event(event) for event in events)
        self._conversations.add_timeline_entries(number, (story for story in found if story))
        self._notify_subscribers(StoreChange(numbers=frozenset({number})))

    def merge_message(self, number: int, message: MessageView) -> None:
        """Takes the answer to one's own writing, before its event comes."""
        self._conversations.add_messages(number, (message,))
        self._notify_subscribers(StoreChange(numbers=frozenset({number})))

    def close_conversation(self, number: int) -> None:
        """Forgets a conversation that is no longer shown."""
        self._conversations.drop_conversation(number)

    def apply(self, envelope: Envelope) -> bool:
        """Applies an event. False: it was known. Raises EventGap where earlier ones are missing."""
        if envelope.seq <= self.seq:
            return False
        if envelope.seq > self.seq + 1:
            raise EventGap(self.seq, envelope.seq)
        self.seq = envelope.seq
        self._queue_counts.count_event(envelope)
        if envelope.ticket:
            base = self.find_confirmed_ticket(envelope.ticket.number)
            is_own = self._local.is_own_event(envelope)
            self._activity.track_event(envelope, envelope.ticket.number, base, is_own=is_own)
            self._local.note_own_event(envelope, base)
        changed = self._apply_parts(envelope)
        settled = self._local.settle(self.seq)
        self._show_again(settled)
        people, organization = bool(envelope.user), bool(envelope.organization)
        numbers = changed | settled
        change = StoreChange(numbers=numbers, people=people, organization=organization)
        self._notify_subscribers(change)
        return True

    def _apply_parts(self, envelope: Envelope) -> frozenset[int]:
        changed: set[int] = set()
        if envelope.organization:
            self.organization = envelope.organization
        if envelope.user:
            named = envelope.type != PRESENCE_CHANGED
            changed |= self._apply_user(envelope.user, named=named)
        if envelope.ticket:
            self._drop_outdated_texts(envelope, envelope.ticket.number)
            self._put_ticket(envelope.ticket)
            changed.add(envelope.ticket.number)
            if envelope.ticket.number in self.timelines:
                entry = timeline.describe_event(envelope)
                self._conversations.add_timeline_entries(
                    envelope.ticket.number, [entry] if entry else []
                )
            if envelope.message:
                self._conversations.add_stream_message(envelope.ticket.number, envelope.message)
            if envelope.undelivered:
                self._conversations.mark_undelivered(envelope.ticket.number, envelope.undelivered)
        return frozenset(changed)

    def _drop_outdated_texts(self, envelope: Envelope, number: int) -> None:
        """Forgets texts that the event took out, or a conversation that shows others after it.

        Who shows the ticket reads anew.
        """
        if "merged_from" in (envelope.changes or {}):
            self._conversations.drop_redacted(number, envelope.seq)
        if not envelope.redacted:
            return
        self._conversations.drop_redacted(number, envelope.seq)
        held = self.find_confirmed_ticket(number)
        if held is not None and held.description is not UNSET:
            self._set_ticket(replace(held, description=UNSET, attachments=UNSET))

    def _apply_user(self, received: UserView, *, named: bool) -> set[int]:
        """Applies a person; `named`: the event may bring a new name, unlike one of presence."""
        user = merge_user(self.users.get(received.id), received)
        if user.role in AGENTS:
            self.users[user.id] = user
        else:
            self.users.pop(user.id, None)
        if self.me is not None and self.me.id == user.id:
            self.me = update_own_view(self.me, user)
        return self._rename_user(user) if named else set()

    def _rename_user(self, user: UserView) -> set[int]:
        self._renames[user.id] = user
        renamed = [rename_person(ticket, user) for ticket in self.tickets.values()]
        changed = {new.number for new in renamed if new is not self.tickets[new.number]}
        for ticket in renamed:
            if ticket.number in changed:
                self.tickets[ticket.number] = ticket
                self._index.change_text(ticket)
        bases = map(self._local.find_base, self.pending.numbers)
        for base in [rename_person(base, user) for base in bases if base is not None]:
            self._set_ticket(base)
        return changed | self._conversations.rename_author(user)

    def _rename_messages(self) -> None:
        for user in self._renames.values():
            self._conversations.rename_author(user)

    def _with_current_names(self, ticket: TicketView) -> TicketView:
        # An answer may be older than a rename since then. A later rename has its own event.
        for user_id in (ticket.customer.id, ticket.assignee.id if ticket.assignee else 0):
            if user_id in self._renames:
                ticket = rename_person(ticket, self._renames[user_id])
        return ticket

    def _put_tickets(self, tickets: Iterable[TicketView]) -> frozenset[int]:
        batch = list(tickets)
        self._index.expect_tickets(len(batch))
        return frozenset(ticket.number for ticket in batch if self._put_ticket(ticket))

    def _put_ticket(self, ticket: TicketView) -> bool:
        """Takes a ticket where it is newer; a description, once read, stays."""
        held = self.find_confirmed_ticket(ticket.number)
        if held is not None and held.last_seq >= ticket.last_seq:
            if held.description is not UNSET or ticket.description is UNSET:
                return False
            ticket = _with_opening(held, ticket)
        elif held is not None and ticket.description is UNSET and held.description is not UNSET:
            ticket = _with_opening(ticket, held)
        self._set_ticket(ticket)
        return True

    def _set_ticket(self, base: TicketView) -> None:
        ticket = self._local.show_ticket(base, self.users)
        before = self.tickets.get(ticket.number)
        self._queue_counts.replace_ticket(before, ticket)
        self.tickets[ticket.number] = ticket
        self._index.place_ticket(before, ticket)


def _with_opening(ticket: TicketView, read: TicketView) -> TicketView:
    """Returns the ticket with the description and the files of another reading of it."""
    return replace(ticket, description=read.description, attachments=read.attachments)
