"""The law of replies that did not arrive: the ticket is as if each had been a note.

The same deeds are done twice: once an agent's replies come back at some time, and once they are
notes. Then the responses, their targets and the missed ones are the same.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.people import Actor, Role
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.sla import Target
from common.tickets.ticket import Priority, Status, Ticket
from server.desk.tickets import due_actions
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.log import event_log
from server.storage.queries.ticket import tickets
from tests.support.transaction_desk import TransactionDesk, connected, rolled_back

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
LOST, ARRIVES, ASKS, URGENT, LOW, SOLVED, AGAIN = range(7)
"""A reply that comes back, one that does not, the customer's message, and edits."""
EDITS = {
    URGENT: EditTicket(priority=Priority.URGENT),
    LOW: EditTicket(priority=Priority.LOW),
    SOLVED: EditTicket(status=Status.RESOLVED),
    AGAIN: EditTicket(status=Status.IN_PROGRESS),
}
deeds = st.lists(
    st.tuples(st.sampled_from(range(7)), st.integers(1, 40), st.integers(0, 3)),
    min_size=1,
    max_size=9,
)
"""A deed, the half hours since the last, and after how many deeds its reply is back."""


class Life(TransactionDesk):
    """One ticket of an organization of its own."""

    step = timedelta(seconds=1)

    def __init__(self, writing: WriteTransaction, org_id: int) -> None:
        super().__init__(writing, BEGIN, org_id, auto_close_hours=672)
        self.ana, self.carla = self.hire("ana", Role.AGENT), self.hire("carla", Role.CUSTOMER)
        self.number = self.create(self.carla, FileTicket(subject="A", description="B"))
        self._act(self.ana, EditTicket(status=Status.IN_PROGRESS))

    def _act(self, actor: Actor, command: Any) -> int | None:
        return self.act(actor, self.number, command).message_seq

    def play(self, told: list[tuple[int, int, int]], *, as_notes: bool) -> None:
        """Does the deeds, and lets ten days pass in which nothing more happens."""
        back: list[tuple[int, int]] = []
        for n, (deed, gap, later) in enumerate(told):
            self.now += timedelta(minutes=30 * gap)
            seq = self._do(deed, MessageKind.NOTE if as_notes else MessageKind.REPLY)
            if deed == LOST and not as_notes:
                back.append((min(n + later, len(told) - 1), seq or 0))
            for due, lost in back:
                if due == n:
                    self.bounce(self.carla, self.number, lost)
        self.now += timedelta(days=10)
        due_actions.run_due_actions(self.work(self.system), self.number)

    def _do(self, deed: int, lost_kind: MessageKind) -> int | None:
        is_open = self.ticket.is_unresolved
        if deed == ASKS:  # what is resolved would be reopened
            return self._act(self.carla, AddMessage(body="C")) if is_open else None
        if deed in EDITS:
            return self._act(self.ana, EDITS[deed]) if is_open is not (deed == AGAIN) else None
        kind = lost_kind if deed == LOST else MessageKind.REPLY
        return self._act(self.ana, AddMessage(body="D", kind=kind))

    @property
    def ticket(self) -> Ticket:
        found = tickets.find_ticket(self.writing, self.org_id, self.number)
        assert found is not None
        return found

    def outcome(self) -> dict[str, Any]:
        """The facts that must be the same, by minutes: a deed may be some seconds later."""
        it = self.ticket
        log = event_log.list_ticket_events(self.writing, self.org_id, self.number, 0, 1000)
        missed = {e.detail.target for e in log if e.type == "sla.breached"}
        return {
            "first": minute(it.first_response_at),
            "since": minute(it.unanswered_since),
            "missed first": "first_response" in missed,
            "targets": [target_state(getattr(it.sla, name)) for name in TARGETS],
        }


TARGETS = ("first_response", "next_response")


def minute(at: datetime | None) -> int | None:
    return None if at is None else int((at - BEGIN).total_seconds()) // 60


def target_state(it: Target | None) -> Any:
    if it is None:
        return None
    ended = None if it.ended_at is None else it.ended_at // 60_000_000
    # An ended target keeps the goal that it had at its end.
    return it.goal if ended is None else None, ended, it.breached_at is not None


@pytest.fixture(scope="module")
def writing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WriteTransaction]:
    with connected(tmp_path_factory.mktemp("law")) as connection, rolled_back(connection) as begun:
        yield begun


org_ids = iter(range(10_000, 99_999))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds)
def test_a_reply_that_did_not_arrive_counts_like_a_note(
    writing: WriteTransaction, told: list[tuple[int, int, int]]
) -> None:
    replied, noted = Life(writing, next(org_ids)), Life(writing, next(org_ids))
    replied.play(told, as_notes=False)
    noted.play(told, as_notes=True)
    was, is_ = replied.outcome(), noted.outcome()
    *_, following = was["targets"]
    if following is not None and following[2]:
        # A next response that was missed before the reply came back: a breach stays a breach.
        was["targets"].pop(), is_["targets"].pop()
    assert was == is_
