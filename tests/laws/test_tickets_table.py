"""The table of docs/domain.md, "Changes of status", cell by cell."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.errors import Forbidden, Invalid
from common.people import Actor, Role, Scope
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import AlreadyClaimed, ClaimTicket, ReleaseTicket
from common.tickets.decision_context import DecisionContext
from common.tickets.editing import EditTicket
from common.tickets.event import TicketEvent
from common.tickets.registry import AnyCommand
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import CloseReason, Priority, Status, Ticket, WaitingOn
from common.tickets.transitions import InvalidTransition
from tests.support import tickets

OPEN, BUSY, DONE, SHUT = Status.OPEN, Status.IN_PROGRESS, Status.RESOLVED, Status.CLOSED
THEN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = THEN + timedelta(days=2)
ME, OTHER, CUSTOMER = 1000, 1001, 10_000
ACTORS = {
    Role.CUSTOMER: Actor(4821, Role.CUSTOMER, CUSTOMER, "Carla"),
    Role.AGENT: Actor(4821, Role.AGENT, ME, "Ana"),
    Role.SUPERVISOR: Actor(4821, Role.SUPERVISOR, ME, "Sue"),
    Role.ADMIN: Actor(4821, Role.ADMIN, ME, "Ada"),
    Role.KEY: Actor(4821, Role.KEY, 1, "Key", None, frozenset(Scope)),
}
AGENT, SUPERVISOR, KEY = ACTORS[Role.AGENT], ACTORS[Role.SUPERVISOR], ACTORS[Role.KEY]
CARLA = ACTORS[Role.CUSTOMER]
STAFF = {Role.AGENT, Role.SUPERVISOR, Role.ADMIN}
ABOVE = {Role.SUPERVISOR, Role.ADMIN}

WHO: dict[tuple[Status, Status], set[Role]] = {
    (OPEN, BUSY): STAFF,
    (BUSY, OPEN): STAFF,  # its assignee, or a supervisor
    (OPEN, DONE): STAFF | {Role.CUSTOMER, Role.KEY},
    (BUSY, DONE): STAFF | {Role.CUSTOMER, Role.KEY},
    (DONE, BUSY): STAFF,
    (DONE, SHUT): STAFF | {Role.CUSTOMER, Role.KEY},
    (OPEN, SHUT): STAFF | {Role.KEY},
    (BUSY, SHUT): STAFF | {Role.KEY},
    (SHUT, BUSY): ABOVE,
}
"""The table, by hand alone: replies and claims are below."""
EVENT = {
    (OPEN, BUSY): "ticket.claimed",
    (BUSY, OPEN): "ticket.released",
    (OPEN, DONE): "ticket.resolved",
    (BUSY, DONE): "ticket.resolved",
    (DONE, BUSY): "ticket.reopened",
    (DONE, SHUT): "ticket.closed",
    (OPEN, SHUT): "ticket.closed",
    (BUSY, SHUT): "ticket.closed",
    (SHUT, BUSY): "ticket.reopened",
}


def ticket(status: Status, assignee: int | None = None, **fields: Any) -> Ticket:
    held = {"customer_id": CUSTOMER, "assignee_id": assignee, "version": 3, "last_seq": 7}
    return tickets.ticket(status, THEN, **(held | fields))


def decide(command: AnyCommand, it: Ticket, actor: Actor, **facts: Any) -> list[TicketEvent]:
    return command.decide(DecisionContext(it, actor, NOW, **facts))


def after(before: Ticket, events: list[TicketEvent]) -> Ticket:
    for n, event in enumerate(events, 8):
        before = before.evolve(event.changes, NOW, n)
    return before


def may(role: Role, before: Status, target: Status, assignee: int | None) -> bool:
    if role not in WHO.get((before, target), set()) | ({Role.KEY} if target is BUSY else set()):
        return False
    if (before, target) == (BUSY, OPEN):
        return role in ABOVE or assignee == ME
    if role is Role.KEY and target is BUSY:  # somebody's work, and a key is nobody
        return before is not SHUT and (before, target) in WHO and assignee is not None
    return True


def targets(role: Role, before: Status, assignee: int | None) -> list[Status]:
    return [it for it in Status if may(role, before, it, assignee)]


@pytest.mark.parametrize("role", ACTORS)
@pytest.mark.parametrize("before", Status)
@pytest.mark.parametrize("target", Status)
def test_each_change_of_status_is_open_to_whom_the_table_says(
    role: Role, before: Status, target: Status
) -> None:
    for assignee in (None, ME, OTHER):
        it, actor = ticket(before, assignee), ACTORS[role]
        command = EditTicket(status=target, **reason_for(role, before, target))
        if before is target:
            assert decide(command, it, actor) == []
            continue
        if not may(role, before, target, assignee):
            with pytest.raises(InvalidTransition) as refused:
                decide(command, it, actor)
            assert refused.value.extras["allowed"] == targets(role, before, assignee)
            continue
        [event] = decide(command, it, actor)
        assert event.type == EVENT[before, target]
        check_effects(it, after(it, [event]), actor, target)


def reason_for(role: Role, before: Status, target: Status) -> dict[str, Any]:
    if role is Role.CUSTOMER:
        return {}
    if target is SHUT and before in {OPEN, BUSY}:
        return {"reason": "spam"}
    return {"reason": "because"} if before is SHUT else {}


def check_effects(before: Ticket, now: Ticket, actor: Actor, target: Status) -> None:
    assert (now.status, now.version, now.last_seq) == (target, 4, 8)
    assert now.updated_at == NOW
    reopened = before.status in {DONE, SHUT} and target is not SHUT
    assert now.reopen_count == before.reopen_count + reopened
    assert now.resolved_at == {DONE: NOW, BUSY: None, OPEN: None}.get(target, before.resolved_at)
    assert now.closed_at == (NOW if target is SHUT else None)
    unresolved = before.status in {OPEN, BUSY}
    assert now.close_reason == (CloseReason.SPAM if target is SHUT and unresolved else None)
    if target is OPEN:
        assert now.assignee_id is None
    elif before.assignee_id is None and actor.is_agent and target in {BUSY, DONE}:
        assert now.assignee_id == actor.id
    else:
        assert now.assignee_id == before.assignee_id


@pytest.mark.parametrize("reason", [None, "because", "merged"])
@pytest.mark.parametrize("before", [OPEN, BUSY])
def test_an_unresolved_ticket_closes_as_spam_or_duplicate_alone(
    before: Status, reason: str | None
) -> None:
    given: dict[str, Any] = {} if reason is None else {"reason": reason}
    with pytest.raises(Invalid):
        decide(EditTicket(status=SHUT, **given), ticket(before, ME), AGENT)
    [event] = decide(EditTicket(status=SHUT, reason="duplicate"), ticket(before), AGENT)
    assert after(ticket(before), [event]).close_reason is CloseReason.DUPLICATE


def test_a_closed_ticket_is_taken_up_again_with_a_reason_alone() -> None:
    with pytest.raises(Invalid):
        decide(EditTicket(status=BUSY), ticket(SHUT), SUPERVISOR)
    [event] = decide(
        EditTicket(status=BUSY, reason="a mistake"),
        ticket(SHUT, close_reason=CloseReason.SPAM),
        SUPERVISOR,
    )
    assert event.reason == "a mistake"
    assert after(ticket(SHUT), [event]).close_reason is None


def test_a_reason_goes_with_a_change_of_status_and_not_for_customers() -> None:
    with pytest.raises(Invalid):
        decide(EditTicket(reason="because"), ticket(OPEN), AGENT)
    with pytest.raises(Forbidden):
        decide(EditTicket(status=SHUT, reason="spam"), ticket(DONE), CARLA)


@pytest.mark.parametrize("before", Status)
def test_claiming_takes_an_unresolved_ticket_of_nobody_or_ones_own(before: Status) -> None:
    for assignee, command in itertools.product((None, ME, OTHER), [ClaimTicket()]):
        it = ticket(before, assignee)
        if before in {DONE, SHUT}:
            with pytest.raises(InvalidTransition):
                decide(command, it, AGENT)
        elif assignee == OTHER:
            with pytest.raises(AlreadyClaimed):
                decide(command, it, AGENT)
        else:
            events = decide(command, it, AGENT)
            own_already = assignee == ME and before is BUSY
            assert [event.type for event in events] == ([] if own_already else ["ticket.claimed"])
            claimed = after(it, events)
            assert (claimed.status, claimed.assignee_id) == (BUSY, ME)


@pytest.mark.parametrize("before", Status)
def test_releasing_is_for_the_assignee_or_a_supervisor(before: Status) -> None:
    for actor, assignee in itertools.product((AGENT, SUPERVISOR), (None, ME, OTHER)):
        it = ticket(before, assignee)
        for command in (ReleaseTicket(), AssignTicket(None)):
            if assignee is None:
                assert decide(command, it, actor) == []
            elif actor is AGENT and assignee == OTHER:
                with pytest.raises(Forbidden):
                    decide(command, it, actor)
            elif before in {DONE, SHUT}:
                with pytest.raises(InvalidTransition):
                    decide(command, it, actor)
            else:
                [event] = decide(command, it, actor)
                assert event.type == "ticket.released"
                released = after(it, [event])
                assert (released.status, released.assignee_id) == (OPEN, None)


@pytest.mark.parametrize("before", Status)
def test_assigning_keeps_the_status_and_is_for_the_assignee_or_a_supervisor(
    before: Status,
) -> None:
    for actor, assignee in itertools.product((AGENT, SUPERVISOR), (None, ME, OTHER)):
        it, command = ticket(before, assignee), AssignTicket(OTHER)
        if actor is AGENT and assignee != ME:
            with pytest.raises(Forbidden):
                decide(command, it, actor)
        elif before is SHUT:
            with pytest.raises(InvalidTransition):
                decide(command, it, actor)
        else:
            events = decide(command, it, actor)
            changed = assignee != OTHER
            assert [event.type for event in events] == ["ticket.assigned"] * changed
            assert after(it, events).status is before
            assert after(it, events).assignee_id == OTHER


def written(it: Ticket, actor: Actor, facts: dict[str, Any] | None = None, **fields: Any) -> Ticket:
    events = decide(AddMessage(body="Hello", **fields), it, actor, **(facts or {}))
    assert events[0].type == "message.added"
    assert "status" not in events[0].changes
    assert "assignee_id" not in events[0].changes
    assert len(events) <= 2
    return after(it, events)


@pytest.mark.parametrize("before", [OPEN, BUSY, DONE])
@pytest.mark.parametrize("assignee", [None, ME, OTHER])
def test_an_agents_first_reply_takes_up_an_open_ticket(
    before: Status, assignee: int | None
) -> None:
    now = written(ticket(before, assignee), AGENT)
    assert now.status is (BUSY if before is OPEN else before)
    taken = before is OPEN and assignee is None
    assert now.assignee_id == (ME if taken else assignee)
    assert now.first_response_at == NOW
    again = written(now, AGENT)
    assert (again.first_response_at, again.status) == (NOW, now.status)
    note = written(ticket(before, assignee), AGENT, kind=MessageKind.NOTE)
    assert (note.status, note.assignee_id) == (before, assignee)
    assert note.first_response_at is None
    by_key = written(ticket(before, assignee), KEY)
    assert (by_key.status, by_key.assignee_id) == (before, assignee)
    assert by_key.first_response_at is None


@pytest.mark.parametrize("before", [OPEN, BUSY, DONE])
@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize("assignee", [None, OTHER])
def test_a_customers_reply_reopens_what_was_resolved_where_somebody_is_there(
    before: Status,
    present: bool,  # noqa: FBT001 - a cell of the table
    assignee: int | None,
) -> None:
    waiting = {"waiting_on": WaitingOn.CUSTOMER, "snoozed_until": NOW + timedelta(days=1)}
    now = written(ticket(before, assignee, **waiting), CARLA, {"assignee_present": present})
    assert (now.waiting_on, now.snoozed_until) == (WaitingOn.AGENT, None)
    assert now.first_response_at is None
    if before is not DONE:
        assert (now.status, now.assignee_id, now.reopen_count) == (before, assignee, 0)
    else:
        back = present and assignee is not None
        assert (now.status, now.assignee_id) == ((BUSY, assignee) if back else (OPEN, None))
        assert (now.reopen_count, now.resolved_at) == (1, None)


def test_writing_to_a_closed_ticket_is_for_customers_whom_it_reopens() -> None:
    for actor in (AGENT, SUPERVISOR, KEY):
        with pytest.raises(InvalidTransition):
            decide(AddMessage(body="Hello"), ticket(SHUT, ME), actor)
    within = {"reopen_closed_days": 3, "assignee_present": True}
    assert written(ticket(SHUT, ME), CARLA, within).status is BUSY
    too_late = {"reopen_closed_days": 2}
    with pytest.raises(InvalidTransition):
        decide(AddMessage(body="Hello"), ticket(SHUT, ME), CARLA, **too_late)


def test_a_message_may_bring_its_change_of_status() -> None:
    now = written(ticket(OPEN), AGENT, status=DONE, waiting_on=WaitingOn.CUSTOMER)
    assert (now.status, now.assignee_id, now.waiting_on) == (DONE, ME, WaitingOn.CUSTOMER)
    assert written(ticket(BUSY, ME), AGENT, kind=MessageKind.NOTE, status=OPEN).status is OPEN
    assert written(ticket(OPEN), AGENT, status=OPEN).status is OPEN
    with pytest.raises(InvalidTransition):
        decide(AddMessage(body="Hello", status=OPEN), ticket(DONE), AGENT)
    for fields in ({"kind": MessageKind.NOTE}, {"waiting_on": WaitingOn.CUSTOMER}):
        with pytest.raises(Forbidden):
            decide(AddMessage(body="Hello", **fields), ticket(OPEN), CARLA)


def test_an_edit_is_one_event_with_everything_in_it() -> None:
    command = EditTicket(
        subject="Other", priority=Priority.URGENT, tags=("b", "a", "b"), category="bugs",
        waiting_on=WaitingOn.THIRD_PARTY, snoozed_until=NOW + timedelta(hours=1), status=DONE,
    )  # fmt: skip
    [event] = decide(command, ticket(OPEN), AGENT)
    assert event.type == "ticket.resolved"
    assert set(event.changes) == {
        "subject", "priority", "tags", "category", "waiting_on", "snoozed_until", "status",
        "resolved_at", "assignee_id",
    }  # fmt: skip
    assert event.changes["tags"] == ((), ("b", "a"))
    [plain] = decide(EditTicket(subject="Other"), ticket(OPEN), AGENT)
    assert (plain.type, dict(plain.changes)) == (
        "ticket.updated",
        {"subject": ("It broke", "Other")},
    )
    assert decide(EditTicket(subject="It broke", status=OPEN), ticket(OPEN), AGENT) == []


def test_a_closed_ticket_is_read_only_and_customers_change_the_status_alone() -> None:
    with pytest.raises(InvalidTransition):
        decide(EditTicket(subject="Other"), ticket(SHUT), SUPERVISOR)
    with pytest.raises(Forbidden):
        decide(EditTicket(subject="Other"), ticket(OPEN), CARLA)
    with pytest.raises(Invalid):
        decide(EditTicket(snoozed_until=NOW), ticket(OPEN), AGENT)
