"""The rules for a mail hold for every combination of facts."""

from hypothesis import given
from hypothesis import strategies as st

from server.desk.mail.mail_decision import (
    MAILS_AN_HOUR,
    TICKETS_AN_HOUR,
    Authenticity,
    MailDecision,
    MailFacts,
    MailThreading,
    SenderRelation,
    decide_mail,
    decide_released_mail,
    names_ticket,
)
from server.mail_reading.received_mail import MailOrigin
from server.storage.queries.mail.inbound_mails import InboundState

MAKES_WORDS = {InboundState.TICKET, InboundState.MESSAGE}
OF_PEOPLE = {MailOrigin.PERSON, MailOrigin.MAILING_LIST}
FACTS = st.builds(
    MailFacts,
    origin=st.sampled_from(MailOrigin),
    threading=st.sampled_from(MailThreading),
    relation=st.sampled_from(SenderRelation),
    authenticity=st.sampled_from(Authenticity),
    is_spam_ticket=st.booleans(),
    recent_mails=st.sampled_from([0, MAILS_AN_HOUR - 1, MAILS_AN_HOUR]),
    recent_tickets=st.sampled_from([0, TICKETS_AN_HOUR - 1, TICKETS_AN_HOUR]),
)


@given(FACTS)
def test_only_a_persons_words_become_a_ticket_or_a_reply(facts: MailFacts) -> None:
    if decide_mail(facts).state in MAKES_WORDS:
        assert facts.origin in OF_PEOPLE
        assert facts.relation not in {SenderRelation.NOBODY, SenderRelation.INACTIVE}


@given(FACTS)
def test_a_held_mail_has_a_reason_and_no_other_has_one(facts: MailFacts) -> None:
    decision = decide_mail(facts)
    assert (decision.state is InboundState.HELD) == (decision.reason is not None)


@given(FACTS)
def test_an_agents_reply_is_proved_by_dmarc_alone(facts: MailFacts) -> None:
    if facts.relation is not SenderRelation.AGENT:
        return
    if decide_mail(facts).state is InboundState.MESSAGE:
        assert facts.authenticity is Authenticity.PASSED


@given(FACTS)
def test_a_strangers_claim_opens_a_ticket_of_its_own(facts: MailFacts) -> None:
    is_claim = facts.threading is not MailThreading.PROVEN
    if is_claim and facts.relation is SenderRelation.STRANGER:
        assert not names_ticket(facts)
        assert decide_mail(facts).state is not InboundState.MESSAGE
        assert decide_mail(facts).state is not InboundState.NOTE


@given(FACTS)
def test_a_reply_to_spam_makes_nothing_on_any_ticket(facts: MailFacts) -> None:
    if facts.is_spam_ticket and names_ticket(facts) and facts.origin is not MailOrigin.BOUNCE:
        assert decide_mail(facts).state is InboundState.HELD


@given(FACTS)
def test_verified_is_never_more_than_proof(facts: MailFacts) -> None:
    for decision in (decide_mail(facts), decide_released_mail(facts)):
        if decision.verified:
            proven = facts.threading is MailThreading.PROVEN
            assert proven or facts.authenticity is Authenticity.PASSED


@given(FACTS)
def test_what_a_supervisor_accepts_is_not_held_again(facts: MailFacts) -> None:
    assert decide_released_mail(facts).state in MAKES_WORDS


def test_the_mail_of_an_unknown_customer_is_a_ticket() -> None:
    assert decide_mail(MailFacts()) == MailDecision(InboundState.TICKET)


@given(FACTS)
def test_no_sender_is_listened_to_without_end(facts: MailFacts) -> None:
    if facts.recent_mails >= MAILS_AN_HOUR:
        assert decide_mail(facts).state in {InboundState.HELD, InboundState.BOUNCE}
