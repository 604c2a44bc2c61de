"""Notices: what somebody was told, and why; the inbox, and how far it has been read."""

from datetime import datetime
from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType

from common.ids import Seq
from common.preferences import NotificationKind, Relation
from common.tickets.ticket import Status
from common.wire import ActorRef


class Reason(StrEnum):
    """The reason why somebody is notified; the strongest comes first."""

    MENTIONED = "mentioned"
    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"
    MINE = "mine"
    CUSTOMER = "customer"
    FOLLOWED = "followed"
    TEAM = "team"
    SUPERVISOR = "supervisor"


class ReadNotices(Struct, frozen=True, forbid_unknown_fields=True):
    """Mark everything up to this `id` or `seq` as read."""

    up_to: Seq


class ReadMark(Struct, frozen=True):
    """Up to where the caller has read, and how many notices are left."""

    up_to: int
    unread: int


class NoticeTicket(Struct, frozen=True):
    """The ticket that a notice is about, as it is now."""

    number: int
    subject: str
    status: Status


class NoticeView(Struct, frozen=True, kw_only=True):
    """One notice. `seq` is that of its event; `text` is how a message begins."""

    id: int
    seq: int
    type: str
    kind: NotificationKind
    reason: Reason
    relation: Relation
    at: datetime
    actor: ActorRef
    ticket: NoticeTicket
    read: bool
    text: str | UnsetType = UNSET


class Inbox(Struct, frozen=True):
    """A page of notices, newest first; `unread` counts the unread ones, up to 1000."""

    items: list[NoticeView]
    next_cursor: str | None
    seq: int
    unread: int
