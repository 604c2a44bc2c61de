"""A table as a source: one row a ticket, as exported by help desks and spreadsheets.

A table tells how tickets stand, not what happened to them: only those changes are listed of which a
column has the time. See docs/import.md, "From a table".
"""

import csv
import io
import itertools
import re
import sys
import zlib
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from datetime import datetime
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec

from server.transfer.line_sources import SourceItem, UnreadableSource, make_rewindable, open_text
from server.transfer.table_columns import (
    MAPPED_FIELDS,
    VALUE_MEANINGS,
    ColumnMapping,
    InvalidMapping,
)

_DELIMITERS: Final = ",;\t|"
_TAG_SEPARATORS: Final = ",;|"
_SEPARATOR_LINE: Final = re.compile("sep=(.)\\r?\\n", re.IGNORECASE)
_EDITED_FIELDS: Final = ("subject", "priority", "category", "tags")
_ENDED_STATUSES: Final = frozenset({"resolved", "closed"})
_encode = msgspec.json.Encoder().encode


class TableRow(NamedTuple):
    """A row with the number of its last line; `fault` if it cannot be read."""

    number: int
    cells: list[str]
    fault: str = ""


class TableFile:
    """A CSV file with a header; the delimiter is detected.

    `time_format` is how its times are written (as `strptime` has it), where ISO 8601 is not it;
    `encoding` counts where the first bytes do not tell one.
    """

    def __init__(
        self,
        file: BinaryIO,
        mapping: ColumnMapping,
        time_format: str | None = None,
        encoding: str = "utf-8",
    ) -> None:
        self.repairs: Counter[str] = Counter()
        self.losses: Counter[str] = Counter()
        self._file = make_rewindable(file)
        self._mapping = mapping
        self._time_format = time_format
        self._encoding = encoding
        self._named: set[str] = set()
        """Customers whose names have been yielded."""

    @property
    def size(self) -> int:
        return sum(1 for _ in self._read_rows())

    def read_items(self) -> Iterator[SourceItem]:
        """Raises WrongMapping, Unreadable."""
        self.losses.clear()
        self._named.clear()
        with closing(self._read_rows()) as rows:
            header = next(rows, TableRow(1, [])).cells
            places = self._mapping.locate_columns(header)
            if len(set(places.values())) < len(places):
                raise InvalidMapping("Two fields are mapped to one column.")
            for row in rows:
                if row.fault or any(cell.strip() for cell in row.cells):
                    self._count_losses(header, row.cells, set(places.values()))
                    yield from self._convert_row(row, header, places)

    def _convert_row(
        self, row: TableRow, header: Sequence[str], places: dict[str, int]
    ) -> Iterator[SourceItem]:
        place = f"line {row.number}"
        fault = row.fault
        if not fault and len(row.cells) != len(header):
            fault = f"the row has {len(row.cells)} cells, but the header has {len(header)}"
        if fault:
            yield SourceItem(place, b"", 1, fault)
            return
        cells = {field: row.cells[at].strip() for field, at in places.items()}
        self._translate_values(cells)
        self._read_times(cells)
        email = cells["customer_email"]
        if cells.get("customer_name") and email and email not in self._named:
            self._named.add(email)
            person = {"email": email, "name": cells["customer_name"]}
            yield SourceItem(place, _encode({"user": {**person, "role": "customer"}}))
        self._count_first_response(cells)
        yield SourceItem(place, _encode(self._build_line(cells)), 1, self._find_fault(cells))

    def _translate_values(self, cells: dict[str, str]) -> None:
        for field in MAPPED_FIELDS:
            if field in cells and field not in VALUE_MEANINGS:
                cells[field] = self._mapping.translate_value(field, cells[field])

    def _read_times(self, cells: dict[str, str]) -> None:
        """Converts times to ISO 8601; texts of another form stay as they are."""
        if self._time_format is None:
            return
        for field, cell in cells.items():
            if field.endswith("_at") and cell:
                with suppress(ValueError):
                    at = datetime.strptime(cell, self._time_format)  # noqa: DTZ007 - its zone is an option
                    cells[field] = at.isoformat()

    def _find_fault(self, cells: dict[str, str]) -> str:
        words = [
            self._mapping.explain_unknown_value(it, cells[it])
            for it in VALUE_MEANINGS
            if cells.get(it)
        ]
        times = [
            _explain_unknown_time(it, cell) for it, cell in cells.items() if it.endswith("_at")
        ]
        faults = "; ".join(filter(None, (*words, *times)))
        status = self._read_status(cells)
        if faults or status not in _ENDED_STATUSES or _find_end_time(cells, status):
            return faults
        return (
            f"it is {status}, but no column has the time: map resolved_at, closed_at or updated_at"
        )

    def _read_status(self, cells: dict[str, str]) -> str:
        return (
            self._mapping.translate_value("status", cells["status"])
            if cells.get("status")
            else "open"
        )

    def _build_line(self, cells: dict[str, str]) -> dict[str, Any]:
        """Returns the row as a line of the import file, without empty fields."""
        ticket: dict[str, Any] = {
            name: cells[name]
            for name in ("external_id", "number", "category", "customer_email", "created_at")
            if cells.get(name)
        }
        ticket["subject"] = cells["subject"]
        ticket["description"] = cells.get("description") or cells["subject"]
        if cells.get("priority"):
            ticket["priority"] = self._mapping.translate_value("priority", cells["priority"])
        if cells.get("tags"):
            ticket["tags"] = _split_tags(cells["tags"])
        history = [*self._build_history(cells), *self._present_state(cells, ticket)]
        return {"ticket": ticket, "history": history}

    def _build_history(self, cells: dict[str, str]) -> Iterator[dict[str, Any]]:
        """Returns the entries that must have happened, at the times in the row."""
        status = self._read_status(cells)
        taken = cells.get("first_response_at") or cells["created_at"]
        if cells.get("assignee"):
            yield {"at": taken, "type": "assign", "to": cells["assignee"]}
        resolved = cells.get("resolved_at")
        if status == "closed" and resolved:
            yield {"at": resolved, "type": "status", "status": "resolved"}
        if status != "open":
            at = _find_end_time(cells, status) if status in _ENDED_STATUSES else taken
            # Whose it has become since an earlier table is who resolved it.
            whose = {"to": cells["assignee"]} if cells.get("assignee") else {}
            yield {"at": at, "type": "status", "status": status, **whose}

    def _present_state(
        self, cells: dict[str, str], ticket: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Returns the state of the ticket at its last update; with `--update`, what has changed."""
        at = cells.get("updated_at")
        if not at or not _is_latest(at, cells):
            return
        if cells.get("assignee"):
            yield {"at": at, "type": "assign", "to": cells["assignee"]}
        edits = {name: ticket[name] for name in _EDITED_FIELDS if name in ticket}
        yield {"at": at, "type": "edit", "changes": edits}
        yield {"at": at, "type": "status", "status": self._read_status(cells)}

    def _count_losses(self, header: Sequence[str], cells: list[str], used: set[int]) -> None:
        for at, cell in enumerate(cells[: len(header)]):
            if at not in used and cell.strip():
                self.losses[f"column {header[at].strip() or at + 1}"] += 1

    def _count_first_response(self, cells: dict[str, str]) -> None:
        """Counts a first response as lost, because a table has no text of it."""
        if cells.get("first_response_at"):
            self.losses["first responses, which have no text"] += 1

    def _read_rows(self) -> Generator[TableRow]:
        """Yields every row, with the header first. Raises Unreadable."""
        csv.field_size_limit(sys.maxsize)
        self._file.seek(0)
        stream, encoding = open_text(self._file, self.repairs, self._encoding)
        lines = io.TextIOWrapper(stream, encoding, newline="")
        try:
            yield from _parse_rows(lines)
        except UnicodeError as error:
            hint = "Save it as UTF-8, or name its encoding, as in --encoding cp1252"
            raise UnreadableSource(f"The table is not {encoding} ({error}). {hint}.") from None
        except (EOFError, OSError, zlib.error) as error:
            raise UnreadableSource(f"The table cannot be read to its end: {error}.") from None
        finally:
            # Or closing the wrapper would close the file, which is read again.
            lines.detach()


def _parse_rows(lines: io.TextIOWrapper) -> Iterator[TableRow]:
    start = lines.readline()
    skipped = 0
    declared = _SEPARATOR_LINE.fullmatch(start)
    if declared:  # Excel's own note of what stands between the columns
        start, skipped = lines.readline(), 1
    delimiter = declared[1] if declared else max(_DELIMITERS, key=start.count)
    reader = csv.reader(itertools.chain([start], lines), delimiter=delimiter, strict=True)
    while True:
        begins = reader.line_num + skipped + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield TableRow(reader.line_num + skipped, [], _explain_csv_error(error, begins))
        else:
            yield TableRow(reader.line_num + skipped, cells)


def _explain_csv_error(error: csv.Error, begins: int) -> str:
    if "unexpected end" in str(error):
        return f"the row that starts on line {begins} cannot be read: a quote is not closed"
    return f"the row cannot be read: {error}"


def _explain_unknown_time(field: str, cell: str) -> str:
    """Returns why a cell is not a time; empty for an empty cell and for ISO 8601."""
    try:
        datetime.fromisoformat(cell or "2000-01-01")
    except ValueError:
        return f'the {field} "{cell}" is not a known time: give its format with --time-format'
    return ""


def _is_latest(at: str, cells: dict[str, str]) -> bool:
    """Returns whether no time in the row is later, as far as they can be compared."""
    others = [cell for field, cell in cells.items() if field.endswith("_at") and cell]
    try:
        return max(map(datetime.fromisoformat, others)) == datetime.fromisoformat(at)
    except (TypeError, ValueError):
        return False


def _split_tags(tags: str) -> list[str]:
    apart = next((mark for mark in _TAG_SEPARATORS if mark in tags), None)
    return [tag.strip() for tag in tags.split(apart)] if apart else tags.split()


def _find_end_time(cells: dict[str, str], status: str) -> str | None:
    """Returns when the ticket got its present status, if the row has it."""
    first = ("resolved_at", "closed_at") if status == "resolved" else ("closed_at", "resolved_at")
    times = (cells.get(field) for field in (*first, "updated_at"))
    return next((at for at in times if at), None)
