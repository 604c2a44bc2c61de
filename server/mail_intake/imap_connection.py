"""A connection to an IMAP mailbox (RFC 9051), for an event loop.

IMAPClient blocks, so each of its calls runs on a thread. The thread is a daemon: one that waits for
a silent server does not hold the end of the process.
"""

import asyncio
import logging
import re
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, TypeVar

from imapclient import SEEN, IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from server.mail_intake.mail_addresses import ImapMailbox

SILENCE_SECONDS: Final = 30.0
"""Seconds in which a server has to say something."""
_CALL_SECONDS: Final = 900.0
"""Seconds for one command: a server that sends a byte now and then does not hold it longer."""
_LOGIN_USER: Final = re.compile(r"[!#$&'+,./0-9:;<=>?@A-Z^_`a-z|}~\[-]+")
_LONGEST_REASON: Final = 200

T = TypeVar("T")
# At debug level the library logs what is sent and received: mails.
logging.getLogger("imapclient").setLevel(logging.WARNING)


class ImapFailure(Exception):
    """The mailbox cannot be read now; the message says why, without the password.

    `kind` is the same for failures that differ in what the server says, as by an id of its own.
    """

    def __init__(self, reason: str, kind: str) -> None:
        super().__init__(reason)
        self.kind = kind


class ImapRefusal(ImapFailure):
    """The server refuses one command; the connection can be used for the next."""


class ImapConnection:
    """Opens one mailbox, again and again, with one connection at a time.

    All methods raise ImapFailure, and its kind ImapRefusal.
    """

    def __init__(self, mailbox: ImapMailbox, silence_seconds: float = SILENCE_SECONDS) -> None:
        self._mailbox = mailbox
        self._silence_seconds = silence_seconds
        self._session = _ImapSession()

    @asynccontextmanager
    async def open_folder(self) -> AsyncIterator[None]:
        """Signs in and selects the folder; ends the connection behind the block at once."""
        if self._session.is_busy:
            raise ImapFailure("the connection before has not ended", "busy")
        self._session = session = _ImapSession()
        try:
            await self._call(self._connect, session)
            await self._call(self._sign_in, session)
            yield
            with suppress(ImapFailure):  # everything is done: only the good-bye is missing
                await self._call(session.client.logout)
        finally:
            session.end()

    async def list_unseen(self) -> list[int]:
        """Returns the UIDs of the unseen mails, oldest first."""
        return sorted(await self._call(self._session.client.search, "UNSEEN"))

    async def fetch_size(self, uid: int) -> int | None:
        """Returns a mail's bytes; None if it is not there any more."""
        size = await self._fetch(uid, "RFC822.SIZE", b"RFC822.SIZE")
        return size if isinstance(size, int) else None

    async def fetch_mail(self, uid: int) -> bytes | None:
        """Returns a mail and leaves its flags as they are; None if it is not there any more."""
        content = await self._fetch(uid, "BODY.PEEK[]", b"BODY[]")
        return content if isinstance(content, bytes) else None

    async def mark_seen(self, uid: int) -> None:
        await self._call(self._session.client.add_flags, uid, SEEN, True)

    async def _fetch(self, uid: int, item: str, key: bytes) -> object:
        found = await self._call(self._session.client.fetch, [uid], [item])
        return found.get(uid, {}).get(key)

    def _connect(self, session: "_ImapSession") -> None:
        mailbox = self._mailbox
        client = IMAPClient(
            mailbox.host,
            mailbox.port,
            ssl=mailbox.tls,
            ssl_context=ssl.create_default_context() if mailbox.tls else None,
            timeout=self._silence_seconds,
        )
        session.hold(client)

    def _sign_in(self, session: "_ImapSession") -> None:
        """Signs in by LOGIN, and by PLAIN (RFC 4616) where LOGIN cannot carry the characters."""
        user, password = self._mailbox.user, self._mailbox.password
        if _LOGIN_USER.fullmatch(user) and password.isascii() and password.isprintable():
            session.client.login(user, password)
        else:
            session.client.plain_login(user, password)
        session.client.select_folder(self._mailbox.folder)

    async def _call(self, function: Callable[..., T], *arguments: Any) -> T:
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                return await self._session.run(function, *arguments)
        except (IMAPClientError, OSError, UnicodeError) as error:
            is_lost = isinstance(error, IMAPClientAbortError | OSError)
            failure = ImapFailure if is_lost else ImapRefusal
            raise failure(self._describe_error(error), type(error).__name__) from None

    def _describe_error(self, error: Exception) -> str:
        said = str(error).removeprefix("b'").removesuffix("'").strip() or type(error).__name__
        if isinstance(error, UnicodeError):
            said = "a command has characters that the server cannot be sent"
        return said.replace(self._mailbox.password, "***")[:_LONGEST_REASON]


class _ImapSession:
    """The thread of one connection, which runs one call at a time."""

    def __init__(self) -> None:
        self.client: Any = None
        self.is_busy = False
        self._ended = False
        self._lock = threading.Lock()

    def hold(self, client: Any) -> None:
        """Keeps the connection, on the thread that has opened it."""
        self.client = client

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Runs a call on a thread. What it raises is raised here."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def work() -> None:
            result: Any = None
            failure: Exception | None = None
            try:
                result = function(*arguments)
            except Exception as error:  # noqa: BLE001 - it is the caller's, and goes there
                failure = error
            self._finish_call()
            with suppress(RuntimeError):  # the loop is closed, because the process ends
                loop.call_soon_threadsafe(_deliver, future, result, failure)

        self.is_busy = True
        threading.Thread(target=work, name="imap", daemon=True).start()
        return await future

    def end(self) -> None:
        """Ends the connection; a call that is still running fails, and its thread closes it."""
        with self._lock:
            self._ended = True
            if self.client is not None:
                with suppress(OSError):  # it is closed
                    socket.socket.shutdown(self.client.socket(), socket.SHUT_RDWR)
            if not self.is_busy:
                self._close()

    def _finish_call(self) -> None:
        with self._lock:
            self.is_busy = False
            if self._ended:
                self._close()

    def _close(self) -> None:
        if self.client is not None:
            with suppress(OSError):  # it is closed already
                self.client.shutdown()


def _deliver(future: asyncio.Future[T], result: T, failure: Exception | None) -> None:
    if future.done():
        return
    if failure is not None:
        future.set_exception(failure)
    else:
        future.set_result(result)
