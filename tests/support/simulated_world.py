"""A desk in memory that decides as the server does, and remembers each of its states."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import UNSET, Struct
from msgspec.structs import replace

from common.envelope import Envelope
from common.errors import RequestRefused
from common.filters.filter_parser import parse_filter
from common.organization import Organization
from common.people import Actor, Presence, Role
from common.tickets.claiming import ClaimTicket
from common.tickets.decision_context import DecisionContext
from common.tickets.editing import EditTicket
from common.tickets.event import TicketEvent
from common.tickets.filing import FileTicket
from common.tickets.merging import MergeTicket, UnmergeTicket
from common.tickets.replying import MessageAdded, MessageKind
from common.tickets.ticket import UNRESOLVED, Priority, Status, Ticket
from common.wire import (
    ActorRef,
    Conversation,
    CustomerRef,
    MessageView,
    MeView,
    Page,
    PersonRef,
    Queues,
    TicketView,
    UserView,
)
from tests.support.ticket_commands import FIELD_VALUES, build_commands, build_edits
from tui.model.queues import ListSource, Tab, is_in_tab
from tui.model.sort_keys import choose_sort_key
from tui.model.store import Snapshot, Store

ORG, ME = 4821, 102
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ROLES = {
    101: Role.SUPERVISOR,
    ME: Role.AGENT,
    103: Role.AGENT,
    201: Role.CUSTOMER,
    202: Role.CUSTOMER,
}
AGENT_IDS = [101, ME, 103]


class State(Struct, frozen=True):
    """The desk after some event: copied, never changed."""

    tickets: dict[int, Ticket]
    names: dict[int, str]
    messages: dict[int, tuple[MessageView, ...]]


class Happened(Struct, frozen=True):
    """One event, before names are looked up."""

    type: str
    actor: int
    at: datetime
    ticket: Ticket | None = None
    changes: dict[str, Any] = {}
    message: MessageView | None = None
    user: int | None = None


class World:
    """A desk that decides as the server does, and remembers what it was after each event."""

    def __init__(self) -> None:
        names = {user_id: f"person {user_id}" for user_id in ROLES}
        self.states = [State({}, names, {})]
        self.log: list[Happened] = []

    @property
    def seq(self) -> int:
        return len(self.log)

    @property
    def now(self) -> datetime:
        return BEGIN + timedelta(minutes=self.seq)

    def file(self, customer_id: int, priority: Priority) -> None:
        command = FileTicket(subject="It broke", description="Please help", priority=priority)
        number = len(self.states[-1].tickets) + 1
        ticket = command.open_ticket(ORG, number, customer_id, "general", self.now, self.seq + 1)
        self._record(Happened("ticket.created", customer_id, self.now, ticket))

    def command(self, number: int, actor_id: int, command: Any) -> None:
        """Carries a command out, where there is such a ticket and the rules allow it."""
        if number in self.states[-1].tickets:
            with suppress(RequestRefused):
                self.perform(number, actor_id, command)

    def perform(
        self, number: int, actor_id: int, command: Any, unread: tuple[int, ...] = ()
    ) -> None:
        """Carries a command out on a ticket that exists. Raises RequestRefused."""
        tickets = self.states[-1].tickets
        who = Actor(ORG, ROLES[actor_id], actor_id, "")
        before = tickets[number]
        survivor = tickets.get(getattr(command, "into", before.merged_into) or 0)
        context = DecisionContext(
            before,
            who,
            self.now,
            assignee_present=True,
            reopen_closed_days=30,
            customer_id=202,
            survivor=survivor,
            unread_message_ids=unread,
        )
        events = command.decide(context)
        is_merge = isinstance(command, MergeTicket | UnmergeTicket)
        if is_merge and survivor is None:
            return
        self._happen(number, actor_id, events)
        if is_merge and survivor is not None and events:
            self._happen(
                survivor.number, actor_id, command.decide_survivor(before, survivor, self.now)
            )

    def _happen(self, number: int, actor_id: int, events: list[TicketEvent]) -> None:
        for event in events:
            ticket = self.states[-1].tickets[number].evolve(event.changes, self.now, self.seq + 1)
            message = None
            if isinstance(event, MessageAdded):
                by = ActorRef(actor_id, ROLES[actor_id], "")
                number_of_it = self.seq + 1
                message = MessageView(
                    number_of_it, event.kind, event.body, by, self.now, number_of_it
                )
            changes = dict(event.changes)
            self._record(Happened(event.type, actor_id, self.now, ticket, changes, message))

    def rename(self, user_id: int, name: str) -> None:
        state = self.states[-1]
        happened = Happened("user.changed", 101, self.now, user=user_id)
        self.log.append(happened)
        self.states.append(replace(state, names=state.names | {user_id: name}))

    def _record(self, happened: Happened) -> None:
        state, ticket = self.states[-1], happened.ticket
        assert ticket is not None
        messages = state.messages
        if happened.message:
            told = (*messages.get(ticket.number, ()), happened.message)
            messages = messages | {ticket.number: told}
        self.log.append(happened)
        tickets = state.tickets | {ticket.number: ticket}
        self.states.append(State(tickets, state.names, messages))

    # -- what the server answers, asked when `seq` was its newest event

    def snapshot(self, seq: int, rest_at: int) -> Snapshot:
        open_tickets = [t for t in self.views(seq) if t.status in UNRESOLVED]
        counted = self.views(rest_at)
        by = {str(status): sum(t.status is status for t in counted) for status in Status}
        by["mine"] = sum(is_in_tab(Tab.MINE, t, ME) for t in counted)
        by["unassigned"] = sum(is_in_tab(Tab.UNASSIGNED, t, ME) for t in counted)
        return Snapshot(
            me=self.me(rest_at),
            organization=Organization(org_id=ORG, name="Test"),
            users=[self.user(user_id, rest_at) for user_id in AGENT_IDS],
            queues=msgspec.convert(by | {"seq": rest_at}, Queues),
            tickets=Page(open_tickets, None, seq),
        )

    def views(self, seq: int) -> list[TicketView]:
        state = self.states[seq]
        return [view(ticket, state.names) for ticket in state.tickets.values()]

    def conversation(self, number: int, seq: int) -> Conversation:
        state = self.states[seq]
        ticket = view(state.tickets[number], state.names)
        fields = {name: getattr(ticket, name) for name in TicketView.__struct_fields__}
        fields["description"] = "Please help"
        return Conversation(**fields, messages=Page(self.messages(number, seq), None, seq))

    def messages(self, number: int, seq: int) -> list[MessageView]:
        state = self.states[seq]
        ticket = state.tickets[number]
        said = [*state.messages.get(number, ())]
        for merged in ticket.merged_from:
            theirs = (self._opening(merged), *state.messages.get(merged, ()))
            said += [replace(message, ticket=merged) for message in theirs]
        return [named(message, state.names) for message in sorted(said, key=lambda it: it.seq)]

    def _opening(self, number: int) -> MessageView:
        """A merged ticket's description, as its survivor shows it."""
        seq, happened = next(
            (seq, it)
            for seq, it in enumerate(self.log, 1)
            if it.type == "ticket.created" and it.ticket and it.ticket.number == number
        )
        author = ActorRef(happened.actor, ROLES[happened.actor], "")
        return MessageView(seq, MessageKind.REPLY, "Please help", author, happened.at, seq)

    def me(self, seq: int) -> MeView:
        user = self.user(ME, seq)
        return MeView(
            org_id=ORG, id=ME, email="me@example.org", name=user.name, role=user.role,
            skills=(), capacity=10, presence=Presence.AVAILABLE, active=True,
        )  # fmt: skip

    def user(self, user_id: int, seq: int) -> UserView:
        name = self.states[seq].names[user_id]
        role = ROLES[user_id]
        return UserView(id=user_id, name=name, role=role, skills=(), presence=Presence.AVAILABLE)

    def envelope(self, seq: int, read_at: int) -> Envelope:
        """An event as it is told when `read_at` is the newest: with the names of then."""
        happened, names = self.log[seq - 1], self.states[read_at].names
        return Envelope(
            org=ORG,
            epoch="e",
            seq=seq,
            type=happened.type,
            at=happened.at,
            actor=ActorRef(happened.actor, ROLES[happened.actor], names[happened.actor]),
            ticket=view(happened.ticket, names) if happened.ticket else UNSET,
            changes=happened.changes if happened.ticket else UNSET,
            message=named(happened.message, names) if happened.message else UNSET,
            user=self.user(happened.user, read_at) if happened.user else UNSET,
        )


