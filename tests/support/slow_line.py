"""Runs a program on a terminal that is far away: each byte arrives so many seconds later.

`python -m tests.support.slow_line SECONDS COMMAND...` on a terminal. Sizes are passed on, too.
"""

import asyncio
import fcntl
import os
import pty
import signal
import sys
import termios
import tty
from contextlib import suppress


async def relay(delay: float, command: list[str]) -> int:
    child, inner = pty.fork()
    if child == 0:
        os.execvp(command[0], command)  # noqa: S606 - the child of a fork
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def pass_on(source: int, target: int) -> None:
        try:
            piece = os.read(source, 65_536)
        except OSError:
            piece = b""
        if piece:
            loop.call_later(delay, _write_all, target, piece)
        else:
            loop.remove_reader(source)
            ended.set()

    def pass_size() -> None:
        size = fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8)
        fcntl.ioctl(inner, termios.TIOCSWINSZ, size)

    pass_size()
    loop.add_signal_handler(signal.SIGWINCH, pass_size)
    loop.add_reader(0, pass_on, 0, inner)
    loop.add_reader(inner, pass_on, inner, 1)
    await ended.wait()
    await asyncio.sleep(delay)  # the last bytes are on their way as long
    os.close(inner)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])  # noqa: ASYNC222 - it has ended


def _write_all(target: int, piece: bytes) -> None:
    with suppress(OSError):
        while piece:
            piece = piece[os.write(target, piece) :]


if __name__ == "__main__":
    before = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        code = asyncio.run(relay(float(sys.argv[1]), sys.argv[2:]))
    finally:
        termios.tcsetattr(0, termios.TCSANOW, before)
    sys.exit(code)
