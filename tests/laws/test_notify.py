"""Who is told what: the table of the domain, cell by cell, and the laws for any deed."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from common.notifications import Reason
from common.people import Actor, Role, Scope
from common.preferences import NotificationKind, Relation
from common.tickets.replying import MessageKind
from common.tickets.routing import Routing
from common.tickets.ticket import Priority, Status, Ticket
from server.domain import notification_preferences
from server.domain.notification_rules import (
    SUPERVISORS,
    TEAM,
    NotifiableEvent,
    Notification,
    concerns_followers,
    select_notifications,
)
from server.storage.queries.name_resolver import system_actor

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ORG, CARLA, ANA, BOB, FAY, MIA, SUE = 4821, 10_000, 1000, 1001, 1002, 1003, 1004
ACTORS = {
    "carla": Actor(ORG, Role.CUSTOMER, CARLA, "Carla"),
    "ana": Actor(ORG, Role.AGENT, ANA, "Ana"),
    "bob": Actor(ORG, Role.AGENT, BOB, "Bob"),
    "sue": Actor(ORG, Role.SUPERVISOR, SUE, "Sue"),
    # A key is nobody: that its id is Ana's says nothing.
    "key": Actor(ORG, Role.KEY, ANA, "Key", None, frozenset(Scope)),
    "system": system_actor(ORG),
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


def told(*events: NotifiableEvent) -> dict[str, str]:
    """Who is told, and why."""
    return {NAMES[it.audience]: it.reason.value for it in select_notifications(events, FOLLOWERS)}


ALARM = Routing(reason="no_agent_online", alarmed_at=NOW)
TABLE: list[tuple[str, NotifiableEvent, dict[str, str]]] = [
    (
        "created by its customer",
        event("ticket.created", "carla", OPEN),
        {"carla": "customer", "team": "team"},
    ),
    (
        "created by an agent for a customer",
        event("ticket.created", "ana", OPEN),
        {"carla": "customer", "team": "team"},
    ),
    (
        "created, and somebody's in the same deed",
        event("ticket.created", "carla", HERS),
        {"carla": "customer"},
    ),
    (
        "assigned by somebody else",
        edited("sue", OPEN, assignee_id=ANA),
        {"carla": "customer", "ana": "assigned"},
    ),
    (
        "reassigned",
        edited("sue", HERS, assignee_id=BOB),
        {"carla": "customer", "ana": "unassigned", "bob": "assigned"},
    ),
    (
        "claimed",
        edited("ana", OPEN, assignee_id=ANA, status=Status.IN_PROGRESS),
        {"carla": "customer", "fay": "followed"},
    ),
    (
        "assigned by routing",
        edited("system", OPEN, assignee_id=ANA),
        {"carla": "customer", "ana": "assigned"},
    ),
    (
        "released by somebody else",
        edited("sue", HERS, assignee_id=None, status=Status.OPEN),
        {"carla": "customer", "ana": "unassigned", "fay": "followed"},
    ),
    ("customer's reply", said("carla", HERS), {"ana": "mine", "fay": "followed"}),
    (
        "customer's reply to nobody's ticket",
        said("carla", OPEN),
        {"team": "team", "fay": "followed"},
    ),
    ("assignee's reply", said("ana", HERS), {"carla": "customer", "fay": "followed"}),
    (
        "colleague's reply",
        said("bob", HERS),
        {"carla": "customer", "ana": "mine", "fay": "followed"},
    ),
    ("key's reply", said("key", HERS), {"carla": "customer", "ana": "mine", "fay": "followed"}),
    (
        "agent's reply to nobody's ticket",
        said("bob", OPEN),
        {"carla": "customer", "fay": "followed"},
    ),
    (
        "note that mentions somebody",
        said("bob", HERS, "note", MIA),
        {"ana": "mine", "mia": "mentioned", "fay": "followed"},
    ),
    ("assignee's own note", said("ana", HERS, "note"), {"fay": "followed"}),
    (
        "note that mentions the assignee, a follower and its author",
        said("bob", HERS, "note", ANA, FAY, BOB),
        {"ana": "mentioned", "fay": "mentioned"},
    ),
    (
        "resolved by a colleague",
        edited("bob", HERS, status=Status.RESOLVED),
        {"carla": "customer", "ana": "mine", "fay": "followed"},
    ),
    (
        "resolved by its customer",
        edited("carla", HERS, status=Status.RESOLVED),
        {"ana": "mine", "fay": "followed"},
    ),
    (
        "closed by the clock",
        edited("system", DONE, status=Status.CLOSED),
        {"carla": "customer", "ana": "mine", "fay": "followed"},
    ),
    (
        "reopened by a supervisor",
        edited("sue", DONE, status=Status.IN_PROGRESS),
        {"carla": "customer", "ana": "mine", "fay": "followed"},
    ),
    (
        "made urgent",
        edited("bob", HERS, priority=Priority.URGENT),
        {"ana": "mine", "fay": "followed", "supervisors": "supervisor"},
    ),
    (
        "made less urgent",
        edited("bob", HERS, priority=Priority.LOW),
        {"ana": "mine", "fay": "followed"},
    ),
    ("category changed", edited("bob", HERS, category="x"), {"ana": "mine", "fay": "followed"}),
    ("tagged", edited("bob", HERS, tags=("vip",)), {}),
    ("snoozed", edited("bob", HERS, snoozed_until=NOW), {}),
    (
        "promise at risk",
        event("sla.warning", "system", HERS, HERS),
        {"ana": "mine", "team": "team"},
    ),
    (
        "promise broken",
        event("sla.breached", "system", HERS, HERS),
        {"ana": "mine", "team": "team", "supervisors": "supervisor"},
    ),
    (
        "promise broken of nobody's ticket",
        event("sla.breached", "system", OPEN, OPEN),
        {"team": "team", "supervisors": "supervisor"},
    ),
    ("nobody fits", edited("system", OPEN, routing=ALARM), {"supervisors": "supervisor"}),
    (
        "nobody fits still",
        edited("system", replace(OPEN, routing=ALARM), tags=("x",)),
        {},
    ),
    (
        "waits for a reason, not yet for long",
        edited("system", OPEN, routing=Routing(reason="no_agent_online")),
        {},
    ),
    (
        "rated 2",
        event("ticket.rated", "carla", DONE, DONE, score=2),
        {"ana": "mine", "supervisors": "supervisor"},
    ),
    ("rated 3", event("ticket.rated", "carla", DONE, DONE, score=3), {}),
    (
        "merged",
        event("ticket.merged", "bob", HERS, HERS),
        {"carla": "customer", "ana": "mine", "fay": "followed"},
    ),
]


@pytest.mark.parametrize(
    ("happened", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_everybody_is_told_what_the_table_says(
    happened: NotifiableEvent, expected: dict[str, str]
) -> None:
    assert told(happened) == expected


def test_a_reply_and_what_it_causes_are_told_once_and_the_message_is_what_is_told() -> None:
    reply = said("bob", HERS)
    resolved = replace(edited("bob", HERS, status=Status.RESOLVED), seq=8)
    tellings = select_notifications([reply, resolved], FOLLOWERS)
    assert told(reply, resolved) == {"carla": "customer", "ana": "mine", "fay": "followed"}
    assert {(it.seq, it.kind) for it in tellings} == {(7, NotificationKind.AGENT_REPLY)}


def test_a_note_and_the_status_that_goes_with_it_tell_the_customer_of_the_status_alone() -> None:
    note = said("bob", HERS, "note", MIA)
    resolved = replace(edited("bob", HERS, status=Status.RESOLVED), seq=8)
    (customers,) = [
        it for it in select_notifications([note, resolved], FOLLOWERS) if it.audience == CARLA
    ]
    assert (customers.seq, customers.kind) == (8, NotificationKind.RESOLVED)


def test_who_loses_a_ticket_that_its_customer_took_up_again_is_told_that_and_the_team_too() -> None:
    reply = said("carla", DONE)
    opened = replace(edited("carla", DONE, status=Status.OPEN, assignee_id=None), seq=8)
    assert told(reply, opened) == {"ana": "unassigned", "fay": "followed", "team": "team"}


def test_the_team_is_not_told_of_what_found_its_agent_in_the_same_deed() -> None:
    opened = edited("carla", DONE, status=Status.OPEN, assignee_id=None)
    routed = replace(edited("system", opened.after, assignee_id=BOB), seq=9)
    assert told(said("carla", DONE), opened, routed) == {
        "ana": "unassigned",
        "bob": "assigned",
        "fay": "followed",
        "carla": "customer",
    }


def test_who_lost_a_ticket_and_got_it_back_is_told_what_is_true_now() -> None:
    lost = edited("system", HERS, assignee_id=None)
    back = replace(edited("system", lost.after, assignee_id=ANA), seq=8)
    assert told(lost, back)["ana"] == "assigned"


# -- for any deed

people = st.sampled_from([ANA, BOB, FAY, MIA, SUE])
tickets = st.builds(
    lambda status, assignee, priority, category, alarmed: replace(
        OPEN,
        status=status,
        assignee_id=assignee,
        priority=priority,
        category=category,
        routing=ALARM if alarmed else None,
    ),
    st.sampled_from(Status),
    st.none() | people,
    st.sampled_from(Priority),
    st.sampled_from(["general", "billing"]),
    st.booleans(),
)
TYPES = [
    "ticket.created",
    "ticket.updated",
    "message.added",
    "sla.warning",
    "sla.breached",
    "ticket.rated",
    "ticket.merged",
    "something.else",
]
happenings = st.builds(
    NotifiableEvent,
    seq=st.integers(1, 9),
    type=st.sampled_from(TYPES),
    actor=st.sampled_from(list(ACTORS.values())),
    after=tickets,
    before=st.none() | tickets,
    message=st.none() | st.sampled_from(MessageKind),
    score=st.none() | st.integers(1, 5),
    mentioned=st.frozensets(people),
)
deeds = st.lists(happenings, min_size=1, max_size=4)
followers = st.frozensets(people)


@given(happenings, followers)
def test_nobody_is_told_of_their_own_deed_but_a_customer_that_its_ticket_has_come(
    happened: NotifiableEvent, following: frozenset[int]
) -> None:
    if happened.actor.role is not Role.KEY:
        own = [
            it
            for it in select_notifications([happened], following)
            if it.audience == happened.actor.id
        ]
        assert {it.kind for it in own} <= {NotificationKind.CREATED}


@given(deeds, followers)
def test_each_is_told_once(deed: list[NotifiableEvent], following: frozenset[int]) -> None:
    audiences = [it.audience for it in select_notifications(deed, following)]
    assert len(audiences) == len(set(audiences))


@given(deeds, deeds, followers)
def test_the_strongest_reason_wins_more_that_happens_never_gives_a_weaker_one(
    first: list[NotifiableEvent], then: list[NotifiableEvent], following: frozenset[int]
) -> None:
    strength = {it: rank for rank, it in enumerate(Reason)} | {Reason.UNASSIGNED: 1}
    whole = {it.audience: it for it in select_notifications([*first, *then], following)}
    for it in select_notifications(then, following):
        assert strength[whole[it.audience].reason] <= strength[it.reason]


@given(deeds, followers)
def test_a_customer_never_hears_of_a_note_a_promise_or_a_routing(
    deed: list[NotifiableEvent], following: frozenset[int]
) -> None:
    for it in select_notifications(deed, following):
        if it.audience == CARLA:
            assert (it.kind, Relation.MINE) in notification_preferences.CUSTOMER_DEFAULTS


@given(deeds, followers)
def test_whatever_is_told_can_be_wished_and_unwished(
    deed: list[NotifiableEvent], following: frozenset[int]
) -> None:
    for it in select_notifications(deed, following):
        known = (
            notification_preferences.CUSTOMER_DEFAULTS
            if it.audience == CARLA
            else notification_preferences.AGENT_DEFAULTS
        )
        assert (it.kind, it.relation) in known


@given(deeds, followers)
def test_only_who_has_to_do_with_the_ticket_is_told(
    deed: list[NotifiableEvent], following: frozenset[int]
) -> None:
    known = {TEAM, SUPERVISORS, CARLA} | following
    for it in deed:
        befores = [it.before] if it.before else []
        known |= {ticket.assignee_id for ticket in [it.after, *befores] if ticket.assignee_id}
        known |= it.mentioned
    assert {it.audience for it in select_notifications(deed, following)} <= known


@given(deeds, followers)
def test_who_follows_makes_a_difference_only_where_it_is_asked(
    deed: list[NotifiableEvent], following: frozenset[int]
) -> None:
    if not concerns_followers(deed):
        assert select_notifications(deed, following) == select_notifications(deed, frozenset())


@given(deeds, st.randoms(use_true_random=False))
def test_the_order_of_the_followers_makes_no_difference(
    deed: list[NotifiableEvent], random: Any
) -> None:
    crowd = [ANA, BOB, FAY, MIA]
    once = select_notifications(deed, frozenset(crowd))
    random.shuffle(crowd)
    assert select_notifications(deed, frozenset(crowd)) == once


def test_a_telling_names_the_relation_that_preferences_go_by() -> None:
    (team,) = [
        it for it in select_notifications([said("carla", OPEN)], frozenset()) if it.audience == TEAM
    ]
    assert team == Notification(
        audience=TEAM,
        seq=7,
        kind=NotificationKind.CUSTOMER_REPLY,
        reason=Reason.TEAM,
        relation=Relation.UNASSIGNED,
    )
