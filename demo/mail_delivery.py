"""Delivers mails to the desk as the mail server of the shop does: over LMTP, to its listener."""

import asyncio
import smtplib
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

_TIMEOUT_SECONDS: Final = 30
_CLIENTS: Final[dict[str, Callable[..., smtplib.SMTP]]] = {
    "lmtp": smtplib.LMTP,
    "smtp": smtplib.SMTP,
}


class OutgoingMail(Struct, frozen=True):
    """A mail with its bytes; `sender` is the address that reports go to, empty for a report."""

    sender: str
    subject: str
    recipient: str
    content: bytes


DeliverMail = Callable[[OutgoingMail], Awaitable[bool]]
"""Delivers a mail. Returns whether the desk has taken it."""


class MailDelivery:
    """Delivers to a listener, `lmtp://HOST:PORT`, `smtp://HOST:PORT` or `lmtp:///path`."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    async def deliver(self, mail: OutgoingMail) -> bool:
        """Delivers one mail over a connection of its own. Returns whether the desk has taken it."""
        return await asyncio.to_thread(self._deliver_now, mail)

    def _deliver_now(self, mail: OutgoingMail) -> bool:
        url = self._url
        host, port = (url.hostname, url.port or 0) if url.hostname else (url.path, 0)
        try:
            with _CLIENTS[url.scheme](host or "", port, timeout=_TIMEOUT_SECONDS) as client:
                client.sendmail(mail.sender, [mail.recipient], mail.content)
        except (OSError, smtplib.SMTPException):
            return False
        return True
