"""Reads Zendesk's two records of changes as audits of one shape.

`GET /tickets/ID/audits` says `{"type": "Change", "field_name": "status", "value": "open"}`, the
incremental ticket events say `{"event_type": "Change", "status": "open"}`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from server.transfer.zendesk.files import Record

_COMMENTS: Final = frozenset({"Comment", "VoiceComment"})
_CHANGES: Final = frozenset({"Create", "Change"})
_PRIVACY_CHANGE: Final = "CommentPrivacyChange"
_ABOUT: Final = frozenset(
    {"id", "via", "via_reference_id", "event_type", "type", "previous_value", "comment_present"}
)
"""Keys of an incremental event that are no field of the ticket."""


class Comment(Struct, frozen=True):
    """Something written; `attachments` are counted alone."""

    id: int
    at: str
    author_id: int | None
    body: str
    is_public: bool
    attachments: int = 0


class Audit(Struct, frozen=True):
    """One update of a ticket: fields with their new values, comments, and the rest."""

    at: str
    author_id: int | None
    changes: Mapping[str, Any]
    comments: tuple[Comment, ...] = ()
    others: tuple[str, ...] = ()
    """Types of events that stand for nothing here, such as `Notification`."""


def comment_of(record: Record, at: str = "", author_id: Any = None) -> Comment:
    """A comment as it stands in a ticket's comments, or in an audit which has time and author."""
    body = record.get("plain_body") or record.get("body") or ""
    author = record.get("author_id", author_id)
    return Comment(
        id=record.get("id") or 0,
        at=str(record.get("created_at") or at),
        author_id=author if isinstance(author, int) else None,
        body=str(body),
        is_public=record.get("public") is not False,
        attachments=len(record.get("attachments") or ()),
    )


def audits_of(records: Mapping[str, list[Record]]) -> list[Audit]:
    """Returns a ticket's audits, oldest first; what stands in the export twice, once.

    An audit has its comments as they were written. One that was made private since is private.
    """
    told = records.get("audits") or records.get("ticket_events") or []
    by_id = {record.get("id"): record for record in told}
    in_order = sorted(by_id.values(), key=lambda it: (_time_of(it), it.get("id") or 0))
    hidden = _hidden_comments(in_order)
    return [_audit(record, hidden) for record in in_order]


def comments_of(records: Mapping[str, list[Record]]) -> list[Comment]:
    """Returns a ticket's comments, oldest first."""
    by_id = {record.get("id"): comment_of(record) for record in records.get("comments", [])}
    return sorted(by_id.values(), key=lambda comment: (comment.at, comment.id))


def _hidden_comments(records: Iterable[Record]) -> set[Any]:
    """Returns the ids of comments that were made private after they had been public."""
    changes = (event for record in records for event in _events(record))
    return {
        event.get("comment_id")
        for event in changes
        if _type_of(event) == _PRIVACY_CHANGE and event.get("public") is False
    }


def _events(record: Record) -> list[Record]:
    events = record.get("events") or record.get("child_events") or []
    return [event for event in events if isinstance(event, dict)]


def _audit(record: Record, hidden: set[Any]) -> Audit:
    at, author_id = _time_of(record), record.get("author_id", record.get("updater_id"))
    told = _events(record)
    changes: dict[str, Any] = {}
    for event in told:
        if _type_of(event) in _CHANGES:
            changes |= dict(_values(event))
    return Audit(
        at=at,
        author_id=author_id if isinstance(author_id, int) else None,
        changes=changes,
        comments=tuple(
            comment_of(
                {**event, "public": False} if event.get("id") in hidden else event, at, author_id
            )
            for event in told
            if _type_of(event) in _COMMENTS
        ),
        others=tuple(
            kind
            for kind in map(_type_of, told)
            if kind not in _COMMENTS | _CHANGES | {_PRIVACY_CHANGE}
        ),
    )


def _type_of(event: Record) -> str:
    return str(event.get("event_type") or event.get("type") or "?")


def _values(event: Record) -> Iterator[tuple[str, Any]]:
    if "field_name" in event:
        yield str(event["field_name"]), event.get("value")
        return
    yield from ((name, value) for name, value in event.items() if name not in _ABOUT)


def _time_of(record: Record) -> str:
    """`created_at`, or the `timestamp` of an incremental event, in seconds since 1970."""
    stamp = record.get("timestamp")
    if record.get("created_at") or not isinstance(stamp, int | float):
        return str(record.get("created_at") or "")
    return datetime.fromtimestamp(stamp, UTC).isoformat()
