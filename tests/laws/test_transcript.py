"""A conversation as text: whole, in order, with its notes marked as such."""

from datetime import timedelta

from common.people import Role
from common.tickets.replying import MessageKind
from common.wire import ActorRef, MessageView
from tests.support.tickets import NOON, view
from tui.text.transcript import write_transcript

TICKET = view(17, subject="VPN drops", description="It drops.\n\nOften.")
LINK = "https://desk.example/v1/orgs/4821/tickets/17"
DORA, BO = ActorRef(201, Role.CUSTOMER, "Dora"), ActorRef(2, Role.AGENT, "Bo")


def message(seq: int, author: ActorRef, body: str, kind: MessageKind) -> MessageView:
    return MessageView(seq, kind, body, author, NOON + timedelta(minutes=seq), seq)


TALK = [
    message(1, BO, "Which VPN?", MessageKind.REPLY),
    message(2, BO, "Again the router.", MessageKind.NOTE),
    message(3, DORA, "The blue one.", MessageKind.REPLY),
]


def written(limit: int = 10_000, *, has_older: bool = False) -> tuple[str, int]:
    return write_transcript(TICKET, TALK, link=LINK, has_older=has_older, limit=limit)


def test_it_begins_with_number_subject_and_link_and_has_all_that_was_written() -> None:
    text, count = written()
    assert text.startswith(f"#17 VPN drops\n{LINK}\nopen · normal · general · nobody has it\n\n")
    parts = ["It drops.\n\nOften.", "Which VPN?", "Again the router.", "The blue one."]
    assert [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)
    assert count == 3


def test_a_note_is_marked_as_one_and_a_reply_by_who_wrote_it() -> None:
    text, _ = written()
    assert "Bo (reply)\nWhich VPN?" in text
    assert "Bo (NOTE, colleagues only)\nAgain the router." in text
    assert "Dora (customer)\nThe blue one." in text


def test_where_older_messages_are_not_here_it_says_so() -> None:
    assert "[...] Older messages are left out.\n\n" in written(has_older=True)[0]
    assert "left out" not in written()[0]


def test_what_does_not_fit_is_left_out_from_the_oldest_on() -> None:
    whole = len(written()[0].encode())
    text, count = written(limit=whole)
    assert count == 2
    assert len(text.encode()) <= whole
    assert "Which VPN?" not in text
    assert "It drops." in text
    assert "[...] Older messages are left out." in text
