"""Letters: whatever happened, a customer is told nothing that is not its own to know."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from common.envelope import Envelope
from common.notifications import Reason
from common.people import Role
from common.tickets.registry import EVENTS
from common.tickets.replying import MessageKind
from common.tickets.ticket import Priority, Status, WaitingOn
from common.wire import ActorRef, CustomerRef, MessageView, PersonRef, RatingView, TicketView
from server.delivery.mail import mail_content, mail_document
from server.delivery.mail.mail_recipient import MailEvent, MailRecipient

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CARLA, ANA = 10_000, 1_000
SECRET = "Between us"
TO_CARLA = MailRecipient(
    id=CARLA, role=Role.CUSTOMER, organization="Acme", zone="Europe/Rome", language="de"
)
TO_ANA = MailRecipient(id=ANA, role=Role.AGENT, organization="Acme")


def envelope(type_: str, seq: int, customer: int, kind: MessageKind | None) -> Envelope:
    actor = ActorRef(ANA, Role.AGENT, "Ana")
    words = SECRET if kind is MessageKind.NOTE or customer != CARLA else "Hello"
    message = UNSET if kind is None else MessageView(seq, kind, words, actor, NOW, seq)
    ticket = TicketView(
        org_id=4821, number=17, subject="It broke", status=Status.OPEN, priority=Priority.NORMAL,
        category="general", tags=(SECRET,), customer=CustomerRef(customer, "Carla", "c@x.test"),
        assignee=PersonRef(ANA, "Ana"), waiting_on=WaitingOn.AGENT, snoozed_until=None,
        close_reason=None, followup_of=None, created_at=NOW, updated_at=NOW,
        first_response_at=None, resolved_at=None, closed_at=None, reopen_count=0,
        rating=RatingView(2, "Slow.", NOW), version=1, last_seq=seq,
    )  # fmt: skip
    return Envelope(
        org=4821, epoch="e", seq=seq, type=type_, at=NOW, actor=actor, ticket=ticket,
        message=message, reason=SECRET, changes={"tags": ([], [SECRET])},
    )  # fmt: skip


types = st.sampled_from([*EVENTS, "sla.warning", "sla.breached", "ticket.new"])
kinds = st.sampled_from([None, *MessageKind])
events = st.builds(envelope, types, st.integers(1, 99), st.sampled_from([CARLA, CARLA + 1]), kinds)
news = st.builds(MailEvent, events, st.sampled_from(list(Reason)), st.tuples(events) | st.just(()))


@settings(max_examples=200)
@given(st.lists(news, min_size=1, max_size=4))
def test_no_letter_to_a_customer_tells_of_notes_others_or_what_is_internal(
    told: list[MailEvent],
) -> None:
    for made in (
        mail_content.write_event_mail(told[0], TO_CARLA),
        mail_content.write_digest_mail(told, TO_CARLA),
    ):
        if made is not None:
            assert SECRET not in mail_document.render_plain_text(
                made
            ) + mail_document.render_html_document(made)


def test_a_participant_reads_the_replies_and_nothing_else_until_it_leaves() -> None:
    zoe = MailRecipient(
        id=CARLA + 9, role=Role.CUSTOMER, organization="Acme", takes_part=frozenset({17})
    )
    for type_, kind, visible in (
        ("message.added", MessageKind.REPLY, True),
        ("message.added", MessageKind.NOTE, False),
        ("ticket.resolved", None, False),
    ):
        it = MailEvent(envelope(type_, 1, CARLA, kind), Reason.CUSTOMER)
        assert (mail_content.write_event_mail(it, zoe) is not None) is visible, (type_, kind)
        gone = replace(zoe, takes_part=frozenset())
        assert mail_content.write_event_mail(it, gone) is None


@given(news)
def test_an_agent_is_told_of_every_event_of_a_ticket(it: MailEvent) -> None:
    made = mail_content.write_event_mail(it, TO_ANA)
    assert made is not None
    assert made.subject == "[#17] It broke"
    if it.envelope.message:
        assert it.envelope.message.body in mail_document.render_plain_text(made)


def test_an_agent_who_answers_by_mail_reads_what_a_new_ticket_says() -> None:
    created = envelope("ticket.created", 1, CARLA, None)
    it = MailEvent(created, Reason.TEAM, description="The printer is on fire.")
    for made in (
        mail_content.write_event_mail(it, TO_ANA),
        mail_content.write_digest_mail([it], TO_ANA),
    ):
        assert made is not None
        assert "\n\nThe printer is on fire.\n\n" in mail_document.render_plain_text(made)


def test_a_follow_up_is_received_in_the_words_that_began_it() -> None:
    created = envelope("ticket.created", 1, CARLA, None)
    assert created.ticket
    created = replace(created, ticket=replace(created.ticket, followup_of=9))
    said = envelope("message.added", 2, CARLA, MessageKind.REPLY)
    assert said.message
    words = replace(said.message, author=ActorRef(CARLA, Role.CUSTOMER, "Carla"), body="Again!")
    it = MailEvent(created, Reason.CUSTOMER, (replace(said, message=words),), "Follow-up to #9.")
    receipt = mail_content.write_event_mail(it, TO_CARLA)
    told = mail_content.write_event_mail(replace(it, reason=Reason.TEAM), TO_ANA)
    for made in (receipt, told):
        assert made is not None
        text = mail_document.render_plain_text(made)
        assert "Again!" in text
        assert "Follow-up to" not in text


def test_an_agent_is_told_of_its_own_request_in_the_words_for_customers() -> None:
    asked = MailEvent(envelope("ticket.resolved", 1, ANA, None), Reason.CUSTOMER)
    follows = MailEvent(envelope("ticket.resolved", 1, ANA, None), Reason.FOLLOWED)
    own, others = (mail_content.write_event_mail(it, TO_ANA) for it in (asked, follows))

    assert own is not None
    assert "Your ticket has been resolved." in mail_document.render_plain_text(own)
    assert others is not None
    assert "Your ticket" not in mail_document.render_plain_text(others)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_told_in_words(reason: Reason) -> None:
    made = mail_content.write_event_mail(
        MailEvent(envelope("ticket.created", 1, CARLA, None), reason), TO_ANA
    )
    assert made is not None
    assert "This ticket concerns you." not in made.footer.about


def test_a_long_digest_is_cut_and_says_so() -> None:
    many = [
        MailEvent(envelope("ticket.updated", n, CARLA, None), Reason.MINE) for n in range(1, 151)
    ]
    made = mail_content.write_digest_mail(many, TO_ANA)
    assert made is not None
    assert made.subject == "[Acme] 150 updates on 1 ticket"
    assert "And 50 more updates." in mail_document.render_plain_text(made)


def test_times_are_told_in_the_zone_of_the_organization() -> None:
    it = MailEvent(envelope("ticket.closed", 1, CARLA, None), Reason.CUSTOMER)
    made = mail_content.write_digest_mail([it], TO_CARLA)
    assert made is not None
    assert "2. März 2026, 13:00 Uhr (MEZ)" in mail_document.render_plain_text(made)
