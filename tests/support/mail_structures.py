"""Mails of all structures that the reader has to know, as bytes: the seeds of mutations as well."""

import base64
import struct
from collections.abc import Callable
from email.message import EmailMessage
from typing import Final

HEAD: Final = (
    "From: Bob <bob@cafe.example>\r\nTo: help@kettle.example\r\nSubject: Grinder\r\n"
    "Date: Mon, 23 Nov 2026 09:14:00 +0100\r\nMessage-ID: <1@cafe.example>\r\n"
    "MIME-Version: 1.0\r\n"
)
WORDS: Final = "The grinder stops after three turns."
PIXEL: Final = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()


def mail(headers: str, body: str | bytes = WORDS) -> bytes:
    """A mail with these headers beside the usual ones; none of the usual where one repeats it."""
    names = {line.partition(":")[0].lower() for line in headers.splitlines()}
    lines = [line for line in HEAD.splitlines() if line.partition(":")[0].lower() not in names]
    content = body if isinstance(body, bytes) else body.encode()
    return "\r\n".join([*lines, *headers.splitlines(), "", ""]).encode("latin-1") + content


def multipart(kind: str, *parts: str, boundary: str = "b1", parameters: str = "") -> str:
    """A multipart with its own header, to stand in a mail or in another multipart."""
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"{parameters}'
    return f"{head}\r\n\r\n{body}--{boundary}--\r\n"


def whole(part: str, headers: str = "") -> bytes:
    """A mail whose body is a part with its own header."""
    head, _, body = part.partition("\r\n\r\n")
    return mail(f"{headers}\r\n{head}" if headers else head, body)


def text_part(text: str = WORDS, kind: str = "plain", parameters: str = "; charset=utf-8") -> str:
    return f"Content-Type: text/{kind}{parameters}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}"


def file_part(kind: str, name: str, content: str = PIXEL, headers: str = "") -> str:
    more = f"{headers}\r\n" if headers else ""
    return (
        f'Content-Type: {kind}; name="{name}"\r\nContent-Disposition: attachment; '
        f'filename="{name}"\r\n{more}Content-Transfer-Encoding: base64\r\n\r\n{content}'
    )


def winmail(text: bytes = WORDS.encode(), name: bytes = b"invoice.pdf") -> bytes:
    """A `winmail.dat` with a text and a file."""

    def written(level: int, attribute: int, kind: int, content: bytes) -> bytes:
        head = struct.pack("<BHHI", level, attribute, kind, len(content))
        return head + content + struct.pack("<H", sum(content) & 0xFFFF)

    long_name = name + b"\0"
    padded = long_name + bytes(-len(long_name) % 4)
    properties = struct.pack("<IHHII", 1, 0x1E, 0x3707, 1, len(long_name)) + padded
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(
        (
            written(1, 0x9006, 8, struct.pack("<I", 0x10000)),
            written(1, 0x800C, 1, text + b"\0"),
            written(2, 0x9002, 6, bytes(14)),
            written(2, 0x8010, 1, b"INVOIC~1.PDF\0"),
            written(2, 0x800F, 6, b"%PDF-1.4 content"),
            written(2, 0x9005, 6, properties),
        )
    )


