"""The sender of the outbox: what the server's answers make of a command."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from textual.message import Message

from common.people import Role
from common.tickets.claiming import ClaimTicket
from common.tickets.editing import EditTicket
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Priority
from common.wire import ActorRef, MessageView, TicketView, WrittenMessage
from tests.support.screen_bench import load_snapshot
from tests.support.tickets import NOON, view
from tests.support.waiting import PATIENCE, eventually
from tui.messages.results import CommandSent
from tui.model.context import WorkstationContext
from tui.model.outbox import NewCommand, Outbox
from tui.model.outbox_file import OutboxFile
from tui.model.store import Store
from tui.network.client import ApiProblem, Client, Unreachable
from tui.network.command_sender import CommandSender

Answer = TicketView | WrittenMessage | Exception


class ScriptedClient:
    """Answers what it is told, and remembers what it was sent."""

    def __init__(self, answers: list[Answer]) -> None:
        self.answers = answers
        self.sent: list[tuple[int, str, int | None]] = []

    async def send_command(
        self, number: int, command: Any, *, key: str, version: int | None = None
    ) -> TicketView | WrittenMessage:
        self.sent.append((number, key, version))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Line:
    """An outbox, and the line by which it is sent."""

    def __init__(self, root: Path, *answers: Answer) -> None:
        self.store = Store()
        load_snapshot(WorkstationContext(self.store), view(1), view(2), user_id=102)
        self.outbox = Outbox(self.store, OutboxFile("http://desk", 4821, 102, root), timedelta(0))
        self.outbox.open()
        self.client = ScriptedClient(list(answers))
        self.posted: list[Message] = []
        self.sender = CommandSender(
            cast(Client, self.client), self.outbox, self.store, self.posted.append
        )
        self._changed = asyncio.Event()
        self.outbox.on_change = self._note_change

    def _note_change(self) -> None:
        self.sender.look_again()
        self._changed.set()

    def make(self, number: int, command: Any) -> Any:
        return self.outbox.submit([NewCommand(number=number, command=command, done="Done")]).made[0]

    async def run_until(self, is_so: Callable[[], bool]) -> None:
        running = asyncio.create_task(self.sender.run())
        self.sender.set_live(is_live=True)
        async with asyncio.timeout(PATIENCE):
            while not is_so():
                self._changed.clear()
                await self._changed.wait()
        running.cancel()
        await asyncio.wait({running})


def problem(status: int, slug: str, **extras: Any) -> ApiProblem:
    return ApiProblem(status, slug, slug, "No.", msgspec.to_builtins(extras))


async def test_what_was_not_answered_is_sent_again_with_its_key(tmp_path: Path) -> None:
    line = Line(tmp_path, Unreachable("cut"), problem(429, "rate-limited"), view(1, last_seq=9))
    made = line.make(1, ClaimTicket())
    await line.run_until(lambda: not line.outbox.pending.waiting)
    assert line.client.sent == [(1, made.pending.key, None)] * 3
    assert line.outbox.pending.refused == []
    (result,) = line.posted
    assert isinstance(result, CommandSent)
    assert result.seq == 9


async def test_a_ticket_s_commands_are_sent_one_after_the_other(tmp_path: Path) -> None:
    line = Line(tmp_path, problem(409, "already-claimed"), view(2, last_seq=9), view(1, last_seq=9))
    claim, other = line.make(1, ClaimTicket()), line.make(2, ClaimTicket())
    edit = line.make(1, EditTicket(priority=Priority.HIGH))
    await line.run_until(lambda: not line.outbox.pending.waiting)
    keys = [key for _, key, _ in line.client.sent]
    assert keys == [claim.pending.key, other.pending.key, edit.pending.key]
    assert [one.reason for one in line.outbox.pending.refused] == ["Somebody has it already."]


async def test_messages_that_came_with_a_refusal_are_in_the_conversation(tmp_path: Path) -> None:
    dora = ActorRef(201, Role.CUSTOMER, "Dora")
    said = MessageView(7, MessageKind.REPLY, "Wait", dora, NOON, 7)
    line = Line(tmp_path, problem(409, "conversation-advanced", messages=[said]))
    line.store._conversations.messages[1] = []
    line.make(1, AddMessage(body="Hi"))
    await line.run_until(lambda: bool(line.outbox.pending.refused))
    assert line.store.messages[1] == [said]
    assert line.outbox.pending.refused[0].slug == "conversation-advanced"


async def test_an_undo_at_an_old_version_is_tried_at_the_new_one(tmp_path: Path) -> None:
    high = view(1, last_seq=8, version=4, priority=Priority.HIGH)
    line = Line(
        tmp_path,
        view(1, last_seq=7, version=3, priority=Priority.HIGH),
        problem(412, "stale-version", ticket=high),
        view(1, last_seq=9, version=5),
    )
    made = line.make(1, EditTicket(priority=Priority.HIGH))
    line.outbox.mark_sent([made.pending.key])
    assert line.outbox.take_back(made) is None
    await line.run_until(lambda: not line.outbox.pending.waiting)
    assert [version for _, _, version in line.client.sent] == [None, 3, 4]
    assert line.outbox.pending.refused == []


@pytest.mark.parametrize("slug", ["not-found", "forbidden"])
async def test_a_refusal_for_good_ends_a_command(tmp_path: Path, slug: str) -> None:
    line = Line(tmp_path, problem(404 if slug == "not-found" else 403, slug))
    line.make(1, ClaimTicket())
    await line.run_until(lambda: bool(line.outbox.pending.refused))
    assert list(line.outbox.pending) == []
    assert line.store.tickets[1].assignee is None


@pytest.mark.parametrize("steps", range(5))
async def test_a_sender_ends_that_is_cancelled_as_a_change_wakes_it(
    tmp_path: Path, steps: int
) -> None:
    line = Line(tmp_path, Unreachable("cut", retry_after=2 * PATIENCE))
    line.make(1, ClaimTicket())
    running = asyncio.create_task(line.sender.run())
    line.sender.set_live(is_live=True)

    async def is_pausing() -> bool:
        return bool(line.client.sent) and not line.sender._requests

    await eventually(is_pausing)
    for _ in range(10):  # it waits now, for a change or the end of its pause
        await asyncio.sleep(0)
    line.sender.look_again()
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running}, timeout=PATIENCE)
    assert running.cancelled()
