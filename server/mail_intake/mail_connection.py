"""Connections of mail servers: aiosmtpd's, which take long lines and read mails in large pieces."""

import asyncio
import re
from contextlib import suppress
from typing import Any, Final, cast

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope

from server.mail_intake.mail_data import read_mail_data
from server.mail_intake.mail_gateway import InboxAddress

_PIECE_BYTES: Final = 262_144
"""Bytes that are kept for one search for the end of a mail."""
_LONGEST_COMMAND: Final = 2_048
_TOO_LARGE: Final = "552 5.3.4 The mail is too large"
_PLAIN_ADDRESS: Final = re.compile(
    r"\s*<([A-Za-z0-9_+=-]+(?:\.[A-Za-z0-9_+=-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>(.*)",
    re.ASCII,
)
"""An address of the common form, which the library would parse with a grammar."""


class MailEnvelope(Envelope):
    """The envelope of one mail, with our inboxes beside the addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.ours: list[InboxAddress] = []


class MailConnection(SMTP):
    """A connection that can be ended from outside.

    The library reads a mail line by line, refuses lines that people's programs write, and answers
    a mail that is too large once, where LMTP wants an answer for each recipient.
    """

    command_size_limit = _LONGEST_COMMAND
    line_length_limit = _PIECE_BYTES
    answers_each_recipient = False
    open_connections: "set[MailConnection]"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.open_connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.open_connections.discard(self)
        super().connection_lost(error)

    def hang_up(self) -> None:
        """Ends the connection at once."""
        if self.transport is not None:
            # Those of uvloop have the methods of asyncio's class, and do not inherit from it.
            cast("asyncio.Transport", self.transport).abort()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Takes a mail; the checks before are the library's."""
        if await self.check_helo_needed():
            return
        envelope = self.envelope
        if arg or envelope is None or not envelope.rcpt_tos:
            await self.push("501 Syntax: DATA" if arg else "503 Error: need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        with suppress(asyncio.IncompleteReadError):
            content = await read_mail_data(self._reader, self.data_size_limit or 0)
            await self.push(await self._answer_mail(envelope, content))
            self._set_post_data_state()  # type: ignore[no-untyped-call]

    async def _answer_mail(self, envelope: Envelope, content: bytes | None) -> str:
        if content is None:
            count = len(envelope.rcpt_tos) if self.answers_each_recipient else 1
            return "\r\n".join([_TOO_LARGE] * count)
        envelope.content = envelope.original_content = content
        answer: str = await self._call_handler_hook("DATA")
        return answer

    def _create_envelope(self) -> Envelope:
        return MailEnvelope()

    def _getaddr(self, arg: str) -> Any:
        match = _PLAIN_ADDRESS.fullmatch(arg)
        return (match[1], match[2]) if match else super()._getaddr(arg)


class SmtpServerConnection(MailConnection):
    """A connection that speaks SMTP (RFC 5321)."""


class LmtpServerConnection(MailConnection, LMTP):
    """A connection that speaks LMTP (RFC 2033)."""

    answers_each_recipient = True
