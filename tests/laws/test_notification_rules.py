"""Recipients of notifications: the table of the domain, cell by cell."""

import pytest
from msgspec.structs import replace

from common.notifications import Reason
from common.preferences import NotificationKind, Relation
from common.tickets.routing import Routing
from common.tickets.ticket import Priority, Status
from server.domain.notification_rules import (
    NotifiableEvent,
    select_notifications,
)
from tests.support.notifiable_events import (
    ALARM,
    ANA,
    BOB,
    CARLA,
    DONE,
    FAY,
    FOLLOWERS,
    HERS,
    MIA,
    NOW,
    OPEN,
    KnownPeople,
    edited,
    event,
    said,
    told,
)

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
    tellings = select_notifications([reply, resolved], KnownPeople(FOLLOWERS))
    assert told(reply, resolved) == {"carla": "customer", "ana": "mine", "fay": "followed"}
    assert {(it.seq, it.kind) for it in tellings} == {(7, NotificationKind.AGENT_REPLY)}


def test_a_note_and_the_status_that_goes_with_it_tell_the_customer_of_the_status_alone() -> None:
    note = said("bob", HERS, "note", MIA)
    resolved = replace(edited("bob", HERS, status=Status.RESOLVED), seq=8)
    (customers,) = [
        it
        for it in select_notifications([note, resolved], KnownPeople(FOLLOWERS))
        if it.audience == CARLA
    ]
    assert (customers.seq, customers.kind) == (8, NotificationKind.RESOLVED)


def test_an_agent_who_requested_a_ticket_is_notified_as_its_requester() -> None:
    resolved = edited("bob", replace(HERS, customer_id=MIA), status=Status.RESOLVED)
    for requester_is_agent, relation in ((True, Relation.REQUESTED), (False, Relation.MINE)):
        people = KnownPeople(FOLLOWERS, requester_is_agent=requester_is_agent)
        notifications = select_notifications([resolved], people)
        (hers,) = [it for it in notifications if it.audience == MIA]
        assert (hers.reason, hers.relation) == (Reason.CUSTOMER, relation)


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
