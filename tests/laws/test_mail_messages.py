"""Mails: what anybody writes stays text, and no header is anybody's to add."""

import string
from datetime import UTC, datetime
from email import message_from_string
from email.message import EmailMessage
from email.policy import SMTPUTF8
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from common.text import EMAIL_LIMIT, clean_text
from server.delivery.mail.mail_document import (
    Heading,
    LinkList,
    MailDocument,
    MailFooter,
    Paragraph,
    Quote,
    Words,
    render_html_document,
    render_plain_text,
)
from server.delivery.mail.mime_message import (
    MailThread,
    UndeliverableAddress,
    build_message,
    encode_message,
)
from server.delivery.mail.smtp_settings import Sender
from tests.support.mail_programs import PROGRAMS

NOW = datetime(2026, 2, 3, 9, 30, tzinfo=UTC)
SENDER = Sender("support@desk.example")
HOSTILE = [
    "Hello\r\nBcc: eve@evil.example",
    "a\nX-Evil: 1\n\nbody",
    '"Eve, the <b>admin</b>" <eve@evil.example>',
    "=?utf-8?q?Bcc=3A_eve?=",
    "Hello =?utf-8?q?a=0D=0ABcc:_eve=40evil.example?= é",
    "\u2028Bcc: eve@evil.example",
    "<script>alert(1)</script> & \"quotes\" 'too'",
    "ü" * 300,
    "a, b; c: d@e.example " * 12,
]
words = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def sent(
    subject: str, name: str = "Acme", to: str = "dora@example.org", **more: Any
) -> EmailMessage:
    """A mail as it is read by whoever gets it."""
    thread = MailThread("4821.17.9.10000", "4821.17", more.pop("received", ()))
    letter = MailDocument(
        subject=subject,
        blocks=(Paragraph("Hello."),),
        footer=MailFooter("Why."),
        is_notice=more.pop("is_notice", True),
    )
    made = build_message(
        letter, sender=SENDER, organization=name, to=to, thread=thread, at=NOW, **more
    )
    read = message_from_string(encode_message(made, utf8=True).decode(), policy=SMTPUTF8)
    assert isinstance(read, EmailMessage)
    return read


HEADERS = sorted(sent("A").keys())


@settings(max_examples=50)
@given(words, words)
@example("Hello\r\nBcc: eve@evil.example", "Acme\r\nBcc: eve@evil.example")
@example("=?utf-8?q?a=0D=0ABcc:_eve?=", "=?utf-8?q?a=0D=0ABcc:_eve?=")
def test_no_subject_and_no_name_adds_a_header_or_an_address(subject: str, name: str) -> None:
    mail = sent(subject, name)
    assert sorted(mail.keys()) == HEADERS
    assert [it.addr_spec for it in mail["From"].addresses] == [SENDER.address]
    assert [it.addr_spec for it in mail["To"].addresses] == ["dora@example.org"]
    assert mail["Message-ID"] == "<4821.17.9.10000@desk.example>"


letters = string.ascii_letters + string.digits + "äßéñ漢字 [#]=?_!'"
written = st.text(letters, min_size=1, max_size=200)
looks_encoded = st.builds("{} =?utf-8?q?{}=0D=0ABcc:_eve?=".format, written, written)


@given((written | looks_encoded).map(lambda it: it[:200]))
@example("=?utf-8?q?a=0D=0ABcc:_eve?=")
@example("é " * 100)
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    assert sent(f"[#17] {subject}")["Subject"] == f"[#17] {' '.join(subject.split())}".strip()


addresses = st.from_regex(r"[a-z0-9.+'äöé=?%_-]{1,40}@[a-z0-9äö.-]{1,40}", fullmatch=True)


@settings(max_examples=50)
@given(addresses)
def test_every_address_that_the_desk_takes_is_the_one_recipient_or_cannot_be_reached(
    address: str,
) -> None:
    try:
        to = clean_text("email", EMAIL_LIMIT, address)
    except ValueError:
        return
    try:
        mail = sent("A", to=to)
    except UndeliverableAddress:
        return
    assert len(mail["To"].addresses) == 1
    assert mail["To"].addresses[0].username == to.rpartition("@")[0]


