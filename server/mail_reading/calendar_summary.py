"""Summarizes a calendar invitation (RFC 5545, RFC 5546) in one line. Pure."""

import re
from typing import Final

from server.mail_reading.safe_characters import clean_header_line

_LONGEST_CALENDAR: Final = 200_000
_LONGEST_VALUE: Final = 200
_FOLD: Final = re.compile(r"\r?\n[ \t]")
_LINE: Final = re.compile(
    r"([A-Z-]{2,40})((?:;[^:\n\"]*(?:\"[^\"\n]*\"[^:\n\"]*)*)?):(.*)", re.IGNORECASE
)
_TIME: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_ZONE: Final = re.compile(r"(?i);TZID=\"?([^;:\"]{1,60})")
_METHODS: Final = {
    "REQUEST": "Invitation",
    "REPLY": "Answer to an invitation",
    "CANCEL": "Cancelled invitation",
    "COUNTER": "Proposal of another time",
}


def summarize_invitation(calendar: str) -> str:
    """Returns a line as `[Invitation: Review, 2026-05-04 10:00 (Europe/Berlin), Room 5]`, or ''."""
    unfolded = _FOLD.sub("", calendar[:_LONGEST_CALENDAR])
    head, _, event = unfolded.partition("BEGIN:VEVENT")
    if not event:
        return ""
    fields = _read_fields(event.partition("END:VEVENT")[0])
    kind = _METHODS.get(_read_fields(head).get("METHOD", ("", ""))[1].upper(), "Appointment")
    shown = [_show_text(fields, "SUMMARY"), _show_times(fields), _show_text(fields, "LOCATION")]
    details = ", ".join(filter(None, shown))
    return f"[{kind}: {details}]" if details else f"[{kind}]"


def _read_fields(block: str) -> dict[str, tuple[str, str]]:
    """Returns parameters and value of each property, of a repeated one the first."""
    found: dict[str, tuple[str, str]] = {}
    for line in block.split("\n"):
        match = _LINE.match(line)
        if match:
            found.setdefault(match[1].upper(), (match[2], match[3].strip()))
    return found


def _show_text(fields: dict[str, tuple[str, str]], name: str) -> str:
    value = fields.get(name, ("", ""))[1]
    plain = re.sub(r"\\([,;\\])", r"\1", re.sub(r"\\[nN]", " ", value))
    return clean_header_line(plain)[:_LONGEST_VALUE]


def _show_times(fields: dict[str, tuple[str, str]]) -> str:
    start, end = (_show_time(*fields.get(name, ("", ""))) for name in ("DTSTART", "DTEND"))
    return f"{start} to {end}" if start and end else start


def _show_time(parameters: str, value: str) -> str:
    match = _TIME.fullmatch(value)
    if match is None:
        return ""
    year, month, day, hour, minute, utc = match.groups()
    date = f"{year}-{month}-{day}"
    if hour is None:
        return date
    zone = _ZONE.search(parameters)
    place = "UTC" if utc else clean_header_line(zone[1]) if zone else ""
    return f"{date} {hour}:{minute}{f' ({place})' if place else ''}"
