"""Remembers pages that were rendered last: one that has not changed is not rendered again.

What a page shows is read from the database each time and compared, so a remembered page is as
current as a new one. Only ids of forms are fresh in each (docs/decisions/0008 does so over REST).
"""

import secrets
from collections.abc import Hashable
from datetime import datetime
from typing import Final

from msgspec import Struct

from server.storage.queries.ticket.customer_tickets import CustomerPage

MAX_PAGES: Final = 500
MAX_PAGE_LENGTH: Final = 32_768
"""Characters; longer pages are rendered each time."""
FORM_ID: Final = secrets.token_urlsafe(24)
"""Stands in a remembered page for the id of its forms; nobody can guess it, and nobody gets it."""


class PageKey(Struct, frozen=True):
    """A page of a visitor; `minute` is the present one, since due times pass."""

    binding: str
    before: int
    notice: str
    minute: int


def make_page_key(binding: str, before: int, notice: str, now: datetime) -> PageKey:
    """Returns the key under which a page is remembered, for the rest of the minute."""
    return PageKey(binding, before, notice, int(now.timestamp()) // 60)


class _RenderedPage(Struct, frozen=True):
    shown: CustomerPage
    html: str


class RenderedPages:
    """The pages rendered last. Only the event loop uses it."""

    def __init__(self) -> None:
        self._pages: dict[Hashable, _RenderedPage] = {}

    def find_page(self, key: PageKey, shown: CustomerPage) -> str | None:
        """Returns the page with `FORM_ID` in its forms, if it shows the same."""
        found = self._pages.get(key)
        return found.html if found is not None and found.shown == shown else None

    def store_page(self, key: PageKey, shown: CustomerPage, html: str) -> None:
        """Remembers a page that was rendered with `FORM_ID`."""
        if len(html) > MAX_PAGE_LENGTH:
            return
        if len(self._pages) >= MAX_PAGES:
            self._pages.clear()
        self._pages[key] = _RenderedPage(shown, html)
