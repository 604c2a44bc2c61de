"""Strategies for lists of commands on the tickets of one organization."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from msgspec import UNSET

from common.organization import (
    DEFAULT_POLICIES,
    BusinessHours,
)
from common.people import Presence
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.rating import RateTicket
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Priority, Status, WaitingOn

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
"""Any time will do: each deed is a minute after the one before."""

statuses = st.sampled_from(list(Status))
agents = st.integers(1000, 1003)


def unset_or(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.just(UNSET) | values


edits = st.builds(
    EditTicket,
    subject=unset_or(st.sampled_from(["One", "Two"])),
    status=unset_or(statuses),
    priority=unset_or(st.sampled_from(list(Priority))),
    category=unset_or(st.sampled_from(["general", "german", "none"])),
    tags=unset_or(st.lists(st.sampled_from("ab"), max_size=3).map(tuple)),
    waiting_on=unset_or(st.sampled_from(list(WaitingOn))),
    snoozed_until=unset_or(st.just(BEGIN + timedelta(minutes=15)) | st.none()),
    reason=unset_or(st.sampled_from(["spam", "because"])),
)
replies = st.builds(
    AddMessage,
    body=st.sampled_from(["Hello", "@ana and @bob, and @ana again"]),
    kind=st.sampled_from(list(MessageKind)),
    after_seq=unset_or(st.integers(0, 20)),
    status=unset_or(statuses),
)
commands = st.one_of(
    st.builds(ClaimTicket),
    st.builds(ReleaseTicket),
    st.builds(AssignTicket, st.none() | agents | st.just(7)),
    edits,
    replies,
    st.builds(RateTicket, st.integers(1, 5), unset_or(st.sampled_from(["Thanks", None]))),
)
actors = st.sampled_from(["ana", "bob", "sue", "carla", "carl", "key"])
HOURS = [
    {"business_hours": BusinessHours(*[(("09:00", "17:00"),)] * 5), "timezone": "Europe/Rome"},
    {"sla_policies": DEFAULT_POLICIES[:2], "auto_close_hours": 1},
    {"business_hours": BusinessHours()},
]
"""Terms and hours to change to."""
deeds = st.lists(
    st.tuples(actors, st.integers(1, 3), commands)
    | st.tuples(actors, st.just(0), st.just(FileTicket("It broke", "Please help")))
    | st.tuples(st.sampled_from(["ana", "bob"]), st.just(-1), st.sampled_from(list(Presence)))
    | st.tuples(st.just("time"), st.integers(10, 6000), st.booleans())
    | st.tuples(st.just("terms"), st.just(0), st.sampled_from(HOURS)),
    min_size=8,
    max_size=25,
)
