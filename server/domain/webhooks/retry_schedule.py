"""Schedules the attempts of a webhook delivery. See docs/api.md, "Retries".

Only a 2xx status is success; a redirect is a failure. 410 means that the receiver is gone.
"""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from common.webhooks import DeliveryState

DELAYS: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Before the first, second, ... attempt, each after the one before: three days in all."""
JITTER: Final = 0.1
"""How much longer than planned it may take, so that a receiver's return is no stampede."""
MAX_RETRY_AFTER: Final = timedelta(hours=24)
GIVE_UP_AFTER: Final = timedelta(days=5)
"""An endpoint with dead letters and not one success for so long is disabled."""
_OK: Final = range(200, 300)
_GONE: Final = 410


class AttemptResult(Struct, frozen=True):
    """The result of an attempt: a status, or an error where there was no response."""

    status: int | None = None
    error: str | None = None
    retry_after: str | None = None

    @property
    def is_success(self) -> bool:
        return self.status in _OK


class RetryDecision(Struct, frozen=True):
    """The new state of a delivery, when it is due again, and whether the receiver is gone."""

    state: DeliveryState
    due: datetime | None = None
    gone: bool = False


class EndpointAction(StrEnum):
    """The consequence of a dead letter for its endpoint."""

    SILENT = "silent"
    TELL = "tell"
    DISABLE = "disable"


def decide_retry(
    attempts: int, answer: AttemptResult, now: datetime, chance: float
) -> RetryDecision:
    """The verdict after so many attempts, this one counted; `chance` lies in [0, 1)."""
    if answer.is_success:
        return RetryDecision(DeliveryState.SENT)
    if answer.status == _GONE:
        return RetryDecision(DeliveryState.DEAD, gone=True)
    if attempts >= len(DELAYS):
        return RetryDecision(DeliveryState.DEAD)
    planned = DELAYS[attempts] * (1 + JITTER * chance)
    wished = parse_retry_after(answer.retry_after, now)
    return RetryDecision(DeliveryState.FAILED, now + max(planned, wished))


def parse_retry_after(header: str | None, now: datetime) -> timedelta:
    """Returns what `Retry-After` asks for: seconds or a date (RFC 9110), 0 to 24 hours."""
    return min(max(_parse_delay(header or "", now), timedelta(0)), MAX_RETRY_AFTER)


def decide_endpoint_action(dead_since: datetime | None, now: datetime) -> EndpointAction:
    """After a dead letter; `dead_since` is the first one after the last success."""
    if dead_since is None:
        return EndpointAction.TELL
    return EndpointAction.DISABLE if now - dead_since >= GIVE_UP_AFTER else EndpointAction.SILENT


def _parse_delay(header: str, now: datetime) -> timedelta:
    text = header.strip()
    if text.isascii() and text.isdigit():
        # More digits than a day has seconds are a day.
        return timedelta(seconds=int(text[:9]))
    try:
        date = parsedate_to_datetime(text)
        return date - now
    except (ValueError, TypeError, OverflowError):
        return timedelta(0)
