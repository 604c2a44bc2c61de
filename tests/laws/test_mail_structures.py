"""Mails of all structures: texts, files, charsets, and what was wrong with them."""

import base64
import time
from datetime import UTC, datetime
from email.iterators import body_line_iterator
from email.message import Message

import pytest

from common.text import BODY_LIMIT, SUBJECT_LIMIT
from server.mail_reading import bounces
from server.mail_reading.mail_reader import read_mail
from server.mail_reading.received_mail import MailOrigin, ReadMail
from tests.support import mail_structures
from tests.support.mail_mutations import HEADERS
from tests.support.mail_structures import (
    STRUCTURES,
    WORDS,
    file_part,
    mail,
    multipart,
    text_part,
    whole,
    winmail,
)

WORDLESS = {"empty", "no end of the headers", "japanese"}


def read(name: str) -> ReadMail:
    return read_mail(STRUCTURES[name]())


@pytest.mark.parametrize(
    "name", sorted(STRUCTURES.keys() - WORDLESS - {"bounce", "bounce by exim"})
)
def test_the_words_are_the_text_of_every_structure(name: str) -> None:
    assert "".join(WORDS.split()) in "".join(read(name).text.split())


def test_the_usual_headers_are_read() -> None:
    found = read("plain")
    assert found.sender is not None
    assert (found.sender.address, found.sender.name) == ("bob@cafe.example", "Bob")
    assert [one.address for one in found.to] == ["help@kettle.example"]
    assert (found.subject, found.message_id) == ("Grinder", "1@cafe.example")
    assert found.sent_at == datetime(2026, 11, 23, 8, 14, tzinfo=UTC)
    assert found.has_one_author
    assert found.faults == ()


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("attachment", [("invoice.pdf", "application/pdf", False)]),
        ("text around an image", [("a.png", "image/png", True)]),
        ("related image", [("image.png", "image/png", True)]),
        ("invitation", [("text.ics", "text/calendar", False)]),
        ("winmail", [("invoice.pdf", "application/octet-stream", False)]),
        ("broken winmail", [("winmail.dat", "application/ms-tnef", False)]),
        ("forwarded as a file", [("Order 4711.eml", "message/rfc822", False)]),
        (
            "made by the library",
            [("image.png", "image/png", True), ("Größe.csv", "text/csv", False)],
        ),
        ("alternative", []),
    ],
)
def test_what_is_no_text_is_a_file(name: str, files: list[tuple[str, str, bool]]) -> None:
    found = read(name).files
    assert [(one.name, one.content_type, one.inline) for one in found] == files
    assert all(one.content for one in found)


def test_an_attached_message_can_be_read_and_saved() -> None:
    found = read("forwarded as a file")
    assert "Order 4711" in found.text
    assert "The order was sent." in found.text
    assert found.files[0].content.startswith(b"From: shop@kettle.example")


def test_an_encoded_message_is_decoded_although_that_is_forbidden() -> None:
    inner = (
        "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        "U3ViamVjdDogSGkKCkhlbGxvCg=="
    )
    found = read_mail(whole(multipart("mixed", text_part(), inner)))
    assert "Hello" in found.text
    assert found.files[0].content == b"Subject: Hi\n\nHello\n"


def test_an_invitation_is_a_line_and_a_file() -> None:
    line = (
        "[Invitation: Repair, second visit, 2026-12-01 10:00 (Europe/Berlin)"
        " to 2026-12-01 11:00 (Europe/Berlin), Cafe Example]"
    )
    assert line in read("invitation").text


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("latin-1", "Größe"),
        ("latin-1 called utf-8", "Größe"),
        ("utf-8 called latin-1", "Größe"),
        ("japanese", "部品が届きました。"),
        ("quoted-printable", "Größe"),
    ],
)
def test_words_are_decoded_by_the_charset_that_fits(name: str, word: str) -> None:
    assert word in read(name).text


def test_headers_are_decoded_by_the_charset_that_fits() -> None:
    assert read("japanese").subject == "部品について"
    found = read("bytes in headers")
    assert found.subject == "Größe"
    assert found.sender is not None
    assert found.sender.name == "Jürgen"


def test_the_whole_of_a_long_text_is_a_file() -> None:
    body = "\n".join(f"line {number}" for number in range(20_000))
    found = read_mail(mail("X-Long: 1", body))
    assert len(found.text) == BODY_LIMIT
    assert [one.name for one in found.files] == ["message.txt"]
    assert found.files[0].content.decode() == body


