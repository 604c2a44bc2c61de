"""Rate limits: token buckets for callers, organizations, and requests without a token."""

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import Struct

from common.errors import RateLimited, RequestRefused

BURST_SECONDS: Final = 5
"""A caller may save up this many seconds of its rate."""
ORGANIZATION_FACTOR: Final = 10
"""An organization has this many times the rate of a token."""
SUBJECT_PER_MINUTE: Final = 10
"""Requests a minute without a token about one person, or one rating link."""
ADDRESS_PER_MINUTE: Final = 30
"""Requests a minute without a token from one network address."""
MAILS_PER_HOUR: Final = 5
"""Mails an hour that requests without a token may cause to one person."""
_MAX_TRACKED_KEYS: Final = 50_000


class TokenBucket:
    """Fills at `rate` a second up to `size`; each request takes one."""

    __slots__ = ("_at", "_level", "_rate", "_size")

    def __init__(self, rate: float, size: float, now: float) -> None:
        self._rate, self._size = rate, size
        self._level, self._at = size, now

    def seconds_until_token(self, now: float) -> float:
        """Returns the seconds until there is one to take; 0 where there is."""
        self._level = min(self._size, self._level + (now - self._at) * self._rate)
        self._at = now
        return 0 if self._level >= 1 else (1 - self._level) / self._rate

    @property
    def remaining_quota(self) -> str:
        """Returns what is left, and the seconds until the bucket is full again."""
        seconds = math.ceil((self._size - self._level) / self._rate)
        return f"r={int(self._level)};t={seconds}"

    def take_token(self) -> None:
        self._level -= 1

    def return_token(self) -> None:
        self._level = min(self._size, self._level + 1)

    def is_full(self, now: float) -> bool:
        return self._level + (now - self._at) * self._rate >= self._size


class Limit(Struct, frozen=True):
    """The quota of a key: `size` requests at once, and then `rate` a second."""

    key: Hashable
    rate: float
    size: float


class Attempt(Struct, frozen=True):
    """A sign-in that may be tried; `is_familiar`: it has succeeded from this address before."""

    is_familiar: bool


class RateLimiter:
    """One bucket for each key. A `rate` of 0 turns every limit off."""

    def __init__(self, rate: int, monotonic: Callable[[], float]) -> None:
        self._rate = rate
        self._monotonic = monotonic
        self._buckets: dict[Hashable, TokenBucket] = {}
        self._familiar: OrderedDict[Hashable, None] = OrderedDict()
        quota = rate * BURST_SECONDS
        self._policy = (
            f'"token";q={quota};w={BURST_SECONDS}, '
            f'"organization";q={quota * ORGANIZATION_FACTOR};w={BURST_SECONDS}'
        )

    def limit_caller(self, token_hash: str, org_id: int) -> None:
        """Takes one of a token and its organization. Raises RateLimited."""
        if self._rate:
            whole = self._rate * ORGANIZATION_FACTOR
            self._take_tokens(Limit(token_hash, self._rate, self._rate * BURST_SECONDS))
            self._take_tokens(Limit(org_id, whole, whole * BURST_SECONDS))

    def make_headers(self, token_hash: str, org_id: int) -> dict[str, str]:
        """Returns a caller's remaining quota after `draft-ietf-httpapi-ratelimit-headers-10`."""
        named = {"token": self._buckets.get(token_hash), "organization": self._buckets.get(org_id)}
        left = [f'"{name}";{bucket.remaining_quota}' for name, bucket in named.items() if bucket]
        return {"RateLimit-Policy": self._policy, "RateLimit": ", ".join(left)} if left else {}

    def limit_anonymous(self, kind: str, address: str, *subject: Hashable) -> None:
        """Takes one of an address and of what the request is about. Raises RateLimited."""
        if self._rate:
            self._take_tokens(_address_limit(kind, address), _subject_limit(kind, *subject))

    def limit_mails(self, kind: str, address: str, *recipient: Hashable) -> None:
        """Takes one of an address and of whoever gets a mail by the request. Raises RateLimited."""
        if self._rate:
            mails = Limit((kind, "mail", *recipient), MAILS_PER_HOUR / 3600, MAILS_PER_HOUR)
            self._take_tokens(_address_limit(kind, address), mails)

    @contextmanager
    def limit_attempts(
        self, kind: str, address: str, *person: Hashable, failure: type[RequestRefused]
    ) -> Iterator[Attempt]:
        """Limits failed attempts by person and by address: a block that raises `failure` is one.

        Attempts under way count until they end, so many at once are limited, too. A person who has
        succeeded from an address before has a separate bucket there: failures of others neither
        lock that person out nor use up the quota of the address. Raises RateLimited.
        """
        known = (kind, address, *person)
        is_familiar = known in self._familiar
        taken = (
            self._begin_attempt(kind, address, person, is_familiar=is_familiar)
            if self._rate
            else []
        )
        try:
            yield Attempt(is_familiar)
        except failure:
            raise
        except BaseException:
            _return_tokens(taken)
            raise
        _return_tokens(taken)
        self._remember_success(known)

    def _begin_attempt(
        self, kind: str, address: str, person: tuple[Hashable, ...], *, is_familiar: bool
    ) -> list[TokenBucket]:
        if is_familiar:
            return self._take_tokens(_subject_limit(kind, address, *person))
        return self._take_tokens(_address_limit(kind, address), _subject_limit(kind, *person))

    def _remember_success(self, known: Hashable) -> None:
        self._familiar[known] = None
        self._familiar.move_to_end(known)
        if len(self._familiar) > _MAX_TRACKED_KEYS:
            self._familiar.popitem(last=False)

    def _take_tokens(self, *limits: Limit) -> list[TokenBucket]:
        """Takes one from every bucket, or from none. Raises RateLimited."""
        now = self._monotonic()
        buckets = [self._get_bucket(limit, now) for limit in limits]
        wait = max(bucket.seconds_until_token(now) for bucket in buckets)
        if wait:
            seconds = math.ceil(wait)
            raise RateLimited(f"Too many requests: try again in {seconds} s.", seconds)
        for bucket in buckets:
            bucket.take_token()
        return buckets

    def _get_bucket(self, limit: Limit, now: float) -> TokenBucket:
        bucket = self._buckets.get(limit.key)
        if bucket is None:
            self._drop_full_buckets(now)
            bucket = self._buckets[limit.key] = TokenBucket(limit.rate, limit.size, now)
        return bucket

    def _drop_full_buckets(self, now: float) -> None:
        """Drops full buckets, because a new one would be the same."""
        if len(self._buckets) >= _MAX_TRACKED_KEYS:
            self._buckets = {
                key: bucket for key, bucket in self._buckets.items() if not bucket.is_full(now)
            }


def _address_limit(kind: str, address: str) -> Limit:
    return Limit((kind, "address", address), ADDRESS_PER_MINUTE / 60, ADDRESS_PER_MINUTE)


def _subject_limit(kind: str, *subject: Hashable) -> Limit:
    return Limit((kind, "subject", *subject), SUBJECT_PER_MINUTE / 60, SUBJECT_PER_MINUTE)


def _return_tokens(buckets: list[TokenBucket]) -> None:
    for bucket in buckets:
        bucket.return_token()
