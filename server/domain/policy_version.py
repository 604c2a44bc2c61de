"""Terms: a version of an organization's calendar and of what it promises under it."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import msgspec
from msgspec import Struct, field

from common.organization import ALWAYS, DEFAULT_POLICIES, BusinessHours, Settings, SlaPolicy
from common.tickets.ticket import Priority
from server.domain.calendar import MINUTE, Calendar, calendar_of


class Clauses(Struct, frozen=True):
    """Of an organization's settings those that a promise is made under."""

    timezone: str = "UTC"
    business_hours: BusinessHours = field(default_factory=lambda: ALWAYS)
    holidays: tuple[str, ...] = ()
    sla_policies: tuple[SlaPolicy, ...] = DEFAULT_POLICIES

    @classmethod
    def of(cls, settings: Settings) -> "Clauses":
        return cls(*(getattr(settings, name) for name in cls.__struct_fields__))

    @property
    def text(self) -> str:
        """As it is kept when another version takes its place."""
        return msgspec.json.encode(self).decode()


class Goals(NamedTuple):
    """Business microseconds by target; None where nothing is promised."""

    first_response: int | None = None
    next_response: int | None = None
    resolution: int | None = None


class Terms:
    """One version. It never changes, so that what was promised can be worked out again."""

    def __init__(self, version: int, clauses: Clauses) -> None:
        self.version = version
        self.calendar: Calendar = calendar_of(
            clauses.timezone, clauses.business_hours, clauses.holidays
        )
        self._policies = clauses.sla_policies
        self._goals: dict[tuple[Priority, str], Goals] = {}

    def goals(self, priority: Priority, category: str) -> Goals:
        """What is promised to such a ticket: by the first policy that matches."""
        known = self._goals.get((priority, category))
        if known is None:
            known = self._goals[priority, category] = _goals(self._policies, priority, category)
        return known


class Book:
    """The present terms, and those that running targets began with."""

    def __init__(self, present: Terms, earlier: Callable[[int], Terms]) -> None:
        self.present = present
        self._earlier = earlier

    def of(self, version: int) -> Terms:
        return self.present if version == self.present.version else self._earlier(version)


@lru_cache(maxsize=1024)
def terms_of(version: int, text: str) -> Terms:
    """Terms from their text: that of the settings, or the one that was kept."""
    return Terms(version, msgspec.json.decode(text, type=Clauses))


def _goals(policies: tuple[SlaPolicy, ...], priority: Priority, category: str) -> Goals:
    for policy in policies:
        if _matches(policy, priority, category):
            return Goals(
                _microseconds(policy.first_response_minutes),
                _microseconds(policy.next_response_minutes),
                _microseconds(policy.resolution_minutes),
            )
    return Goals()


def _matches(policy: SlaPolicy, priority: Priority, category: str) -> bool:
    """An empty list matches any."""
    return (not policy.priorities or priority in policy.priorities) and (
        not policy.categories or category in policy.categories
    )


def _microseconds(minutes: int | None) -> int | None:
    return None if minutes is None else minutes * MINUTE
