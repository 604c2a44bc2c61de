"""Reads large mails in a process of its own: in this one they would stop the event loop.

On a thread it would hold the interpreter for seconds in pieces. The mail and what was read of it
are passed in files without a name, which are in memory on Linux.
"""

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from typing import BinaryIO, Final

import msgspec
import structlog

from server.mail_reading.mail_reader import read_mail
from server.mail_reading.received_mail import ReadMail

_SECONDS: Final = 120.0
"""Seconds after which the mail is read in this process after all."""
_MODULE: Final = "server.mail_intake.reader_process"
logger = structlog.get_logger()


def read_in_process(content: bytes, envelope_sender: str | None = None) -> ReadMail:
    """Returns what `read_mail` returns; blocks meanwhile, and leaves the interpreter to others."""
    try:
        return _run_process(content, envelope_sender)
    except (OSError, ValueError, subprocess.SubprocessError, msgspec.MsgspecError) as error:
        logger.warning("mail read slowly", reason=type(error).__name__)
        return read_mail(content, envelope_sender)


def _run_process(content: bytes, envelope_sender: str | None) -> ReadMail:
    with ExitStack() as opened:
        source, result = (opened.enter_context(_open_unnamed()) for _ in range(2))
        source.write(content)
        source.seek(0)
        given = [] if envelope_sender is None else [envelope_sender]
        subprocess.run(  # noqa: S603 - our own module, by our own interpreter
            [sys.executable, "-m", _MODULE, *given],
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


def main() -> None:
    """Reads the mail of standard input; the argument is the envelope's sender, if it is known."""
    read = read_mail(sys.stdin.buffer.read(), next(iter(sys.argv[1:]), None))
    sys.stdout.buffer.write(msgspec.msgpack.encode(read))


if __name__ == "__main__":
    main()
