"""Text is selected by dragging, and what is copied is what was written."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace
from textual.app import App
from textual.pilot import Pilot
from textual.widget import Widget

from common.people import Role
from common.tickets.replying import MessageKind
from common.wire import ActorRef, MessageView
from tests.support.tickets import NOON, view
from tui.reports.sheet import Sheet, SheetNumber
from tui.screens.text_selection import SelectingScreen
from tui.shell.app import Deskwire
from tui.widgets.conversation import ConversationPane
from tui.widgets.fixed_line import StyledLine
from tui.widgets.sheet_view import SheetView
from tui.widgets.text_page import TextPage
from tui.widgets.ticket_table import TicketTable

DORA = ActorRef(201, Role.CUSTOMER, "Dora")
LONG = "The printer on floor three prints 発票 on every second page and beeps."
WIDE = "発票"


def message(seq: int, body: str, kind: MessageKind = MessageKind.REPLY) -> MessageView:
    return MessageView(seq, kind, body, DORA, NOON + timedelta(minutes=seq), seq)


class Desk(SelectingScreen[None]):
    """A title, a list and a conversation below each other, a sheet and a page beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.tickets = {number: view(number, subject="VPN drops") for number in range(1, 9)}
        self.heading = StyledLine()
        self.table = TicketTable(self.tickets)
        self.conversation = ConversationPane()
        self.sheet, self.page = SheetView(), TextPage()
        self.opened = 0

    def compose(self) -> list[Widget]:
        return [self.heading, self.table, self.conversation, self.sheet, self.page]

    def on_mount(self) -> None:
        self.heading.set_parts([(" #17 ", "dim"), ("VPN drops", "strong")], [("open ", "plain")])
        self.table.set_items(list(self.tickets.values()))
        self.page.set_lines([[("   c  claim", "key")], [("   r  reply", "key")]])
        sheet = Sheet()
        sheet.write_line((" median ", "plain"), SheetNumber("median", "4m 31s"))
        self.sheet.show_sheet(sheet)
        for widget in (self.table, self.conversation, self.sheet, self.page):
            widget.styles.height = 8
        self.talk(message(5, LONG), message(6, "It is urgent."))

    def talk(self, *messages: MessageView) -> None:
        told = view(17, subject="Printer", description="It hums.\n\nOften.")
        self.conversation.show_conversation(told, messages)

    def on_cursor_list_row_clicked(self) -> None:
        self.opened += 1


class Bench(App[None]):
    CSS_PATH = Deskwire.CSS_PATH

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict.fromkeys(("muted", "faint", "line", "cursor"), "ansi_default")

    async def on_mount(self) -> None:
        await self.push_screen(self.desk)


Seat = tuple[Desk, Pilot[None]]


@pytest.fixture
async def seat() -> AsyncIterator[Seat]:
    app = Bench()
    async with app.run_test(size=(46, 40)) as pilot:
        await pilot.pause()
        app.desk.conversation.action_first()
        await pilot.pause()
        yield app.desk, pilot


async def drag(seat: Seat, widget: Widget, start: tuple[int, int], end: tuple[int, int]) -> str:
    """Drags from one cell of a widget to another, and returns what ctrl+c would copy."""
    _, pilot = seat
    await pilot.mouse_down(widget, offset=start)
    await pilot.hover(widget, offset=end)
    await pilot.mouse_up(widget, offset=end)
    return seat[0].get_selected_text() or ""


def shown(widget: Widget) -> list[str]:
    return [widget.render_line(y).text for y in range(widget.size.height)]


def place(widget: Widget, text: str) -> tuple[int, int]:
    """The cell in which a text begins."""
    lines = shown(widget)
    y = next(y for y, line in enumerate(lines) if text in line)
    return lines[y].index(text), y


async def test_a_paragraph_that_is_broken_for_the_screen_is_copied_whole_without_its_bar(
    seat: Seat,
) -> None:
    talk = seat[0].conversation
    start, end = place(talk, "The printer"), place(talk, "beeps.")
    assert end[1] > start[1]
    assert await drag(seat, talk, start, (end[0] + 5, end[1])) == LONG


async def test_a_drag_over_several_messages_copies_their_words_and_their_blank_lines(
    seat: Seat,
) -> None:
    talk = seat[0].conversation
    said = await drag(seat, talk, (0, 0), place(talk, "floor"))
    assert said.splitlines()[0].startswith("Dora  opened the ticket")
    assert "\nIt hums.\n\nOften.\n\nDora  customer" in said
    assert "│" not in said


