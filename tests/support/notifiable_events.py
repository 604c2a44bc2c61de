"""Events that people are notified of, and a small organization that they happen in."""

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from common.people import Actor, Role, Scope
from common.tickets.replying import MessageKind
from common.tickets.routing import Routing
from common.tickets.ticket import Status, Ticket
from server.domain.notification_rules import (
    SUPERVISORS,
    TEAM,
    NotifiableEvent,
    select_notifications,
)
from server.storage.queries.person.name_resolver import make_system_actor

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ORG, CARLA, ANA, BOB, FAY, MIA, SUE = 4821, 10_000, 1000, 1001, 1002, 1003, 1004
ACTORS = {
    "carla": Actor(ORG, Role.CUSTOMER, CARLA, "Carla"),
    "ana": Actor(ORG, Role.AGENT, ANA, "Ana"),
    "bob": Actor(ORG, Role.AGENT, BOB, "Bob"),
    "sue": Actor(ORG, Role.SUPERVISOR, SUE, "Sue"),
    # A key is nobody: that its id is Ana's says nothing.
    "key": Actor(ORG, Role.KEY, ANA, "Key", None, frozenset(Scope)),
    "system": make_system_actor(ORG),
}
OPEN = Ticket(
    org_id=ORG,
    number=1,
    subject="It broke",
    category="general",
    customer_id=CARLA,
    created_at=NOW,
    updated_at=NOW,
)
HERS = replace(OPEN, assignee_id=ANA, status=Status.IN_PROGRESS)
DONE = replace(HERS, status=Status.RESOLVED)
FOLLOWERS = frozenset({FAY})
NAMES = {CARLA: "carla", ANA: "ana", BOB: "bob", FAY: "fay", MIA: "mia", SUE: "sue"} | {
    TEAM: "team",
    SUPERVISORS: "supervisors",
}


def event(
    type_: str, actor: str, after: Ticket, before: Ticket | None = None, **more: Any
) -> NotifiableEvent:
    return NotifiableEvent(
        seq=7, type=type_, actor=ACTORS[actor], after=after, before=before, **more
    )


def edited(
    actor: str, before: Ticket, type_: str = "ticket.updated", **values: Any
) -> NotifiableEvent:
    return event(type_, actor, replace(before, **values), before)


def said(actor: str, ticket: Ticket, kind: str = "reply", *mentioned: int) -> NotifiableEvent:
    return event(
        "message.added",
        actor,
        ticket,
        ticket,
        message=MessageKind(kind),
        mentioned=frozenset(mentioned),
    )


class KnownPeople(Struct, frozen=True):
    """The people of a ticket who are not in its events."""

    followers: frozenset[int] = frozenset()
    participants: frozenset[int] = frozenset()
    requester_is_agent: bool = False


def told(*events: NotifiableEvent) -> dict[str, str]:
    """Returns the people who are told, and why."""
    return {
        NAMES[it.audience]: it.reason.value
        for it in select_notifications(events, KnownPeople(FOLLOWERS))
    }


ALARM = Routing(reason="no_agent_online", alarmed_at=NOW)
