"""The outbox on disk and in memory: nothing is lost, and nothing is done twice."""

import errno
import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from common.people import Role
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ClaimTicket
from common.tickets.editing import EditTicket
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Priority, Status
from common.wire import ActorRef, MessageView, PersonRef, TicketView
from tests.support.screen_bench import load_snapshot
from tests.support.tickets import NOON, view
from tui.model.context import WorkstationContext
from tui.model.outbox import NewCommand, Outbox
from tui.model.outbox_file import OutboxFile
from tui.model.pending_commands import KEY_LIFETIME, PendingCommand, RefusedCommand
from tui.model.store import Store
from tui.model.undo_history import UNDO_PERIOD, UndoHistory

ANA = 102
SOON = timedelta(seconds=5)


def new(number: int, command: Any) -> NewCommand:
    return NewCommand(number=number, command=command, done="It is done")


class Bench:
    """An agent's outbox over a store that knows a few tickets."""

    def __init__(self, root: Path, *tickets: TicketView) -> None:
        self.context = WorkstationContext(Store())
        self.store = self.context.store
        load_snapshot(self.context, *(tickets or (view(1), view(2))), user_id=ANA)
        self.outbox = Outbox(self.store, OutboxFile("http://desk", 4821, ANA, root))
        self.outbox.open()

    def make(self, number: int, command: Any) -> PendingCommand:
        return self.outbox.submit([new(number, command)]).made[0].pending

    def status_of(self, number: int) -> Status:
        return self.store.tickets[number].status

    def kill(self) -> None:
        self.outbox._file.close(is_empty=False)

    def sendable(self, after: timedelta = SOON) -> list[PendingCommand]:
        made = max(one.made_at for one in self.outbox.pending)
        return self.outbox.list_sendable((), 9, made + after)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


# -- on disk


def test_only_its_owner_reads_it_and_an_empty_one_leaves_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.make(1, AddMessage(body="Private"))
    (path,) = tmp_path.rglob("*.jsonl")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    bench.outbox.withdraw(next(iter(bench.outbox.pending)).key)
    assert bench.outbox.close() == 0
    assert list(tmp_path.rglob("*.jsonl")) == []


