"""Reads a directory of recorded responses of Zendesk's API, kind by kind.

Any answer of the incremental exports, and of a ticket's comments and audits, is understood by its
own keys (`{"tickets": [...]}`), wherever it stands; see docs/import.md, "From Zendesk".
"""

import gzip
import re
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from server.transfer.line_sources import UnreadableSource

Record = dict[str, Any]
RECORD_KINDS: Final = (
    "tickets",
    "users",
    "organizations",
    "groups",
    "comments",
    "audits",
    "ticket_events",
)
_IGNORED_KINDS: Final = (
    "suspended_tickets",
    "deleted_tickets",
    "deleted_users",
    "ticket_metrics",
    "ticket_metric_events",
    "ticket_fields",
    "ticket_forms",
    "user_fields",
    "organization_fields",
    "organization_memberships",
    "group_memberships",
    "satisfaction_ratings",
    "side_conversations",
    "custom_statuses",
)
"""Kinds that are not imported, whose names contain those of imported ones."""
_TICKET_KINDS: Final = frozenset({"tickets", "comments", "audits", "ticket_events"})
_FILE_SUFFIXES: Final = re.compile(r"\.(json|jsonl|ndjson)(\.gz)?$", re.IGNORECASE)
_BUCKET_WIDTH: Final = 1000
"""The number of ticket ids that share a temporary file."""
_MOST_BUFFERED: Final = 50_000
"""The number of records held in memory before they are written to those files."""
_encode = msgspec.json.Encoder().encode


def read_nested(record: Record, name: str) -> Record:
    """Returns an object inside another one, or an empty one."""
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def read_directory(directory: Path) -> Iterator[tuple[str, Record]]:
    """Yields (kind, record) of every file; kinds beyond `RECORD_KINDS` are not imported.

    Raises Unreadable.
    """
    if not directory.is_dir():
        raise UnreadableSource(f"{directory} is not a directory of recorded API responses.")
    paths = sorted(path for path in directory.rglob("*") if _FILE_SUFFIXES.search(path.name))
    for path in paths:
        for document in _read_documents(path):
            yield from _extract_records(path, document)


def _read_documents(path: Path) -> Iterator[Any]:
    """Yields the JSON documents of a file: one, or one a line."""
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if path.suffix.lower() == ".gz" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableSource(f"{path} cannot be read: {error}.") from None
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        yield msgspec.json.decode(raw)
    except msgspec.DecodeError as whole:
        yield from _decode_lines(path, raw, str(whole))
    except UnicodeDecodeError as error:
        raise UnreadableSource(f"{path} is not UTF-8: {error.reason}.") from None


def _decode_lines(path: Path, raw: bytes, reason: str) -> Iterator[Any]:
    for number, line in enumerate(raw.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            where = f"{path}, line {number}" if number > 1 else str(path)
            raise UnreadableSource(f"{where} is not JSON: {reason}.") from None


def _extract_records(path: Path, document: Any) -> Iterator[tuple[str, Record]]:
    if isinstance(document, list):
        yield from ((_guess_kind(path), it) for it in document if isinstance(it, dict))
        return
    if not isinstance(document, dict):
        return
    lists = {name: value for name, value in document.items() if isinstance(value, list)}
    if "id" in document and not lists.keys() & set(RECORD_KINDS):
        lists = {_guess_kind(path): [document]}
    lists |= {f"{name}s": [value] for name, value in document.items() if f"{name}s" in RECORD_KINDS}
    for kind, records in lists.items():
        objects = [record for record in records if isinstance(record, dict)]
        yield from ((kind, _add_ticket_id(kind, record, document, path)) for record in objects)


def _guess_kind(path: Path) -> str:
    """Returns the kind in the name of the file or its folder, else the name of the file."""
    names = [_normalize_name(name) for name in (path.name, path.parent.name)]
    by_length = sorted((*RECORD_KINDS, *_IGNORED_KINDS), key=len, reverse=True)
    return next(
        (kind for name in names for kind in by_length if kind in name),
        _FILE_SUFFIXES.sub("", names[0]),
    )


def _normalize_name(name: str) -> str:
    return name.lower().replace("-", "_").replace(" ", "_")


def _add_ticket_id(kind: str, record: Record, document: Record, path: Path) -> Record:
    """Returns the record with the id of its ticket; a comment has it only in its file's name."""
    if kind not in _TICKET_KINDS or kind == "tickets" or "ticket_id" in record:
        return record
    given = document.get("ticket_id")
    numbers = re.findall(r"\d+", path.name) or re.findall(r"\d+", path.parent.name)
    ticket_id = given if given is not None else (int(numbers[-1]) if numbers else None)
    return {**record, "ticket_id": ticket_id}


class TicketSpool:
    """Groups records by ticket on disk, because exports can exceed the memory."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="deskwire-import-")
        self._held: dict[int, list[bytes]] = {}
        self._count = 0
        self._buckets: set[int] = set()

    def close(self) -> None:
        self._folder.cleanup()

    def add_record(self, kind: str, record: Record) -> bool:
        """Adds a record; returns False if its ticket is unknown."""
        ticket_id = record.get("id" if kind == "tickets" else "ticket_id")
        if not isinstance(ticket_id, int):
            return False
        self._held.setdefault(ticket_id // _BUCKET_WIDTH, []).append(
            _encode([ticket_id, kind, record])
        )
        self._count += 1
        if self._count >= _MOST_BUFFERED:
            self._flush_records()
        return True

    def read_tickets(self) -> Iterator[tuple[int, dict[str, list[Record]]]]:
        """Yields the id of each ticket with its records by kind, in the order of the ids."""
        self._flush_records()
        for bucket in sorted(self._buckets):
            found: dict[int, dict[str, list[Record]]] = {}
            for line in self._bucket_path(bucket).read_bytes().splitlines():
                ticket_id, kind, record = msgspec.json.decode(line)
                found.setdefault(ticket_id, {}).setdefault(kind, []).append(record)
            yield from sorted(found.items())

    def _flush_records(self) -> None:
        for bucket, raws in self._held.items():
            self._buckets.add(bucket)
            with self._bucket_path(bucket).open("ab") as file:
                file.write(b"\n".join(raws) + b"\n")
        self._held.clear()
        self._count = 0

    def _bucket_path(self, bucket: int) -> Path:
        return Path(self._folder.name) / f"{bucket}.jsonl"
