"""An attachment of 100 MB up and down: memory of the server, and speed against a bare handler."""

import http.client
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from benchmarks import proc
from benchmarks.desk_process import desk
from benchmarks.peer_process import peer
from benchmarks.result import Result

SIZE = 100_000_000
BLOCK = bytes(range(256)) * 4096
ROUNDS = 3
MEMORY_LIMIT, SPEED_LIMIT = 8.0, 0.5
BOUNDARY = "deskwire-bench"
HEAD = (
    f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
    'name="file"; filename="large.bin"\r\nContent-Type: application/octet-stream\r\n\r\n'
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()
TICKET = {"subject": "A", "description": "B", "customer_email": "c@bench.example"}
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def measure(folder: Path) -> Iterator[Result]:
    with desk(folder / "desk.db") as ours, peer("files", b"", folder / "peer.bin") as theirs:
        admin = ours.admin()
        admin.patch("", {"attachment_max_bytes": SIZE})
        admin.post("/tickets", TICKET)
        signed = {"Authorization": f"Bearer {admin.token}"}
        form = admin.root + "/tickets/1/attachments"
        # The first upload loads what later ones need: modules, threads, pages.
        _send(ours.http, form, FORM | signed, [HEAD, b"warm", TAIL])
        before = proc.read_memory(ours.pid, "VmRSS")
        proc.forget_peak(ours.pid)
        up, peer_up, down, peer_down = [], [], [], []
        for _ in range(ROUNDS):
            peer_up.append(_timed(lambda: _send(theirs, "/", {}, _blocks())))
            up.append(_timed(lambda: _send(ours.http, form, FORM | signed, _in_form())))
            number = admin.get("/tickets/1/messages?sort=-seq&limit=1")
            path = f"{admin.root}/attachments/{number['items'][0]['attachments'][0]['id']}"
            peer_down.append(_timed(lambda: _receive(theirs, "/", {})))
            down.append(_timed(partial(_receive, ours.http, path, signed)))
        grown = (proc.read_memory(ours.pid, "VmHWM") - before) / 1_000_000
        yield Result(
            figure="an attachment of 100 MB, growth of the server's memory",
            ours=f"{grown:.1f} MB",
            value=grown,
            limit=MEMORY_LIMIT,
            unit="MB",
        )
        yield _compare("up", up, peer_up)
        yield _compare("down", down, peer_down)


def _compare(way: str, ours: list[float], theirs: list[float]) -> Result:
    mine, its = SIZE / median(ours) / 1e6, SIZE / median(theirs) / 1e6
    return Result(
        figure=f"an attachment of 100 MB {way}, against a bare handler",
        ours=f"{mine:.0f} MB/s",
        peer=f"{its:.0f} MB/s",
        value=mine / its,
        limit=SPEED_LIMIT,
        at_least=True,
        unit="x",
    )


def _timed(step: Callable[[], None]) -> float:
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def _blocks() -> list[bytes]:
    whole, rest = divmod(SIZE, len(BLOCK))
    return [BLOCK] * whole + [BLOCK[:rest]]


def _in_form() -> list[bytes]:
    return [HEAD, *_blocks(), TAIL]


def _send(url: str, path: str, headers: dict[str, str], blocks: list[bytes]) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    length = {"Content-Length": str(sum(map(len, blocks)))}
    connection.request("POST", path, iter(blocks), headers | length)
    answer = connection.getresponse()
    if answer.status != 201:
        raise RuntimeError(f"{path}: {answer.status} {answer.read()[:500]!r}")
    answer.read()
    connection.close()


def _receive(url: str, path: str, headers: dict[str, str]) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request("GET", path, headers=headers)
    answer, received, buffer = connection.getresponse(), 0, bytearray(1 << 20)
    while got := answer.readinto(buffer):
        received += got
    if (answer.status, received) != (200, SIZE):
        raise RuntimeError(f"{path}: {answer.status}, {received} bytes")
    connection.close()
