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
"""The delay before each attempt after the one before; three days in total."""
JITTER: Final = 0.1
"""The largest random addition, as a fraction, so that a receiver that returns is not overrun."""
MAX_RETRY_AFTER: Final = timedelta(hours=24)
GIVE_UP_AFTER: Final = timedelta(days=5)
"""A webhook with dead deliveries and no success for so long is disabled."""
_OK: Final = range(200, 300)
_GONE: Final = 410


class AttemptResult(Struct, frozen=True):
    """The result of an attempt: a status, or an error without one."""

    status: int | None = None
    error: str | None = None
    retry_after: str | None = None

    @property
    def is_success(self) -> bool:
        return self.status in _OK


class RetryDecision(Struct, frozen=True):
    """The next state of a delivery: when it is due again, and whether the receiver is gone."""

    state: DeliveryState
    due: datetime | None = None
    gone: bool = False


class EndpointAction(StrEnum):
    """The effect of a dead delivery on its webhook."""

    SILENT = "silent"
    NOTIFY = "notify"
    DISABLE = "disable"


def decide_retry(
    attempts: int, answer: AttemptResult, now: datetime, chance: float
) -> RetryDecision:
    """Returns the verdict after `attempts`, including this one; `chance` is in [0, 1)."""
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
    """Returns the delay of `Retry-After`, seconds or a date (RFC 9110), at most 24 hours."""
    return min(max(_parse_delay(header or "", now), timedelta(0)), MAX_RETRY_AFTER)


def decide_endpoint_action(dead_since: datetime | None, now: datetime) -> EndpointAction:
    """Returns the effect of a dead delivery; `dead_since` is the first after a success."""
    if dead_since is None:
        return EndpointAction.NOTIFY
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
