"""Sends messages to the SMTP relay, over one connection for a batch.

Three failures are told apart: a message that the relay rejects for good, one that it may accept
later, and a relay that cannot be reached.
"""

from contextlib import suppress
from email.message import EmailMessage
from types import TracebackType
from typing import Final, Self

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from server.delivery.mail.mime_message import encode_message
from server.delivery.mail.smtp_settings import Relay, Sender, SmtpSecurity
from server.domain.refusals import clean_refusal

TIMEOUT_SECONDS: Final = 20.0
"""For each step of the conversation with the relay."""
_PERMANENT_FAILURE: Final = 500


class MailRefused(Exception):
    """The relay rejects this message for good; it may accept another."""


class MailDeferred(Exception):
    """The relay does not accept this message now; it may accept another."""


class RelayUnreachable(Exception):
    """The relay cannot be reached, or refuses our login: no message can be sent now."""


class SmtpConnection:
    """`async with` it opens a connection. Raises RelayUnreachable."""

    def __init__(self, relay: Relay, sender: Sender) -> None:
        self._relay = relay
        self._sender = sender
        self._smtp: SMTP | None = None

    async def __aenter__(self) -> Self:
        it = self._relay
        self._smtp = SMTP(
            hostname=it.host,
            port=it.port,
            username=it.username,
            password=it.password,
            use_tls=it.security is SmtpSecurity.TLS,
            start_tls=it.security is SmtpSecurity.STARTTLS,
            # Asking the resolver for our own name could block, and says nothing true behind NAT.
            local_hostname=self._sender.domain,
            timeout=TIMEOUT_SECONDS,
        )
        try:
            await self._smtp.connect()
        except (SMTPException, OSError) as error:
            raise RelayUnreachable(_describe_error(error)) from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._smtp is None:
            return
        with suppress(SMTPException, OSError):
            if error is None:
                await self._smtp.quit()
        self._smtp.close()

    async def send_message(self, message: EmailMessage, to: str, return_path: str) -> None:
        """Hands one message over. Raises MailRefused, MailDeferred or RelayUnreachable.

        Reports of its delivery go to `return_path`. If the relay does not take that, they go to
        the sender's address, so that no organization's inbox stops anybody's mail.
        """
        try:
            await self._transmit(message, to, return_path)
        except aiosmtplib.SMTPSenderRefused:
            await self._transmit_from_sender(message, to)

    async def _transmit_from_sender(self, message: EmailMessage, to: str) -> None:
        try:
            await self._transmit(message, to, self._sender.address)
        except aiosmtplib.SMTPSenderRefused as error:
            raise RelayUnreachable(_describe_error(error)) from error

    async def _transmit(self, message: EmailMessage, to: str, return_path: str) -> None:
        if self._smtp is None:
            raise RelayUnreachable("not connected")
        utf8 = not (to + return_path).isascii()
        options = ["SMTPUTF8"] if utf8 else []
        try:
            await self._smtp.sendmail(
                return_path, [to], encode_message(message, utf8=utf8), mail_options=options
            )
        except aiosmtplib.SMTPSenderRefused:
            raise
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _classify_response(error.recipients[0]) from error
        except aiosmtplib.SMTPDataError as error:
            raise _classify_response(error) from error
        except aiosmtplib.SMTPNotSupported as error:
            raise MailRefused(_describe_error(error)) from error
        except (SMTPException, OSError) as error:
            raise RelayUnreachable(_describe_error(error)) from error


def _classify_response(error: SMTPResponseException) -> MailRefused | MailDeferred:
    """Returns the relay's response as an error: 5xx is permanent (RFC 5321, 4.2.1)."""
    return (
        MailRefused(_describe_error(error))
        if error.code >= _PERMANENT_FAILURE
        else MailDeferred(_describe_error(error))
    )


def _describe_error(error: Exception) -> str:
    """Returns the failure on one line without addresses: log and row outlive an erased user."""
    code = f"{error.code} " if isinstance(error, SMTPResponseException) else ""
    says = getattr(error, "message", "") or str(error) or type(error).__name__
    return clean_refusal(f"{code}{says}")
