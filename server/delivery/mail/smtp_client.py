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

from server.delivery.mail.smtp_settings import Relay, Security, Sender

TIMEOUT_SECONDS: Final = 20.0
"""For each step of the conversation with the relay."""
_FOR_GOOD: Final = 500
_ADDRESS: Final = re.compile(r"[^\s<>]+@[^\s<>]+")


class Refused(Exception):
    """The relay takes this message for good not; another may go."""


class Later(Exception):
    """The relay does not take this message now; another may go."""


class RelayAway(Exception):
    """The relay cannot be reached, or does not let us in: nothing goes at the moment."""


class Carrier:
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
            use_tls=it.security is Security.TLS,
            start_tls=it.security is Security.STARTTLS,
            # Asking the resolver for our own name could block, and says nothing true behind NAT.
            local_hostname=self._sender.domain,
            timeout=TIMEOUT_SECONDS,
        )
        try:
            await self._smtp.connect()
        except (SMTPException, OSError) as error:
            raise RelayAway(_words(error)) from error
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

    async def send(self, message: EmailMessage, to: str) -> None:
        """Hands one message over. Raises Refused, Later, RelayAway."""
        if self._smtp is None:
            raise RelayAway("not connected")
        try:
            await self._smtp.send_message(message, sender=self._sender.address, recipients=[to])
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _judged(error.recipients[0]) from error
        except aiosmtplib.SMTPDataError as error:
            raise _judged(error) from error
        except aiosmtplib.SMTPNotSupported as error:
            raise Refused(_words(error)) from error
        except (SMTPException, OSError) as error:
            raise RelayAway(_words(error)) from error


def _judged(error: SMTPResponseException) -> Refused | Later:
    """What the relay says of one recipient or one text: 5xx is for good (RFC 5321, 4.2.1)."""
    return Refused(_words(error)) if error.code >= _FOR_GOOD else Later(_words(error))


def _words(error: Exception) -> str:
    """What went wrong, on one line, for the log and the row: both outlive an erased person."""
    code = f"{error.code} " if isinstance(error, SMTPResponseException) else ""
    says = getattr(error, "message", "") or str(error) or type(error).__name__
    return " ".join(f"{code}{_ADDRESS.sub('(address)', says)}".split())[:300]
