"""Reads Zendesk's two records of changes as audits of one shape.

`GET /tickets/ID/audits` says `{"type": "Change", "field_name": "status", "value": "open"}`, the
incremental ticket events say `{"event_type": "Change", "status": "open"}`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from server.transfer.zendesk.zendesk_records import Record

_COMMENTS: Final = frozenset({"Comment", "VoiceComment"})
_CHANGES: Final = frozenset({"Create", "Change"})
_PRIVACY_CHANGE: Final = "CommentPrivacyChange"
_NON_FIELD_KEYS: Final = frozenset(
    {"id", "via", "via_reference_id", "event_type", "type", "previous_value", "comment_present"}
)
"""Keys of an incremental event that are not fields of the ticket."""


class ZendeskComment(Struct, frozen=True):
    """A comment; its attachments are only counted."""

    id: int
    at: str
    author_id: int | None
    body: str
    is_public: bool
    attachments: int = 0


class ZendeskAudit(Struct, frozen=True):
    """One update of a ticket: fields with their new values, comments, and the rest."""

    at: str
    author_id: int | None
    changes: Mapping[str, Any]
    comments: tuple[ZendeskComment, ...] = ()
    others: tuple[str, ...] = ()
    """Types of events that are ignored, such as `Notification`."""


def parse_comment(record: Record, at: str = "", author_id: Any = None) -> ZendeskComment:
    """Parses a comment of a ticket, or of an audit with its time and author."""
    body = record.get("plain_body") or record.get("body") or ""
    author = record.get("author_id", author_id)
    return ZendeskComment(
        id=record.get("id") or 0,
        at=str(record.get("created_at") or at),
        author_id=author if isinstance(author, int) else None,
        body=str(body),
        is_public=record.get("public") is not False,
        attachments=len(record.get("attachments") or ()),
    )


def parse_audits(records: Mapping[str, list[Record]]) -> list[ZendeskAudit]:
    """Returns the audits of a ticket, oldest first, without duplicates.

    An audit has its comments as they were written. One that was made private since is private.
    """
    listed = records.get("audits") or records.get("ticket_events") or []
    by_id = {record.get("id"): record for record in listed}
    in_order = sorted(by_id.values(), key=lambda it: (_record_time(it), it.get("id") or 0))
    hidden = _hidden_comments(in_order)
    return [_parse_audit(record, hidden) for record in in_order]


def parse_comments(records: Mapping[str, list[Record]]) -> list[ZendeskComment]:
    """Returns the comments of a ticket, oldest first."""
    by_id = {record.get("id"): parse_comment(record) for record in records.get("comments", [])}
    return sorted(by_id.values(), key=lambda comment: (comment.at, comment.id))


def _hidden_comments(records: Iterable[Record]) -> set[Any]:
    """Returns the ids of public comments that were made private later."""
    changes = (event for record in records for event in _child_events(record))
    return {
        event.get("comment_id")
        for event in changes
        if _event_type(event) == _PRIVACY_CHANGE and event.get("public") is False
    }


def _child_events(record: Record) -> list[Record]:
    events = record.get("events") or record.get("child_events") or []
    return [event for event in events if isinstance(event, dict)]


def _parse_audit(record: Record, hidden: set[Any]) -> ZendeskAudit:
    at, author_id = _record_time(record), record.get("author_id", record.get("updater_id"))
    listed = _child_events(record)
    changes: dict[str, Any] = {}
    for event in listed:
        if _event_type(event) in _CHANGES:
            changes |= dict(_changed_values(event))
    return ZendeskAudit(
        at=at,
        author_id=author_id if isinstance(author_id, int) else None,
        changes=changes,
        comments=tuple(
            parse_comment(
                {**event, "public": False} if event.get("id") in hidden else event, at, author_id
            )
            for event in listed
            if _event_type(event) in _COMMENTS
        ),
        others=tuple(
            kind
            for kind in map(_event_type, listed)
            if kind not in _COMMENTS | _CHANGES | {_PRIVACY_CHANGE}
        ),
    )


def _event_type(event: Record) -> str:
    return str(event.get("event_type") or event.get("type") or "?")


def _changed_values(event: Record) -> Iterator[tuple[str, Any]]:
    if "field_name" in event:
        yield str(event["field_name"]), event.get("value")
        return
    yield from ((name, value) for name, value in event.items() if name not in _NON_FIELD_KEYS)


def _record_time(record: Record) -> str:
    """Returns `created_at`, or the `timestamp` of an incremental event (seconds since 1970)."""
    stamp = record.get("timestamp")
    if record.get("created_at") or not isinstance(stamp, int | float):
        return str(record.get("created_at") or "")
    return datetime.fromtimestamp(stamp, UTC).isoformat()
