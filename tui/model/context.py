"""The context that all screens share: store, unread state, drafts, inbox, connection."""

from datetime import datetime
from math import ceil

from msgspec import Struct

from common.endpoints import READ_TICKET
from common.people import Actor
from common.wire import TicketView
from tui import clock
from tui.model import available_actions
from tui.model.drafts import Drafts
from tui.model.inbox import AgentInbox
from tui.model.macro_library import MacroLibrary
from tui.model.organization_zone import find_local_zone
from tui.model.outbox import Outbox
from tui.model.spelling import SpellChecker
from tui.model.store import Store, StoreChange
from tui.model.unread import UnreadTracker
from tui.model.view_library import ViewLibrary
from tui.model.watchers import TicketWatchers
from tui.text import formatting
from tui.ticket_verbs import VERBS_BY_NAME


class ServerLink(Struct, frozen=True):
    """The connection to the server; `state` is a value of feed.ConnectionPhase.

    It is a copy, because importing the feed imports the network's libraries, and the first
    paint should not wait for them.
    """

    state: str = "connecting"
    since: datetime | None = None
    next_try: datetime | None = None

    @property
    def is_live(self) -> bool:
        return self.state == "live"

    @property
    def is_offline(self) -> bool:
        return self.state == "offline"

    @property
    def seconds_to_retry(self) -> float:
        """Seconds until the next try; 0 while one is under way."""
        left = (self.next_try - clock.read_server_time()).total_seconds() if self.next_try else 0
        return max(left, 0)


class WorkstationContext:
    """The context of one agent at work."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.unread = UnreadTracker(store.last_activity_seq)
        store.subscribe(self._note_changes)
        self.drafts: Drafts | None = None
        self.outbox: Outbox | None = None
        self.inbox = AgentInbox()
        self.link = ServerLink()
        self.macros = MacroLibrary()
        self.views = ViewLibrary()
        self.watchers = TicketWatchers()
        self.bulk_held_until: datetime | None = None
        self.bulk_progress: tuple[int, int] | None = None
        """The tickets that a bulk change has reached, and all; None: no change is being sent."""
        """The moment at which a change of the marked tickets is sent that is still held."""
        self.spelling: SpellChecker | None = None
        """The dictionary of the organization's language; None: not loaded, or there is none."""
        self.server_url = ""
        self.public_url = ""
        """The server's address in links for customers."""

    def _note_changes(self, change: StoreChange) -> None:
        tickets = self.store.tickets
        changed = tickets if change.everything else change.numbers
        self.unread.note_tickets(tickets[number] for number in changed if number in tickets)

    @property
    def actor(self) -> Actor | None:
        """The agent, as the rules know it; None before the first snapshot."""
        me = self.store.me
        return Actor(me.org_id, me.role, me.id, me.name, me.email) if me else None

    @property
    def agent_id(self) -> int:
        """The agent's id; 0 before the first snapshot."""
        return self.store.me.id if self.store.me else 0

    @property
    def now(self) -> datetime:
        """This moment, in the organization's zone; in UTC where this machine does not know it."""
        return clock.read_server_time().astimezone(find_local_zone(self.store.organization))

    def ticket_url(self, ticket: TicketView) -> str:
        """Returns the ticket's address at the server."""
        path = READ_TICKET.url.format(org_id=ticket.org_id, number=ticket.number)
        return self.server_url + path

    @property
    def clock_skew_text(self) -> str:
        """The difference of this machine's clock from the server's; empty where it is small."""
        return formatting.format_clock_skew(clock.measure_skew())

    @property
    def draft_count(self) -> int:
        """The number of drafts."""
        return self.drafts.count_drafts() if self.drafts else 0

    @property
    def unsaved_draft_count(self) -> int:
        """Counts the drafts that could not be written to disk."""
        return self.drafts.count_unsaved() if self.drafts else 0

    @property
    def failed_draft_count(self) -> int:
        """Counts the drafts whose sending failed."""
        return self.drafts.count_failed() if self.drafts else 0

    @property
    def seconds_to_undo(self) -> int:
        """Seconds in which what is held can be taken back as if it had never been; 0: nothing is.

        A message, a change of status or a hand-over, of one ticket or of the marked ones.
        """
        now = clock.read_server_time()
        ends = (self.store.pending.find_last_release(now), self.bulk_held_until)
        left = [(end - now).total_seconds() for end in ends if end is not None and end > now]
        return ceil(max(left, default=0))

    @property
    def waiting_count(self) -> int:
        """Counts the commands that the server has not confirmed."""
        return len(self.store.pending.waiting)

    def has_unread(self, ticket: TicketView) -> bool:
        """Returns whether others did something to the ticket that this agent should look at."""
        me = self.store.me
        return me is not None and self.unread.has_unread(ticket, me.id)

    def list_unread(self) -> set[int]:
        """Returns the numbers of the tickets at which this agent should look."""
        return self.unread.list_unread(self.store.tickets, self.agent_id)

    def draft_marker(self, ticket: TicketView) -> str:
        """Returns `✎` where the ticket has a draft, `✗` where one could not be sent.

        `↑` says that the server has not confirmed what the agent did.
        """
        if ticket.number in self.store.pending.numbers:
            return "↑"
        if self.drafts is None or not self.drafts.has_draft(ticket.number):
            return ""
        return "✗" if self.drafts.list_send_errors(ticket.number) else "✎"

    def last_seen_seq(self, ticket: TicketView) -> int:
        """The event up to which the agent has seen the ticket."""
        return self.unread.last_seen_seq(ticket.number)

    def _has_draft(self, number: int, kind: str) -> bool:
        return self.drafts is not None and any(
            it.number == number and it.kind == kind for it in self.drafts.list_drafts()
        )

    def explain_unavailable(self, verb: str, ticket: TicketView | None) -> str | None:
        """Returns why the verb cannot be used on the ticket now; None: it can.

        A draft can be opened where its text could not be sent.
        """
        if self.actor is None:
            return "Not connected yet."
        if ticket is not None and self._has_draft(ticket.number, verb):
            return None
        if self.link.is_offline and VERBS_BY_NAME[verb].needs_server:
            return f"OFFLINE: {verb} has to wait for the server."
        return available_actions.explain_unavailable(
            verb, ticket, self.actor, clock.read_server_time()
        )