def test_what_was_not_confirmed_is_there_after_a_crash_in_its_order(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    claim = bench.make(1, ClaimTicket())
    reply = bench.make(1, AddMessage(body="Hello\n\tDora", kind=MessageKind.NOTE))
    done = bench.make(2, ClaimTicket())
    bench.outbox.mark_sent([claim.key, done.key])
    bench.outbox.confirm(done.key, 9)
    bench.kill()
    after = Bench(tmp_path)
    assert [one.key for one in after.outbox.pending] == [claim.key, reply.key]
    first, second = after.outbox.pending
    assert (first.is_unsent, second.is_unsent) == (False, True)
    assert second.command == reply.command
    assert second.send_after is None  # nothing is held beyond the program's end
    assert after.store.tickets[1].assignee == PersonRef(ANA, "agent 102")


def test_a_line_cut_by_a_crash_costs_that_line_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    kept = bench.make(1, ClaimTicket())
    bench.kill()
    (path,) = tmp_path.rglob("*.jsonl")
    with path.open("ab") as file:
        file.write(b'{"type":"added","key":"half')
    assert [one.key for one in Bench(tmp_path).outbox.pending] == [kept.key]
    assert list(tmp_path.rglob("*.unreadable")) == []


def test_lines_of_a_newer_version_are_kept_for_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    kept = bench.make(1, ClaimTicket())
    bench.kill()
    (path,) = tmp_path.rglob("*.jsonl")
    newer = b'{"type":"teleported","key":"x"}\n'
    path.write_bytes(path.read_bytes() + newer)
    assert [one.key for one in Bench(tmp_path).outbox.pending] == [kept.key]
    (old,) = tmp_path.rglob("*.unreadable")
    assert newer in old.read_bytes()


def test_a_workstation_that_runs_keeps_its_own(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.make(1, ClaimTicket())
    beside = Bench(tmp_path)
    assert len(beside.outbox.pending) == 0
    beside.make(2, ClaimTicket())
    bench.kill()
    beside.kill()
    assert len(Bench(tmp_path).outbox.pending) == 2


def test_where_the_disk_is_full_one_works_on_and_later_all_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda _number, raw: len(raw) // 2)
        bench.make(1, ClaimTicket())
        assert bench.outbox.save_error == os.strerror(errno.ENOSPC)
        assert bench.store.tickets[1].assignee
    bench.make(2, ClaimTicket())
    assert bench.outbox.save_error == ""
    bench.kill()
    assert len(Bench(tmp_path).outbox.pending) == 2


def test_without_a_folder_it_is_in_memory_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "outbox").touch()
    bench = Bench(tmp_path)
    assert bench.outbox.save_error
    bench.make(1, ClaimTicket())
    assert bench.context.waiting_count == 1
    assert bench.outbox.close() == 1


# -- what is sent


def test_what_nothing_undoes_is_held_and_holds_what_follows_it(bench: Bench) -> None:
    reply, claim = bench.make(1, AddMessage(body="Hi")), bench.make(1, ClaimTicket())
    urgent = bench.make(2, EditTicket(priority=Priority.URGENT))
    given = bench.make(2, AssignTicket(user_id=101))
    assert [one.key for one in bench.sendable(timedelta(0))] == [urgent.key]
    assert [one.key for one in bench.sendable()] == [reply.key, urgent.key]
    assert claim.send_after is None
    assert given.send_after is not None
    bench.outbox.release_holds()
    assert [one.key for one in bench.sendable(timedelta(0))] == [reply.key, urgent.key]


def test_what_others_did_first_is_refused_with_its_reason(bench: Bench) -> None:
    bench.make(1, ClaimTicket())
    bench.store.merge_tickets([view(1, last_seq=9, assignee=PersonRef(7, "Bo"))])
    assert bench.sendable() == []
    assert [one.reason for one in bench.outbox.pending.refused] == ["Bo has #1."]
    assert bench.store.tickets[1].assignee == PersonRef(7, "Bo")


def test_a_ticket_that_others_went_on_with_is_not_resolved(bench: Bench) -> None:
    bench.make(1, EditTicket(status=Status.RESOLVED))
    assert bench.store.tickets[1].status is Status.RESOLVED
    bench.store.merge_tickets([view(1, last_seq=9)])
    assert bench.sendable() == []
    assert bench.outbox.pending.refused[0].reason == "#1 has changed meanwhile: check it again."


def test_a_reply_waits_for_its_writer_where_others_wrote_first(bench: Bench) -> None:
    bench.make(1, AddMessage(body="Hi", after_seq=3))
    bench.store._conversations.messages[1] = [
        MessageView(5, MessageKind.REPLY, "Wait", ActorRef(201, Role.CUSTOMER, "Dora"), NOON, 5)
    ]
    assert bench.sendable() == []
    assert bench.outbox.pending.refused[0].slug == "conversation-advanced"


def test_what_was_given_back_is_not_listed_as_well(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    given_back: list[RefusedCommand] = []

    def give_back(refused: RefusedCommand) -> bool:
        given_back.append(refused)
        return True

    bench.outbox.on_refused = give_back
    bench.make(1, ClaimTicket())
    bench.store.merge_tickets([view(1, last_seq=9, assignee=PersonRef(7, "Bo"))])
    assert bench.sendable() == []
    assert [one.reason for one in given_back] == ["Bo has #1."]
    assert bench.outbox.pending.refused == []
    bench.kill()
    assert Bench(tmp_path).outbox.pending.refused == []


def test_what_may_have_been_done_long_ago_is_not_repeated(bench: Bench) -> None:
    pending = bench.make(1, ClaimTicket())
    bench.outbox.mark_sent([pending.key])
    assert bench.sendable(KEY_LIFETIME - timedelta(minutes=1))
    assert bench.sendable(KEY_LIFETIME + timedelta(minutes=1)) == []
    assert "check whether it arrived" in bench.outbox.pending.refused[0].reason


# -- what is shown


def test_counts_follow_what_the_agent_did(bench: Bench) -> None:
    before = bench.store.queue_counts
    pending = bench.make(1, EditTicket(status=Status.RESOLVED))
    after = bench.store.queue_counts
    assert (after.open, after.resolved) == (before.open - 1, before.resolved + 1)
    bench.outbox.withdraw(pending.key)
    assert bench.store.queue_counts == before


def test_a_reply_that_takes_a_ticket_shows_both_until_both_events_came(bench: Bench) -> None:
    pending = bench.make(1, AddMessage(body="Hi"))
    bench.outbox.mark_sent([pending.key])
    seq = bench.store.seq
    bench.outbox.confirm(pending.key, seq + 1)
    bench.store.seq += 1
    bench.store.merge_tickets([view(1, last_seq=seq + 1)])
    bench.store.show_pending([1])
    assert bench.status_of(1) is Status.IN_PROGRESS
    bench.store.seq += 2
    bench.store.show_pending([1])
    assert bench.status_of(1) is Status.OPEN
    assert list(bench.outbox.pending) == []


# -- undo


def test_after_ten_seconds_nothing_is_taken_back(bench: Bench) -> None:
    history = UndoHistory()
    submission = bench.outbox.submit([new(1, ClaimTicket())])
    at = submission.made[0].pending.made_at
    history.add_step(submission.made, "It is yours", at)
    assert history.undo_last(bench.outbox, at + UNDO_PERIOD) is None
    assert bench.context.waiting_count == 1


def test_what_was_sent_is_undone_behind_it_and_only_at_its_version(bench: Bench) -> None:
    history = UndoHistory()
    submission = bench.outbox.submit([new(1, ClaimTicket())])
    made = submission.made[0]
    history.add_step(submission.made, "It is yours", made.pending.made_at)
    bench.outbox.mark_sent([made.pending.key])
    outcome = history.undo_last(bench.outbox, made.pending.made_at)
    assert outcome
    assert outcome.failed == ()
    assert bench.store.tickets[1].assignee is None
    _, undoing = bench.outbox.pending
    assert undoing.follows == made.pending.key
    bench.outbox.confirm(made.pending.key, 50, version=8)
    assert [one.version for one in bench.sendable()] == [8]


def test_what_undoes_a_refused_command_has_nothing_left_to_do(bench: Bench) -> None:
    made = bench.outbox.submit([new(1, ClaimTicket())]).made[0]
    bench.outbox.mark_sent([made.pending.key])
    assert bench.outbox.take_back(made) is None
    bench.outbox.refuse(made.pending.key, "Bo has it already.")
    assert list(bench.outbox.pending) == []


def test_a_stale_undo_is_tried_again_while_others_left_its_field_alone(bench: Bench) -> None:
    made = bench.outbox.submit([new(1, EditTicket(priority=Priority.HIGH))]).made[0]
    bench.outbox.mark_sent([made.pending.key])
    bench.outbox.confirm(made.pending.key, 6, version=2)
    high = view(1, last_seq=6, version=2, priority=Priority.HIGH)
    bench.store.seq = 6
    bench.store.merge_tickets([high])
    bench.store.show_pending([1])
    assert bench.outbox.take_back(made) is None
    (undoing,) = bench.outbox.pending
    assert undoing.version == 2
    tagged = view(1, last_seq=7, version=3, priority=Priority.HIGH, tags=("vip",))
    assert bench.outbox.renew_stale(undoing.key, tagged)
    (renewed,) = bench.outbox.pending
    assert (renewed.version, renewed.key == undoing.key) == (3, False)
    urgent = view(1, last_seq=8, version=4, priority=Priority.URGENT)
    assert not bench.outbox.renew_stale(renewed.key, urgent)
