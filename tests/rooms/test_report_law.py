"""The law of reports: for any history and any range, figures are what a plain reading finds.

Whatever has been rolled up meanwhile; parts and groups add up; and the log counted again comes to
the very rows that were written with the events.
"""

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from common.errors import RequestRefused
from common.organization import Category
from common.people import Actor, Role
from common.reports import GroupBy
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.rating import RateTicket
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Priority, Status
from server.desk.side_effects import report_facts
from server.domain.timestamps import to_microseconds
from server.rest.reports.report_range import ReportRange
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.log import event_log, org_sequence
from server.storage.queries.reports import daily_rollups, intervals, rollup_computation
from server.storage.queries.ticket import messages
from server.storage.queries.ticket.messages import MessageSlice
from tests.support import report_reference
from tests.support.ticket_commands import FIELD_VALUES, Bounce, build_commands, build_edits
from tests.support.transaction_desk import TransactionDesk, connected, rolled_back

ORG = 4821
START = datetime(2026, 3, 27, 20, tzinfo=UTC)
ZONE = "Europe/Rome"  # on 29 March 2026 the day has 23 hours there
WORDS = st.just("Words.")
GAPS = st.one_of(
    st.integers(1, 1000), st.integers(1, 3600 * 10**6), st.integers(1, 4 * 86400 * 10**6)
)
PEOPLE = {
    "customer": Role.CUSTOMER,
    "ann": Role.AGENT,
    "bo": Role.AGENT,
    "sue": Role.SUPERVISOR,
}

ROLL_UP = "roll up"
COMMANDS: st.SearchStrategy[Any] = st.one_of(
    st.builds(FileTicket, subject=WORDS, description=WORDS, category=st.sampled_from(["a", "b"])),
    st.builds(AddMessage, body=WORDS, kind=st.sampled_from(MessageKind)),
    st.builds(AddMessage, body=WORDS),
    st.builds(EditTicket, status=st.sampled_from(Status)),
    st.builds(EditTicket, status=st.just(Status.RESOLVED)),
    st.builds(
        EditTicket, status=st.just(Status.CLOSED), reason=st.sampled_from(["spam", "duplicate"])
    ),
    st.builds(EditTicket, status=st.just(Status.IN_PROGRESS), reason=st.just("Once more.")),
    st.builds(EditTicket, category=st.sampled_from(["a", "b"])),
    st.builds(EditTicket, priority=st.sampled_from(Priority)),
    st.builds(AssignTicket, user_id=st.sampled_from([1, 2, 3])),
    st.builds(ClaimTicket),
    st.builds(ReleaseTicket),
    st.builds(RateTicket, score=st.integers(1, 5)),
    build_commands(
        {
            **FIELD_VALUES,
            "body": WORDS,
            "category": st.sampled_from(["a", "b"]),
            "user_id": st.sampled_from([1, 2, 3]),
            "edit": build_edits(st.sampled_from([1, 2, 3]), st.sampled_from(["a", "b"])),
        }
    ),
    st.builds(Bounce, st.integers(0, 5)),
    st.just(ROLL_UP),
)
STEPS = st.tuples(GAPS, st.sampled_from(sorted(PEOPLE)), st.integers(0, 3), COMMANDS)
HISTORIES = st.lists(STEPS, min_size=8, max_size=50)


class ReportDesk(TransactionDesk):
    """One organization with its people, and a clock that goes as the history says."""

    live = False

    def __init__(self, writing: WriteTransaction) -> None:
        categories = (Category("a", "A"), Category("b", "B"))
        super().__init__(
            writing, START, ORG, timezone=ZONE, categories=categories, default_category="a"
        )
        self.actors = {name: self.hire(name, role) for name, role in PEOPLE.items()}
        self.numbers: list[int] = []

    def play(self, history: list[tuple[int, str, int, Any]]) -> None:
        begun = [(1, "customer", 0, FileTicket(subject="A", description="B"))] * 2
        for gap, who, which, command in [*begun, *history]:
            self.now += timedelta(microseconds=gap)
            if command == ROLL_UP:
                self.roll_up()
                continue
            with suppress(RequestRefused):
                self._do(self.actors[who], which, command)

    def roll_up(self) -> None:
        today = to_microseconds(self.now) // daily_rollups.DAY
        own = org_sequence.lock_sequence(self.writing, ORG)
        while rollup_computation.roll_up_next_day(self.writing, own, today):
            pass
        for _, day in daily_rollups.list_reopened_days(self.writing, 1000):
            rollup_computation.roll_up_day(self.writing, own, day)

    def _do(self, actor: Actor, which: int, command: Any) -> None:
        if isinstance(command, FileTicket):
            if not actor.is_customer:
                email = self.actors["customer"].email
                command = msgspec.structs.replace(command, customer_email=email)
            self.numbers.append(self.create(actor, command))
        elif isinstance(command, Bounce):
            self._bounce_reply(which, command.which)
        elif self.numbers:
            self.act(actor, self.numbers[which % len(self.numbers)], command)

    def _bounce_reply(self, which: int, reply: int) -> None:
        """The customer never got one of a ticket's replies."""
        number = self.numbers[which % len(self.numbers)] if self.numbers else 0
        replies = MessageSlice(newest_first=False, notes=False)
        said = messages.list_messages(self.writing, ORG, number, replies, 0, 100)
        if said:
            self.bounce(self.actors["customer"], number, said[reply % len(said)].seq)

    def summary(self, start: datetime, end: datetime, by: GroupBy | None = None) -> dict[str, Any]:
        asked = ReportRange(self.writing, ORG, start.isoformat(), end.isoformat())
        told: dict[str, Any] = msgspec.to_builtins(asked.build_summary(by))
        return told

    def log(self) -> list[event_log.LogEntry]:
        return event_log.list_events(self.writing, ORG, 0, 100_000)

    def rows(self) -> list[Any]:
        self.writing.flush()
        cursor = self.writing._connection.execute("SELECT * FROM intervals ORDER BY 1, 2, 3, 4")
        return cursor.fetchall()


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with connected(tmp_path_factory.mktemp("law")) as opened:
        yield opened


