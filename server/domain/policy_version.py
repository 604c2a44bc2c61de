"""Policy versions: the calendar and the SLA policies of an organization at some time."""

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
    """The settings of an organization on which SLA targets depend."""

    timezone: str = "UTC"
    business_hours: BusinessHours = field(default_factory=lambda: ALWAYS_OPEN)
    holidays: tuple[str, ...] = ()
    sla_policies: tuple[SlaPolicy, ...] = DEFAULT_POLICIES

    @classmethod
    def from_settings(cls, settings: OrganizationSettings) -> "PolicySettings":
        return cls(*(getattr(settings, name) for name in cls.__struct_fields__))

    @property
    def text(self) -> str:
        """The text that is stored when another version replaces it."""
        return msgspec.json.encode(self).decode()


class Goals(NamedTuple):
    """The goals in business microseconds; None if a target has none."""

    first_response: int | None = None
    next_response: int | None = None
    resolution: int | None = None


class PolicyVersion:
    """One version, which never changes, so that targets can be computed again."""

    def __init__(self, version: int, clauses: PolicySettings) -> None:
        self.version = version
        self.calendar: Calendar = get_calendar(
            clauses.timezone, clauses.business_hours, clauses.holidays
        )
        self._policies = clauses.sla_policies
        self._goals: dict[tuple[Priority, str], Goals] = {}

    def find_goals(self, priority: Priority, category: str) -> Goals:
        """Returns the goals of the first policy that matches such a ticket."""
        known = self._goals.get((priority, category))
        if known is None:
            known = self._goals[priority, category] = _match_goals(
                self._policies, priority, category
            )
        return known


class PolicyVersions:
    """The current policy version, and the earlier ones of running targets."""

    def __init__(self, present: PolicyVersion, earlier: Callable[[int], PolicyVersion]) -> None:
        self.present = present
        self._earlier = earlier

    def find_version(self, version: int) -> PolicyVersion:
        return self.present if version == self.present.version else self._earlier(version)


@lru_cache(maxsize=1024)
def decode_policy_version(version: int, text: str) -> PolicyVersion:
    """Returns the policy version of a stored text."""
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
    """Returns whether the policy matches; an empty list matches all."""
    return (not policy.priorities or priority in policy.priorities) and (
        not policy.categories or category in policy.categories
    )


def _minutes_to_microseconds(minutes: int | None) -> int | None:
    return None if minutes is None else minutes * MINUTE
