"""Mail in, 20 kB, plain and HTML, through LMTP, against aiosmtpd that only stores the bytes."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median

import msgspec

from benchmarks import child
from benchmarks.desk_process import ORG, Desk
from benchmarks.mail_load import MailLoad, MailPlan
from benchmarks.result import Result

CONNECTIONS = 16
ROUNDS = 5
INBOX = "help@bench.example"
_WORDS = (
    "The coffee machine on the third floor shows E17 since the last update, and nobody knows why. "
)


def make_mail() -> bytes:
    """A mail of 20 kB as programs write it: plain and HTML of the same words."""
    plain = "\r\n".join(f"{index}. {_WORDS}" for index in range(84))
    rows = "\r\n".join(f"<p><b>{index}.</b> {_WORDS}</p>" for index in range(84))
    html = f"<html><head><style>p {{ margin: 0 }}</style></head><body>{rows}</body></html>"
    head = (
        "From: Customer {n} <customer-{n}@shop.example>",
        f"To: {INBOX}",
        "Subject: The machine shows E17 ({n})",
        "Date: Mon, 30 Nov 2026 08:00:00 +0000",
        "Message-ID: <{n}@shop.example>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/alternative; boundary="b"',
    )
    parts = (("plain", plain), ("html", html))
    body = "\r\n".join(
        f"--b\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n{text}" for kind, text in parts
    )
    return "\r\n".join((*head, "", body, "--b--")).encode()


def measure(folder: Path) -> Iterator[Result]:
    new = Desk(folder / "desk.db")
    new.found()
    child.done(
        "server", "inbox", "add", f"--org-id={ORG}", f"--address={INBOX}", f"--database={new.url}"
    )
    bytes_only = folder / "bytes"
    bytes_only.mkdir()
    numbers = count(1, 1_000_000)
    ours, theirs = [], []
    with (
        child.running("benchmarks.bare_lmtp", str(bytes_only)) as bare,
        child.running(*_serve(new)) as server,
    ):
        bare_port, our_port = _port(child.line(bare)), _port(child.line(server))
        for _ in range(ROUNDS):
            theirs.append(_rush(bare_port, next(numbers)))
            ours.append(_rush(our_port, next(numbers)))
    pairs = zip(ours, theirs, strict=True)
    yield Result(
        figure=f"mail in, 20 kB, {CONNECTIONS} connections, to aiosmtpd that stores bytes",
        value=median(one.per_second / other.per_second for one, other in pairs),
        limit=0.5,
        at_least=True,
        unit="x",
        ours=_rate(ours),
        peer=_rate(theirs),
    )


def _serve(desk: Desk) -> tuple[str, ...]:
    addresses = (
        "--http=127.0.0.1:0",
        "--stream=tcp://127.0.0.1:0",
        "--mail-listen=lmtp://127.0.0.1:0",
    )
    return ("server", "serve", *addresses, "--rate-limit=0", f"--database={desk.url}")


def _port(ready: dict[str, str]) -> int:
    return int(ready["mail"].rpartition(":")[2])


def deliver(address: str, first: int, total: int) -> MailLoad:
    """Delivers so many mails to an LMTP server, numbered from one on."""
    return _rush(_port({"mail": address}), first, total)


def _rush(port: int, first: int, total: int = 0) -> MailLoad:
    plan = MailPlan(
        port=port,
        recipient=INBOX,
        content=make_mail(),
        connections=CONNECTIONS,
        first=first,
        total=total,
    )
    printed = child.done("benchmarks.mail_load", stdin=msgspec.msgpack.encode(plan))
    return msgspec.msgpack.decode(printed, type=MailLoad)


def _rate(loads: list[MailLoad]) -> str:
    return f"{median(load.per_second for load in loads):,.0f}/s"