def test_a_long_subject_is_shortened_and_stands_above_the_text() -> None:
    subject = "pump " * 100
    found = read_mail(mail(f"Subject: {subject}"))
    assert len(found.subject) == SUBJECT_LIMIT
    assert found.text == f"{subject.strip()}\n\n{WORDS}"


def test_a_text_file_is_the_text_of_a_mail_without_words() -> None:
    part = (
        "Content-Type: text/plain\r\nContent-Disposition: attachment; filename=text_0.txt\r\n\r\nHi"
    )
    found = read_mail(whole(multipart("mixed", part)))
    assert found.text == "Hi"
    assert [one.name for one in found.files] == ["text_0.txt"]


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\Temp\\\\a.exe", "a.exe"),
        ("con.txt", "_con.txt"),
        ("=?utf-8?q?a=0Ab=E2=80=AEgpj.exe?=", "a bgpj.exe"),
        ("...", "file.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_file_has_a_safe_name(given: str, safe: str) -> None:
    found = read_mail(whole(multipart("mixed", text_part(), file_part("application/pdf", given))))
    assert [one.name for one in found.files] == [safe]


def test_what_stands_beside_base64_is_kept() -> None:
    body = "VGhlIGdyaW5kZXIgc3RvcHMu\r\n\r\n_____\r\nA list of people with grinders\r\n"
    found = read_mail(mail("Content-Transfer-Encoding: base64", body))
    assert "The grinder stops." in found.text
    assert "A list of people" in found.text
    plain = read_mail(mail("Content-Transfer-Encoding: base64", "It is no base64 at all.\r\n"))
    assert plain.text == "It is no base64 at all."


def test_very_deep_parts_are_kept_as_a_file() -> None:
    found = read_mail(mail_structures.deeply_nested(60))
    assert any(WORDS.encode() in one.content for one in found.files)
    assert found.faults


def test_a_mail_with_thousands_of_multiparts_is_kept_whole() -> None:
    raw = mail_structures.deeply_nested(600)
    found = read_mail(raw)
    assert [(one.name, one.content) for one in found.files] == [("message.eml", raw)]
    assert found.subject == "Grinder"
    assert found.faults


def test_html_that_nobody_writes_is_read_in_time() -> None:
    for html in ("<div>" * 100_000, "<b>" * 100_000, "<blockquote>" * 50_000, "<ul><li>" * 50_000):
        found = read_mail(whole(text_part(f"{html}{WORDS}", "html")))
        assert WORDS in found.text


def test_nothing_in_html_acts() -> None:
    html = (
        "<title>no</title><script>no()</script><style>no{}</style><p onclick='no()'>Yes&#27;[31m"
        "&#8238; <a href='javascript:no()'>word</a></p><!-- no -->"
    )
    assert read_mail(whole(text_part(html, "html"))).text == "Yes[31m word"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<ol start=3><li>a<li>b<ul><li>c</ul></ol>", "3. a\n4. b\n  - c"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a  b\nc"),
        ("<a href='https://a.example/'>a.example</a>", "a.example"),
        ("<a href='https://a.example/x'>here</a>", "here <https://a.example/x>"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<blockquote style='border:none'>moved</blockquote>", "moved"),
        ("<img alt='Logo' src=x> a <img src=y>", "[Logo] a"),
    ],
)
def test_html_becomes_text_that_reads_alike(html: str, text: str) -> None:
    assert read_mail(whole(text_part(html, "html"))).text == text


@pytest.mark.parametrize("name", ["empty", "no end of the headers"])
def test_a_mail_without_words_has_an_empty_text(name: str) -> None:
    found = read(name)
    assert (found.text, found.quoted, found.files) == ("", "", ())
    assert found.origin is MailOrigin.PERSON


@pytest.mark.parametrize(
    "part",
    [
        "multipart/mixed; boundary=b\r\n\r\n" + "--b\r\n\r\n" * 30_000,
        "multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        + "a: b\r\n\r\n" * 30_000,
        "text/plain" + "; a=b" * 400_000 + "\r\n\r\n",
    ],
    ids=["parts", "blocks of a report", "parameters"],
)
def test_a_mail_of_very_many_pieces_is_read_in_time(part: str) -> None:
    started = time.process_time()
    found = read_mail(mail(f"Content-Type: {part}"))
    assert time.process_time() - started < 5
    assert found.subject == "Grinder"


@pytest.mark.parametrize("name", [it.decode() for it in HEADERS])
def test_a_header_of_one_long_word_is_read_in_time(name: str) -> None:
    for word in ("\\", "*", "a@", "<", "(", '"', "=?", "a.", ";", ","):
        raw = f"{name}: {word * 60_000}\r\nX-Words: yes\r\n\r\n{WORDS}".encode()
        started = time.process_time()
        found = read_mail(raw, "")
        assert time.process_time() - started < 2
        whole_texts = [it.content.decode() for it in found.files]
        assert any(it.endswith(WORDS) for it in (found.text, *whole_texts))


