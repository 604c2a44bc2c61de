"""What the agent was told: the server's list, what calls at once, and how far it was read."""

from typing import Any

from common.notifications import Inbox, NoticeTicket, NoticeView, ReadMark, Reason
from common.people import Role
from common.preferences import Kind, Relation
from common.tickets.ticket import Status
from common.wire import ActorRef
from tests.support.tickets import NOON
from tui.model.inbox import Noticeboard, toast, told

MIA = ActorRef(104, Role.SUPERVISOR, "Mia")


def notice(
    number: int, kind: Kind = Kind.ASSIGNED, reason: Reason = Reason.ASSIGNED, **more: Any
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
    board = Noticeboard()
    assert board.take(page(notice(5))) == []
    assert (board.unread, board.newest) == (1, 5)


def test_what_is_new_calls_once_and_only_if_it_concerns_this_agent_now() -> None:
    board = Noticeboard()
    board.take(page())
    mention = notice(9, Kind.MENTION, Reason.MENTIONED)
    others = [
        notice(8, Kind.SLA_BREACHED, Reason.UNASSIGNED),
        notice(7, Kind.CUSTOMER_REPLY, Reason.MINE),
        notice(6, read=True),
    ]
    news = page(mention, *others, notice(5, Kind.SLA_BREACHED, Reason.MINE))
    assert [one.id for one in board.take(news)] == [9, 5]
    assert board.take(news) == []


def test_a_mark_reads_up_to_it_and_no_further() -> None:
    board = Noticeboard()
    board.take(page(notice(9), notice(7), notice(5)))
    board.mark(ReadMark(7, 1))
    assert [one.read for one in board.notices] == [False, True, True]
    assert board.unread == 1


def test_what_the_team_is_told_is_listed_and_counted_for_nobody_but_breaches_are() -> None:
    board = Noticeboard()
    filed = [notice(number, Kind.CREATED, Reason.TEAM) for number in range(20, 60)]
    board.take(page(*filed))
    assert (board.unread, board.personal, board.has_older) == (40, 0, False)
    breach, read = notice(62, Kind.SLA_BREACHED, Reason.TEAM), notice(5, read=True)
    warning = notice(61, Kind.SLA_WARNING, Reason.TEAM)
    board.take(page(breach, warning, *filed, notice(7, Kind.RATED, Reason.SUPERVISOR), read))
    assert board.personal == 2


def test_what_is_unread_beyond_the_newest_is_not_forgotten() -> None:
    board = Noticeboard()
    board.take(Inbox([notice(9), notice(8, read=True)], "older", 99, 2))
    assert (board.personal, board.has_older) == (1, True)
    board.mark(ReadMark(9, 0))
    assert (board.personal, board.has_older) == (0, False)


def test_it_is_said_in_words_who_did_what() -> None:
    system = ActorRef(None, Role.SYSTEM, "")
    assert told(notice(1)) == "given to you by Mia"
    assert told(notice(1, Kind.ASSIGNED, Reason.FOLLOWED)) == "assigned by Mia"
    assert told(notice(1, actor=system)) == "given to you"
    assert all("{" not in told(notice(1, kind)) for kind in Kind)
    assert toast([notice(1)]) == "#17 given to you by Mia: VPN drops"
    assert toast([notice(2), notice(1)]).endswith("(and 1 more: !)")
