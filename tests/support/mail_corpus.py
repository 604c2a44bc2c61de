"""Mails for tests of the reader: bodies of many programs and languages, and hostile structures."""

import tomllib
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from msgspec import Struct

FILE: Final = Path(__file__).parent / "mails" / "replies.toml"


class ReplyExample(Struct, frozen=True):
    """The body of a mail, and the words of it that are new; None if all of it has to stay."""

    name: str
    body: str
    new: str | None
    subject: str
    is_first: bool
    is_html: bool

    @property
    def raw(self) -> bytes:
        """The mail as it is sent."""
        mail = EmailMessage()
        mail["From"] = "Bob <bob@cafe.example>"
        mail["To"] = "help@kettle.example"
        mail["Subject"] = self.subject
        mail["Message-ID"] = "<reply@cafe.example>"
        if not self.is_first:
            mail["In-Reply-To"] = "<ticket-17@kettle.example>"
        mail.set_content(self.body, subtype="html" if self.is_html else "plain", cte="8bit")
        return mail.as_bytes()


def load_replies() -> list[ReplyExample]:
    entries = tomllib.loads(FILE.read_text())["mail"]
    return [
        ReplyExample(
            name=entry["name"],
            body=entry["body"],
            new=entry.get("new"),
            subject=entry.get("subject", "Re: [#17] Grinder"),
            is_first=entry.get("first", False),
            is_html=entry.get("html", False),
        )
        for entry in entries
    ]
