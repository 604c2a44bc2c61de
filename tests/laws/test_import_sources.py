"""Histories and people of an import: in the order of time, and each as what is told of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Invalid
from common.people import Role
from server.storage.queries.log.event_log import LogEntry as Logged
from server.storage.queries.log.event_log import StoredEventDetail
from server.transfer.file_format import EntryKind, TransferEntry, TransferLine
from server.transfer.history_order import CLOCK_LEEWAY, check_times, is_ordered, sort_entries
from server.transfer.history_updates import find_new_entries
from server.transfer.role_inference import LinePeople, RoleInference
from tests.support.import_lines import ANA, BO, CARL, at, case, did

NOW = datetime(2010, 1, 14, tzinfo=UTC)
EVE = "eve@shop.example"


def typed(line: Any) -> TransferLine:
    return msgspec.convert(line, TransferLine)


def noted(minute: int, body: str = "x") -> TransferEntry:
    return TransferEntry(
        at=datetime(2010, 1, 13, 8, minute, tzinfo=UTC), type=EntryKind.NOTE, body=body
    )


@given(st.lists(st.integers(0, 20), max_size=8))
def test_a_history_is_put_in_the_order_of_time_and_what_is_at_once_stays_in_its_own(
    minutes: list[int],
) -> None:
    entries = tuple(noted(minute, str(n)) for n, minute in enumerate(minutes))
    made = sort_entries(entries)

    assert is_ordered(made)
    assert [(it.at, int(it.body or 0)) for it in made] == sorted(
        (it.at, n) for n, it in enumerate(entries)
    )
    assert is_ordered(entries) == (made == entries)


def test_times_that_cannot_be_are_named() -> None:
    far = (NOW + CLOCK_LEEWAY + timedelta(seconds=1)).isoformat()
    line = typed(
        case("Case1", {**did("note", body="x"), "at": "2009-01-01T00:00:00Z"}, did("unassign"))
    )
    late = typed(case("Case1", {**did("note", body="x"), "at": far}, created_at=far))
    assert line.ticket
    assert late.ticket
    with pytest.raises(Invalid) as early:
        check_times(line.ticket, line.entries, NOW)
    with pytest.raises(Invalid) as future:
        check_times(late.ticket, late.entries, NOW)

    assert early.value.detail == "/history/0/at: is before the ticket was created"
    assert [it.pointer for it in future.value.errors] == ["/ticket/created_at", "/history/0/at"]


@pytest.mark.parametrize("created_at", ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"])
def test_the_default_of_a_missing_date_is_no_time(created_at: str) -> None:
    line = typed(case("Case1", created_at=created_at))
    assert line.ticket
    with pytest.raises(Invalid, match="is before 1971"):
        check_times(line.ticket, line.entries, NOW)


def test_clocks_that_lie_a_little_apart_are_no_fault() -> None:
    nearly = (NOW + CLOCK_LEEWAY).isoformat()
    line = typed(case("Case1", {**did("note", body="x"), "at": nearly}, created_at=nearly))
    assert line.ticket
    check_times(line.ticket, line.entries, NOW)


@pytest.mark.parametrize(
    ("entry", "role"),
    [
        (did("reply", EVE, body="Me too."), Role.CUSTOMER),
        (did("rating", EVE, score=1), Role.CUSTOMER),
        (did("note", EVE, body="Odd."), Role.AGENT),
        (did("assign", EVE, to=ANA), Role.AGENT),
        (did("assign", ANA, to=EVE.upper()), Role.AGENT),
        (did("status", ANA, status="resolved", to=EVE), Role.AGENT),
        (did("status", EVE, status="resolved"), Role.AGENT),
        (did("edit", EVE, changes={"priority": "low"}), Role.AGENT),
        (did("assign", ANA, to="Eve Doe <eve@shop.example>"), Role.AGENT),
        (did("assign", ANA, to="e\u200bve@shop.example"), Role.AGENT),
    ],
)
def test_who_does_an_agents_work_is_an_agent_and_who_only_writes_a_customer(
    entry: dict[str, Any], role: Role
) -> None:
    roles = RoleInference()
    roles.learn_ticket(msgspec.convert(case("Case1", entry), LinePeople))

    assert roles.infer_role(EVE) is role


def test_a_requester_works_on_nothing_by_what_happens_in_the_own_ticket() -> None:
    roles = RoleInference()
    told = (did("status", CARL, status="resolved"), did("assign", ANA, to=CARL))
    roles.learn_ticket(msgspec.convert(case("Case1", *told), LinePeople))

    assert (roles.infer_role(CARL), roles.infer_role(ANA)) == (Role.CUSTOMER, Role.AGENT)


def test_who_files_for_somebody_else_is_an_agent() -> None:
    roles = RoleInference()
    roles.learn_ticket(msgspec.convert(case("Case1", actor=BO), LinePeople))
    assert roles.infer_role(BO) is Role.AGENT


# -- what is new


def logged(*minutes: int) -> list[Logged]:
    return [
        Logged(
            1, seq, noted(minute).at, "message.added", Role.AGENT, 1000, StoredEventDetail(), None
        )
        for seq, minute in enumerate(minutes, 1)
    ]


@given(known=st.integers(0, 5), more=st.integers(0, 5), same=st.booleans())
def test_what_comes_after_the_last_event_is_new_and_nothing_is_told_twice(
    known: int, more: int, *, same: bool
) -> None:
    old = tuple(noted(n if not same else 5, f"old {n}") for n in range(1, known + 1))
    new = tuple(noted(10 + n, f"new {n}") for n in range(more))
    log = logged(0, *(entry.at.minute for entry in old))

    assert find_new_entries(old + new, log, old) == new
    assert find_new_entries(old, log, old) == ()


def test_of_what_happened_at_one_time_only_the_unknown_is_new() -> None:
    old, twin = noted(3, "old"), noted(3, "twin")
    assert find_new_entries((old, twin, twin), logged(0, 3, 3), (old, twin)) == (twin,)
    assert at(3) in msgspec.json.encode(twin).decode()
