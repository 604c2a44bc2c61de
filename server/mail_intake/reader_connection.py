"""A connection to a process that reads mails one after the other, for as long as it lives.

The process ends with the connection, and so with this process, however that ends.
"""

import asyncio
import socket
import subprocess
import sys
from collections import deque
from typing import Final, cast

import msgspec
import structlog

from server.mail_intake.reader_process import LENGTH_BYTES, READER_MODULE, STAYS, make_frame
from server.mail_reading.received_mail import ReadMail

_LONGEST_SECONDS: Final = 20.0
"""Seconds for one mail, many times what the slowest needs."""
_decode_mail: Final = msgspec.msgpack.Decoder(ReadMail).decode
logger = structlog.get_logger()


class ReaderLost(Exception):
    """The process has ended, or took too long. The mails that it had are to be read elsewhere."""


class ReaderConnection(asyncio.Protocol):
    """Hands mails over to the process, and what it reads to who waits for it, in their order."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._waiting: deque[asyncio.Future[ReadMail]] = deque()
        self._deadline: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_open(self) -> bool:
        return self._transport is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Those of uvloop have the methods of asyncio's class, and do not inherit from it.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (frame := _take_frame(self._received)) is not None:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(_decode_mail(frame))
            self._set_deadline()

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._process.kill()
        lost = list(self._waiting)
        self._waiting.clear()
        self._set_deadline()
        for future in lost:
            if not future.done():
                future.set_exception(ReaderLost())

    async def read(self, content: bytes, envelope_sender: str | None) -> ReadMail:
        """Returns what `read_mail` returns. Raises ReaderLost, and ValueError for a bad sender."""
        if self._transport is None:
            raise ReaderLost
        self._transport.write(make_frame(msgspec.msgpack.encode((content, envelope_sender))))
        future: asyncio.Future[ReadMail] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        if len(self._waiting) == 1:
            self._set_deadline()
        return await future

    async def close(self) -> None:
        """Ends the process."""
        if self._transport is not None:
            self._transport.abort()
        self._process.kill()
        await asyncio.to_thread(self._process.wait)

    def _set_deadline(self) -> None:
        """Gives the mail that is read now its time."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if self._waiting:
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(_LONGEST_SECONDS, self._give_up)

    def _give_up(self) -> None:
        logger.warning("mail reader stopped", reason="slow", mails=len(self._waiting))
        if self._transport is not None:
            self._transport.abort()


async def start_reader() -> ReaderConnection:
    """Starts a process. Raises OSError."""
    ours, theirs = socket.socketpair()
    try:
        process = await asyncio.to_thread(_start_process, theirs)
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_unix_connection(lambda: ReaderConnection(process), sock=ours)
    return connection


def _start_process(theirs: socket.socket) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
        [sys.executable, "-m", READER_MODULE, STAYS],
        stdin=theirs.fileno(),
        stdout=theirs.fileno(),
        stderr=subprocess.DEVNULL,
    )


def _take_frame(received: bytearray) -> bytes | None:
    """Takes the first frame out of what was received; returns None while it is not whole."""
    end = LENGTH_BYTES + int.from_bytes(received[:LENGTH_BYTES], "big")
    if len(received) < end:
        return None
    frame = bytes(received[LENGTH_BYTES:end])
    del received[:end]
    return frame
