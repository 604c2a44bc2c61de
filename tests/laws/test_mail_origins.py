"""Origins of mails, delivery reports, and proofs of authors: tables of what programs send."""

import pytest

from server.mail_reading.mail_authentication import judge_authentication
from server.mail_reading.mail_reader import read_mail
from server.mail_reading.received_mail import BounceReport, MailOrigin
from tests.support.mail_structures import (
    WORDS,
    bounce,
    exim_bounce,
    mail,
    multipart,
    text_part,
    whole,
)

P, L, R, G, B = (
    *(MailOrigin.PERSON, MailOrigin.MAILING_LIST, MailOrigin.AUTO_REPLY),
    *(MailOrigin.AUTO_GENERATED, MailOrigin.BULK),
)
ORIGINS = [
    ("X-None: 1", "a@b.example", P, True),
    ("Auto-Submitted: no", "a@b.example", P, True),
    ("Auto-Submitted: auto-replied", "a@b.example", R, False),
    ("Auto-Submitted: auto-replied (vacation)", None, R, False),
    ("Auto-Submitted: auto-generated", "a@b.example", G, False),
    ("Auto-Submitted: auto-notified; owner-email=x", "a@b.example", G, False),
    ("Auto-Submitted: auto-generated\r\nSubject: Automatische Antwort: Re: x", None, R, False),
    ("X-Autoreply: yes", "a@b.example", R, False),
    ("X-Autorespond: Re: x", "a@b.example", R, False),
    ("X-Autoreply: no", "a@b.example", P, True),
    ("Precedence: auto_reply", "a@b.example", R, False),
    ("Precedence: bulk", "a@b.example", B, False),
    ("Precedence: junk", "a@b.example", B, False),
    ("Precedence: list", "a@b.example", L, False),
    ("List-Id: <u.b.example>\r\nList-Post: <mailto:u@b.example>", "a@b.example", L, False),
    ("List-Id: <u.b.example>\r\nList-Unsubscribe: <https://b.example>", "a@b.example", B, False),
    ("List-Id: <u.b.example>\r\nList-Post: NO", "a@b.example", B, False),
    ("List-Unsubscribe: <https://b.example>", "a@b.example", B, False),
    ("X-Auto-Response-Suppress: All", "a@b.example", P, False),
    ("X-Auto-Response-Suppress: DR, OOF, AutoReply", "a@b.example", P, False),
    ("X-Auto-Response-Suppress: DR, RN", "a@b.example", P, True),
    ("From: no-reply@b.example", "a@b.example", P, False),
    ("X-None: 1", "", G, False),
    ("X-None: 1", "<>", G, False),
    ("Subject: Out of office: Re: Grinder", "", R, False),
    ("Subject: Out of Office Re: Grinder", "a@b.example", R, False),
    ("Subject: =?utf-8?q?R=C3=A9ponse_automatique?= : Re: x", "a@b.example", R, False),
    ("Subject: Abwesenheitsnotiz: Re: x", "a@b.example", R, False),
    ("Subject: =?utf-8?b?6Ieq5YuV5b+c562U?=: x", "a@b.example", R, False),
    ("Subject: Our automatic reply to customers is wrong", "a@b.example", P, True),
]


@pytest.mark.parametrize(("headers", "envelope", "origin", "may_acknowledge"), ORIGINS)
def test_programs_are_told_from_people(
    headers: str,
    envelope: str | None,
    origin: MailOrigin,
    may_acknowledge: bool,  # noqa: FBT001 - a table's column
) -> None:
    found = read_mail(mail(headers), envelope)
    assert (found.origin, found.may_acknowledge) == (origin, may_acknowledge)
    assert found.text == WORDS


def test_a_receipt_is_an_automatic_reply() -> None:
    report = "Content-Type: message/disposition-notification\r\n\r\nDisposition: x; displayed\r\n"
    part = multipart(
        "report", text_part(), report, parameters="; report-type=disposition-notification"
    )
    found = read_mail(whole(part))
    assert (found.origin, found.bounce) == (MailOrigin.AUTO_REPLY, None)


BOUNCES = [
    (bounce(), "5.1.1", "550 5.1.1 no such user", True),
    (
        bounce(status="4.4.7", diagnostic="connection timed out"),
        "4.4.7",
        "connection timed out",
        True,
    ),
    (bounce("delayed", "4.4.1", "no route"), "4.4.1", "no route", False),
    (exim_bounce(), "5.1.1", "550 5.1.1 unknown user", True),
]