def view(ticket: Ticket, names: dict[int, str]) -> TicketView:
    own = set(Ticket.__struct_fields__) & set(TicketView.__struct_fields__)
    customer, assignee = ticket.customer_id, ticket.assignee_id
    return TicketView(
        **{name: getattr(ticket, name) for name in own},
        customer=CustomerRef(customer, names[customer], f"{customer}@example.org"),
        assignee=PersonRef(assignee, names[assignee]) if assignee else None,
    )


def named(message: MessageView, names: dict[int, str]) -> MessageView:
    author = message.author
    assert author.id is not None
    return replace(message, author=replace(author, name=names[author.id]))


# -- any history

number = st.integers(1, 3)
anybody = st.sampled_from(list(ROLES))
commands = st.one_of(
    build_commands(
        {
            **FIELD_VALUES,
            "body": st.sampled_from(["yes", "no"]),
            "category": st.just("general"),
            "user_id": st.sampled_from([*AGENT_IDS, None]),
            "edit": build_edits(st.sampled_from(sorted(AGENT_IDS)), st.just("general")),
        }
    ),
    # What a ticket's life is made of comes more often than chance has it.
    st.just(ClaimTicket()),
    st.just(EditTicket(status=Status.RESOLVED)),
    st.builds(EditTicket, status=st.sampled_from(Status)),
    st.builds(MergeTicket, into=number),
)
FILTER = parse_filter("-status:resolved -assignee:none")