@contextmanager
def desk(connection: sqlite3.Connection) -> Iterator[ReportDesk]:
    """A desk that leaves nothing behind."""
    with rolled_back(connection) as writing:
        yield ReportDesk(writing)


many = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@many
@given(HISTORIES, st.integers(0, 20), st.integers(1, 400), GAPS)
def test_figures_are_those_of_a_plain_reading(
    connection: sqlite3.Connection,
    history: list[Any],
    begin: int,
    length: int,
    more: int,
) -> None:
    with desk(connection) as it:
        it.play(history)
        start = START + timedelta(hours=6 * begin, microseconds=more)
        end = start + timedelta(hours=6 * length)
        log = it.log()
        everything, left = report_reference.happened(log), report_reference.backlog(log, end)

        def inside(one: report_reference.Happened) -> bool:
            return bool(start <= one.at < end)

        expected = report_reference.figures(everything, inside, len(left))
        assert without_business(it.summary(start, end)["total"]) == expected
        for by, key in (("category", "category"), ("priority", "priority"), ("agent", "agent")):
            for group in it.summary(start, end, GroupBy(by))["groups"]:
                name = group["key"] if by != "agent" else group["key"] and int(group["key"])
                own = [t for t in left if told_key(t, by) == name]
                plain = report_reference.figures(
                    everything,
                    lambda one, key=key, name=name: inside(one) and getattr(one, key) == name,  # type: ignore[misc]
                    len(own),
                )
                if by == "agent":
                    plain["tickets_created"] = None
                assert without_business(group) == plain, (by, name)


@many
@given(HISTORIES, st.lists(st.integers(0, 60 * 86400 * 10**6), min_size=3, max_size=5, unique=True))
def test_parts_and_groups_add_up(
    connection: sqlite3.Connection, history: list[Any], cuts: list[int]
) -> None:
    with desk(connection) as it:
        it.play(history)
        ends = [START + timedelta(microseconds=cut) for cut in sorted(cuts)]
        whole = it.summary(ends[0], ends[-1])["total"]
        parts = [it.summary(*pair)["total"] for pair in itertools.pairwise(ends)]
        added(whole, parts)
        assert whole["backlog"] == parts[-1]["backlog"]
        for by in GroupBy:
            groups = it.summary(ends[0], ends[-1], by)["groups"]
            added(whole, groups, created=by is not GroupBy.AGENT)
            if by in {GroupBy.DAY, GroupBy.WEEK, GroupBy.MONTH}:
                assert whole["backlog"] == groups[-1]["backlog"]
            else:
                assert whole["backlog"] == sum(group["backlog"] for group in groups)


@many
@given(HISTORIES)
def test_the_log_counted_again_comes_to_the_rows_that_were_written(
    connection: sqlite3.Connection, history: list[Any]
) -> None:
    with desk(connection) as it:
        it.play(history)
        written = it.rows()
        own = org_sequence.lock_sequence(it.writing, ORG)
        intervals.clear_intervals(it.writing, ORG)
        told = {one.detail.ticket.number for one in it.log() if one.detail.ticket}
        for number in told:
            report_facts.add_history_facts(
                it.writing, own, list(report_facts.replay_history(it.writing, ORG, number))
            )
        assert it.rows() == written


_LATER = 6 * 86400 * 10**6  # when no promise is left to be broken: nothing else happens that day


@many
@example([(_LATER, "ann", 0, EditTicket(category="b"))])
@example([(_LATER, "ann", 0, EditTicket(priority=Priority.HIGH))])
@given(HISTORIES)
def test_what_has_been_packed_says_what_its_rows_say(
    connection: sqlite3.Connection, history: list[Any]
) -> None:
    with desk(connection) as it:
        it.play(history)
        end = it.now + timedelta(days=9)
        it.now = end
        it.roll_up()
        rolled_up = [it.summary(START, end, by) for by in GroupBy]
        daily_rollups.clear_daily_rollups(it.writing, org_sequence.lock_sequence(it.writing, ORG))
        assert [it.summary(START, end, by) for by in GroupBy] == rolled_up


def told_key(ticket: Any, by: str) -> Any:
    return ticket.assignee_id if by == "agent" else str(getattr(ticket, by))


def without_business(told: dict[str, Any]) -> dict[str, Any]:
    """The calendar alone; the organization is always open, so business time is the same."""
    plain = {name: value for name, value in told.items() if name not in {"key", "label", "sla"}}
    for name, value in plain.items():
        if isinstance(value, dict) and "business" in value:
            times = dict(value)
            assert times.pop("business") == times
            plain[name] = times
    return plain


def added(whole: dict[str, Any], parts: list[dict[str, Any]], *, created: bool = True) -> None:
    for name in ("resolution_events", "reopened", "unanswered"):
        assert whole[name] == sum(part[name] for part in parts), name
    if created:
        assert whole["tickets_created"] == sum(part["tickets_created"] for part in parts)
    assert whole["tickets_resolved"] <= sum(part["tickets_resolved"] for part in parts)
    for name in ("response_time", "first_response_time", "resolution_time", "csat"):
        assert whole[name]["n"] == sum(part[name]["n"] for part in parts), name
        total = sum(part[name]["n"] * (part[name]["mean"] or 0) for part in parts)
        mean = whole[name]["mean"] or 0
        assert whole[name]["n"] * mean == pytest.approx(total, rel=1e-9), name