def test_a_message_in_a_mail_keeps_a_header_of_very_many_words_as_it_is() -> None:
    """The library would fold it, and measure the line again for each word."""
    inner = "Subject: Order\nX-Words: " + "many words " * 40_000 + "\n  and more\n\nHello."
    started = time.process_time()
    [found] = read_mail(whole(f"Content-Type: message/rfc822\r\n\r\n{inner}")).files
    assert time.process_time() - started < 2
    assert found.content.decode().strip() == inner.strip()


def test_the_library_for_bounces_is_shown_the_first_lines_of_a_mail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = 0

    def count(message: Message) -> tuple[set[bytes], set[bytes]]:
        nonlocal shown
        shown += sum(1 for _ in body_line_iterator(message))
        return set(), set()

    monkeypatch.setattr(bounces, "all_failures", count)
    part = text_part("a line\r\n" * 30_000)
    read_mail(whole(multipart("mixed", part, part, part)), "")
    assert 1_000 < shown <= 2_100


def test_a_bounce_in_words_is_understood_above_a_long_returned_mail() -> None:
    report = (
        b"From: MAILER-DAEMON@x.example\n\nHi. This is the qmail-send program at x.example.\n\n"
        b"<bob@cafe.example>:\nNo such user.\n\n--- Below this line is a copy of the message.\n"
    )
    found = read_mail(report + b"a line\n" * 30_000, "")
    assert found.bounce is not None
    assert found.bounce.recipient == "bob@cafe.example"


LOST = {
    "a mark of UTF-16 before ASCII": b"\xff\xfe" + WORDS.encode(),
    "a mark of UTF-16 among the headers": b"Subject: A\r\n\xff\xfeFrom: b@c.example\r\n\r\n"
    + WORDS.encode(),
    "words among the headers of a multipart": b"From: b@c.example\r\n"
    b'Content-Type: multipart/mixed; boundary="b1"\r\n' + WORDS.encode() + b"\r\n--b1\r\n"
    b"\r\nAnother text.\r\n--b1--\r\n",
    "words before the parts of an encoded multipart": b"From: b@c.example\r\n"
    b'Content-Type: multipart/mixed; boundary="b1"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    + WORDS.encode()
    + b"\r\n--b1\r\n\r\nAnother text.\r\n--b1--\r\n",
    "parts under a broken type": b"From: b@c.example\r\n"
    b'Content-Type: multipart/mix\x82d; boundary="b1"\r\n\r\nr--b1\r\nContent-Type: text/plain\r\n'
    b"\r\n" + WORDS.encode() + b"\r\n--b1\r\n\r\nAnother text.\r\n--b1--\r\n",
    "words before the only part, which is a message": b"From: b@c.example\r\n"
    b'Content-Type: multipart/mixed; boundary="b1"\r\n\r\n'
    + WORDS.encode()
    + b"\r\n--b1\r\nContent-Type: message/rfc822\r\n\r\nSubject: Order\r\n\r\n--b1--\r\n",
}
"""Mutations of mails that lost words."""


@pytest.mark.parametrize("name", LOST)
def test_words_are_kept_where_a_mail_is_broken(name: str) -> None:
    assert WORDS in read_mail(LOST[name]).text


def test_a_winmail_that_is_not_whole_stays_a_file_beside_what_it_holds() -> None:
    for content in (winmail()[:60], winmail() + b"\nAnd more words."):
        part = file_part("application/ms-tnef", "winmail.dat", base64.b64encode(content).decode())
        found = read_mail(whole(multipart("mixed", text_part(""), part)))
        assert found.text.startswith("The grinder stops")
        assert found.files[-1].content == content
        assert found.faults == ("The file winmail.dat could not be unpacked.",)
    padded = base64.b64encode(winmail() + b"\r\n\0").decode()
    part = file_part("application/ms-tnef", "winmail.dat", padded)
    assert [it.name for it in read_mail(whole(multipart("mixed", part))).files] == ["invoice.pdf"]


def test_utf_16_with_a_mark_is_still_read() -> None:
    for words in (WORDS, "Das Mahlwerk h\u00f6rt auf. \u7c89\u7832\u6a5f\u304c\u6b62\u307e\u308b"):
        raw = b"From: b@c.example\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        assert read_mail(raw + base64.b64encode(words.encode("utf-16"))).text == words
