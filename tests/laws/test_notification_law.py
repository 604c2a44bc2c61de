"""Laws of notifications that hold for any list of events."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from common.notifications import Reason
from common.people import Role
from common.preferences import NotificationKind, Relation
from common.tickets.replying import MessageKind
from common.tickets.ticket import Priority, Status
from server.domain import notification_preferences
from server.domain.notification_rules import (
    SUPERVISORS,
    TEAM,
    NotifiableEvent,
    Notification,
    select_notifications,
)
from tests.support.notifiable_events import (
    ACTORS,
    ALARM,
    ANA,
    BOB,
    CARLA,
    FAY,
    MIA,
    OPEN,
    SUE,
    KnownPeople,
    said,
)

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
            for it in select_notifications([happened], KnownPeople(following))
            if it.audience == happened.actor.id
        ]
        assert {it.kind for it in own} <= {NotificationKind.CREATED}


@given(deeds, followers)
def test_each_is_told_once(deed: list[NotifiableEvent], following: frozenset[int]) -> None:
    audiences = [it.audience for it in select_notifications(deed, KnownPeople(following))]
    assert len(audiences) == len(set(audiences))


@given(deeds, deeds, followers)
def test_the_strongest_reason_wins_more_that_happens_never_gives_a_weaker_one(
    first: list[NotifiableEvent], then: list[NotifiableEvent], following: frozenset[int]
) -> None:
    strength = {it: rank for rank, it in enumerate(Reason)} | {Reason.UNASSIGNED: 1}
    whole = {
        it.audience: it for it in select_notifications([*first, *then], KnownPeople(following))
    }
    for it in select_notifications(then, KnownPeople(following)):
        assert strength[whole[it.audience].reason] <= strength[it.reason]


@given(deeds, followers)
def test_a_customer_never_hears_of_a_note_a_promise_or_a_routing(
    deed: list[NotifiableEvent], following: frozenset[int]
) -> None:
    for it in select_notifications(deed, KnownPeople(following)):
        if it.audience == CARLA:
            assert (it.kind, Relation.MINE) in notification_preferences.CUSTOMER_DEFAULTS


@given(deeds, followers)
def test_whatever_is_told_can_be_wished_and_unwished(
    deed: list[NotifiableEvent], following: frozenset[int]
) -> None:
    for it in select_notifications(deed, KnownPeople(following)):
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
    assert {it.audience for it in select_notifications(deed, KnownPeople(following))} <= known


class AskedPeople:
    """Followers alone; `asked` says if they were asked for."""

    participants: frozenset[int] = frozenset()
    requester_is_agent = False

    def __init__(self, following: frozenset[int]) -> None:
        self._following = following
        self.asked = False

    @property
    def followers(self) -> frozenset[int]:
        self.asked = True
        return self._following


@given(deeds, followers)
def test_the_followers_are_asked_for_only_where_they_make_a_difference(
    deed: list[NotifiableEvent], following: frozenset[int]
) -> None:
    nobody, crowd = AskedPeople(following), frozenset({10**6})
    selected = select_notifications(deed, nobody)
    assert nobody.asked is (
        crowd <= {it.audience for it in select_notifications(deed, KnownPeople(crowd))}
    )
    if not nobody.asked:
        assert selected == select_notifications(deed, KnownPeople())


@given(deeds, st.randoms(use_true_random=False))
def test_the_order_of_the_followers_makes_no_difference(
    deed: list[NotifiableEvent], random: Any
) -> None:
    crowd = [ANA, BOB, FAY, MIA]
    once = select_notifications(deed, KnownPeople(frozenset(crowd)))
    random.shuffle(crowd)
    assert select_notifications(deed, KnownPeople(frozenset(crowd))) == once


def test_a_telling_names_the_relation_that_preferences_go_by() -> None:
    (team,) = [
        it
        for it in select_notifications([said("carla", OPEN)], KnownPeople(frozenset()))
        if it.audience == TEAM
    ]
    assert team == Notification(
        audience=TEAM,
        seq=7,
        kind=NotificationKind.CUSTOMER_REPLY,
        reason=Reason.TEAM,
        relation=Relation.UNASSIGNED,
    )
