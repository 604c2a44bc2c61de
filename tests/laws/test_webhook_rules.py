"""Webhooks' pure rules: signatures, the schedule, addresses, and what is sent to whom."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from common.envelope import Envelope
from common.organization import Category, Organization
from common.people import Presence, Role
from common.tickets.replying import MessageKind
from common.tickets.routing import Routing
from common.tickets.score import Rating
from common.tickets.sla import Sla
from common.tickets.ticket import Priority, Status, Ticket, WaitingOn
from common.webhooks import DeliveryState, WebhookScope
from common.wire import ActorRef, CustomerRef, MessageView, TicketView, UserView
from server.clock import utc_now
from server.domain.webhooks import (
    event_matching,
    payload,
    receiver_addresses,
    retry_schedule,
    signing,
)
from server.domain.webhooks.event_matching import MatchableEvent, Receiver
from server.domain.webhooks.retry_schedule import AttemptResult, EndpointAction
from server.rendering import views

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEYS = st.binary(min_size=24, max_size=64)


# -- signing


@given(KEYS, st.text("abc_0123", min_size=1), st.text(max_size=200))
def test_a_signature_is_the_one_that_the_standard_describes(
    key: bytes, name: str, body: str
) -> None:
    secret, raw = signing.encode_secret(key), body.encode()
    signed = f"{name}.{int(NOW.timestamp())}.".encode() + raw
    digest = hmac.digest(key, signed, hashlib.sha256)
    ours = signing.compute_signature(secret, name, NOW, raw)
    assert ours == f"v1,{base64.b64encode(digest).decode()}"


@pytest.mark.parametrize(
    ("key", "signature"),
    [
        (bytes(range(24)), "v1,wqredEHYDSavdfRlSRO36zQOtih1TmOHLtgx+wOie+Y="),
        (bytes(range(64)), "v1,R0TvWeHhbD40f3cubcXyBAJIzF1SgsogSr7vKyq4rE0="),
    ],
)
def test_signatures_have_not_changed_since_they_were_made_by_hand(
    key: bytes, signature: str
) -> None:
    at = datetime(2026, 3, 29, 2, 30, 15, 999_999, tzinfo=timezone(timedelta(hours=2)))
    body = '{"subject":"Grüße 🎉"}'.encode()
    made = signing.build_headers([signing.encode_secret(key)], "msg_1000.17", at, body)
    assert made == {
        "webhook-id": "msg_1000.17",
        "webhook-timestamp": "1774744215",
        "webhook-signature": signature,
    }


@given(KEYS, KEYS)
def test_while_two_secrets_are_valid_either_verifies(old: bytes, new: bytes) -> None:
    at, body = utc_now(), b'{"type":"ticket.created"}'
    secrets = [signing.encode_secret(new), signing.encode_secret(old)]
    headers = dict(signing.build_headers(secrets, "msg_1", at, body))
    assert headers["webhook-signature"].count(" ") == 1
    for secret in secrets:
        assert Webhook(secret).verify(body, headers) == {"type": "ticket.created"}
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.encode_secret(b"another" * 5)).verify(body, headers)


@pytest.mark.parametrize("size", [0, 23, 65])
def test_a_secret_has_the_length_that_the_standard_wants(size: int) -> None:
    with pytest.raises(ValueError, match="24 to 64"):
        signing.encode_secret(bytes(size))
    assert base64.b64decode(signing.encode_secret(bytes(24)).removeprefix("whsec_")) == bytes(24)


# -- retries


@given(st.integers(0, 299).map(lambda n: n + 300), st.integers(1, 9), st.floats(0, 0.999))
def test_what_is_not_2xx_is_tried_again_after_the_schedules_delay(
    status: int, attempts: int, chance: float
) -> None:
    verdict = retry_schedule.decide_retry(attempts, AttemptResult(status), NOW, chance)
    if status == 410:
        assert verdict == retry_schedule.RetryDecision(DeliveryState.DEAD, gone=True)
        return
    assert verdict.state is DeliveryState.FAILED
    assert verdict.due is not None
    planned = retry_schedule.DELAYS[attempts]
    assert planned <= verdict.due - NOW <= planned * 1.1


@given(st.integers(200, 299), st.integers(1, 10))
def test_2xx_alone_is_success(status: int, attempts: int) -> None:
    verdict = retry_schedule.decide_retry(attempts, AttemptResult(status), NOW, 0.5)
    assert verdict == retry_schedule.RetryDecision(DeliveryState.SENT)


def test_the_tenth_failure_is_the_last() -> None:
    refused = AttemptResult(error="connection refused")
    states = [retry_schedule.decide_retry(n, refused, NOW, 0).state for n in range(1, 11)]
    assert states == [DeliveryState.FAILED] * 9 + [DeliveryState.DEAD]
    hours = sum(delay.total_seconds() for delay in retry_schedule.DELAYS) / 3600
    assert 75 < hours < 76


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0), ("", 0), ("soon", 0), ("-5", 0), ("0", 0), ("120", 120), (" 7 ", 7),
        ("999999999999999", 86_400), ("²", 0),
        (format_datetime(NOW + timedelta(hours=1), usegmt=True), 3_600),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400), ("Mon, 23 Nov 2026 13:00:00", 0),
    ],
)  # fmt: skip
def test_retry_after_is_honoured_within_a_day(header: str | None, seconds: int) -> None:
    assert retry_schedule.parse_retry_after(header, NOW) == timedelta(seconds=seconds)


@given(st.text())
def test_no_retry_after_is_too_strange(header: str) -> None:
    assert timedelta(0) <= retry_schedule.parse_retry_after(header, NOW) <= timedelta(hours=24)


def test_retry_after_never_makes_it_earlier() -> None:
    verdict = retry_schedule.decide_retry(4, AttemptResult(503, retry_after="1"), NOW, 0)
    assert verdict.due == NOW + timedelta(hours=2)


def test_admins_are_told_of_the_first_dead_letter_and_of_the_end() -> None:
    assert retry_schedule.decide_endpoint_action(None, NOW) is EndpointAction.NOTIFY
    assert (
        retry_schedule.decide_endpoint_action(NOW - timedelta(days=4, hours=23), NOW)
        is EndpointAction.SILENT
    )
    assert (
        retry_schedule.decide_endpoint_action(NOW - timedelta(days=5), NOW)
        is EndpointAction.DISABLE
    )


# -- addresses

PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255",
    "192.168.0.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fe80::1%eth0",
    "fc00::1", "fd12::1", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1", "2002:7f00:1::",
    "2001::1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_not_public_however_it_is_written(address: str) -> None:
    assert not receiver_addresses.is_public_address(address)
    host = f"[{address}]" if ":" in address else address
    told = receiver_addresses.find_url_error(f"http://{host}/hook", allow_private=False)
    assert told is not None
    assert "private" in told or "host" in told


@pytest.mark.parametrize("address", ["8.8.8.8", "100.63.255.255", "2600::1", "64:ff9b::808:808"])
def test_a_public_address_is_public(address: str) -> None:
    assert receiver_addresses.is_public_address(address)


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "a.localhost", "localhost.", "127.1", "2130706433", "0x7f.1",
     "0x7f000001", "0177.0.0.1", "127.0.0.1.", "10.0.0.256"],
)  # fmt: skip
def test_what_only_a_resolver_knows_to_be_private_is_refused_too(host: str) -> None:
    assert receiver_addresses.find_url_error(f"https://{host}:8443/", allow_private=False)


@pytest.mark.parametrize(
    "url",
    ["https://", "http:///x", "http://:80", "https://a:b@shop.example", "https://a@shop.example",
     "https://shop.example:0/", "https://shop.example:70000/", "https://shop.example:x/",
     "https://shop.example/#a", "ftp://shop.example/", "https://[::1/", "https://a\\@b.example/"],
)  # fmt: skip
def test_what_is_no_url_of_a_receiver_is_refused_wherever_it_leads(url: str) -> None:
    for allow_private in (True, False):
        assert receiver_addresses.find_url_error(url, allow_private=allow_private)


def test_a_good_url_is_good() -> None:
    for url in ("https://shop.example/hook?a=b", "http://shop.example:8080", "https://8.8.8.8/"):
        assert receiver_addresses.find_url_error(url, allow_private=False) is None
    assert receiver_addresses.find_url_error("http://127.0.0.1:9/", allow_private=True) is None


@given(st.text())
def test_no_url_is_too_strange_to_be_judged(text: str) -> None:
    for url in (text, f"http://{text}", f"https://[{text}]/"):
        told = receiver_addresses.find_url_error(url, allow_private=False)
        assert told is None or told.startswith("must ")


# -- who gets what


def test_an_endpoint_gets_what_it_asked_for() -> None:
    def wants(*events: str) -> list[str]:
        receiver = Receiver(1, events, WebhookScope.AGENT)
        return [
            it
            for it in event_matching.list_event_types()
            if event_matching.should_receive(receiver, MatchableEvent(it))
        ]

    assert wants() == event_matching.list_event_types()
    assert wants("ticket.created") == ["ticket.created"]
    asked = ["message.added", "message.undelivered", "org.changed"]
    assert wants("message.*", "org.changed") == asked


def test_events_that_nothing_says_are_faults_each_with_its_pointer() -> None:
    faults = event_matching.find_pattern_errors(
        ["ticket.*", "tickets.*", "ticket.created", "ticket.creates"]
    )
    assert [fault.pointer for fault in faults] == ["/events/1", "/events/3"]


def test_customers_hear_of_no_note_and_of_nothing_internal() -> None:
    receiver = Receiver(1, (), WebhookScope.CUSTOMER)
    heard = {
        it
        for it in event_matching.list_event_types()
        if event_matching.should_receive(receiver, MatchableEvent(it))
    }
    assert {"ticket.created", "ticket.resolved", "message.added"} <= heard
    assert not heard & {"user.changed", "org.changed", "presence.changed"}
    assert not event_matching.should_receive(
        receiver, MatchableEvent("message.added", kind=MessageKind.NOTE)
    )
    assert event_matching.should_receive(
        receiver, MatchableEvent("message.added", kind=MessageKind.REPLY)
    )
    assert not event_matching.should_receive(
        receiver, MatchableEvent("ticket.updated", {"tags": ([], ["vip"])})
    )
    assert event_matching.should_receive(
        receiver, MatchableEvent("ticket.updated", {"tags": ([], []), "subject": "ab"})
    )


# -- the body


def ticket(**fields: Any) -> TicketView:
    values = {
        "org_id": 4821, "number": 17, "subject": "s", "status": Status.OPEN,
        "priority": Priority.NORMAL, "category": "general", "tags": ("secret tag",),
        "customer": CustomerRef(10_000, "Cleo", "cleo@example.org"), "assignee": None,
        "waiting_on": WaitingOn.AGENT, "snoozed_until": None, "close_reason": None,
        "followup_of": None, "created_at": NOW, "updated_at": NOW, "first_response_at": None,
        "resolved_at": None, "closed_at": None, "reopen_count": 0, "version": 1, "last_seq": 7,
    }  # fmt: skip
    return TicketView(**{**values, **fields})


def envelope(type_: str = "ticket.created", **about: Any) -> Envelope:
    actor = ActorRef(1000, Role.AGENT, "Ben")
    return Envelope(org=4821, epoch="e", seq=7, type=type_, at=NOW, actor=actor, **about)


def said(words: str, kind: MessageKind = MessageKind.REPLY) -> Envelope:
    message = MessageView(7, kind, words, ActorRef(1000, Role.AGENT, "Ben"), NOW, 7)
    return envelope("message.added", ticket=ticket(), changes={}, message=message)


def body(of: Envelope, scope: WebhookScope = WebhookScope.AGENT) -> Any:
    raw = payload.build_body(of, scope)
    assert raw is not None
    assert len(raw) < 20_000
    return json.loads(raw)


def test_the_body_is_type_timestamp_and_the_envelope() -> None:
    told = body(envelope(ticket=ticket(), changes={}))
    assert set(told) == {"type", "timestamp", "data"}
    assert (told["type"], told["timestamp"]) == ("ticket.created", "2026-11-23T12:00:00Z")
    assert told["data"]["seq"] == 7
    assert told["data"]["ticket"]["tags"] == ["secret tag"]
    assert "truncated" not in told["data"]


@given(st.text(st.characters(codec="utf-8"), max_size=300), st.integers(1, 65_536))
def test_a_long_message_is_cut_and_says_so(words: str, times: int) -> None:
    whole = (words * times)[:65_536]
    data = body(said(whole))["data"]
    kept = data["message"]["body"]
    assert whole.startswith(kept)
    assert (data.get("truncated") == ["/message/body"]) is (kept != whole)
    assert kept == whole or len(kept) > 2_500


@given(st.text(st.characters(codec="utf-8"), min_size=50, max_size=50), st.integers(0, 1000))
def test_no_event_makes_a_body_of_20_kb(text: str, many: int) -> None:
    tags = tuple(f"{text}{n}" for n in range(many))
    person = UserView(
        id=1000, name=text, role=Role.AGENT, skills=tags, presence=Presence.BUSY, email=text
    )
    rules = Organization(
        org_id=4821, name="Acme", categories=tuple(Category(it, it) for it in tags)
    )
    changes = {"tags": (tags, tags)}
    events = [
        envelope(ticket=ticket(tags=tags), changes=changes),
        envelope("user.changed", user=person),
        envelope("org.changed", organization=rules),
        said(text * 1000),
    ]
    for event in events:
        data = body(event)["data"]
        assert (data["org"], data["seq"]) == (4821, 7)


def test_a_note_makes_no_body_for_customers() -> None:
    note = said("between us", MessageKind.NOTE)
    assert payload.build_body(note, WebhookScope.CUSTOMER) is None
    assert body(note)["data"]["message"]["body"] == "between us"


def test_a_ticket_for_customers_has_the_fields_that_customers_see_and_no_other() -> None:
    """Whatever a ticket comes to have: what REST hides from customers, a webhook does."""
    kept = Ticket(
        org_id=4821, number=17, subject="s", category="general", customer_id=10_000,
        created_at=NOW, updated_at=NOW, tags=("secret tag",),
        routing=Routing(reason="no_agent_online"), sla=Sla(), rating=Rating(4),
    )  # fmt: skip
    customer = CustomerRef(10_000, "Cleo", "cleo@example.org")
    inside = views.render_ticket(kept, customer, None, name_of=lambda _: "Ben")
    outside = views.render_ticket(kept, customer, None)
    change = envelope(ticket=inside, changes={})
    told = body(change, WebhookScope.CUSTOMER)["data"]["ticket"]
    assert told == json.loads(msgspec.json.encode(outside))
    assert body(change)["data"]["ticket"] != told


def test_a_body_for_customers_has_no_internal_field() -> None:
    change = envelope(
        "ticket.reopened",
        ticket=ticket(),
        changes={"tags": ([], ["secret tag"]), "status": ("closed", "in_progress")},
        reason="secret reason",
    )
    told = body(change, WebhookScope.CUSTOMER)
    assert "secret" not in json.dumps(told)
    assert not {"tags", "routing", "sla"} & set(told["data"]["ticket"])
    assert told["data"]["changes"] == {"status": ["closed", "in_progress"]}
