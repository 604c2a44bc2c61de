"""The order of a history: by its times, which must be possible."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Final

from common.errors import FieldError, Invalid
from server.transfer.file_format import TicketLine, TransferEntry

CLOCK_LEEWAY: Final = timedelta(minutes=5)
"""How far the clocks of two machines may lie apart."""
EARLIEST_TIME: Final = datetime(1971, 1, 1, tzinfo=UTC)
"""The earliest time taken; before it lie the defaults of missing dates: 1970, 1900, year 1."""


def check_times(ticket: TicketLine, entries: tuple[TransferEntry, ...], now: datetime) -> None:
    """Raises Invalid for what is in the future, or before the ticket itself, or before 1971."""
    faults = []
    if ticket.created_at < EARLIEST_TIME:
        faults.append(FieldError("is before 1971", pointer="/ticket/created_at"))
    if ticket.created_at > now + CLOCK_LEEWAY:
        faults.append(FieldError("is in the future", pointer="/ticket/created_at"))
    for n, entry in enumerate(entries):
        if entry.at > now + CLOCK_LEEWAY:
            faults.append(FieldError("is in the future", pointer=f"/history/{n}/at"))
        elif entry.at < ticket.created_at - CLOCK_LEEWAY:
            says = "is before the ticket was created"
            faults.append(FieldError(says, pointer=f"/history/{n}/at"))
    if faults:
        raise Invalid(*faults)


def is_ordered(entries: tuple[TransferEntry, ...]) -> bool:
    """Returns whether no entry lies before the one above it."""
    return all(one.at <= other.at for one, other in itertools.pairwise(entries))


def sort_entries(entries: tuple[TransferEntry, ...]) -> tuple[TransferEntry, ...]:
    """Returns the entries by their times; what happened at once keeps its order."""
    return tuple(sorted(entries, key=lambda entry: entry.at))