deeds = st.one_of(
    st.tuples(st.just("file"), st.sampled_from([201, 202]), st.sampled_from(list(Priority))),
    st.tuples(st.just("command"), number, anybody, commands),
    st.tuples(st.just("command"), number, st.just(101), commands),
    st.tuples(st.just("command"), number, st.sampled_from(AGENT_IDS), commands),
    st.tuples(st.just("rename"), st.sampled_from([ME, 201]), st.sampled_from(["ana", "bo", "mia"])),
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    world = World()
    world.file(201, Priority.NORMAL)
    world.file(202, Priority.URGENT)
    for deed, *arguments in draw(st.lists(deeds, min_size=15, max_size=30)):
        getattr(world, deed)(*arguments)
    return world


def check(store: Store, world: World, fresh: Store) -> None:
    """The store believes what a fresh snapshot says, and nothing else of what it holds beside."""
    assert (store.seq, store.queue_counts, store.users) == (
        fresh.seq,
        fresh.queue_counts,
        fresh.users,
    )
    assert store.me == fresh.me
    for tab in (Tab.MINE, Tab.UNASSIGNED, Tab.OPEN):
        assert [bare(t) for t in store.list_tab_tickets(tab)] == fresh.list_tab_tickets(tab)
    truth = {ticket.number: ticket for ticket in world.views(world.seq)}
    assert all(bare(ticket) == truth[n] for n, ticket in store.tickets.items())
    assert all(told == world.messages(n, world.seq) for n, told in store.messages.items())
    for tab in Tab:
        sorting = sorted(
            store.list_tab_tickets(tab),
            key=choose_sort_key(ListSource(tab).default_order, is_paged=ListSource(tab).is_paged),
        )
        assert store.list_tab_tickets(tab) == sorting
        matching = list(filter(store.lists.build_matcher(FILTER), sorting))
        assert store.list_tab_tickets(tab, FILTER) == matching


def bare(ticket: TicketView) -> TicketView:
    return replace(ticket, description=UNSET)


def fresh_store(world: World) -> Store:
    store = Store()
    store.reset(world.snapshot(world.seq, world.seq))
    return store
