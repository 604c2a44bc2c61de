"""Delivers mails over LMTP as fast as they are taken, from a process of its own.

A plan in MessagePack on standard input, the mails taken and the seconds on standard output.
"""

import asyncio
import sys
import time
from itertools import count

import msgspec
import uvloop
from msgspec import Struct


class MailPlan(Struct, frozen=True, kw_only=True):
    """`content` has `{n}` where each mail differs; `n` goes on from `first`.

    With `total` so many mails are delivered, however long it takes.
    """

    port: int
    recipient: str
    content: bytes
    connections: int
    first: int
    warm_seconds: float = 0.5
    seconds: float = 2.5
    total: int = 0


class MailLoad(Struct, frozen=True):
    taken: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.taken / self.seconds


class _Counter:
    def __init__(self, first: int) -> None:
        self.numbers = count(first)
        self.sent = self.taken = 0

    def has_more(self, plan: MailPlan) -> bool:
        """Counts one more mail as sent; returns False if that is too many."""
        self.sent += 1
        return self.sent <= plan.total


async def _deliver(plan: MailPlan, counter: _Counter, until: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", plan.port)

    async def hear(code: bytes) -> None:
        while (line := await reader.readline())[3:4] == b"-":
            pass
        if not line.startswith(code):
            raise RuntimeError(line.decode())

    await hear(b"220")
    writer.write(b"LHLO bench\r\n")
    await hear(b"250")
    while counter.has_more(plan) if plan.total else time.perf_counter() < until:
        mail = plan.content.replace(b"{n}", b"%d" % next(counter.numbers))
        envelope = f"MAIL FROM:<c@shop.example>\r\nRCPT TO:<{plan.recipient}>\r\nDATA\r\n"
        writer.write(envelope.encode())
        await hear(b"250")
        await hear(b"250")
        await hear(b"354")
        writer.write(mail + b"\r\n.\r\n")
        await hear(b"250")
        counter.taken += 1
    writer.close()


async def _run(plan: MailPlan) -> MailLoad:
    counter = _Counter(plan.first)
    began = time.perf_counter()
    until = began + plan.warm_seconds + plan.seconds
    delivering = [_deliver(plan, counter, until) for _ in range(plan.connections)]
    running = asyncio.gather(*delivering)
    before, since = 0, began
    if not plan.total:
        await asyncio.sleep(plan.warm_seconds)
        before, since = counter.taken, time.perf_counter()
    await running
    return MailLoad(counter.taken - before, time.perf_counter() - since)


if __name__ == "__main__":
    given = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=MailPlan)
    sys.stdout.buffer.write(msgspec.msgpack.encode(uvloop.run(_run(given))))
