"""Law 3: whatever is lost, delayed or repeated, the client ends equal to the server.

Each of the agent's commands is then done once, or refused and listed, or taken back.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from common.errors import Conflict, RequestRefused, StaleVersion
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.editing import EditTicket
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Priority, Status
from tests.support.simulated_world import (
    AGENT_IDS,
    ME,
    ORG,
    ROLES,
    World,
    check,
    commands,
    fresh_store,
    view,
    worlds,
)
from tui.model.outbox import MadeCommand, NewCommand, Outbox
from tui.model.outbox_file import OutboxFile
from tui.model.pending_commands import PendingCommand, RefusedCommand
from tui.model.predicted_tickets import predict_ticket
from tui.model.store import EventGap, Store

HOLD = timedelta(hours=1)
"""Long enough to last until a step ends it."""


class Done(Struct, frozen=True):
    """The server's answer to a command: its last event, and the ticket's version."""

    seq: int
    version: int


class NotDone(Struct, frozen=True):
    """The server's refusal of a command."""

    slug: str
    number: int


class RestServer:
    """Carries commands out once for each key, as the server does."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.answers: dict[str, Done | NotDone] = {}
        self.done: Counter[str] = Counter()

    def take_request(self, pending: PendingCommand) -> Done | NotDone:
        if pending.key not in self.answers:
            answer, is_kept = self._perform(pending)
            if not is_kept:
                return answer
            self.answers[pending.key] = answer
        return self.answers[pending.key]

    def _perform(self, pending: PendingCommand) -> tuple[Done | NotDone, bool]:
        number, command = pending.number, pending.command
        ticket = self.world.states[-1].tickets[number]
        if pending.version not in {None, ticket.version}:
            return NotDone(StaleVersion.slug, number), True
        after = getattr(command, "after_seq", None) or self.world.seq
        said = self.world.states[-1].messages.get(number, ())
        unread = tuple(it.id for it in said if it.seq > after and it.author.id != ME)
        before = self.world.seq
        try:
            self.world.perform(number, ME, command, unread)
        except RequestRefused as refused:
            return NotDone(refused.slug, number), isinstance(refused, Conflict)
        self.done[pending.key] += 1
        ticket = self.world.states[-1].tickets[number]
        is_message = isinstance(command, AddMessage)
        return Done(before + 1 if is_message else ticket.last_seq, ticket.version), True


class Workstation:
    """A client at the end of a line that loses, delays and repeats requests and answers."""

    def __init__(self, world: World, root: Path) -> None:
        self.world, self.server, self.root = world, RestServer(world), root
        self.requests: list[PendingCommand] = []
        self.answers: list[tuple[str, Done | NotDone]] = []
        self.busy: dict[int, str] = {}
        self.made: list[MadeCommand] = []
        self.withdrawn: set[str] = set()
        self.renewed: set[str] = set()
        self.returned: list[RefusedCommand] = []
        self.written = 0
        self.start()

    def start(self) -> None:
        self.store = Store()
        self.outbox = Outbox(self.store, OutboxFile("http://x", ORG, ME, self.root), HOLD)
        self.outbox.on_refused = self.give_back
        self.outbox.open()
        self.resync()

    def give_back(self, refused: RefusedCommand) -> bool:
        """Messages become drafts again; the rest is listed."""
        self.returned.append(refused)
        return isinstance(refused.pending.command, AddMessage)

    # -- steps

    def restart(self, *_: Any) -> None:
        """The program is killed, and starts again."""
        self.outbox._file.close(is_empty=False)
        self.busy.clear()
        self.answers.clear()
        self.start()

    def act(self, number: int, command: Any) -> None:
        if number not in self.world.states[-1].tickets:
            return
        if isinstance(command, AddMessage):
            self.written += 1
            command = AddMessage(
                body=f"mine {self.written}",
                kind=command.kind,
                after_seq=self.store.seq if self.written % 2 else self.store.seq + 1000,
                status=command.status,
            )
        made = self.outbox.submit([NewCommand(number=number, command=command, done="")])
        self.made += made.made

    def others(self, number: int, actor_id: int, command: Any) -> None:
        self.world.command(number, actor_id, command)

    def send(self, *_: Any) -> None:
        now = self.outbox.pending.waiting[-1].made_at if self.outbox.pending.waiting else None
        if now is None:
            return
        sent = self.outbox.list_sendable(self.busy, 8, now)
        self.outbox.mark_sent([one.key for one in sent])
        for one in sent:
            self.busy[one.number] = one.key
            self.requests.append(one)

    def release(self, *_: Any) -> None:
        self.outbox.release_holds()

    def arrive(self, place: int, repeats: int) -> None:
        """A request reaches the server, perhaps twice."""
        if self.requests:
            one = self.requests.pop(place % len(self.requests))
            for _ in range(1 + repeats % 2):
                self.answers.append((one.key, self.server.take_request(one)))

    def answer(self, place: int, _: int) -> None:
        if self.answers:
            self.take_answer(*self.answers.pop(place % len(self.answers)))

    def take_answer(self, key: str, answer: Done | NotDone) -> None:
        held = self.outbox.pending.get(key)
        if held is None or self.busy.get(held.number) != key:
            return  # the program that waited for it was killed, or had its answer
        del self.busy[held.number]
        if isinstance(answer, Done):
            self.outbox.confirm(key, answer.seq, answer.version)
            return
        latest = view(self.world.states[-1].tickets[held.number], self.world.states[-1].names)
        is_stale = answer.slug == StaleVersion.slug
        if is_stale and self.outbox.renew_stale(key, latest):
            self.renewed.add(key)
        else:
            self.outbox.refuse(key, "no", answer.slug)

    def lose_request(self, place: int, _: int) -> None:
        if self.requests:
            self.give_up(self.requests.pop(place % len(self.requests)).key)

    def lose_answer(self, place: int, _: int) -> None:
        if self.answers:
            self.give_up(self.answers.pop(place % len(self.answers))[0])

    def give_up(self, key: str) -> None:
        """No answer came: the command is sent again later; the request may arrive all the same."""
        held = self.outbox.pending.get(key)
        if held is not None and self.busy.get(held.number) == key:
            del self.busy[held.number]

    def lose_patience(self, place: int, _: int) -> None:
        if self.busy:
            self.give_up(list(self.busy.values())[place % len(self.busy)])

    def deliver(self, near: int, _: int) -> None:
        seq = min(max(self.store.seq + near, 0), self.world.seq)
        if seq:
            try:
                self.store.apply(self.world.envelope(seq, self.world.seq))
            except EventGap:
                self.catch_up()

    def catch_up(self, *_: Any) -> None:
        for seq in range(self.store.seq + 1, self.world.seq + 1):
            self.store.apply(self.world.envelope(seq, self.world.seq))

    def resync(self, *_: Any) -> None:
        self.store.reset(self.world.snapshot(self.world.seq, self.world.seq))
        for number in (1, 2):
            self.open(number - 1, 0)

    def open(self, place: int, _: int) -> None:
        number = 1 + place % 2
        self.store.open_conversation(self.world.conversation(number, self.world.seq))

    def undo(self, *_: Any) -> None:
        if not self.made:
            return
        last = self.made[-1]
        if self.outbox.withdraw(last.pending.key):
            self.withdrawn.add(last.pending.key)
        else:
            self.outbox.take_back(last)

    # -- what holds

    def check_view(self) -> None:
        """The tickets are the server's with the commands on top, and no text is there twice."""
        for number, shown in self.store.tickets.items():
            base = self.store.find_confirmed_ticket(number)
            assert base is not None
            assert self.store.actor
            pending = self.outbox.pending.list_of(number)
            assert shown == predict_ticket(base, pending, self.store.actor, self.store.users)
            bodies = [it.body for it in self.store.list_messages(number)]
            assert all(bodies.count(body) == 1 for body in bodies if body.startswith("mine"))

    def finish(self) -> None:
        """The line holds from now on."""
        self.requests.clear()
        self.answers.clear()
        self.busy.clear()
        self.release()
        while self.outbox.pending.waiting:
            self.catch_up()
            self.send()
            while self.requests:
                self.arrive(0, 0)
            while self.answers:
                self.answer(0, 0)
        self.catch_up()

    def check_end(self) -> None:
        assert not list(self.outbox.pending)
        check(self.store, self.world, fresh_store(self.world))
        assert max(self.server.done.values(), default=1) == 1
        listed = sorted(one.pending.key for one in self.outbox.pending.refused)
        returned = [one.pending for one in self.returned]
        assert listed == sorted(it.key for it in returned if not isinstance(it.command, AddMessage))
        fates = Counter([*self.server.done, *(it.key for it in returned), *self.withdrawn])
        assert all(fates[one.pending.key] == 1 for one in self.made)