@pytest.mark.parametrize(("raw", "status", "diagnostic", "permanent"), BOUNCES)
def test_a_delivery_report_says_who_got_what_not_and_why(
    raw: bytes,
    status: str,
    diagnostic: str,
    permanent: bool,  # noqa: FBT001 - a table's column
) -> None:
    found = read_mail(raw, "")
    assert found.origin is MailOrigin.BOUNCE
    assert found.bounce == BounceReport(
        "ann@cafe.example", status, diagnostic, permanent, ("ticket-17.1@kettle.example",)
    )


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_report_of_success_is_no_bounce(action: str) -> None:
    found = read_mail(bounce(action, "2.0.0", "250 ok"), "")
    assert (found.origin, found.bounce) == (MailOrigin.AUTO_GENERATED, None)


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: auto-replied", "X-Autoreply: yes", "Subject: Out of office"]
)
def test_an_absence_note_that_names_a_colleague_is_no_bounce(header: str) -> None:
    """It has the null return path, as reports have, and addresses between commas."""
    text = "I am away until Monday. Please write to my colleague, ann@shop.example, instead.\n"
    found = read_mail(mail(header, text), "")
    assert (found.origin, found.bounce) == (MailOrigin.AUTO_REPLY, None)


def test_a_person_who_writes_of_failures_is_a_person() -> None:
    text = "I got this:\n<ann@cafe.example>: host mx said: 550 5.1.1 unknown user\n"
    assert read_mail(mail("X-None: 1", text), "a@b.example").origin is MailOrigin.PERSON


OURS = "mx.kettle.example"
PASSED = f"{OURS}; dmarc=pass header.from=cafe.example"
FAILED = f"{OURS}; dmarc=fail header.from=cafe.example"
FOREIGN = "mx.other.example; dmarc=pass header.from=cafe.example"
PROOFS = [
    ([PASSED], True),
    (
        [f"{OURS} 1; spf=pass smtp.mailfrom=x.example; dmarc=pass (p) header.from=cafe.example"],
        True,
    ),
    ([f"({OURS}) {OURS};\r\n\tdmarc=pass header.from=CAFE.example"], True),
    ([FOREIGN, PASSED], True),
    ([FAILED], False),
    ([FOREIGN], False),
    ([FAILED, PASSED], False),
    ([], False),
    ([f"{OURS}; none"], False),
    ([f"{OURS}; dmarc=pass header.from=other.example"], False),
    ([f"{OURS}; dmarc=pass"], False),
    ([f"{OURS}; dmarc=pass header.from=cafe.example; dmarc=fail header.from=cafe.example"], False),
    ([f"{OURS}; dmarc=none header.from=cafe.example; dkim=pass header.d=cafe.example"], True),
    ([f"{OURS}; dkim=pass header.d=cafe.example"], True),
    ([f"{OURS}; dkim=pass header.d=example"], False),
    ([f"{OURS}; dkim=pass header.d=mail.cafe.example"], False),
    ([f"{OURS}; dkim=fail header.d=cafe.example"], False),
    ([f"{OURS}; spf=pass smtp.mailfrom=bob@cafe.example"], True),
    ([f"{OURS}; spf=pass smtp.helo=cafe.example"], False),
    ([f"{OURS}; dmarc=fail header.from=cafe.example; dkim=pass header.d=cafe.example"], False),
    ([f"{OURS}.evil.example; dmarc=pass header.from=cafe.example"], False),
    ([f"{OURS}; dmarc=pass header.from=cafe.example ((((("], False),
    (["; dmarc=pass"], False),
    ([""], False),
]


@pytest.mark.parametrize(("headers", "is_proven"), PROOFS)
def test_only_the_topmost_word_of_our_own_server_proves_an_author(
    headers: list[str],
    is_proven: bool,  # noqa: FBT001 - a table's column
) -> None:
    assert judge_authentication(headers, OURS, "cafe.example") is is_proven


def test_domains_are_compared_in_their_ascii_form() -> None:
    header = f"{OURS}; dmarc=pass header.from=xn--caf-dma.example"
    assert judge_authentication([header], OURS, "café.example")
    assert not judge_authentication([header], OURS, "cafe.example")


def test_without_a_trusted_server_nothing_is_proven() -> None:
    assert not judge_authentication(["; dmarc=pass header.from=cafe.example"], "", "cafe.example")


def test_the_headers_are_handed_on_from_the_top() -> None:
    raw = mail(f"Authentication-Results: {FAILED}\r\nAuthentication-Results: {PASSED}")
    assert read_mail(raw).authentication == (FAILED, PASSED)
