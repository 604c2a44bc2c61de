"""The carrier: hands messages to the relay, one connection for a batch.

Nobody's message waits for another's refusal: what the relay refuses for good is told apart from
what may go better later, and from a relay that is not to be reached.
"""

import re
from contextlib import suppress
from email.message import EmailMessage
from types import TracebackType
from typing import Final, Self

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from server.delivery.mail.smtp_settings import Relay, Sender, SmtpSecurity

TIMEOUT_SECONDS: Final = 20.0
"""For each step of the conversation with the relay."""
_PERMANENT_FAILURE: Final = 500
_ADDRESS: Final = re.compile(r"[^\s<>]+@[^\s<>]+")


class MailRefused(Exception):
    """The relay takes this message for good not; another may go."""


class MailDeferred(Exception):
    """The relay does not take this message now; another may go."""


class RelayUnreachable(Exception):
    """The relay cannot be reached, or does not let us in: nothing goes at the moment."""


class SmtpConnection:
    """`async with` it opens a connection. Raises RelayAway."""

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

    async def send_message(self, message: EmailMessage, to: str) -> None:
        """Hands one message over. Raises Refused, Later, RelayAway."""
        if self._smtp is None:
            raise RelayUnreachable("not connected")
        try:
            await self._smtp.send_message(message, sender=self._sender.address, recipients=[to])
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _classify_response(error.recipients[0]) from error
        except aiosmtplib.SMTPDataError as error:
            raise _classify_response(error) from error
        except aiosmtplib.SMTPNotSupported as error:
            raise MailRefused(_describe_error(error)) from error
        except (SMTPException, OSError) as error:
            raise RelayUnreachable(_describe_error(error)) from error


def _classify_response(error: SMTPResponseException) -> MailRefused | MailDeferred:
    """Returns the error for a relay's answer: 5xx is permanent (RFC 5321, 4.2.1)."""
    return (
        MailRefused(_describe_error(error))
        if error.code >= _PERMANENT_FAILURE
        else MailDeferred(_describe_error(error))
    )


def _describe_error(error: Exception) -> str:
    """Returns the error on one line, without personal data: the log outlives erased people."""
    code = f"{error.code} " if isinstance(error, SMTPResponseException) else ""
    says = getattr(error, "message", "") or str(error) or type(error).__name__
    return " ".join(f"{code}{_ADDRESS.sub('(address)', says)}".split())[:300]
