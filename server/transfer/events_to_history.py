"""Converts the events of a ticket to history entries, the inverse of `history_to_events`."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from common.people import Actor, Role
from common.tickets.channel import TicketChannel
from common.tickets.editing import TicketEdits
from common.tickets.event import TicketEvent
from common.tickets.merging import TicketMerged, TicketUnmerged
from common.tickets.splitting import TicketSplit
from common.tickets.ticket import Status, WaitingOn
from common.tickets.undelivered import FailedDelivery
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.attachment.attachments import Attachment
from server.storage.queries.log.event_log import LogEntry as Logged
from server.storage.queries.person import undelivered_mail
from server.storage.queries.person.name_resolver import NameResolver
from server.storage.queries.ticket import transfer_queries
from server.storage.queries.ticket.messages import SOURCES
from server.transfer.file_format import EntryKind, FileEntry, OriginalEntry, TransferEntry
from server.transfer.history_to_events import find_entry_event
from server.transfer.named_events import NAMED_EVENTS
from server.transfer.original_mails import NO_ORIGINALS, Originals

_EDITABLE_FIELDS: Final = frozenset(TicketEdits.__struct_fields__)


class HistoryBuilder:
    """Builds entries with the current e-mail addresses of people."""

    def __init__(
        self,
        reading: ReadTransaction,
        names: NameResolver,
        files: Sequence[Attachment] = (),
        originals: Originals = NO_ORIGINALS,
    ) -> None:
        self._reading = reading
        self._names = names
        self._files = files
        self._originals = originals
        self._places: dict[int, int] = {}
        """The place of each message among those of its ticket, by seq."""

    def list_files(self, seq: int | None) -> tuple[FileEntry, ...]:
        """Returns the files of a message, or of the description without a seq."""
        return tuple(
            FileEntry(name=it.name, content_type=it.content_type, size=it.size, sha256=it.sha256)
            for it in self._files
            if it.seq == seq
        )

    def find_original(self, seq: int | None) -> OriginalEntry | UnsetType:
        """Returns the mail that a message came in, or the description without a seq."""
        return self._originals.get(seq, UNSET)

    def build_history(self, log: list[Logged]) -> tuple[TransferEntry, ...]:
        """Returns the entries from which an import makes the same ticket and the same events."""
        written = (event.seq for event in log if event.message is not None)
        self._places = {seq: place for place, seq in enumerate(written, 1)}
        entries = (self._build_entry(event) for event in log)
        return tuple(entry for entry in entries if entry is not None)

    def describe_actor(self, event: Logged) -> dict[str, Any]:
        """Returns the actor: `actor` for a person, `key` for an API key, nothing for the system."""
        if event.actor_id is None:
            return {}
        if event.actor_role is Role.KEY:
            return {"key": self._names.actor_ref(self._reading, Role.KEY, event.actor_id).name}
        return {"actor": self.find_email(event.actor_id)}

    def _build_entry(self, event: Logged) -> TransferEntry | None:
        if event.detail.undelivered is not None:
            failure = self._describe_failure(event, event.detail.undelivered)
            return TransferEntry(at=event.at, **failure)
        about = self._describe_event(event)
        if about is None:
            return None
        return _name_event(
            TransferEntry(
                at=event.at, **self.describe_actor(event), **about, **_edit_fields(event)
            ),
            event,
        )

    def _describe_failure(self, event: Logged, failed: FailedDelivery) -> dict[str, Any]:
        """Returns an undelivered message; what followed from it follows again at an import."""
        number = event.detail.ticket.number if event.detail.ticket else 0
        mark = undelivered_mail.find_mark(self._reading, event.org_id, number, failed.message_id)
        return {
            "type": EntryKind.UNDELIVERED,
            "message": self._places[failed.message_id],
            "to": self.find_email(failed.person_id),
            "reason": mark.error if mark else UNSET,
        }

    def _describe_merge(self, event: Logged) -> dict[str, Any]:
        changes = event.detail.changes
        if "merged_into" in changes:
            return {
                "type": EntryKind.MERGE,
                "into": self._read_name(event, changes["merged_into"][1]),
            }
        old, new = changes.get("merged_from", ((), ()))
        return {
            "type": EntryKind.MERGE,
            "tickets": tuple(self._read_name(event, it) for it in new if it not in old),
            "unanswered": "unanswered_since" in changes,
        }

    def _describe_split(self, event: Logged) -> dict[str, Any]:
        old, new = event.detail.changes["split_into"]
        names = tuple(self._read_name(event, it) for it in new if it not in old)
        return {"type": EntryKind.SPLIT, "tickets": names}

    def _describe_unmerge(self, event: Logged) -> dict[str, Any]:
        changes = event.detail.changes
        if "merged_into" in changes:
            gone = "assignee_id" in changes
            to = self._email_or_none(changes["assignee_id"][1]) if gone else UNSET
            return {"type": EntryKind.UNMERGE, "status": Status(changes["status"][1]), "to": to}
        old, new = changes["merged_from"]
        names = tuple(self._read_name(event, it) for it in old if it not in new)
        return {"type": EntryKind.UNMERGE, "tickets": names}

    def _read_name(self, event: Logged, number: int) -> str:
        return transfer_queries.read_external_id(self._reading, event.org_id, number)

    def _describe_event(self, event: Logged) -> dict[str, Any] | None:
        """Returns type and fields of the entry; None if the event is not exported."""
        describe = {
            TicketMerged.type: self._describe_merge,
            TicketUnmerged.type: self._describe_unmerge,
            TicketSplit.type: self._describe_split,
        }.get(event.type)
        if describe is not None:
            return describe(event)
        if event.message is not None:
            return self._describe_message(event, *event.message)
        rating = event.detail.given_rating
        if rating is not None:
            return {
                "type": EntryKind.RATING,
                "score": rating.score,
                "comment": rating.comment or UNSET,
            }
        if "status" in event.detail.changes:
            return self._describe_status_change(event)
        if not event.detail.changes.keys().isdisjoint({"customer_id", "assignee_id"}):
            return self._describe_person(event)
        return _describe_edit(event)

    def _describe_message(self, event: Logged, kind: str, body: str) -> dict[str, Any]:
        return {
            "type": EntryKind(kind),
            "body": body,
            "attachments": self.list_files(event.seq),
            "original": self.find_original(event.seq),
            "copied": event.copied_from is not None,
            **_describe_source(event.source),
        }

    def _describe_status_change(self, event: Logged) -> dict[str, Any]:
        old, new = event.detail.changes["status"]
        _, assignee = event.detail.changes.get("assignee_id", (None, UNSET))
        why = {"reason": event.detail.reason} if event.detail.reason else {}
        if assignee is None and (old, new) == (Status.IN_PROGRESS, Status.OPEN):
            return {"type": EntryKind.UNASSIGN, **why}
        to = UNSET if assignee is UNSET else self._email_or_none(assignee)
        return {"type": EntryKind.STATUS, "status": Status(new), "to": to, **why}

    def _describe_person(self, event: Logged) -> dict[str, Any]:
        """Returns an entry that gives the ticket to another customer or assignee."""
        if "customer_id" in event.detail.changes:
            customer = self.find_email(event.detail.changes["customer_id"][1])
            return {
                "type": EntryKind.CUSTOMER,
                "to": customer,
                "keeps_rating": event.detail.ticket is not None
                and event.detail.ticket.rating is not None,
            }
        _, assignee = event.detail.changes["assignee_id"]
        after = event.detail.ticket
        if assignee is None and after is not None and after.status is Status.IN_PROGRESS:
            # An `unassign` would make it open: this one stayed in progress, as nobody's.
            return {"type": EntryKind.STATUS, "status": after.status, "to": None}
        if assignee is None:
            return {"type": EntryKind.UNASSIGN}
        return {"type": EntryKind.ASSIGN, "to": self.find_email(assignee)}

    def _email_or_none(self, person_id: int | None) -> str | None:
        return None if person_id is None else self.find_email(person_id)

    def find_email(self, person_id: int) -> str:
        return self._names.read_person(self._reading, person_id).email


def _describe_source(stored: str | None) -> dict[str, Any]:
    """Returns the way in which a message came, and whether the sender of a mail was proved."""
    if stored is None:
        return {}
    source = SOURCES[stored]
    is_mail = source.kind is TicketChannel.MAIL
    return {"channel": source.kind, **({"verified": source.verified} if is_mail else {})}


def _describe_edit(event: Logged) -> dict[str, Any] | None:
    """Returns an edit; `unanswered`: a reply on a ticket merged into this one was lost."""
    changes = event.detail.changes
    _, since = changes.get("unanswered_since", (None, None))
    if event.type == TicketEvent.type and since is not None:
        return {"type": EntryKind.EDIT, "unanswered": True}
    if not _EDITABLE_FIELDS & changes.keys():
        return None
    return {"type": EntryKind.EDIT, "reason": event.detail.reason or UNSET}


def _name_event(entry: TransferEntry, event: Logged) -> TransferEntry:
    """Returns the entry, with the name of its event where an import would make another one."""
    after = event.detail.ticket
    if after is None or event.type not in NAMED_EVENTS:
        return entry
    before, _ = event.detail.changes.get("status", (after.status, None))
    made = find_entry_event(entry, Status(before), after.status)
    return entry if made.type == event.type else replace(entry, event=event.type)


def _edit_fields(event: Logged) -> dict[str, Any]:
    """Returns the edits of the event that do not follow from its type by the rules."""
    changes = event.detail.changes
    values = _unruled_values(event) | {
        name: changes[name][1] for name in changes if name in _EDITABLE_FIELDS
    }
    return {"changes": msgspec.convert(values, TicketEdits)} if values else {}


def _unruled_values(event: Logged) -> dict[str, Any]:
    """Returns the fields that a requester's reply changes by the rules, but did not."""
    after = event.detail.ticket
    if after is None or event.message is None or not after.is_requested_by(_event_actor(event)):
        return {}
    ruled = {"waiting_on": WaitingOn.AGENT, "snoozed_until": None}
    return {name: getattr(after, name) for name in ruled if getattr(after, name) != ruled[name]}


def _event_actor(event: Logged) -> Actor:
    return Actor(event.org_id, event.actor_role, event.actor_id, "")