number = st.integers(1, 3)
verbs = st.one_of(
    st.just(ClaimTicket()),
    st.just(ReleaseTicket()),
    st.builds(AssignTicket, st.sampled_from([*AGENT_IDS, None])),
    st.builds(EditTicket, priority=st.sampled_from(Priority)),
    st.builds(EditTicket, tags=st.sampled_from([(), ("a",), ("a", "b")])),
    st.builds(EditTicket, status=st.sampled_from(Status)),
    st.builds(AddMessage, body=st.just("."), kind=st.sampled_from(MessageKind)),
    st.builds(AddMessage, body=st.just("."), status=st.just(Status.RESOLVED)),
)
others = st.tuples(number, st.sampled_from([who for who in ROLES if who != ME]), commands)
same_agent = st.tuples(number, st.just(ME), commands)
place = st.tuples(st.integers(-3, 3), st.integers(0, 3))


def step(name: str, arguments: Any = place) -> Any:
    return st.tuples(st.just(name), arguments)


steps = st.one_of(
    *[step("act", st.tuples(st.integers(1, 2), verbs))] * 5,
    *[step("send"), step("arrive"), step("deliver", st.tuples(st.just(1), st.just(0)))] * 3,
    *[step("answer"), step("others", others), step("catch_up")] * 2,
    step("others", same_agent),
    *map(step, ["release", "undo", "open", "lose_request", "lose_answer"]),
    *map(step, ["deliver", "lose_patience", "resync", "restart"]),
)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(worlds(), st.lists(steps, min_size=30, max_size=60))
def test_the_client_ends_equal_to_the_server(folder: Path, world: World, done: list[Any]) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as root:
        desk = Workstation(world, Path(root))
        for name, arguments in done:
            getattr(desk, name)(*arguments)
            desk.check_view()
        desk.finish()
        desk.check_end()
        desk.outbox.close()