class Elements(HTMLParser):
    """Returns a page's markup, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.said = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [f"{tag}.{name}" for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.said += data


@settings(max_examples=50)
@given(words, words, words)
def test_nobodys_words_become_markup_and_both_forms_say_them(a: str, b: str, c: str) -> None:
    def made(*texts: str) -> MailDocument:
        one, two, three = texts
        links = LinkList(((two, three),))
        blocks = (Paragraph(one), Heading(two), Quote(three), Words(two), links)
        footer = MailFooter(three, (one, two), "How.")
        return MailDocument(subject=one, blocks=blocks, footer=footer)

    page = Elements(render_html_document(made(a, b, c)))
    harmless = Elements(render_html_document(made("a", "b", "c")))
    assert (page.tags, page.attributes) == (harmless.tags, harmless.attributes)
    # A parser reads CR and NUL as something else; the desk takes neither.
    if not set(a + b + c) & {"\r", "\0"}:
        assert a in page.said
        assert c in page.said
    assert a in render_plain_text(made(a, b, c))


def test_quoted_lines_are_marked_each() -> None:
    letter = MailDocument(
        subject="A", blocks=(Quote("one\n\nthree"),), footer=MailFooter("Why.", ("It", "https://a"))
    )
    end = "-- \nWhy.\nIt: https://a\n"
    assert render_plain_text(letter) == f"> one\n>\n> three\n\n{end}"


def test_words_are_the_body_as_they_were_written() -> None:
    said = "Have you tried it?\n\n> quoted by its writer\n  indented"
    letter = MailDocument(subject="A", blocks=(Words(said),), footer=MailFooter("Ana, Acme"))
    assert render_plain_text(letter) == f"{said}\n\n-- \nAna, Acme\n"
    assert "blockquote" not in render_html_document(letter)


def test_an_address_without_a_possible_domain_is_told_as_such() -> None:
    with pytest.raises(UndeliverableAddress):
        sent("A", to="dora@" + "x" * 64 + ".example")


def test_an_address_that_a_header_would_decode_is_told_as_such() -> None:
    with pytest.raises(UndeliverableAddress):
        sent("A", to="=?utf-8?q?a=0d=0abcc=3a_eve=40evil.example?=@example.org")


def test_a_machine_has_written_it_and_replies_group() -> None:
    mail = sent("A")
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert mail["Precedence"] == "bulk"
    assert mail["References"] == mail["In-Reply-To"] == "<4821.17@desk.example>"
    assert mail["Date"].datetime == NOW
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_a_person_has_written_it_and_an_answer_comes_back() -> None:
    mail = sent("A", is_notice=False, reply_to="help+17-1042-abc@acme.example")
    for name in ("Auto-Submitted", "Precedence", "X-Auto-Response-Suppress"):
        assert mail[name] is None
    assert mail["Reply-To"].addresses[0].addr_spec == "help+17-1042-abc@acme.example"
    assert sent("A")["Reply-To"] is None


def test_a_mail_answers_what_its_reader_wrote_and_a_long_id_stays_as_it_is() -> None:
    long = f"{'a' * 150}@{'b' * 40}.outlook.example"
    mail = sent("A", received=("first@x.example", "<evil> id@x", long))
    assert mail["In-Reply-To"] == f"<{long}>"
    root = "<4821.17@desk.example>"
    assert mail["References"].split() == [root, "<first@x.example>", f"<{long}>"]


def answer(to: EmailMessage, subject: str, own: str) -> EmailMessage:
    """Returns the headers of a mail program's "Reply" (RFC 5322, section 3.6.4)."""
    made = EmailMessage(policy=SMTPUTF8)
    made["Subject"], made["Message-ID"], made["In-Reply-To"] = subject, own, to["Message-ID"]
    made["References"] = f"{to['References'] or ''} {to['Message-ID']}".strip()
    return made


def of_ours(seq: int, *received: str) -> EmailMessage:
    thread = MailThread(f"4821.17.{seq}.10000.abcdefghijklmnop", "4821.17", received)
    letter = MailDocument(subject="[#17] It broke", blocks=(), footer=MailFooter("Why."))
    made = build_message(
        letter, sender=SENDER, organization="A", to="dora@example.org", thread=thread, at=NOW
    )
    read = message_from_string(encode_message(made).decode(), policy=SMTPUTF8)
    assert isinstance(read, EmailMessage)
    return read


@pytest.mark.parametrize("program", PROGRAMS)
def test_mail_programs_show_one_conversation(program: str) -> None:
    group = PROGRAMS[program]
    receipt, reply = of_ours(1), of_ours(5)
    hers = answer(reply, "Re: [#17] It broke", "<hers@phone.example>")
    then = of_ours(9, "hers@phone.example")
    assert group([receipt, reply, hers, then]) == [{0, 1, 2, 3}]


@pytest.mark.parametrize("program", PROGRAMS)
def test_mail_programs_show_a_mailed_request_with_its_answers(program: str) -> None:
    first = EmailMessage(policy=SMTPUTF8)
    first["Subject"], first["Message-ID"] = "It broke", "<first@phone.example>"
    receipt = of_ours(1, "first@phone.example")
    reply = of_ours(5, "first@phone.example")
    hers = answer(reply, "AW: [#17] It broke", "<hers@phone.example>")
    then = of_ours(9, "first@phone.example", "hers@phone.example")
    groups = PROGRAMS[program]([first, receipt, reply, hers, then])
    # Gmail begins a conversation where the subject gets our number: nothing else can.
    alone = [{0}] if program == "gmail" else []
    assert groups == [*alone, {1, 2, 3, 4}] if alone else groups == [{0, 1, 2, 3, 4}]


@pytest.mark.parametrize("program", PROGRAMS)
def test_mail_programs_keep_tickets_apart(program: str) -> None:
    other = sent("[#18] It broke")
    other.replace_header("In-Reply-To", "<4821.18@desk.example>")
    other.replace_header("References", "<4821.18@desk.example>")
    assert PROGRAMS[program]([of_ours(1), other]) == [{0}, {1}]
