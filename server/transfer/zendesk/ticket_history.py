"""Converts a Zendesk ticket and its audits to a line of the import file."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from server.transfer.zendesk.ticket_audits import (
    ZendeskAudit,
    ZendeskComment,
    parse_audits,
    parse_comments,
)
from server.transfer.zendesk.zendesk_people import ZendeskPeople
from server.transfer.zendesk.zendesk_records import Record, read_nested

_STATUSES: Final = {
    "new": "open",
    "open": "in_progress",
    "pending": "in_progress",
    "hold": "in_progress",
    "solved": "resolved",
    "closed": "closed",
}
_WAITING: Final = {"pending": "customer", "hold": "third_party"}
_SCORES: Final = {"good": 5, "bad": 1}
_PRIORITIES: Final = frozenset({"low", "normal", "high", "urgent"})
_CONVERTED_FIELDS: Final = frozenset(
    {
        "status",
        "assignee_id",
        "priority",
        "subject",
        "tags",
        "group_id",
        "satisfaction_score",
        "satisfaction_comment",
        "requester_id",
        "description",
    }
)
_IGNORED_FIELDS: Final = frozenset({"submitter_id", "comment_public", "is_public", "updated_at"})
"""Fields whose changes are not needed."""
_FIRST_COMMENT_WINDOW: Final = timedelta(minutes=1)
"""The first comment may be slightly younger than its ticket."""
_MERGED_TAG: Final = "closed_by_merge"
_LOST_FIELDS: Final = {
    "organization_id": "organizations of tickets",
    "collaborator_ids": "tickets with people in copy",
    "follower_ids": "tickets with followers",
    "due_at": "due dates",
    "problem_id": "links to problems",
    "type": "types of tickets",
    "brand_id": "brands of tickets",
    "ticket_form_id": "forms of tickets",
    "recipient": "addresses at which tickets were received",
    "external_id": "external ids of tickets in Zendesk",
}


class ZendeskTicket:
    """Converts one ticket; contents that are not imported are counted in `losses`."""

    def __init__(
        self,
        ticket: Record,
        records: Mapping[str, list[Record]],
        people: ZendeskPeople,
        groups: Mapping[int, str],
        losses: Counter[str],
    ) -> None:
        self._ticket = ticket
        self._people = people
        self._groups = groups
        self._losses = losses
        self._audits = parse_audits(records)
        self._comments = parse_comments(records)
        self._now: dict[str, Any] = {}
        """The present values of the fields during the conversion, in Zendesk's words."""

    def build_line(self) -> Record:
        self._count_losses()
        first = self._build_ticket()
        history = [*self._build_history(), *self._add_unrecorded_changes()]
        return {"ticket": first, "history": sorted(history, key=_entry_time)}

    # -- the ticket as it was filed

    def _build_ticket(self) -> Record:
        ticket, created = self._ticket, self._audits[0].changes if self._audits else {}
        self._now = {
            "status": "new",
            "assignee_id": None,
            "subject": created.get("subject") or ticket.get("subject"),
            "priority": created.get("priority", ticket.get("priority")),
            "tags": _parse_tags(created.get("tags", [] if self._audits else ticket.get("tags"))),
            "group_id": created.get("group_id", ticket.get("group_id")),
        }
        return {
            "external_id": str(ticket.get("id")),
            "number": ticket.get("id"),
            "subject": self._now["subject"],
            "description": self._find_description(),
            "customer_email": self._people.find_email(ticket.get("requester_id")),
            "created_at": ticket.get("created_at"),
            "tags": self._now["tags"],
            **self._convert_priority(),
            **self._convert_category(self._now["group_id"]),
            **self._convert_submitter(),
            **self._convert_follow_up(),
        }

    def _convert_priority(self) -> Record:
        priority = self._now["priority"]
        return {"priority": priority} if priority in _PRIORITIES else {}

    def _convert_category(self, group_id: Any) -> Record:
        """Returns the name of the group as the category, since it decides who gets a ticket."""
        name = self._groups.get(group_id) if isinstance(group_id, int) else None
        if name is None:
            return {}
        return {"category": re.sub(r"[\W_]+", "-", name.casefold()).strip("-")[:50] or "general"}

    def _convert_submitter(self) -> Record:
        submitter, requester = (self._ticket.get(f"{who}_id") for who in ("submitter", "requester"))
        if submitter == requester or not self._people.is_agent(submitter):
            return {}
        return {"actor": self._people.find_email(submitter)}

    def _convert_follow_up(self) -> Record:
        source = read_nested(read_nested(self._ticket, "via"), "source")
        before = read_nested(source, "from").get("ticket_id")
        return {"followup_of": str(before)} if before and source.get("rel") == "follow_up" else {}

    def _find_description(self) -> str:
        """Returns the public description; a private first comment becomes a note."""
        first = self._first_comment
        if first is not None and not first.is_public:
            self._losses["tickets that start with a private comment, which becomes a note"] += 1
            return ""
        return self._ticket.get("description") or (first.body if first else "")

    @cached_property
    def _all_comments(self) -> list[ZendeskComment]:
        return [it for audit in self._audits for it in audit.comments] or self._comments

    @cached_property
    def _first_comment(self) -> ZendeskComment | None:
        """Returns the first comment of the ticket; None if the record starts later."""
        ticket, description = self._ticket, self._ticket.get("description")
        if not self._all_comments:
            return self._private_description()
        first = self._all_comments[0]
        begun = _entry_time({"at": ticket.get("created_at")})
        is_at_once = _entry_time({"at": first.at}) - begun < _FIRST_COMMENT_WINDOW
        return first if is_at_once or description in {None, "", first.body} else None

    def _private_description(self) -> ZendeskComment | None:
        """Returns the description of a ticket without a public comment."""
        body = self._ticket.get("description")
        if not body or self._ticket.get("is_public") is not False:
            return None
        at, author = str(self._ticket.get("created_at")), self._ticket.get("submitter_id")
        return ZendeskComment(
            0, at, author if isinstance(author, int) else None, body, is_public=False
        )

    # -- what happened then

    def _build_history(self) -> Iterator[Record]:
        opening = self._first_comment
        if opening is not None and not opening.is_public:
            yield self._convert_comment(opening)
        for comment in self._all_comments:
            self._count_comment(comment)
        if self._all_comments is self._comments:
            yield from self._convert_comments(self._all_comments, opening)
        for audit in self._audits:
            yield from self._convert_comments(audit.comments, opening)
            yield from self._convert_audit(audit)

    def _convert_comments(
        self, comments: Sequence[ZendeskComment], described: ZendeskComment | None
    ) -> Iterator[Record]:
        yield from (
            self._convert_comment(comment) for comment in comments if comment is not described
        )

    def _convert_comment(self, comment: ZendeskComment) -> Record:
        kind = "reply" if comment.is_public else "note"
        return {
            "at": comment.at,
            "type": kind,
            "body": comment.body,
            **self._author_fields(comment.author_id),
        }

    def _author_fields(self, author_id: int | None) -> Record:
        email = self._people.find_email(author_id)
        return {"actor": email} if email else {}

    def _convert_audit(self, audit: ZendeskAudit) -> Iterator[Record]:
        """Yields the entries of an audit: assignment, fields, status."""
        changes = audit.changes
        base = {"at": audit.at, **self._author_fields(audit.author_id)}
        if "assignee_id" in changes:
            yield from self._convert_assignment(base, changes["assignee_id"])
        edits = self._convert_edits(changes)
        if edits:
            yield {**base, "type": "edit", "changes": edits}
        if "status" in changes or "assignee_id" in changes:
            yield from self._convert_status(base, str(changes.get("status") or self._now["status"]))
        score = _SCORES.get(str(changes.get("satisfaction_score")))
        if score:
            comment = changes.get("satisfaction_comment")
            yield {"at": audit.at, "type": "rating", "score": score, "comment": comment or None}
        self._count_changes(audit)

    def _convert_assignment(self, base: Record, assignee_id: Any) -> Iterator[Record]:
        assignee_id = int(assignee_id) if str(assignee_id).isdecimal() else None
        if assignee_id == self._now["assignee_id"]:
            return
        self._now["assignee_id"] = assignee_id
        to = self._people.find_email(assignee_id) if assignee_id else None
        yield {**base, "type": "assign", "to": to} if to else {**base, "type": "unassign"}

    def _convert_edits(self, changes: Mapping[str, Any]) -> Record:
        edits: Record = {}
        for name in ("subject", "priority", "tags", "group_id"):
            value = _parse_tags(changes.get(name)) if name == "tags" else changes.get(name)
            if name not in changes or not value or value == self._now[name]:
                continue
            self._now[name] = value
            edits |= (
                self._convert_category(_parse_number(value))
                if name == "group_id"
                else {name: value}
            )
        return edits

    def _convert_status(self, base: Record, status: str) -> Iterator[Record]:
        """Converts a status; `open` becomes `in_progress` if the ticket is assigned."""
        new = _STATUSES.get(status)
        if new is None:
            self._losses[f"changes to the status {status}"] += 1
            return
        if status == "open" and self._now["assignee_id"] is None:
            new = "open"
        before, self._now["status"] = self._now["status"], status
        waiting, waited = _WAITING.get(status, "agent"), _WAITING.get(before, "agent")
        entry = {**base, "type": "status", "status": new}
        if waiting != waited and new not in {"resolved", "closed"}:
            entry["changes"] = {"waiting_on": waiting}
        if new == "closed" and _MERGED_TAG in _parse_tags(self._ticket.get("tags")):
            entry["reason"] = "duplicate"
        yield entry

    def _add_unrecorded_changes(self) -> Iterator[Record]:
        """Returns the entries that lead to the present state if changes are missing."""
        ticket = self._ticket
        at = self._solved_at() or ticket.get("updated_at")
        fields = ("status", "assignee_id", "priority", "subject", "tags", "group_id")
        present = {name: ticket[name] for name in fields if ticket.get(name) is not None}
        present["tags"] = _parse_tags(present.get("tags"))
        missing = {name: value for name, value in present.items() if value != self._now[name]}
        if missing:
            if missing.keys() & {"status", "assignee_id"}:
                self._losses["tickets with incomplete records of changes"] += 1
            yield from self._convert_audit(
                ZendeskAudit(at=str(at), author_id=None, changes=missing)
            )
        rating = read_nested(ticket, "satisfaction_rating")
        if _SCORES.get(str(rating.get("score"))) and not self._is_rated():
            audit = {"satisfaction_score": rating["score"]}
            audit["satisfaction_comment"] = rating.get("comment")
            yield from self._convert_audit(ZendeskAudit(at=str(at), author_id=None, changes=audit))

    def _solved_at(self) -> str | None:
        """Returns when the ticket was solved, according to its metrics."""
        metrics = read_nested(self._ticket, "metric_set")
        ended = self._ticket.get("status") in {"solved", "closed"}
        at = metrics.get("solved_at") if ended else None
        return str(at) if at else None

    def _is_rated(self) -> bool:
        return any(audit.changes.get("satisfaction_score") in _SCORES for audit in self._audits)

    # -- what is not taken over

    def _count_losses(self) -> None:
        for field, what in _LOST_FIELDS.items():
            if self._ticket.get(field):
                self._losses[what] += 1
        own = self._ticket.get("custom_fields") or []
        filled = sum(it.get("value") not in {None, ""} for it in own if _is_scalar_field(it))
        if filled:
            self._losses["values of custom fields"] += filled

    def _count_comment(self, comment: ZendeskComment) -> None:
        if comment.attachments:
            self._losses["attachments"] += comment.attachments

    def _count_changes(self, audit: ZendeskAudit) -> None:
        for field in audit.changes.keys() - _CONVERTED_FIELDS - _IGNORED_FIELDS:
            kind = "custom fields" if field.isdecimal() else field
            self._losses[f"changes of {kind}"] += 1
        if "requester_id" in audit.changes and audit is not self._audits[0]:
            self._losses["changes of the requester"] += 1
        for kind in audit.others:
            self._losses[f"events of the type {kind}"] += 1


def _entry_time(entry: Record) -> datetime:
    """Returns the time of a record; a missing one is refused later."""
    try:
        at = datetime.fromisoformat(str(entry["at"]))
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _parse_tags(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [str(it) for it in value] if isinstance(value, list) else []


def _parse_number(value: Any) -> int | None:
    return int(value) if str(value).isdecimal() else None


def _is_scalar_field(field: Any) -> bool:
    return isinstance(field, dict) and not isinstance(field.get("value"), list | dict)
