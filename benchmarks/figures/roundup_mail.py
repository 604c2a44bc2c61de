"""Mail in, 20 kB, against the mail gateway of Roundup on the same messages.

Roundup is installed from PyPI into a temporary folder, so this is measured only when it is named.
Both make a ticket and a customer of every message. Roundup's gateway reads a whole mailbox in one
process; the time that its start takes is not counted.
"""

import mailbox
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.desk_process import Desk
from benchmarks.figures.mail_in import CONNECTIONS, INBOX, deliver, make_mail
from benchmarks.result import Result

VERSION: Final = "2.6.0"
ROUNDS: Final = 3
OURS, THEIRS = 1_000, 50
"""Mails in a round."""
_CONFIG: Final = "mail_domain=bench.example,mail_host=localhost,tracker_web=http://localhost/t/"
_OPEN_TO_ALL: Final = "\ndb.security.addPermissionToRole('Anonymous', 'Email Access')\n"


class _Roundup:
    """A tracker with the classic template on SQLite, which unknown senders may write to."""

    def __init__(self, folder: Path) -> None:
        self._programs = folder / "venv/bin"
        self._tracker = folder / "tracker"
        self._box = folder / "box"

    def install(self) -> None:
        venv.create(self._programs.parent, with_pip=True)
        self._run("pip", "--quiet", "--disable-pip-version-check", "install", f"roundup=={VERSION}")
        self._run("roundup-admin", "-i", self._tracker, "install", "classic", "sqlite", _CONFIG)
        with (self._tracker / "schema.py").open("a") as schema:
            schema.write(_OPEN_TO_ALL)
        self._run("roundup-admin", "-i", self._tracker, "initialise", "secret")

    def take(self, first: int, count: int) -> float:
        """Returns the seconds that so many mails took, numbered from `first` on."""
        box = mailbox.mbox(self._box)
        for number in range(first, first + count):
            box.add(make_mail().replace(b"{n}", b"%d" % number).replace(b"\r\n", b"\n"))
        box.close()
        started = time.perf_counter()
        self._run("roundup-mailgw", self._tracker, "mailbox", self._box)
        return time.perf_counter() - started

    def count_tickets(self) -> int:
        listed = self._run("roundup-admin", "-i", self._tracker, "list", "issue")
        return len(listed.splitlines())

    def _run(self, program: str, *arguments: str | Path) -> str:
        """Runs a program of Roundup, whose own mails go nowhere. Raises RuntimeError."""
        done = subprocess.run(
            [self._programs / program, *arguments],
            capture_output=True,
            text=True,
            env={"PATH": str(Path(sys.executable).parent), "SENDMAILDEBUG": "/dev/null"},
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        return done.stdout


def measure(folder: Path) -> Iterator[Result]:
    roundup, desk = _Roundup(folder), Desk(folder / "desk.db")
    roundup.install()
    desk.found()
    desk.add_inbox(INBOX)
    ours, theirs = [], []
    with desk.served("--mail-listen=lmtp://127.0.0.1:0"):
        deliver(desk.mail, 0, OURS)
        start = roundup.take(0, 0)
        for number in range(1, ROUNDS + 1):
            theirs.append(THEIRS / (roundup.take(number * THEIRS, THEIRS) - start))
            ours.append(deliver(desk.mail, number * OURS, OURS).per_second)
    if roundup.count_tickets() != ROUNDS * THEIRS:
        raise RuntimeError("Roundup did not make a ticket of every mail.")
    pairs = zip(ours, theirs, strict=True)
    yield Result(
        figure=f"mail in, 20 kB, {CONNECTIONS} connections, to the gateway of Roundup {VERSION}",
        value=median(one / other for one, other in pairs),
        limit=10,
        at_least=True,
        unit="x",
        ours=f"{median(ours):,.0f}/s",
        peer=f"{median(theirs):,.1f}/s",
    )