async def test_a_drag_upwards_selects_the_same_as_one_downwards(seat: Seat) -> None:
    talk = seat[0].conversation
    start, end = place(talk, "beeps."), place(talk, "Often.")
    assert await drag(seat, talk, start, end) == await drag(seat, talk, end, start)


async def test_wide_letters_are_copied_whole(seat: Seat) -> None:
    talk = seat[0].conversation
    y = place(talk, WIDE)[1]
    line = shown(talk)[y]
    cell = line.index(WIDE)
    assert await drag(seat, talk, (cell, y), (cell + 3, y)) == WIDE


async def test_what_is_selected_is_marked_on_the_screen(seat: Seat) -> None:
    talk = seat[0].conversation
    before = talk.render_line(0)
    await drag(seat, talk, (1, 0), (4, 0))
    after = talk.render_line(0)
    assert (after.text, after.cell_length) == (before.text, before.cell_length)
    marked = seat[0].get_component_rich_style("screen--selection").bgcolor
    assert "".join(text for text, style, _ in after if style and style.bgcolor == marked) == "Dora"


async def test_a_row_is_copied_as_it_is_read(seat: Seat) -> None:
    desk, _ = seat
    said = await drag(seat, desk.table, (0, 1), (45, 2))
    first, second = said.splitlines()
    assert first.split()[:4] == ["#2", "N", "VPN", "drops"]
    assert second.split()[:1] == ["#3"]


async def test_the_end_of_a_drag_opens_no_ticket_and_a_second_click_still_does(seat: Seat) -> None:
    desk, pilot = seat
    await drag(seat, desk.table, (5, 0), (20, 0))
    assert (desk.opened, desk.table.rows.cursor) == (0, 1)
    await pilot.click(desk.table, offset=(5, 0))
    await pilot.pause()
    assert desk.opened == 1
    assert desk.get_selected_text() is None


async def test_a_drag_stays_in_the_widget_in_which_it_began(seat: Seat) -> None:
    desk, pilot = seat
    await pilot.mouse_down(desk.table, offset=(0, 6))
    await pilot.hover(desk.conversation, offset=(3, 3))
    await pilot.mouse_up(desk.conversation, offset=(3, 3))
    assert list(desk.selections) == [desk.table]
    assert (desk.get_selected_text() or "").split()[0] == "#7"


@pytest.mark.parametrize("name", ["heading", "sheet", "page"])
async def test_titles_figures_and_help_are_copied_as_text(seat: Seat, name: str) -> None:
    widget = getattr(seat[0], name)
    said = await drag(seat, widget, (0, 0), (45, 0))
    assert said == shown(widget)[0].rstrip()
    assert said.strip()


async def test_two_clicks_select_a_word_and_three_a_message(seat: Seat) -> None:
    desk, pilot = seat
    talk = desk.conversation
    at = place(talk, "floor")
    await pilot.click(talk, offset=at, times=2)
    assert desk.get_selected_text() == "floor"
    await pilot.click(talk, offset=at, times=3)
    assert desk.get_selected_text() == LONG


async def test_a_message_that_comes_in_above_leaves_the_mark_on_its_words(seat: Seat) -> None:
    desk, pilot = seat
    talk = desk.conversation
    words = await drag(seat, talk, place(talk, "The printer"), place(talk, "every"))
    desk.talk(message(3, "An older one"), message(5, LONG), message(6, "It is urgent."))
    await pilot.pause()
    assert desk.get_selected_text() == words
    desk.talk(message(6, "It is urgent."))
    await pilot.pause()
    assert desk.get_selected_text() is None


async def test_rows_that_come_in_above_leave_the_mark_on_its_rows(seat: Seat) -> None:
    desk, pilot = seat
    said = await drag(seat, desk.table, (0, 1), (45, 2))
    newer = [view(99), *desk.tickets.values()]
    desk.table.update_items(newer, [99])
    await pilot.pause()
    assert desk.get_selected_text() == said
    desk.table.update_items([one for one in newer if one.number != 2], [])
    await pilot.pause()
    assert desk.get_selected_text() is None


async def test_a_changed_row_is_copied_as_it_now_is(seat: Seat) -> None:
    desk, pilot = seat
    await drag(seat, desk.table, (0, 1), (45, 1))
    desk.tickets[2] = replace(desk.tickets[2], subject="Back")
    desk.table.update_items(list(desk.tickets.values()), [2])
    await pilot.pause()
    assert "Back" in (desk.get_selected_text() or "")
