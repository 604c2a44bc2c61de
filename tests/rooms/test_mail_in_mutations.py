"""Whatever the bytes of a mail are, it is in the database afterwards, and no mistake of ours."""

import random
from collections.abc import Iterator
from pathlib import Path

from common.errors import Unavailable
from server.mail_intake.mail_gateway import InboxAddress
from tests.support.mail_intake import HELP, ORG, compose, open_intake

COUNT = 150
_MAIL = compose(
    "Hello,\n\nit broke.\n\nOn Monday, Ana wrote:\n> Try this.\n",
    headers=[("Cc", "Eve <eve@shop.example>"), ("References", "<4821.1@desk.example>")],
)
_MAIL.add_alternative("<p>Hello, it <b>broke</b>.</p>", subtype="html")
_MAIL.add_attachment(b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", filename="a.png")
BYTES = _MAIL.as_bytes()
SCRAPS = (
    *(b"", b"\0", b"\xff\xfe", b"\r\n\r\n", b"\r", b"=?utf-8?b?//8=?=", b"\x1b[2J", b"[#1]"),
    *(b"<>", b"@", b"From: a@b.example\n", b"--==", b"Content-Type: x/y;\n"),
    *(b"\xe2\x80\xae", b"\xed\xa0\x80"),
)


def mutated_mails(seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)  # noqa: S311 - chance that can be repeated
    for index in range(COUNT):
        mail = BYTES.replace(b"dora@", b"dora%d@" % index)  # one sender would be held as a flood
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(mail) + 1)
            mail = mail[:at] + chance.choice(SCRAPS) + mail[at + chance.choice((0, 1, 5, 60)) :]
        yield mail


async def test_every_mutated_mail_is_kept_and_none_is_a_mistake_of_ours(
    desk_url: str, tmp_path: Path
) -> None:
    async with open_intake(desk_url, tmp_path / "files") as intake:
        recipient = await intake.gateway.find_recipient(HELP)
        assert isinstance(recipient, InboxAddress)
        for mail in mutated_mails(17):
            receipt = (await intake.gateway.accept(mail, [recipient], "x@shop.example"))[ORG]
            assert not isinstance(receipt, Unavailable)
            assert receipt.mail.reason != "failed", mail
