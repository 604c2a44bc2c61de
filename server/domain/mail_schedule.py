"""Computes when a notification's mail is sent: at once or in a digest, outside quiet hours.

Results are in UTC; hours and days are those of the person's time zone.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from common.preferences import Digest, Preferences, QuietHours
from server.domain.time_zones import find_zone
from server.domain.timestamps import parse_time_of_day

_DIGEST_TIME: Final = time(8)
"""The time of day at which the daily digest is sent, in local time."""


def find_mail_due(preferences: Preferences, now: datetime, timezone: str) -> datetime:
    """Returns when a mail queued at `now` may be sent; `timezone` is that of the organization.

    All mails of a digest have the same due time, so that they can be sent together.
    """
    quiet = preferences.quiet_hours
    zone = find_zone(quiet.timezone, timezone) if quiet else find_zone(timezone)
    at = _next_digest(preferences.digest, now.astimezone(zone))
    at = skip_quiet_hours(at, quiet) if quiet else at
    # A time of day occurs twice when clocks go back, and the first may have passed.
    return max(at.astimezone(UTC), now)


def skip_quiet_hours(at: datetime, quiet: QuietHours) -> datetime:
    """Returns the first instant from `at` on, in the zone of the quiet hours, outside them."""
    begin, end = parse_time_of_day(quiet.start), parse_time_of_day(quiet.end)
    minutes = at.hour * 60 + at.minute
    across_midnight = begin > end
    within = minutes >= begin or minutes < end if across_midnight else begin <= minutes < end
    if not within:
        return at
    next_day = across_midnight and minutes >= begin
    return _at_local_time(at, days=int(next_day), minutes=end)


def _next_digest(digest: Digest, at: datetime) -> datetime:
    """The time of the next digest after `at`; `at` itself if there are no digests."""
    if digest is Digest.HOURLY:
        return _at_local_time(at, days=0, minutes=at.hour * 60) + timedelta(hours=1)
    if digest is Digest.DAILY:
        later = at.timetz().replace(tzinfo=None) >= _DIGEST_TIME
        return _at_local_time(at, days=int(later), minutes=_DIGEST_TIME.hour * 60)
    return at


def _at_local_time(at: datetime, *, days: int, minutes: int) -> datetime:
    """A local time some days later. A skipped time becomes one as long after midnight."""
    midnight = datetime.combine(at.date() + timedelta(days=days), time(), at.tzinfo)
    return midnight + timedelta(minutes=minutes)
