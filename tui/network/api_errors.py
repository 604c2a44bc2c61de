"""Errors instead of an answer.

ApiProblem    the server refused the request, and says why (4xx)
Unreachable   the outcome is not known (no connection, no answer, 5xx): same key, again
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from common.drafts import DraftView
from common.errors import LogChanged
from common.wire import MessageView, TicketView
from tui import clock
from tui.text import safe_text

_STANDARD: Final = frozenset({"type", "title", "status", "detail", "request_id"})


class ApiProblem(Exception):
    """A refusal; `extras` are its further fields (`assignee`, `errors`, `allowed`)."""

    def __init__(
        self, status: int, slug: str, title: str, detail: str, extras: dict[str, Any]
    ) -> None:
        super().__init__(detail or title)
        self.status, self.slug, self.title, self.detail = status, slug, title, detail
        self.extras = extras
        self.retry_after: float | None = None

    @property
    def is_signed_out(self) -> bool:
        """Returns whether the session has ended."""
        return self.status == 401  # noqa: PLR2004 - RFC 9110, Unauthorized

    @property
    def is_missing(self) -> bool:
        """Returns whether there is no such thing, or it is hidden from the caller."""
        return self.status == 404  # noqa: PLR2004 - RFC 9110, Not Found

    @property
    def is_log_changed(self) -> bool:
        """Returns whether the server's log was replaced, so that this client must start again."""
        return self.slug == LogChanged.slug

    @property
    def ticket(self) -> TicketView | None:
        """The ticket as it is now, where the refusal has it (`stale-version`)."""
        return _convert_or_none(self.extras.get("ticket"), TicketView)  # type: ignore[no-any-return]

    @property
    def draft(self) -> DraftView | None:
        """The draft as it is now, where the refusal has it (`draft-changed`)."""
        return _convert_or_none(self.extras.get("draft"), DraftView)  # type: ignore[no-any-return]

    @property
    def messages(self) -> list[MessageView]:
        """The messages written meanwhile, where the refusal has them (`conversation-advanced`)."""
        return _convert_or_none(self.extras.get("messages"), list[MessageView]) or []


class Unreachable(Exception):
    """The outcome is not known: send the request again with the same key."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


def build_api_error(
    status: int, headers: Mapping[str, str], raw: bytes
) -> ApiProblem | Unreachable:
    """Returns the exception for an answer other than 2xx."""
    pause = _parse_retry_after(headers)
    document = _parse_problem(raw)
    slug = str(document.get("type", "")).rpartition("/")[2]
    title, detail = str(document.get("title", "")), str(document.get("detail", ""))
    if status >= 500:  # noqa: PLR2004 - RFC 9110
        return Unreachable(detail or title or f"The server answered {status}.", pause)
    extras = {name: value for name, value in document.items() if name not in _STANDARD}
    problem = ApiProblem(status, slug, title or f"The server answered {status}", detail, extras)
    problem.retry_after = pause
    return problem


def _parse_problem(raw: bytes) -> dict[str, Any]:
    try:
        document = safe_text.decode_safe_json(raw, Any)
    except msgspec.MsgspecError:
        return {}
    return document if isinstance(document, dict) else {}


def _parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Returns the seconds of a `Retry-After`, which may also be a date (RFC 9110, 10.2.3)."""
    value = headers.get("Retry-After")
    if value is None or (value.isascii() and value.isdecimal()):
        return None if value is None else float(value)
    until = clock.parse_http_date(value)
    # Counted from the answer's own date: this machine's clock may be hours off.
    sent = clock.parse_http_date(headers.get("Date")) or clock.read_server_time().timestamp()
    return None if until is None else max(0.0, until - sent)


def _convert_or_none(value: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None
