"""The store's beliefs, case by case; the law for any history stands in test_store_law."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from common.envelope import Envelope
from common.filters.filter_parser import parse_typed_filter
from common.organization import Organization
from common.people import Presence, Role
from common.ticket_columns import ListOrder
from common.tickets.redacting import RedactedParts
from common.tickets.replying import MessageKind
from common.tickets.sla import SlaState
from common.tickets.ticket import Priority, Status
from common.wire import (
    ActorRef,
    AttachmentView,
    Conversation,
    MessageView,
    MeView,
    Page,
    PersonRef,
    Queues,
    TicketView,
    UndeliveredMessage,
    UndeliveredView,
    UserView,
)
from tests.support.tickets import promised, view
from tui.model.queues import Tab
from tui.model.store import EventGap, Snapshot, Store, StoreChange

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ANA, BO = PersonRef(102, "Ana"), PersonRef(103, "Bo")
ME = MeView(
    org_id=4821, id=102, email="ana@example.org", name="Ana", role=Role.AGENT, skills=(),
    capacity=10, presence=Presence.AVAILABLE, active=True,
)  # fmt: skip


def user(user_id: int, name: str, **more: Any) -> UserView:
    fields: dict[str, Any] = {"role": Role.AGENT, "skills": (), "presence": Presence.AWAY} | more
    return UserView(id=user_id, name=name, **fields)


def ticket(number: int, seq: int = 1, **more: Any) -> TicketView:
    return view(number, **({"last_seq": seq, "created_at": NOW, "updated_at": NOW} | more))


def message(seq: int, name: str = "Dora") -> MessageView:
    author = ActorRef(201, Role.CUSTOMER, name)
    return MessageView(seq, MessageKind.REPLY, f"message {seq}", author, NOW, seq)


COLLEAGUE = ActorRef(103, Role.AGENT, "Bo")


def event(seq: int, type_: str = "ticket.updated", **more: Any) -> Envelope:
    actor = ActorRef(102, Role.AGENT, "Ana")
    return Envelope(org=4821, epoch="e", seq=seq, type=type_, at=NOW, actor=actor, **more)


def conversation(view: TicketView, messages: list[MessageView], seq: int) -> Conversation:
    fields = {name: getattr(view, name) for name in TicketView.__struct_fields__}
    fields["description"] = "It broke."
    return Conversation(**fields, messages=Page(messages, "older", seq))


def store_with(*tickets: TicketView, seq: int = 10) -> Store:
    store = Store()
    unresolved = sum(one.status is Status.OPEN for one in tickets)
    snapshot = Snapshot(
        me=ME,
        organization=Organization(org_id=4821, name="Test"),
        users=[user(102, "Ana"), user(103, "Bo")],
        queues=Queues(0, 0, unresolved, 0, 0, 0, seq),
        tickets=Page(list(tickets), None, seq),
    )
    store.reset(snapshot)
    return store


def test_an_event_after_a_gap_is_refused_and_changes_nothing() -> None:
    store = store_with(ticket(1))
    with pytest.raises(EventGap) as caught:
        store.apply(event(12, ticket=ticket(1, 12, status=Status.CLOSED)))
    assert (caught.value.seq, caught.value.received) == (10, 12)
    assert (store.seq, store.tickets[1].status) == (10, Status.OPEN)


def test_each_change_says_which_tickets_and_whether_people() -> None:
    store = store_with(ticket(1), ticket(2))
    told: list[StoreChange] = []
    stop = store.subscribe(told.append)
    store.apply(event(11, ticket=ticket(2, 11)))
    store.apply(event(12, "user.changed", user=user(201, "Theodora", role=Role.CUSTOMER)))
    store.apply(event(13, "presence.changed", user=user(103, "Bo")))
    stop()
    store.apply(event(14, ticket=ticket(1, 14)))
    both, none = frozenset({1, 2}), frozenset[int]()
    people = [(frozenset({2}), False), (both, True), (none, True)]
    assert [(change.numbers, change.people) for change in told] == people


def test_an_event_of_an_unknown_type_is_taken_by_its_ticket() -> None:
    store = store_with(ticket(1))
    assert store.apply(event(11, "ticket.sung", ticket=ticket(1, 11, subject="La")))
    assert store.tickets[1].subject == "La"


def test_the_organizations_settings_and_oneself_follow_their_events() -> None:
    store = store_with()
    store.apply(event(11, "org.changed", organization=Organization(org_id=4821, name="New")))
    store.apply(event(12, "user.changed", user=user(102, "Anna", role=Role.SUPERVISOR)))
    assert store.organization is not None
    assert store.me is not None
    assert store.organization.name == "New"
    assert (store.me.name, store.me.role, store.me.email) == (
        "Anna",
        Role.SUPERVISOR,
        "ana@example.org",
    )


def test_what_an_event_leaves_out_of_a_person_stays_known() -> None:
    store = store_with()
    store.apply(event(11, "user.changed", user=user(103, "Bo", email="bo@example.org")))
    store.apply(event(12, "presence.changed", user=user(103, "Bo", presence=Presence.BUSY)))
    assert (store.users[103].email, store.users[103].presence) == ("bo@example.org", Presence.BUSY)


def test_an_older_page_does_not_bring_back_an_older_ticket_or_an_older_name() -> None:
    store = store_with(ticket(1), seq=10)
    store.apply(event(11, ticket=ticket(1, 11, subject="New")))
    store.apply(event(12, "user.changed", user=user(201, "Theodora", role=Role.CUSTOMER)))
    store.merge_tickets([ticket(1, 5, subject="Old"), ticket(2, 6, status=Status.RESOLVED)], 10)
    assert store.tickets[1].subject == "New"
    assert store.tickets[2].customer.name == "Theodora"


def test_a_page_from_before_the_snapshot_is_not_taken() -> None:
    store = store_with(seq=10)
    store.merge_tickets([ticket(1, 5)], 9)
    assert not store.open_conversation(conversation(ticket(1, 5), [], 9))
    assert store.tickets == {}


def test_a_description_once_read_stays_when_an_event_brings_none() -> None:
    store = store_with(ticket(1))
    store.open_conversation(conversation(ticket(1), [], 10))
    store.apply(event(11, ticket=ticket(1, 11, subject="New")))
    assert (store.tickets[1].description, store.tickets[1].subject) == ("It broke.", "New")


def test_a_message_heard_before_its_conversation_came_is_there_once() -> None:
    store = store_with(ticket(1))
    store.apply(event(11, "message.added", ticket=ticket(1, 11), message=message(11)))
    store.apply(event(12, "user.changed", user=user(201, "Theodora", role=Role.CUSTOMER)))
    late = conversation(ticket(1, 5), [message(5)], 10)
    assert store.open_conversation(late)
    assert store.open_conversation(late)
    assert [told.seq for told in store.messages[1]] == [5, 11]
    assert {told.author.name for told in store.messages[1]} == {"Theodora"}


def test_older_messages_stand_before_newer_ones_and_ones_own_is_not_doubled() -> None:
    store = store_with(ticket(1))
    store.open_conversation(conversation(ticket(1), [message(5), message(6)], 10))
    store.merge_older_messages(1, Page([message(4), message(3)], None, 10))
    store.merge_message(1, message(11))
    store.apply(event(11, "message.added", ticket=ticket(1, 11), message=message(11)))
    assert [told.seq for told in store.messages[1]] == [3, 4, 5, 6, 11]
    assert store.older_cursors[1] is None


def test_a_conversation_older_than_what_was_heard_must_be_read_again() -> None:
    store = store_with(ticket(1))
    for seq in range(11, 1012):
        store.apply(event(seq, "message.added", ticket=ticket(1, seq), message=message(seq)))
    assert not store.open_conversation(conversation(ticket(1), [], 10))
    assert store.open_conversation(conversation(ticket(1), [], 1000))


def test_an_api_keys_message_is_not_renamed_with_the_person_of_the_same_number() -> None:
    store = store_with(ticket(1))
    by_key = replace(message(5), author=ActorRef(201, Role.KEY, "Shop"))
    store.open_conversation(conversation(ticket(1), [by_key], 10))
    store.apply(event(11, "user.changed", user=user(201, "Theodora", role=Role.CUSTOMER)))
    assert store.messages[1][0].author.name == "Shop"


def test_counts_follow_events_of_tickets_that_are_not_held() -> None:
    store = store_with(ticket(1), ticket(2, assignee=ANA))
    gone = ticket(9, 11, status=Status.CLOSED)
    store.apply(event(11, ticket=gone, changes={"status": ("resolved", "closed")}))
    store.apply(event(12, "ticket.created", ticket=ticket(3, 12), changes={}))
    counts = store.queue_counts
    assert (counts.open, counts.resolved, counts.closed) == (3, -1, 1)
    assert (counts.mine, counts.unassigned) == (1, 2)


def numbers(store: Store, tab: Tab, text: str = "") -> list[int]:
    return [one.number for one in store.list_tab_tickets(tab, parse_typed_filter(text))]


def test_each_tab_has_its_tickets_in_its_order() -> None:
    def at(hours: int) -> dict[str, Any]:
        return {
            "created_at": NOW + timedelta(hours=hours),
            "updated_at": NOW + timedelta(hours=hours),
        }

    due = promised(resolution_due=NOW + timedelta(hours=9))
    store = store_with(
        ticket(1, **at(1)),
        ticket(2, **at(2), priority=Priority.URGENT, assignee=ANA),
        ticket(3, **at(0), assignee=BO, status=Status.IN_PROGRESS),
        ticket(4, **at(4), status=Status.RESOLVED, assignee=ANA),
        ticket(5, **at(5), status=Status.RESOLVED),
        ticket(6, **at(6), status=Status.CLOSED),
        ticket(7, **at(7), priority=Priority.LOW, sla=due),
    )
    assert numbers(store, Tab.OPEN) == [7, 2, 3, 1]
    assert numbers(store, Tab.MINE) == [2]
    assert numbers(store, Tab.UNASSIGNED) == [7, 1]
    assert numbers(store, Tab.RESOLVED) == [5, 4]
    assert numbers(store, Tab.ALL) == [7, 6, 5, 4, 2, 1, 3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vpn", [1, 2]),
        ("VPN tunnel", [1]),
        ("!vpn", [3]),
        ("st:open", [1, 3]),
        ("status:in_progress,resolved", [2]),
        ("st:in", [2]),
        ("p:urgent", [3]),
        ("!p:urgent vpn", [1, 2]),
        ("cat:bill", [3]),
        ("tag:vip", [2]),
        ("#3", [3]),
        ("@an", [2]),
        ("@me", [2]),
        ("@none", [1]),
        ("!@none", [2, 3]),
        ("dora@example", [1, 2, 3]),
        ("st:", [1, 2, 3]),
        ("vpn st:op", [1]),
        ("created:>3d", [1, 2, 3]),
        ("created:<3d", []),
        ("  ", [1, 2, 3]),
        ("vpn nothing", []),
    ],
)
def test_a_filter_finds_by_words_and_tokens(text: str, expected: list[int]) -> None:
    store = store_with(
        ticket(1, subject="VPN tunnel drops"),
        ticket(2, subject="vpn", assignee=ANA, tags=("vip",), status=Status.IN_PROGRESS),
        ticket(3, subject="Refund", assignee=BO, category="billing", priority=Priority.URGENT),
    )
    assert sorted(numbers(store, Tab.OPEN, text)) == expected
    matches = store.lists.build_matcher(parse_typed_filter(text))
    assert sorted(n for n, one in store.tickets.items() if matches(one)) == expected


def test_a_filter_sees_a_ticket_as_it_is_now() -> None:
    store = store_with(ticket(1, subject="Refund", tags=UNSET))
    assert numbers(store, Tab.OPEN, "vpn") == []
    store.apply(event(11, ticket=ticket(1, 11, subject="VPN")))
    assert numbers(store, Tab.OPEN, "vpn") == [1]


def test_the_unresolved_can_be_ordered_by_due_time_by_priority_and_by_age() -> None:
    def hours(number: int) -> datetime:
        return NOW + timedelta(hours=number)

    store = store_with(
        ticket(1, created_at=hours(3), sla=promised(first_response_due=hours(9))),
        ticket(2, created_at=hours(2), priority=Priority.URGENT),
        ticket(3, created_at=hours(1), sla=promised(SlaState.PAUSED)),
        ticket(4, created_at=hours(4), sla=promised(resolution_due=hours(8))),
    )

    def ordered(sort: str) -> list[int]:
        order = ListOrder.parse(sort)
        return [one.number for one in store.list_tab_tickets(Tab.OPEN, order=order)]

    assert ordered("sla_due") == [4, 1, 2, 3]
    assert ordered("-sla_due") == [1, 4, 2, 3]
    assert ordered("-priority") == [2, 4, 1, 3]
    assert ordered("created_at") == [3, 2, 1, 4]
    store.apply(event(11, ticket=ticket(3, 11, sla=promised(resolution_due=hours(7)))))
    assert ordered("sla_due") == [3, 4, 1, 2]


def test_what_the_system_notes_alone_is_nobodys_news() -> None:
    store = store_with(ticket(1, seq=5))
    system = ActorRef(None, Role.SYSTEM, "system")
    noted = event(11, ticket=ticket(1, 11), changes={"routing": (None, {})})
    store.apply(replace(noted, actor=system))
    assert store.last_activity_seq(store.tickets[1]) == 5
    store.apply(replace(noted, seq=12, actor=system, ticket=ticket(1, 12)))
    assert store.last_activity_seq(store.tickets[1]) == 5
    others = event(13, ticket=ticket(1, 13), changes={"priority": ("low", "high")})
    store.apply(replace(others, actor=COLLEAGUE))
    assert store.last_activity_seq(store.tickets[1]) == 13


def test_what_the_agent_does_is_no_news_to_the_agent() -> None:
    store = store_with(ticket(1, seq=5))
    store.apply(event(11, ticket=ticket(1, 11)))
    assert store.last_activity_seq(store.tickets[1]) == 5
    store.apply(event(12, ticket=ticket(2, 12)))
    assert store.last_activity_seq(store.tickets[2]) == 0
    store.apply(replace(event(13, ticket=ticket(1, 13)), actor=COLLEAGUE))
    assert store.last_activity_seq(store.tickets[1]) == 13


def test_a_redaction_forgets_a_conversation_until_it_is_read_again() -> None:
    store = store_with(ticket(1), seq=1)
    store.open_conversation(conversation(ticket(1), [message(1)], seq=1))
    parts = RedactedParts(message_ids=(1,))
    store.apply(event(2, "ticket.redacted", ticket=ticket(1, seq=2), redacted=parts))
    assert 1 not in store.messages
    assert store.tickets[1].description is UNSET
    # An answer that was under way still has the old text; a page of older messages, too.
    assert not store.open_conversation(conversation(ticket(1), [message(1)], seq=1))
    store.merge_older_messages(1, Page([message(1)], None, 1))
    assert 1 not in store.messages
    assert store.open_conversation(conversation(ticket(1, seq=2), [message(1)], seq=2))
    assert len(store.messages[1]) == 1


@pytest.mark.parametrize("is_read_later", [False, True])
def test_a_message_that_did_not_arrive_is_marked_whenever_it_was_read(
    is_read_later: bool,  # noqa: FBT001 - a case of the test
) -> None:
    store = store_with(ticket(1), seq=1)
    whole = conversation(ticket(1), [message(1)], 1)
    if not is_read_later:
        store.open_conversation(whole)
    failed = UndeliveredMessage("550 no", NOW, message_id=1, recipient=PersonRef(201, "Dora"))
    store.apply(event(2, "message.undelivered", ticket=ticket(1, seq=2), undelivered=failed))
    if is_read_later:
        store.open_conversation(whole)
    [shown] = store.messages[1]
    assert shown.undelivered == UndeliveredView("550 no", NOW)


def test_the_files_of_a_description_stay_with_it_when_others_change_the_ticket() -> None:
    photo = AttachmentView(7, "photo.jpg", "image/jpeg", 12)
    store = store_with(ticket(1))
    assert store.open_conversation(conversation(ticket(1, attachments=(photo,)), [], 10))
    store.apply(event(11, ticket=ticket(1, 11)))
    assert store.tickets[1].attachments == (photo,)
