"""A message's properties beside its text are read with it, in words and signs."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from common.people import Role
from common.tickets.channel import TicketChannel
from common.tickets.replying import MessageKind
from common.wire import ActorRef, AttachmentView, MessageSource, MessageView, UndeliveredView
from tests.support.tickets import NOON, view
from tui.model.predicted_tickets import LOCAL_SEQ
from tui.text import formatting
from tui.widgets.column_layout import lay_out_columns
from tui.widgets.message_blocks import Block, ConversationLayout
from tui.widgets.ticket_row import TicketRow

DORA, BO = ActorRef(201, Role.CUSTOMER, "Dora"), ActorRef(2, Role.AGENT, "Bo")
PHOTO = AttachmentView(7, "photo of the machine.jpg", "image/jpeg", 123_456, is_image=True)
REFUSAL = UndeliveredView("550 5.1.1 no such user here, and there never was one", NOON)


def message(author: ActorRef = DORA, **fields: Any) -> MessageView:
    at = NOON + timedelta(minutes=1)
    return MessageView(9, MessageKind.REPLY, "It hums.", author, at, 9, **fields)


def laid_out(width: int = 80, **fields: Any) -> Block:
    layout = ConversationLayout(
        ticket=view(17, description="It hums.", attachments=(PHOTO,)),
        messages=[message(**fields)],
        has_older=False,
        new_after=99,
        me=2,
        width=width,
        now=NOON,
    )
    return layout.build_blocks()[-1]


def text_of(block: Block, style: str = "") -> str:
    lines = [
        "".join(text for text, name in line if style in {"", name}).rstrip() for line in block.lines
    ]
    return "\n".join(line for line in lines if line)


def test_a_message_by_mail_says_so_and_one_from_here_does_not() -> None:
    assert "customer · @ by mail" in text_of(
        laid_out(source=MessageSource(TicketChannel.MAIL, verified=True))
    )
    assert "by mail" not in text_of(laid_out())
    by_page = MessageSource(TicketChannel.PAGE, verified=True)
    assert "customer · by page" in text_of(laid_out(source=by_page))


def test_an_unproved_sender_is_warned_of_between_name_and_text() -> None:
    block = laid_out(source=MessageSource(TicketChannel.MAIL, verified=False))
    assert (
        text_of(block, "warn") == " ! by mail, UNVERIFIED sender: anybody could have written this"
    )
    assert text_of(block).splitlines()[1].startswith(" !")


def test_a_reply_that_did_not_arrive_says_why_below_its_text() -> None:
    block = laid_out(author=BO, undelivered=REFUSAL)
    assert text_of(block, "bad") == f" ⊘ not delivered: {REFUSAL.error}"
    assert text_of(block).splitlines()[-1].startswith(" ⊘")


def test_files_stand_below_their_text_with_type_and_size() -> None:
    assert "│ + photo of the machine.jpg · image/jpeg · 123 kB" in text_of(
        laid_out(attachments=(PHOTO,))
    )


@pytest.mark.parametrize("width", [40, 59])
def test_on_a_narrow_screen_nothing_of_it_is_cut_but_a_long_name(width: int) -> None:
    source = MessageSource(TicketChannel.MAIL, verified=False)
    block = laid_out(width, source=source, undelivered=REFUSAL, attachments=(PHOTO,))
    assert all(cell_len("".join(text for text, _ in line)) <= width for line in block.lines)
    assert " ".join(text_of(block, "bad").split()) == f"⊘ not delivered: {REFUSAL.error}"
    assert "image/jpeg · 123 kB" in text_of(block)


def test_what_is_copied_keeps_lines_apart_that_were_written_apart() -> None:
    block = laid_out(source=MessageSource(TicketChannel.MAIL, verified=False), attachments=(PHOTO,))
    joints = [joint for _, _, joint in block.copied_lines()]
    assert joints == ["\n"] * block.height


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_950, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (41_000_000, "41 MB"),
    ],
)
def test_a_size_is_said_in_few_cells(size: int, text: str) -> None:
    assert formatting.format_size(size) == text


def test_a_row_says_with_a_sign_that_the_newest_reply_did_not_arrive() -> None:
    def drawn(**fields: Any) -> list[tuple[str, str]]:
        row = TicketRow(ticket=view(17, **fields), now=NOON, me=2)
        return row.build_parts(lay_out_columns(60, 2))

    assert ("⊘", "undelivered") in drawn(undelivered_at=NOON)
    assert "⊘" not in "".join(text for text, _ in drawn())


def test_ones_own_unsent_message_stands_in_a_conversation_that_is_not_loaded() -> None:
    own = MessageView(-LOCAL_SEQ, MessageKind.REPLY, "Soon!", BO, NOON, LOCAL_SEQ)
    layout = ConversationLayout(
        ticket=view(17),
        messages=[own],
        is_loaded=False,
        has_older=False,
        new_after=99,
        me=2,
        width=80,
        now=NOON,
    )
    loading, sent = layout.build_blocks()[-2:]
    assert "as soon as the server answers" in text_of(loading)
    assert "┃ Soon!" in text_of(sent)
    assert "↑ not sent yet" in text_of(sent)
    assert replace(layout, messages=[]).build_blocks()[-1] == loading


@pytest.mark.parametrize("width", [60, 80, 120])
def test_what_others_wrote_since_the_text_was_begun_stands_below_a_rule_and_is_marked(
    width: int,
) -> None:
    def written(seq: int, author: ActorRef) -> MessageView:
        return MessageView(seq, MessageKind.REPLY, f"text {seq}", author, NOON, seq)

    layout = ConversationLayout(
        ticket=view(17, description="It hums."),
        messages=[written(5, DORA), written(7, BO), written(8, DORA), written(9, BO)],
        has_older=False,
        new_after=99,
        begun_after=5,
        me=2,
        width=width,
        now=NOON,
    )
    blocks = layout.build_blocks()
    keys = [block.key for block in blocks]
    # Bo's own words are nothing new to Bo.
    assert keys[keys.index("begun") + 1] == "8"
    marked = [block.key for block in blocks if "◆ new" in text_of(block)]
    assert marked == ["8"]
    assert "── new since you began to write ──" in text_of(blocks[keys.index("begun")])
    assert max(cell_len(line) for block in blocks for line in text_of(block).split("\n")) <= width
    quiet = replace(layout, begun_after=0).build_blocks()
    assert "begun" not in [block.key for block in quiet]
