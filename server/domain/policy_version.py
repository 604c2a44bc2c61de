"""Terms: a version of an organization's calendar and of what it promises under it."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import msgspec
from msgspec import Struct, field

from common.organization import (
    ALWAYS_OPEN,
    DEFAULT_POLICIES,
    BusinessHours,
    OrganizationSettings,
    SlaPolicy,
)
from common.tickets.ticket import Priority
from server.domain.calendar import MINUTE, Calendar, get_calendar


class PolicySettings(Struct, frozen=True):
    """Of an organization's settings those that a promise is made under."""

    timezone: str = "UTC"
    business_hours: BusinessHours = field(default_factory=lambda: ALWAYS_OPEN)
    holidays: tuple[str, ...] = ()
    sla_policies: tuple[SlaPolicy, ...] = DEFAULT_POLICIES

    @classmethod
    def from_settings(cls, settings: OrganizationSettings) -> "PolicySettings":
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


class PolicyVersion:
    """One version. It never changes, so that what was promised can be worked out again."""

    def __init__(self, version: int, clauses: PolicySettings) -> None:
        self.version = version
        self.calendar: Calendar = get_calendar(
            clauses.timezone, clauses.business_hours, clauses.holidays
        )
        self._policies = clauses.sla_policies
        self._goals: dict[tuple[Priority, str], Goals] = {}

    def find_goals(self, priority: Priority, category: str) -> Goals:
        """Returns what is promised to such a ticket: by the first policy that matches."""
        known = self._goals.get((priority, category))
        if known is None:
            known = self._goals[priority, category] = _match_goals(
                self._policies, priority, category
            )
        return known


class PolicyVersions:
    """The present terms, and those that running targets began with."""

    def __init__(self, present: PolicyVersion, earlier: Callable[[int], PolicyVersion]) -> None:
        self.present = present
        self._earlier = earlier

    def find_version(self, version: int) -> PolicyVersion:
        return self.present if version == self.present.version else self._earlier(version)


@lru_cache(maxsize=1024)
def decode_policy_version(version: int, text: str) -> PolicyVersion:
    """Terms from their text: that of the settings, or the one that was kept."""
    return PolicyVersion(version, msgspec.json.decode(text, type=PolicySettings))


def _match_goals(policies: tuple[SlaPolicy, ...], priority: Priority, category: str) -> Goals:
    for policy in policies:
        if _is_policy_for(policy, priority, category):
            return Goals(
                _minutes_to_microseconds(policy.first_response_minutes),
                _minutes_to_microseconds(policy.next_response_minutes),
                _minutes_to_microseconds(policy.resolution_minutes),
            )
    return Goals()


def _is_policy_for(policy: SlaPolicy, priority: Priority, category: str) -> bool:
    """An empty list matches any."""
    return (not policy.priorities or priority in policy.priorities) and (
        not policy.categories or category in policy.categories
    )


def _minutes_to_microseconds(minutes: int | None) -> int | None:
    return None if minutes is None else minutes * MINUTE
