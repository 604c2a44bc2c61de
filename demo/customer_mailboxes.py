"""Mailboxes of the simulated customers: what the desk sends arrives here, over SMTP."""

import asyncio
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Final

from msgspec import Struct

_TICKET: Final = re.compile(r"\[#(\d+)\]")
_LINK: Final = re.compile(r"https?://\S+/t/\S+")
_ACCEPTED: Final = "250 OK"


class ReceivedMail(Struct, frozen=True):
    """The newest mail that a customer has about a ticket: how to answer it, and its page."""

    message_id: str
    reply_to: str
    page: str


class CustomerMailboxes:
    """Takes every mail of the desk, and keeps the newest of each recipient and ticket."""

    def __init__(self) -> None:
        self._mails: dict[tuple[str, int], ReceivedMail] = {}
        self._server: asyncio.Server | None = None

    async def open(self) -> str:
        """Listens on a free port of the loopback. Returns the URL for the relay's setting."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._make_protocol, "127.0.0.1", 0)
        return f"smtp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    def find_mail(self, address: str, number: int) -> ReceivedMail | None:
        """Returns the newest mail that somebody has about a ticket."""
        return self._mails.get((address, number))

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it
        mail = message_from_bytes(envelope.content, policy=policy.default)
        about = _TICKET.search(str(mail["Subject"]))
        if about and isinstance(mail, EmailMessage):
            for address in envelope.rcpt_tos:
                self._mails[address, int(about[1])] = _read_mail(mail)
        return _ACCEPTED

    def _make_protocol(self) -> asyncio.Protocol:
        # Imported with the first mail: the demo starts without waiting for it.
        from aiosmtpd.smtp import SMTP

        return SMTP(self, hostname="mx.mail.example", enable_SMTPUTF8=True)


def _read_mail(mail: EmailMessage) -> ReceivedMail:
    body = mail.get_body(("plain",))
    link = _LINK.search(body.get_content() if body else "")
    return ReceivedMail(
        message_id=str(mail["Message-ID"] or ""),
        reply_to=str(mail["Reply-To"] or ""),
        page=link[0] if link else "",
    )
