"""The last line says whole what it says, and the connection always."""

from pathlib import Path

import pytest
from rich.cells import cell_len

from common.tickets.replying import MessageKind
from tests.support.screen_bench import make_context
from tests.support.tickets import view
from tui.model.context import ServerLink, WorkstationContext
from tui.model.drafts import Drafts
from tui.widgets.status_lines import format_state


@pytest.fixture
def crowded(tmp_path: Path) -> WorkstationContext:
    """An agent who is offline, with a change of many tickets and texts under way."""
    context = make_context(view(1), view(2))
    context.link = ServerLink("offline")
    context.drafts = drafts = Drafts("http://desk.example", 4821, 102, tmp_path)
    for number in (1, 2):
        drafts.save(number, MessageKind.REPLY, "Hello")
    drafts.mark_failed(1, MessageKind.REPLY, "The ticket is closed.")
    context.bulk_progress = (1250, 5000)
    return context


def write(context: WorkstationContext, width: int) -> tuple[str, str]:
    left, right = format_state(context, "10:15", width)
    return "".join(text for text, _ in left), "".join(text for text, _ in right)


@pytest.mark.parametrize("width", range(60, 161, 5))
def test_the_connection_is_there_and_nothing_is_cut(
    crowded: WorkstationContext, width: int
) -> None:
    left, right = write(crowded, width)
    assert "○ OFFLINE" in left
    assert cell_len(left) + 1 + cell_len(right) <= width
    assert "1 not sent" in right
    assert "(O)" in right
    # What is left out is what is needed least.
    assert ("1250 of 5000 changed" in right) == (width >= 65)


def test_all_is_there_where_there_is_room(crowded: WorkstationContext) -> None:
    left, right = write(crowded, 160)
    assert "1250 of 5000 changed   1 not sent, 1 draft(O)   10:15 " in right
    assert "you: available(b)" in left


def test_what_is_kept_goes_before_what_was_not_sent(crowded: WorkstationContext) -> None:
    _, right = write(crowded, 60)
    assert "10:15" not in right
    assert right.endswith("1 not sent(O)   ") or "1 not sent, 1 draft(O)" in right
