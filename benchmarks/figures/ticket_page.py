"""The customer's page behind a mailed link: time, size, and what it makes a browser ask for."""

import sqlite3
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import urlopen

from benchmarks import seeding
from benchmarks.desk_process import ORG, Desk, desk
from benchmarks.result import Result
from benchmarks.rounds import Side, rush
from server.domain.ticket_links import TicketLink
from server.storage.queries.organization.installation_secrets import RATING_LINK_KEY

CALLERS: Final = 16
SECONDS: Final = 5.0
TICKETS, MESSAGES = 250, 8
P99_MILLISECONDS, PAGE_BYTES = 20.0, 30_000
_FAR: Final = 10**11
_LOADS: Final = {"src", "data", "srcset", "action", "poster", "background"}


def measure(folder: Path) -> Iterator[Result]:
    with desk(folder / "desk.db", seeding.open_tickets(TICKETS, MESSAGES)) as ours:
        links = _make_links(ours)
        with urlopen(ours.http + links[0]) as reply:  # noqa: S310 - our own server
            page = reply.read()
        load = rush(Side(ours.http, _make_requests(ours, links)), CALLERS, SECONDS)
    p50, p99 = (load.latency(percent) * 1000 for percent in (50, 99))
    yield Result(
        figure=f"ticket page by link, {MESSAGES + 1} messages, {CALLERS} callers: p99",
        value=p99,
        limit=P99_MILLISECONDS,
        unit="ms",
        ours=f"median {p50:.1f} ms, {load.per_second:,.0f}/s",
    )
    yield Result(figure="the same: bytes", value=len(page), limit=PAGE_BYTES)
    yield Result(
        figure="the same: requests to elsewhere", value=_count_foreign(page.decode()), limit=0
    )


def _make_links(ours: Desk) -> list[str]:
    """A link for each ticket; the server makes its secret when it is first asked for a page."""
    try:
        urlopen(f"{ours.http}/t/none")  # noqa: S310 - our own server
    except OSError as refusal:  # a 404
        refusal.close()  # type: ignore[attr-defined]
    with sqlite3.connect(ours.path) as database:
        find = "SELECT value FROM secrets WHERE name = ?"
        (secret,) = database.execute(find, (RATING_LINK_KEY,)).fetchone()
        rows = database.execute("SELECT number, customer_id FROM tickets").fetchall()
    database.close()
    made = (TicketLink(ORG, number, person, 0, _FAR) for number, person in rows)
    return [f"/t/{link.sign_token(secret)}" for link in made]


def _make_requests(ours: Desk, links: list[str]) -> list[bytes]:
    host = urlsplit(ours.http).netloc
    return [f"GET {it} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode() for it in links]


def _count_foreign(page: str) -> int:
    """The addresses with a host of their own that the page loads or sends forms to."""
    reader = _AddressReader()
    reader.feed(page)
    return sum(bool(urlsplit(it).netloc) for it in reader.addresses)


class _AddressReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        loads = _LOADS | {"href"} if tag == "link" else _LOADS
        self.addresses += [text or "" for name, text in attrs if name in loads]
