"""The agent's notifications: the server's list, what calls at once, and how far it was read."""

from typing import Any

from common.notifications import Inbox, NoticeTicket, NoticeView, ReadMark, Reason
from common.people import Role
from common.preferences import NotificationKind, Relation
from common.tickets.ticket import Status
from common.wire import ActorRef
from tests.support.tickets import NOON
from tui.model.inbox import AgentInbox, describe_notification, summarize_notifications

MIA = ActorRef(104, Role.SUPERVISOR, "Mia")


def notice(
    number: int,
    kind: NotificationKind = NotificationKind.ASSIGNED,
    reason: Reason = Reason.ASSIGNED,
    **more: Any,
) -> NoticeView:
    fields: dict[str, Any] = {"read": False, "actor": MIA} | more
    return NoticeView(
        id=number, seq=number, type="ticket.assigned", kind=kind, reason=reason,
        relation=Relation.MINE, at=NOON, ticket=NoticeTicket(17, "VPN drops", Status.OPEN),
        **fields,
    )  # fmt: skip


def page(*notices: NoticeView) -> Inbox:
    unread = sum(not one.read for one in notices)
    return Inbox(list(notices), None, 99, unread)


def test_what_was_told_before_the_agent_came_calls_for_nothing() -> None:
    board = AgentInbox()
    assert board.load_page(page(notice(5))) == []
    assert (board.unread, board.newest_id) == (1, 5)


def test_what_is_new_calls_once_and_only_if_it_concerns_this_agent_now() -> None:
    board = AgentInbox()
    board.load_page(page())
    mention = notice(9, NotificationKind.MENTION, Reason.MENTIONED)
    others = [
        notice(8, NotificationKind.SLA_BREACHED, Reason.UNASSIGNED),
        notice(7, NotificationKind.CUSTOMER_REPLY, Reason.MINE),
        notice(6, read=True),
    ]
    news = page(mention, *others, notice(5, NotificationKind.SLA_BREACHED, Reason.MINE))
    assert [one.id for one in board.load_page(news)] == [9, 5]
    assert board.load_page(news) == []


def test_a_mark_reads_up_to_it_and_no_further() -> None:
    board = AgentInbox()
    board.load_page(page(notice(9), notice(7), notice(5)))
    board.mark_read(ReadMark(7, 1))
    assert [one.read for one in board.notices] == [False, True, True]
    assert board.unread == 1


def test_what_the_team_is_told_is_listed_and_counted_for_nobody_but_breaches_are() -> None:
    board = AgentInbox()
    filed = [notice(number, NotificationKind.CREATED, Reason.TEAM) for number in range(20, 60)]
    board.load_page(page(*filed))
    assert (board.unread, board.personal_unread_count, board.has_older_unread) == (40, 0, False)
    breach, read = notice(62, NotificationKind.SLA_BREACHED, Reason.TEAM), notice(5, read=True)
    warning = notice(61, NotificationKind.SLA_WARNING, Reason.TEAM)
    board.load_page(
        page(breach, warning, *filed, notice(7, NotificationKind.RATED, Reason.SUPERVISOR), read)
    )
    assert board.personal_unread_count == 2


def test_what_is_unread_beyond_the_newest_is_not_forgotten() -> None:
    board = AgentInbox()
    board.load_page(Inbox([notice(9), notice(8, read=True)], "older", 99, 2))
    assert (board.personal_unread_count, board.has_older_unread) == (1, True)
    board.mark_read(ReadMark(9, 0))
    assert (board.personal_unread_count, board.has_older_unread) == (0, False)


def test_it_is_said_in_words_who_did_what() -> None:
    system = ActorRef(None, Role.SYSTEM, "")
    assert describe_notification(notice(1)) == "assigned to you by Mia"
    assert (
        describe_notification(notice(1, NotificationKind.ASSIGNED, Reason.FOLLOWED))
        == "assigned by Mia"
    )
    assert describe_notification(notice(1, actor=system)) == "assigned to you"
    assert all("{" not in describe_notification(notice(1, kind)) for kind in NotificationKind)
    assert summarize_notifications([notice(1)]) == "#17 assigned to you by Mia: VPN drops"
    assert summarize_notifications([notice(2), notice(1)]).endswith("(and 1 more: !)")
