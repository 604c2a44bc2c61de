"""Chooses where a mail is read, so that the server goes on meanwhile: here, or in a process."""

import asyncio
from typing import Final

import structlog

from server.mail_intake.reader_connection import ReaderConnection, ReaderLost, start_reader
from server.mail_intake.reader_process import read_in_process
from server.mail_reading.mail_reader import read_mail
from server.mail_reading.received_mail import ReadMail

_LARGE_BYTES: Final = 32_768
"""Bytes from which a mail is not read on the event loop."""
_HUGE_BYTES: Final = 1_000_000
"""Bytes from which it has a process of its own: one step of it may take longer than others wait."""
_MOST_HUGE: Final = 2
_FEW_MAILS: Final = 4
"""Mails at once for which no process is started."""
logger = structlog.get_logger()


class MailReaders:
    """Reads mails. The first rush starts a process for them, which stays until `close`."""

    def __init__(self) -> None:
        self._connection: ReaderConnection | None = None
        self._starting = asyncio.Lock()
        self._huge = asyncio.Semaphore(_MOST_HUGE)

    async def read(
        self, content: bytes, envelope_sender: str | None = None, *, at_once: int = 1
    ) -> ReadMail:
        """Returns what `read_mail` returns; `at_once` mails are in work now."""
        if len(content) >= _HUGE_BYTES:
            return await self._read_alone(content, envelope_sender)
        if at_once > _FEW_MAILS or self._is_running:
            return await self._read_in_turn(content, envelope_sender)
        if len(content) < _LARGE_BYTES:
            return read_mail(content, envelope_sender)
        return await asyncio.to_thread(read_mail, content, envelope_sender)

    async def close(self) -> None:
        """Ends the process. It is started again if it is needed again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    @property
    def _is_running(self) -> bool:
        return self._connection is not None and self._connection.is_open

    async def _read_in_turn(self, content: bytes, envelope_sender: str | None) -> ReadMail:
        try:
            connection = await self._connect()
            return await connection.read(content, envelope_sender)
        except (ReaderLost, OSError, ValueError):
            return await self._read_alone(content, envelope_sender)

    async def _read_alone(self, content: bytes, envelope_sender: str | None) -> ReadMail:
        async with self._huge:
            return await asyncio.to_thread(read_in_process, content, envelope_sender)

    async def _connect(self) -> ReaderConnection:
        """Returns the connection to the process; starts one if there is none. Raises OSError."""
        async with self._starting:
            if self._connection is None or not self._connection.is_open:
                await self.close()
                self._connection = await start_reader()
                logger.info("mail reader started", pid=self._connection.pid)
            return self._connection
