"""The footer has the keys that matter: what the ticket has, then what can be done with it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from common.wire import AttachmentView, TicketView
from tests.support.screen_bench import make_context
from tests.support.tickets import view
from tui.configured_keys import build_keymap
from tui.keys import KEYS, KeyContext, list_footer_keys, use_keys
from tui.widgets.status_lines import format_footer, format_help_key

FILE = AttachmentView(1, "log.txt", "text/plain", 10)
SHOWN = list_footer_keys(KeyContext.VERBS, KeyContext.READING)


@pytest.fixture
def first_keys() -> Iterator[None]:
    """Ends a test with the keys of the program's own."""
    yield
    use_keys(KEYS)


@dataclass(frozen=True)
class Footer:
    """Returns the footer of a ticket at a width."""

    ticket: TicketView
    width: int = 400

    @property
    def text(self) -> str:
        parts = format_footer(SHOWN, self.ticket, make_context(self.ticket), self.width)
        return "".join(text for text, _ in parts)


def test_files_are_offered_where_there_are_some() -> None:
    assert "f files" not in Footer(view(1)).text
    assert "f files" in Footer(replace(view(1), attachments=(FILE,))).text


def test_a_merge_is_undone_where_there_is_one() -> None:
    assert "unmerge" not in Footer(view(1)).text
    assert "unmerge" in Footer(replace(view(1), merged_into=2)).text


def test_what_cannot_be_done_is_named_where_there_is_room() -> None:
    assert "· reopen" in Footer(view(1)).text


@pytest.mark.parametrize("help_key", ["question_mark", "f12", "ctrl+shift+f12"])
@pytest.mark.usefixtures("first_keys")
def test_the_footer_leaves_room_for_its_right_end(help_key: str) -> None:
    use_keys(build_keymap({"anywhere.help": help_key, "ticket.reply": []}).table)
    right = sum(len(text) for text, _ in format_help_key())
    for width in range(60, 160):
        shown = Footer(view(1), width).text
        assert len(shown.rstrip()) + 1 + right <= width
    assert "reply" not in "".join(key.label for key in list_footer_keys(KeyContext.VERBS))


@pytest.mark.parametrize("width", range(60, 160, 10))
def test_what_cannot_be_done_takes_no_room_from_what_can(width: int) -> None:
    shown, whole = Footer(view(1), width).text, Footer(view(1)).text
    can = [word for word in whole.split("  ") if not word.strip().startswith("·")]
    assert len(shown) <= width
    if "·" in shown:
        assert all(word in shown for word in can)
