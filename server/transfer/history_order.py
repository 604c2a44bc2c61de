"""Checks the times of a history, and sorts it by them."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Final

from common.errors import FieldError, Invalid
from server.transfer.file_format import TicketLine, TransferEntry

CLOCK_LEEWAY: Final = timedelta(minutes=5)
"""The allowed difference between the clocks of two machines."""
EARLIEST_TIME: Final = datetime(1971, 1, 1, tzinfo=UTC)
"""The earliest accepted time; earlier ones are mostly defaults of missing dates: 1970, 1900."""


def check_times(ticket: TicketLine, entries: tuple[TransferEntry, ...], now: datetime) -> None:
    """Raises Invalid for times in the future, before the ticket, or before 1971."""
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
    """Returns whether the entries are sorted by time."""
    return all(one.at <= other.at for one, other in itertools.pairwise(entries))


def sort_entries(entries: tuple[TransferEntry, ...]) -> tuple[TransferEntry, ...]:
    """Returns the entries sorted by time; entries of the same time keep their order."""
    return tuple(sorted(entries, key=lambda entry: entry.at))
