"""The agent's inbox: its newest notifications, as the server had them when last read.

Each answer of `GET /notifications` replaces the one before.
"""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from common.notifications import Inbox, NoticeView, ReadMark, Reason
from common.people import Role
from common.preferences import NotificationKind
from tui.keys import label_command

INBOX_LIMIT: Final = 100
"""The number of notifications that are loaded; older ones are only at the server."""

_ATTENTION_KINDS: Final = {
    NotificationKind.MENTION,
    NotificationKind.UNDELIVERED,
    NotificationKind.ASSIGNED,
    NotificationKind.SLA_BREACHED,
}
_PERSONAL_REASONS: Final = {Reason.MENTIONED, Reason.ASSIGNED, Reason.AUTHOR, Reason.MINE}


class AgentInbox:
    """The notifications, newest first; `unread` is the server's count."""

    def __init__(self) -> None:
        self.notices: list[NoticeView] = []
        self.unread = 0
        self._newest: int | None = None

    def load_page(self, page: Inbox) -> list[NoticeView]:
        """Takes a reading. Returns what it brought that calls for the agent now, newest first.

        The first reading calls for nothing: it may be a day's.
        """
        before, self.notices, self.unread = self._newest, page.items, page.unread
        self._newest = max((one.id for one in page.items), default=before or 0)
        if before is None:
            return []
        return [
            one for one in page.items if one.id > before and not one.read and needs_attention(one)
        ]

    def mark_read(self, mark: ReadMark) -> None:
        """Marks everything up to the mark as read."""
        self.unread = mark.unread
        self.notices = [
            replace(one, read=True) if one.id <= mark.up_to and not one.read else one
            for one in self.notices
        ]

    @property
    def personal_unread_count(self) -> int:
        """The number of loaded unread notifications that are for the agent in person."""
        return sum(not one.read and concerns_agent(one) for one in self.notices)

    @property
    def has_older_unread(self) -> bool:
        """Returns whether unread notifications are not loaded: whom they are for is not known."""
        return self.unread > sum(not one.read for one in self.notices)

    @property
    def newest_id(self) -> int:
        """The newest notice's id; 0 where there is none."""
        return self._newest or 0


def concerns_agent(notice: NoticeView) -> bool:
    """Returns whether it is for the agent in person, not only as one of the team, or a breach."""
    return notice.reason is not Reason.TEAM or notice.kind is NotificationKind.SLA_BREACHED


def needs_attention(notice: NoticeView) -> bool:
    """Returns whether it needs the agent now: a mention, an assignment, a breach of their own."""
    return notice.kind in _ATTENTION_KINDS and notice.reason in _PERSONAL_REASONS


def describe_notification(notice: NoticeView) -> str:
    """Returns what happened, in a few words."""
    said = _DESCRIPTIONS.get(notice.kind, notice.type)
    if notice.kind is NotificationKind.ASSIGNED and notice.reason is Reason.ASSIGNED:
        said = "assigned to you by {who}"
    if notice.actor.role is Role.SYSTEM:
        said = said.replace(" by {who}", "")
    return said.format(who=notice.actor.name)


def summarize_notifications(notices: Sequence[NoticeView]) -> str:
    """Returns one line for all that need the agent now; the newest is named."""
    newest = notices[0]
    key, others = label_command("self.notices"), len(notices) - 1
    more = f" (and {others} more: {key})" if others else ""
    return f"#{newest.ticket.number} {describe_notification(newest)}: {newest.ticket.subject}{more}"


_DESCRIPTIONS: Final = {
    NotificationKind.MENTION: "{who} mentioned you",
    NotificationKind.UNDELIVERED: "reply not delivered",
    NotificationKind.CREATED: "opened by {who}",
    NotificationKind.CUSTOMER_REPLY: "{who} wrote",
    NotificationKind.AGENT_REPLY: "{who} replied",
    NotificationKind.NOTE: "note by {who}",
    NotificationKind.RESOLVED: "resolved by {who}",
    NotificationKind.CLOSED: "closed by {who}",
    NotificationKind.REOPENED: "reopened by {who}",
    NotificationKind.ASSIGNED: "assigned by {who}",
    NotificationKind.PROGRESS: "taken by {who}",
    NotificationKind.SLA_BREACHED: "SLA breached",
    NotificationKind.SLA_WARNING: "SLA at risk",
    NotificationKind.UNROUTABLE: "no matching agent",
    NotificationKind.RATED: "rated by {who}",
    NotificationKind.EDITED: "edited by {who}",
}
