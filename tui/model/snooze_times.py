"""Times as an agent types them: `3d`, `tomorrow 9`, `mon`, `24 dec 8:30`. Pure."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final

MORNING: Final = time(9)
"""The time of day where none is typed."""
EXAMPLES: Final = "3d, 4h, tomorrow 9, mon, fri 14:30, next week, 24 dec, 2026-12-24 8"
_NOON: Final = 12
_FARTHEST: Final = timedelta(days=366)
_WEEKDAYS: Final = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
_MONTHS: Final = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
_SPAN: Final = re.compile(r"(?:in )?((?:\d{1,4} ?[mhdw] ?)+)")
_PART: Final = re.compile(r"(\d{1,4}) ?([mhdw])")
_TIME: Final = re.compile(r"(?:at )?(\d{1,2})(?::(\d{2}))? ?(am|pm)?")
_DATE: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2}) ([a-z]{3})[a-z]*")


class SnoozeTimeError(Exception):
    """A text that means no time to wake up at; the message is a sentence."""


def parse_snooze_time(text: str, now: datetime) -> datetime:
    """Returns the instant that a text means, in the zone of `now`. Raises SnoozeTimeError.

    Days are days of that zone: `3d` is the same time of day in three days, whatever the clocks do
    in between. A weekday is the next one, never today. A time alone that is over is tomorrow's.
    """
    words = " ".join(text.lower().split())
    found = _read_span(words, now) or _read_day(words, now)
    if found is None:
        raise SnoozeTimeError(f"Type a time such as {EXAMPLES}.")
    # A time that the clocks leave out does not exist: it is read as so much later.
    instant = found.astimezone(UTC)
    ahead = instant - now.astimezone(UTC)
    if ahead <= timedelta():
        raise SnoozeTimeError("That time is over.")
    if ahead > _FARTHEST:
        raise SnoozeTimeError("That is more than a year away.")
    return instant.astimezone(now.tzinfo)


def _read_span(words: str, now: datetime) -> datetime | None:
    match = _SPAN.fullmatch(words)
    if match is None:
        return None
    spans = dict.fromkeys("mhdw", 0)
    for count, unit in _PART.findall(match.group(1)):
        spans[unit] += int(count)
    days = timedelta(days=spans["d"] + 7 * spans["w"])
    hours = timedelta(hours=spans["h"], minutes=spans["m"])
    try:
        # Days by the calendar of the zone, hours by the clock on the wall.
        return ((now + days).astimezone(UTC) + hours).astimezone(now.tzinfo)
    except OverflowError:
        return None


def _read_day(words: str, now: datetime) -> datetime | None:
    for read in (_read_named_day, _read_date):
        found = read(words, now)
        if found is not None:
            day, rest = found
            at = _read_time(rest) if rest else MORNING
            return None if at is None else _combine(day, at)
    at = _read_time(words)
    if at is None:
        return None
    today = _combine(now, at)
    return today if today > now else _combine(now + timedelta(days=1), at)


def _read_named_day(words: str, now: datetime) -> tuple[datetime, str] | None:
    """Returns the day that the first words name, and the words behind them."""
    names = {"today": 0, "tomorrow": 1, "tom": 1, "next week": 7 - now.weekday()}
    for place, name in enumerate(_WEEKDAYS):
        names[name] = names[name[:3]] = (place - now.weekday() - 1) % 7 + 1
    for name, days in names.items():
        if words == name or words.startswith(f"{name} "):
            return now + timedelta(days=days), words[len(name) :].strip()
    return None


def _read_date(words: str, now: datetime) -> tuple[datetime, str] | None:
    match = _DATE.match(words)
    if match is None:
        return None
    year, month, day, only_day, name = match.groups()
    if name is not None and name not in _MONTHS:
        return None
    try:
        if name is None:
            found = now.replace(year=int(year), month=int(month), day=int(day))
        else:
            found = now.replace(month=_MONTHS.index(name) + 1, day=int(only_day))
            if found.date() < now.date():
                found = found.replace(year=now.year + 1)
    except ValueError:
        return None
    return found, words[match.end() :].strip()


def _read_time(words: str) -> time | None:
    match = _TIME.fullmatch(words)
    if match is None:
        return None
    hour, minute, half = int(match.group(1)), int(match.group(2) or 0), match.group(3)
    if half is not None and not 1 <= hour <= _NOON:
        return None
    if half is not None:
        hour = hour % _NOON + _NOON * (half == "pm")
    try:
        return time(hour, minute)
    except ValueError:
        return None


def _combine(day: datetime, at: time) -> datetime:
    return datetime.combine(day.date(), at, tzinfo=day.tzinfo)
