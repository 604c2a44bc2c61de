"""The contents of a backup, counted in the backup itself, and the errors of backups."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from server.command_errors import CommandError

COUNT_ORGANIZATIONS: Final = "SELECT count(*) FROM organizations"
COUNT_TICKETS: Final = "SELECT count(*) FROM tickets"
SELECT_LOGS: Final = """SELECT counters.org_id, counters.seq, count(events.seq),
        coalesce(max(events.seq), 0)
    FROM counters LEFT JOIN events ON events.org_id = counters.org_id
    GROUP BY counters.org_id, counters.seq"""
"""Selects for each log its newest seq, the number of its events, and the seq of the last one."""


class BackupError(CommandError):
    """The backup or the restore failed; the message says why and what to do."""


COUNT_ATTACHMENTS: Final = "SELECT count(*) FROM attachments"
"""Counts the rows: the files themselves are in no backup."""


class BackupContents(Struct, frozen=True):
    """The numbers of what a backup holds; of attachments it has the rows alone."""

    organizations: int
    tickets: int
    events: int
    attachments: int = 0

    def __str__(self) -> str:
        return (
            f"{_format_count(self.organizations, 'organization')}, "
            f"{_format_count(self.tickets, 'ticket')}"
            f" and {_format_count(self.events, 'event')}"
        )


def count_contents(
    organizations: int, tickets: int, attachments: int, logs: Iterable[Sequence[int]]
) -> BackupContents:
    """Counts the contents. Raises BackupError where a log has a gap: a part is missing."""
    events = 0
    for org_id, seq, count, last in logs:
        if not seq == count == last:
            raise BackupError(
                f"The log of organization {org_id} is incomplete: {count} of {seq} events."
            )
        events += count
    return BackupContents(organizations, tickets, events, attachments)


def _format_count(number: int, unit: str) -> str:
    return f"{number:,} {unit}" if number == 1 else f"{number:,} {unit}s"
