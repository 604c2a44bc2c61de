"""A Zendesk ticket as a line of the import file: its audits as the entries of a history."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from server.transfer.zendesk.audits import Audit, Comment, audits_of, comments_of
from server.transfer.zendesk.files import Record, inner
from server.transfer.zendesk.zendesk_people import ZendeskPeople

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
_KNOWN: Final = frozenset(
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
_SILENT: Final = frozenset({"submitter_id", "comment_public", "is_public", "updated_at"})
"""Fields of which a change tells nothing that is missed."""
_AT_ONCE: Final = timedelta(minutes=1)
"""A ticket's first comment may be a moment younger than the ticket."""
_MERGED: Final = "closed_by_merge"
_LOST: Final = {
    "organization_id": "organizations of tickets",
    "collaborator_ids": "tickets with people in copy",
    "follower_ids": "tickets with followers",
    "due_at": "due dates",
    "problem_id": "links to problems",
    "type": "types of tickets",
    "brand_id": "brands of tickets",
    "ticket_form_id": "forms of tickets",
    "recipient": "addresses that tickets came in at",
    "external_id": "external ids that tickets had in Zendesk",
}


class ZendeskTicket:
    """One ticket on its way into a line; what of it is not taken over goes to `losses`."""

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
        self._audits = audits_of(records)
        self._comments = comments_of(records)
        self._now: dict[str, Any] = {}
        """The fields as the history has left them so far, in Zendesk's words."""

    def line(self) -> Record:
        self._count_losses()
        first = self._begun()
        history = [*self._told(), *self._caught_up()]
        return {"ticket": first, "history": sorted(history, key=_moment)}

    # -- the ticket as it was filed

    def _begun(self) -> Record:
        ticket, created = self._ticket, self._audits[0].changes if self._audits else {}
        self._now = {
            "status": "new",
            "assignee_id": None,
            "subject": created.get("subject") or ticket.get("subject"),
            "priority": created.get("priority", ticket.get("priority")),
            "tags": _tags(created.get("tags", [] if self._audits else ticket.get("tags"))),
            "group_id": created.get("group_id", ticket.get("group_id")),
        }
        return {
            "external_id": str(ticket.get("id")),
            "number": ticket.get("id"),
            "subject": self._now["subject"],
            "description": self._description(),
            "customer_email": self._people.email(ticket.get("requester_id")),
            "created_at": ticket.get("created_at"),
            "tags": self._now["tags"],
            **self._priority(),
            **self._category(self._now["group_id"]),
            **self._submitter(),
            **self._followed_up(),
        }

    def _priority(self) -> Record:
        priority = self._now["priority"]
        return {"priority": priority} if priority in _PRIORITIES else {}

    def _category(self, group_id: Any) -> Record:
        """A group's name as a category: it is what decides who gets a ticket."""
        name = self._groups.get(group_id) if isinstance(group_id, int) else None
        if name is None:
            return {}
        return {"category": re.sub(r"[\W_]+", "-", name.casefold()).strip("-")[:50] or "general"}

    def _submitter(self) -> Record:
        submitter, requester = (self._ticket.get(f"{who}_id") for who in ("submitter", "requester"))
        if submitter == requester or not self._people.is_agent(submitter):
            return {}
        return {"actor": self._people.email(submitter)}

    def _followed_up(self) -> Record:
        source = inner(inner(self._ticket, "via"), "source")
        before = inner(source, "from").get("ticket_id")
        return {"followup_of": str(before)} if before and source.get("rel") == "follow_up" else {}

    def _description(self) -> str:
        """The first comment, which the requester may read; a private one is told as a note."""
        first = self._opening
        if first is not None and not first.is_public:
            self._losses["tickets begun by a private comment, which is a note now"] += 1
            return ""
        return self._ticket.get("description") or (first.body if first else "")

    @cached_property
    def _said(self) -> list[Comment]:
        return [it for audit in self._audits for it in audit.comments] or self._comments

    @cached_property
    def _opening(self) -> Comment | None:
        """The comment that the ticket began with; None where the record begins later."""
        ticket, description = self._ticket, self._ticket.get("description")
        if not self._said:
            return self._private_description()
        first = self._said[0]
        begun = _moment({"at": ticket.get("created_at")})
        is_at_once = _moment({"at": first.at}) - begun < _AT_ONCE
        return first if is_at_once or description in {None, "", first.body} else None

    def _private_description(self) -> Comment | None:
        """Returns what stands for the description where no comment is public."""
        body = self._ticket.get("description")
        if not body or self._ticket.get("is_public") is not False:
            return None
        at, author = str(self._ticket.get("created_at")), self._ticket.get("submitter_id")
        return Comment(0, at, author if isinstance(author, int) else None, body, is_public=False)

    # -- what happened then

    def _told(self) -> Iterator[Record]:
        opening = self._opening
        if opening is not None and not opening.is_public:
            yield self._message(opening)
        for comment in self._said:
            self._count_comment(comment)
        if self._said is self._comments:
            yield from self._messages(self._said, opening)
        for audit in self._audits:
            yield from self._messages(audit.comments, opening)
            yield from self._changed(audit)

    def _messages(self, comments: Sequence[Comment], told: Comment | None) -> Iterator[Record]:
        yield from (self._message(comment) for comment in comments if comment is not told)

    def _message(self, comment: Comment) -> Record:
        kind = "reply" if comment.is_public else "note"
        return {"at": comment.at, "type": kind, "body": comment.body, **self._by(comment.author_id)}

    def _by(self, author_id: int | None) -> Record:
        email = self._people.email(author_id)
        return {"actor": email} if email else {}

    def _changed(self, audit: Audit) -> Iterator[Record]:
        """The entries of an audit: first whose it became, then its fields, then how it stands."""
        changes = audit.changes
        base = {"at": audit.at, **self._by(audit.author_id)}
        if "assignee_id" in changes:
            yield from self._assigned(base, changes["assignee_id"])
        edits = self._edits(changes)
        if edits:
            yield {**base, "type": "edit", "changes": edits}
        if "status" in changes or "assignee_id" in changes:
            yield from self._moved(base, str(changes.get("status") or self._now["status"]))
        score = _SCORES.get(str(changes.get("satisfaction_score")))
        if score:
            comment = changes.get("satisfaction_comment")
            yield {"at": audit.at, "type": "rating", "score": score, "comment": comment or None}
        self._count_changes(audit)

    def _assigned(self, base: Record, assignee_id: Any) -> Iterator[Record]:
        assignee_id = int(assignee_id) if str(assignee_id).isdecimal() else None
        if assignee_id == self._now["assignee_id"]:
            return
        self._now["assignee_id"] = assignee_id
        to = self._people.email(assignee_id) if assignee_id else None
        yield {**base, "type": "assign", "to": to} if to else {**base, "type": "unassign"}

    def _edits(self, changes: Mapping[str, Any]) -> Record:
        edits: Record = {}
        for name in ("subject", "priority", "tags", "group_id"):
            value = _tags(changes.get(name)) if name == "tags" else changes.get(name)
            if name not in changes or not value or value == self._now[name]:
                continue
            self._now[name] = value
            edits |= self._category(_number(value)) if name == "group_id" else {name: value}
        return edits

    def _moved(self, base: Record, status: str) -> Iterator[Record]:
        """Zendesk's open is work in progress here, once it is somebody's."""
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
        if new == "closed" and _MERGED in _tags(self._ticket.get("tags")):
            entry["reason"] = "duplicate"
        yield entry

    def _caught_up(self) -> Iterator[Record]:
        """Returns entries that lead to the present state where changes were not recorded."""
        ticket = self._ticket
        at = self._ended_at() or ticket.get("updated_at")
        fields = ("status", "assignee_id", "priority", "subject", "tags", "group_id")
        present = {name: ticket[name] for name in fields if ticket.get(name) is not None}
        present["tags"] = _tags(present.get("tags"))
        missing = {name: value for name, value in present.items() if value != self._now[name]}
        if missing:
            if missing.keys() & {"status", "assignee_id"}:
                self._losses["tickets whose changes are not all recorded"] += 1
            yield from self._changed(Audit(at=str(at), author_id=None, changes=missing))
        rating = inner(ticket, "satisfaction_rating")
        if _SCORES.get(str(rating.get("score"))) and not self._is_rated():
            audit = {"satisfaction_score": rating["score"]}
            audit["satisfaction_comment"] = rating.get("comment")
            yield from self._changed(Audit(at=str(at), author_id=None, changes=audit))

    def _ended_at(self) -> str | None:
        """Returns when it was solved, by its metrics, if those were recorded with it."""
        metrics = inner(self._ticket, "metric_set")
        ended = self._ticket.get("status") in {"solved", "closed"}
        at = metrics.get("solved_at") if ended else None
        return str(at) if at else None

    def _is_rated(self) -> bool:
        return any(audit.changes.get("satisfaction_score") in _SCORES for audit in self._audits)

    # -- what is not taken over

    def _count_losses(self) -> None:
        for field, what in _LOST.items():
            if self._ticket.get(field):
                self._losses[what] += 1
        own = self._ticket.get("custom_fields") or []
        filled = sum(it.get("value") not in {None, ""} for it in own if _is_plain(it))
        if filled:
            self._losses["values of custom fields"] += filled

    def _count_comment(self, comment: Comment) -> None:
        if comment.attachments:
            self._losses["attachments"] += comment.attachments

    def _count_changes(self, audit: Audit) -> None:
        for field in audit.changes.keys() - _KNOWN - _SILENT:
            kind = "custom fields" if field.isdecimal() else field
            self._losses[f"changes of {kind}"] += 1
        if "requester_id" in audit.changes and audit is not self._audits[0]:
            self._losses["changes of the requester"] += 1
        for kind in audit.others:
            self._losses[f"events of the type {kind}"] += 1


def _moment(entry: Record) -> datetime:
    """Returns when it was; a missing time is refused later, by its field."""
    try:
        at = datetime.fromisoformat(str(entry["at"]))
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _tags(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [str(it) for it in value] if isinstance(value, list) else []


def _number(value: Any) -> int | None:
    return int(value) if str(value).isdecimal() else None


def _is_plain(field: Any) -> bool:
    return isinstance(field, dict) and not isinstance(field.get("value"), list | dict)
