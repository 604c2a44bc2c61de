"""Schedule of mails about notifications: at once, with a digest, and not in quiet hours.

All times are instants in UTC; hours and days are those of the person's zone, on the wall there.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from common.preferences import Digest, Preferences, QuietHours
from server.domain.time_zones import find_zone
from server.domain.timestamps import parse_time_of_day

_DIGEST_TIME: Final = time(8)
"""When a day's digest goes out, where it is morning."""


def find_mail_due(preferences: Preferences, now: datetime, timezone: str) -> datetime:
    """Returns when a mail may go that is owed since `now`; `timezone` is the organization's.

    Everything of a digest has the same instant: so it can be told together.
    """
    quiet = preferences.quiet_hours
    zone = find_zone(quiet.timezone, timezone) if quiet else find_zone(timezone)
    at = _next_digest(preferences.digest, now.astimezone(zone))
    at = skip_quiet_hours(at, quiet) if quiet else at
    # When clocks go back a time of day comes twice: the first one may be over.
    return max(at.astimezone(UTC), now)


def skip_quiet_hours(at: datetime, quiet: QuietHours) -> datetime:
    """The first instant from `at` on (in the quiet hours' zone) that is not within them."""
    begin, end = parse_time_of_day(quiet.start), parse_time_of_day(quiet.end)
    minutes = at.hour * 60 + at.minute
    across_midnight = begin > end
    within = minutes >= begin or minutes < end if across_midnight else begin <= minutes < end
    if not within:
        return at
    next_day = across_midnight and minutes >= begin
    return _at_local_time(at, days=int(next_day), minutes=end)


def _next_digest(digest: Digest, at: datetime) -> datetime:
    """Returns the time of the digest for `at`; `at` itself where nothing is collected."""
    if digest is Digest.HOURLY:
        return _at_local_time(at, days=0, minutes=at.hour * 60) + timedelta(hours=1)
    if digest is Digest.DAILY:
        later = at.timetz().replace(tzinfo=None) >= _DIGEST_TIME
        return _at_local_time(at, days=int(later), minutes=_DIGEST_TIME.hour * 60)
    return at


def _at_local_time(at: datetime, *, days: int, minutes: int) -> datetime:
    """A time of day some days later; one that a clock change skips is as long after midnight."""
    midnight = datetime.combine(at.date() + timedelta(days=days), time(), at.tzinfo)
    return midnight + timedelta(minutes=minutes)
