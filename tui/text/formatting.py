"""Formats ages, times, names and counts in few cells."""

from datetime import datetime, timedelta
from typing import Final

from rich.cells import cell_len, set_cell_size

from common.tickets.ticket import Priority, Status, WaitingOn
from common.wire import PersonRef

PRIORITY_LETTERS: Final = {
    Priority.URGENT: "!",
    Priority.HIGH: "H",
    Priority.NORMAL: "N",
    Priority.LOW: "L",
}
STATUS_LABELS: Final = {
    Status.OPEN: "open",
    Status.IN_PROGRESS: "in prog",
    Status.RESOLVED: "resolved",
    Status.CLOSED: "closed",
}
CLOCK_SKEW_SECONDS: Final = 5
"""Seconds by which clocks may differ without a notice: more than a slow network causes."""
_KILO: Final = 1000
_TENTHS_UNDER: Final = 9.95
_SPANS: Final = ((86_400 * 365, "y"), (86_400, "d"), (3600, "h"), (60, "m"))


def format_status(value: Status) -> str:
    """Returns a status in words."""
    return value.replace("_", " ")


def format_waiting(value: WaitingOn) -> str:
    """Returns whom a ticket waits for, in words."""
    return "us" if value is WaitingOn.AGENT else f"the {value.replace('_', ' ')}"


def format_age(now: datetime, then: datetime) -> str:
    """Returns how long ago, in at most four cells: `now`, `9m`, `5h`, `12d`, `3y`."""
    seconds = int((now - then).total_seconds())
    for span, unit in _SPANS:
        if seconds >= span:
            return f"{seconds // span}{unit}"
    return "now"


def format_moment(now: datetime, then: datetime) -> str:
    """Returns a local time: the hour for today, else the day, for earlier years with the year."""
    local, today = then.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M}"
    if local.year == today.year:
        return f"{local.day} {local:%b %H:%M}"
    return f"{local.day} {local:%b %Y %H:%M}"


def format_clock_skew(ahead: timedelta) -> str:
    """Returns how far this machine's clock is off; empty where that is a few seconds or less."""
    seconds = round(abs(ahead).total_seconds())
    if seconds <= CLOCK_SKEW_SECONDS:
        return ""
    size, unit = next(((span, unit) for span, unit in _SPANS if seconds >= span), (1, "s"))
    return f"clock here {seconds // size}{unit} {'fast' if ahead > timedelta(0) else 'slow'}"


def format_size(size: int) -> str:
    """Returns a number of bytes in at most six cells: `812 B`, `12 kB`, `3.4 MB`."""
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB"):
        if amount < _KILO - 0.5:
            break
        amount, unit = amount / _KILO, larger
    is_broken = unit != "B" and amount < _TENTHS_UNDER
    return f"{amount:.1f} {unit}" if is_broken else f"{amount:.0f} {unit}"


def format_owner(person: PersonRef | None) -> str:
    return person.name if person else "-"


def measure_text(text: str) -> int:
    """Returns the cells that a text takes on a terminal."""
    return cell_len(text)


def fit_text(text: str, width: int) -> str:
    """Returns the text in exactly so many cells, with … where it does not fit."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    shortened = set_cell_size(text, max(width - 1, 0)).rstrip() + "…"
    return set_cell_size(shortened, width)


def truncate_text(text: str, width: int) -> str:
    """Returns the text in at most so many cells."""
    return text if cell_len(text) <= width else fit_text(text, width)


def format_noun_count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
