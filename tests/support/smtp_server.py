"""A relay that takes mails, over real SMTP, on a loopback port that was free."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.policy import SMTPUTF8
from ssl import SSLContext
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from msgspec import Struct

from tests.support.waiting import eventually


class Mail(Struct, frozen=True):
    """A mail that arrived: the envelope's recipients, the message, and where reports go."""

    to: str
    message: EmailMessage
    return_path: str = ""

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"])

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


class Mailbox:
    """Everything that came; `answer` says what the relay says to a recipient, None: welcome.

    With a `password` it lets only the user `desk` in. With `tls` it takes mail after STARTTLS.
    """

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.answer: Callable[[str], str | None] = lambda _: None
        self.refuses_sender: Callable[[str], bool] = lambda _: False
        self.tls: SSLContext | None = None
        self.password: str | None = None
        self.port = 0
        self._server: asyncio.Server | None = None
        self._connections: list[SMTP] = []

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def of(self, address: str) -> list[Mail]:
        return [mail for mail in self.mails if mail.to == address]

    async def comes(self, count: int = 1) -> list[Mail]:
        """Waits until so many have come."""

        async def is_so() -> bool:
            return len(self.mails) >= count

        await eventually(is_so)
        return self.mails

    async def open(self) -> None:
        """Also again, on the same port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Closes the port, cuts what is connected, and waits until all of it has ended."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            if isinstance(connection.transport, asyncio.Transport):
                connection.transport.abort()
        handlers = [it._handler_coroutine for it in self._connections]
        if running := {it for it in handlers if it is not None}:
            await asyncio.wait(running)
        self._connections.clear()

    def _protocol(self) -> SMTP:
        self._connections.append(self._make_protocol())
        return self._connections[-1]

    def _make_protocol(self) -> SMTP:
        loop = asyncio.get_running_loop()
        if self.password is None:
            encrypts = self.tls is not None
            return SMTP(
                self,
                enable_SMTPUTF8=True,
                loop=loop,
                tls_context=self.tls,
                require_starttls=encrypts,
            )
        with warnings.catch_warnings():
            # A password without TLS is no good idea, and none that leaves the loopback here.
            warnings.simplefilter("ignore", UserWarning)
            return SMTP(
                self,
                loop=loop,
                authenticator=self._check,
                auth_required=True,
                auth_require_tls=False,
            )

    def _check(
        self, _: SMTP, _session: Session, _envelope: Envelope, _how: str, told: Any
    ) -> AuthResult:
        is_right = told == LoginPassword(b"desk", (self.password or "").encode())
        # Not "handled": the refusal is left for aiosmtpd to say.
        return AuthResult(success=is_right, handled=False)

    # -- what aiosmtpd calls, by its names

    async def handle_MAIL(  # noqa: N802
        self, _: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuses_sender(address):
            return "553 5.1.8 not a sender of ours"
        envelope.mail_from, envelope.mail_options = address, options
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[Any]
    ) -> str:
        refusal = self.answer(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, _: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        policy = POLICY if content.isascii() else SMTPUTF8
        message = message_from_bytes(content, policy=policy)
        assert isinstance(message, EmailMessage)
        sender = envelope.mail_from or ""
        self.mails += [Mail(to, message, sender) for to in envelope.rcpt_tos]
        return "250 taken"


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    made = Mailbox()
    await made.open()
    try:
        yield made
    finally:
        await made.close()
