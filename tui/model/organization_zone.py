"""The time zone of the organization, on this machine."""

from contextlib import suppress
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from common.organization import Organization


def find_local_zone(organization: Organization | None) -> tzinfo:
    """Returns the organization's zone; UTC where this machine does not know it."""
    with suppress(ZoneInfoNotFoundError):
        return ZoneInfo(organization.timezone) if organization else UTC
    return UTC
