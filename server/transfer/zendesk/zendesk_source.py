"""A Zendesk export as a source: a directory of recorded API responses."""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from server.transfer.line_sources import SourceItem, UnreadableSource
from server.transfer.zendesk.ticket_history import ZendeskTicket
from server.transfer.zendesk.zendesk_people import ZendeskPeople
from server.transfer.zendesk.zendesk_records import (
    RECORD_KINDS,
    Record,
    TicketSpool,
    read_directory,
)

_encode = msgspec.json.Encoder().encode
_DELETED_STATUS: Final = "deleted"


class ZendeskExport:
    """Yields people, then tickets in the order of their ids."""

    def __init__(self, directory: Path) -> None:
        self.repairs: Counter[str] = Counter()
        self.losses: Counter[str] = Counter()
        self._directory = directory

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Removes the temporary files."""
        if "_read" in self.__dict__:
            self._read.spool.close()

    @property
    def size(self) -> int:
        return self._read.people_count + self._read.tickets_count

    def read_items(self) -> Iterator[SourceItem]:
        """Raises Unreadable."""
        self.losses.clear()
        self.losses += self._read.losses
        for line in self._read.people.build_lines():
            yield SourceItem(f"user {line['user']['email']}", _encode(line), 1)
        for ticket_id, records in self._read.spool.read_tickets():
            yield self._convert_ticket(ticket_id, records)

    @cached_property
    def _read(self) -> "_ExportContents":
        return _ExportContents(self._directory)

    def _convert_ticket(self, ticket_id: int, records: dict[str, list[Record]]) -> SourceItem:
        place, found = f"ticket {ticket_id}", records.get("tickets")
        if not found:
            return SourceItem(
                place, b"", 1, "its audits or comments are there, and the ticket is not"
            )
        ticket = max(found, key=_recorded_at)
        if ticket.get("status") == _DELETED_STATUS:
            self.losses["deleted tickets"] += 1
            return SourceItem(place, b"", 1)
        try:
            made = ZendeskTicket(ticket, records, self._read.people, self._read.groups, self.losses)
            return SourceItem(place, _encode(made.build_line()), 1)
        except (AttributeError, TypeError, ValueError) as error:
            # A field of another type than Zendesk's own: this ticket alone is not to be read.
            return SourceItem(place, b"", 1, f"it has not the shape of Zendesk's API: {error}")


class _ExportContents:
    """Returns the contents of the files, which are read once. Raises UnreadableSource."""

    def __init__(self, directory: Path) -> None:
        self.losses: Counter[str] = Counter()
        self.people = ZendeskPeople(self.losses)
        self.groups: dict[int, str] = {}
        self.spool = TicketSpool()
        self.people_count = 0
        self.tickets_count = 0
        try:
            self._read_records(directory)
        except BaseException:
            self.spool.close()
            raise

    def _read_records(self, directory: Path) -> None:
        organizations: set[Any] = set()
        is_empty = True
        for kind, record in read_directory(directory):
            is_empty = False
            if kind == "organizations":
                organizations.add(record.get("id"))
            else:
                self._add_record(kind, record)
        if is_empty:
            raise UnreadableSource(f"{directory} has no recorded answers of Zendesk's API.")
        if organizations:
            self.losses["organizations"] = len(organizations)

    def _add_record(self, kind: str, record: Record) -> None:
        if kind == "users":
            self.people.add_person(record)
            self.people_count += 1
        elif kind == "groups":
            self.groups[record.get("id", 0)] = str(record.get("name") or "")
        elif kind not in RECORD_KINDS:
            self.losses[f"records of {kind.replace('_', ' ')}"] += 1
        elif self.spool.add_record(kind, record):
            self.tickets_count += kind == "tickets"
        else:
            self.losses[f"{kind} of which nothing says to what ticket they belong"] += 1


def _recorded_at(ticket: Record) -> tuple[int, str]:
    """Returns the records of a ticket, merged; later ones override earlier ones."""
    return int(ticket.get("generated_timestamp") or 0), str(ticket.get("updated_at") or "")
