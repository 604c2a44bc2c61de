"""Notifications on the wire: the inbox, and how far it has been read."""

from datetime import datetime
from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType

from common.ids import Seq
from common.preferences import NotificationKind, Relation
from common.tickets.ticket import Status
from common.wire import ActorRef


class Reason(StrEnum):
    """The reason of a notification; the strongest comes first."""

    MENTIONED = "mentioned"
    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"
    AUTHOR = "author"
    MINE = "mine"
    CUSTOMER = "customer"
    FOLLOWED = "followed"
    TEAM = "team"
    SUPERVISOR = "supervisor"


class ReadNotices(Struct, frozen=True, forbid_unknown_fields=True):
    """Marks everything up to this `id` or `seq` as read."""

    up_to: Seq


class ReadMark(Struct, frozen=True):
    """The position up to which the caller has read, and the number of unread notifications."""

    up_to: int
    unread: int


class NoticeTicket(Struct, frozen=True):
    """The ticket of a notification, as it is now."""

    number: int
    subject: str
    status: Status


class NoticeView(Struct, frozen=True, kw_only=True):
    """One notification. `seq` is that of its event; `text` is the beginning of its message."""

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
    """A page of notifications, newest first; `unread` counts the unread ones, up to 1000."""

    items: list[NoticeView]
    next_cursor: str | None
    seq: int
    unread: int