INVITATION: Final = (
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Repair\\, second\r\n  visit\r\n"
    "DTSTART;TZID=Europe/Berlin:20261201T100000\r\nDTEND;TZID=Europe/Berlin:20261201T110000\r\n"
    "LOCATION:Cafe Example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
DELIVERY_STATUS: Final = (
    "Content-Type: message/delivery-status\r\n\r\n"
    "Reporting-MTA: dns; mx.cafe.example\r\n\r\n"
    "Final-Recipient: rfc822; ann@cafe.example\r\nAction: {action}\r\nStatus: {status}\r\n"
    "Diagnostic-Code: smtp; {diagnostic}\r\n"
)


def bounce(action: str = "failed", status: str = "5.1.1", diagnostic: str = "") -> bytes:
    """A delivery report by RFC 3464 on our mail `<ticket-17.1@kettle.example>`."""
    fields = DELIVERY_STATUS.format(
        action=action, status=status, diagnostic=diagnostic or f"550 {status} no such user"
    )
    returned = (
        "Content-Type: message/rfc822\r\n\r\nFrom: help@kettle.example\r\nTo: ann@cafe.example\r\n"
        "Message-ID: <ticket-17.1@kettle.example>\r\nSubject: [#17] Grinder\r\n\r\nOur words.\r\n"
    )
    part = multipart(
        "report",
        text_part("Your mail was not delivered."),
        fields,
        returned,
        parameters="; report-type=delivery-status",
    )
    return whole(part, "From: MAILER-DAEMON@mx.cafe.example\r\nAuto-Submitted: auto-replied")


def exim_bounce() -> bytes:
    """A report that Exim wrote before it knew the standard."""
    return mail(
        "From: Mail Delivery System <Mailer-Daemon@mx.cafe.example>\r\n"
        "X-Failed-Recipients: ann@cafe.example\r\nAuto-Submitted: auto-replied",
        "A message that you sent could not be delivered.\r\n\r\n  ann@cafe.example\r\n"
        "    SMTP error from remote mail server after RCPT TO:<ann@cafe.example>:\r\n"
        "    550 5.1.1 unknown user\r\n\r\n------ This is a copy of the message ------\r\n\r\n"
        "Message-ID: <ticket-17.1@kettle.example>\r\nSubject: [#17] Grinder\r\n",
    )


def japanese() -> bytes:
    body = "部品が届きました。".encode("iso2022_jp")
    subject = base64.b64encode("部品について".encode("iso2022_jp")).decode()
    return mail(
        f"Subject: =?ISO-2022-JP?B?{subject}?=\r\nContent-Type: text/plain; charset=ISO-2022-JP",
        body,
    )


def forwarded_as_file() -> bytes:
    inner = (
        "Content-Type: message/rfc822\r\n\r\nFrom: shop@kettle.example\r\nSubject: Order 4711\r\n"
        "\r\nThe order was sent.\r\n"
    )
    return whole(multipart("mixed", text_part(), inner))


def deeply_nested(levels: int) -> bytes:
    part = text_part()
    for level in range(levels):
        part = multipart("mixed", part, boundary=f"b{level}")
    return whole(part)


def library_made() -> bytes:
    made = EmailMessage()
    made["From"], made["Subject"] = "Jürgen <j@cafe.example>", "Größe"
    made.set_content(f"{WORDS}\n")
    made.add_alternative(f"<p>{WORDS}</p>", subtype="html")
    made.get_payload()[1].add_related(b"x", "image", "png", cid="<1>")  # type: ignore[union-attr, index]
    made.add_attachment("a,b\n", subtype="csv", filename="Größe.csv")
    return made.as_bytes()


STRUCTURES: Final[dict[str, Callable[[], bytes]]] = {
    "plain": lambda: mail("Content-Type: text/plain"),
    "no headers about the content": lambda: mail("X-Other: 1"),
    "no subject": lambda: mail("Subject:"),
    "flowed": lambda: mail(
        "Content-Type: text/plain; format=flowed", "The grinder stops after \r\nthree turns."
    ),
    "flowed with deleted spaces": lambda: mail(
        "Content-Type: text/plain; format=flowed; delsp=yes",
        "The grinder stops after  \r\nthree turns.",
    ),
    "html alone": lambda: whole(text_part(f"<p>{WORDS}</p>", "html")),
    "alternative": lambda: whole(
        multipart("alternative", text_part(), text_part(f"<p>{WORDS}</p>", "html"))
    ),
    "alternative with a blank text": lambda: whole(
        multipart("alternative", text_part(" \r\n"), text_part(f"<p>{WORDS}</p>", "html"))
    ),
    "alternative with a note for a text": lambda: whole(
        multipart(
            "alternative",
            text_part("Please view this mail in a browser."),
            text_part(f"<p>{WORDS} {WORDS} {WORDS}</p>", "html"),
        )
    ),
    "attachment": lambda: whole(
        multipart("mixed", text_part(), file_part("application/pdf", "invoice.pdf"))
    ),
    "text around an image": lambda: whole(
        multipart(
            "mixed",
            text_part("The grinder stops"),
            file_part("image/png", "a.png").replace("attachment", "inline"),
            text_part("after three turns."),
        )
    ),
    "related image": lambda: whole(
        multipart(
            "related",
            text_part(f"<p>{WORDS}<img src='cid:1'></p>", "html"),
            f"Content-Type: image/png\r\nContent-ID: <1>\r\n"
            f"Content-Transfer-Encoding: base64\r\n\r\n{PIXEL}",
        )
    ),
    "invitation": lambda: whole(
        multipart(
            "alternative",
            text_part(),
            text_part(INVITATION, "calendar", "; charset=utf-8; method=REQUEST"),
        )
    ),
    "winmail": lambda: whole(
        multipart(
            "mixed",
            text_part(""),
            file_part("application/ms-tnef", "winmail.dat", base64.b64encode(winmail()).decode()),
        )
    ),
    "broken winmail": lambda: whole(
        multipart("mixed", text_part(), file_part("application/ms-tnef", "winmail.dat"))
    ),
    "forwarded as a file": forwarded_as_file,
    "nested": lambda: deeply_nested(8),
    "made by the library": library_made,
    "latin-1": lambda: mail(
        "Content-Type: text/plain; charset=iso-8859-1", f"{WORDS} Größe".encode("latin-1")
    ),
    "latin-1 called utf-8": lambda: mail(
        "Content-Type: text/plain; charset=utf-8", f"{WORDS} Größe".encode("latin-1")
    ),
    "utf-8 called latin-1": lambda: mail(
        "Content-Type: text/plain; charset=iso-8859-1", f"{WORDS} Größe"
    ),
    "unknown charset": lambda: mail("Content-Type: text/plain; charset=x-no-such"),
    "bytes in headers": lambda: mail("Subject: Gr\xf6\xdfe\r\nFrom: J\xfcrgen <j@cafe.example>"),
    "japanese": japanese,
    "quoted-printable": lambda: mail(
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable",
        "The grinder stops after=\r\n three turns. Gr=C3=B6=C3=9Fe",
    ),
    "bounce": bounce,
    "bounce by exim": exim_bounce,
    "vacation": lambda: mail("Auto-Submitted: auto-replied\r\nSubject: Out of office: Re: Grinder"),
    "list": lambda: mail("List-Id: <users.cafe.example>\r\nList-Post: <mailto:u@cafe.example>"),
    "own boundary missing": lambda: mail("Content-Type: multipart/mixed; boundary=zz", WORDS),
    "empty": bytes,
    "no end of the headers": HEAD.encode,
    "words alone": WORDS.encode,
}
"""Each maker by what it shows. All have `WORDS`, but those whose name says otherwise."""
