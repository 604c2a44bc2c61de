"""Strategies for lists of commands on the tickets of one organization."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st
from msgspec import UNSET, Struct, structs

from common.organization import (
    DEFAULT_POLICIES,
    BusinessHours,
)
from common.people import Presence
from common.tickets.editing import MessageEdits
from common.tickets.filing import FileTicket
from common.tickets.registry import COMMANDS
from common.tickets.replying import MessageKind
from common.tickets.ticket import Priority, Status, WaitingOn

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
"""Any time will do: each deed is a minute after the one before."""

Values = Mapping[str, st.SearchStrategy[Any]]


def build_command(kind: type, values: Values) -> st.SearchStrategy[Any]:
    """Returns commands of one kind. `values` are those of fields by name; others get any value.

    A field that may be left out is left out in half of the commands.
    """
    known = {field.name: _build_field(field, values) for field in structs.fields(kind)}
    return st.builds(kind, **known)


def build_commands(values: Values) -> st.SearchStrategy[Any]:
    """Returns every command of the registry but the one that files a ticket."""
    return st.one_of([build_command(kind, values) for kind in COMMANDS if kind is not FileTicket])


def _build_field(field: structs.FieldInfo, values: Values) -> st.SearchStrategy[Any]:
    known = values.get(field.name)
    if known is None:
        return st.from_type(field.type)
    return st.just(UNSET) | known if field.default is UNSET else known


def build_edits(
    user_ids: st.SearchStrategy[int], categories: st.SearchStrategy[str]
) -> st.SearchStrategy[MessageEdits]:
    """Returns what may go with a message, with these people to give the ticket to."""
    tags = st.lists(st.sampled_from("abc"), max_size=2).map(tuple)
    return st.builds(
        MessageEdits,
        priority=st.just(UNSET) | st.sampled_from(Priority),
        category=st.just(UNSET) | categories,
        add_tags=tags,
        remove_tags=tags,
        assign_to=st.just(UNSET) | user_ids,
    )


FIELD_VALUES: Final[Values] = {
    "subject": st.sampled_from(["One", "Two"]),
    "status": st.sampled_from(Status),
    "priority": st.sampled_from(Priority),
    "category": st.sampled_from(["general", "german", "none"]),
    "tags": st.lists(st.sampled_from("ab"), max_size=3).map(tuple),
    "add_tags": st.lists(st.sampled_from("abc"), max_size=2).map(tuple),
    "remove_tags": st.lists(st.sampled_from("abc"), max_size=2).map(tuple),
    "edit": build_edits(
        st.integers(1000, 1003) | st.just(7), st.sampled_from(["general", "german", "none"])
    ),
    "waiting_on": st.sampled_from(WaitingOn),
    "snoozed_until": st.just(BEGIN + timedelta(minutes=15)) | st.none(),
    "reason": st.sampled_from(["spam", "because"]),
    "body": st.sampled_from(["Hello", "@ana and @bob, and @ana again"]),
    "kind": st.sampled_from(MessageKind),
    "after_seq": st.integers(0, 20),
    "user_id": st.none() | st.integers(1000, 1003) | st.just(7),
    "score": st.integers(1, 5),
    "into": st.integers(1, 4),
    "message_ids": st.lists(st.integers(1, 20), min_size=1, max_size=3).map(tuple),
    "customer_email": st.sampled_from(["carla@x.test", "carl@x.test", "new@x.test"]),
    "comment": st.sampled_from(["Thanks", None]),
}
"""Values that mean something in the organization of the laws, by the name of the field."""
commands = build_commands(FIELD_VALUES)


class Bounce(Struct, frozen=True):
    """The report that a ticket's reply did not reach its customer; `which` counts its replies."""

    which: int


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
    | st.tuples(st.just("relay"), st.integers(1, 3), st.builds(Bounce, st.integers(0, 5)))
    | st.tuples(st.just("time"), st.integers(10, 6000), st.booleans())
    | st.tuples(st.just("terms"), st.just(0), st.sampled_from(HOURS)),
    min_size=8,
    max_size=25,
)
