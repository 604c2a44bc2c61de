"""Reads mails in another process: in this one a large mail would stop the event loop.

On a thread it would hold the interpreter for seconds in pieces. A huge mail has a process of its
own; it and what was read of it are passed in files without a name, which are in memory on Linux.
The process of a `ReaderConnection` reads one mail after the other.
"""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from typing import BinaryIO, Final

import msgspec
import structlog

from server.mail_reading.mail_reader import keep_whole, read_mail
from server.mail_reading.received_mail import ReadMail

READER_MODULE: Final = "server.mail_intake.reader_process"
STAYS: Final = "--stays"
"""The argument with which the process reads mails until its input ends."""
LENGTH_BYTES: Final = 4
"""Bytes of the length before each mail, and before what was read of it."""
_SECONDS: Final = 120.0
"""Seconds after which reading a mail is given up."""
_ENVIRONMENT_FAULTS: Final = (OSError, ValueError, msgspec.MsgspecError)
_decode_request: Final = msgspec.msgpack.Decoder(tuple[bytes, str | None]).decode
logger = structlog.get_logger()


def read_in_process(content: bytes, envelope_sender: str | None = None) -> ReadMail:
    """Returns what `read_mail` returns; blocks meanwhile, and leaves the interpreter to others.

    A mail that ends the process or takes too long is kept whole: here it would do worse. Where no
    process can run, the mail is read here.
    """
    try:
        return _run_process(content, envelope_sender)
    except subprocess.TimeoutExpired:
        return _keep_unread(content, envelope_sender, "slow")
    except subprocess.CalledProcessError as error:
        if error.returncode < 0:
            return _keep_unread(content, envelope_sender, f"signal {-error.returncode}")
        reason = f"exit code {error.returncode}"
    except _ENVIRONMENT_FAULTS as error:
        reason = type(error).__name__
    logger.warning("mail read slowly", reason=reason)
    return read_mail(content, envelope_sender)


def _keep_unread(content: bytes, envelope_sender: str | None, reason: str) -> ReadMail:
    logger.warning("mail not understood", reason=reason, size=len(content))
    return keep_whole(content, envelope_sender)


def _run_process(content: bytes, envelope_sender: str | None) -> ReadMail:
    with ExitStack() as opened:
        source, result = (opened.enter_context(_open_unnamed()) for _ in range(2))
        source.write(content)
        source.seek(0)
        given = [] if envelope_sender is None else [envelope_sender]
        subprocess.run(  # noqa: S603 - our own module, by our own interpreter
            [sys.executable, "-m", READER_MODULE, *given],
            stdin=source,
            stdout=result,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=True,
        )
        result.seek(0)
        return msgspec.msgpack.decode(result.read(), type=ReadMail)


def _open_unnamed() -> BinaryIO:
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("mail"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


def make_frame(content: bytes) -> bytes:
    """Returns bytes behind their length, as they go to a process that stays, and back."""
    return len(content).to_bytes(LENGTH_BYTES, "big") + content


def read_mails(source: BinaryIO, result: BinaryIO) -> None:
    """Reads the mails of a stream, each with its envelope's sender, until it ends."""
    while head := source.read(LENGTH_BYTES):
        content, sender = _decode_request(source.read(int.from_bytes(head, "big")))
        result.write(make_frame(msgspec.msgpack.encode(read_mail(content, sender))))
        result.flush()


def main() -> None:
    """Reads the mail of standard input; the argument is the envelope's sender, if it is known.

    With `STAYS` it reads many. A signal to stop is for the server, which ends this process last.
    """
    if sys.argv[1:] == [STAYS]:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        read_mails(sys.stdin.buffer, sys.stdout.buffer)
        return
    read = read_mail(sys.stdin.buffer.read(), next(iter(sys.argv[1:]), None))
    sys.stdout.buffer.write(msgspec.msgpack.encode(read))


if __name__ == "__main__":
    main()
