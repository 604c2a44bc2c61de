"""The list draws what changed, and nothing else."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from common.ticket_columns import ListOrder, TicketColumn
from common.tickets.sla import SlaState
from common.tickets.ticket import Priority
from common.wire import PersonRef, RoutingView, TicketView
from tests.support.tickets import NOON, promised, view
from tui import clock
from tui.model.list_settings import ColumnList
from tui.widgets import cursor_list
from tui.widgets.column_layout import lay_out_columns
from tui.widgets.ticket_row import TicketRow
from tui.widgets.ticket_table import TicketTable


def ticket(number: int, subject: str = "VPN drops") -> TicketView:
    return view(number, subject=subject, priority=Priority.URGENT)


class Bench(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.tickets = {number: ticket(number) for number in range(1, 1001)}
        self.table = TicketTable(self.tickets)
        self.drawn: list[int] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        draw = self.table._draw_row

        def noted(row: TicketRow, width: int) -> object:
            self.drawn.append(row.ticket.number)
            return draw(row, width)

        self.table._draw_row = noted  # type: ignore[method-assign, assignment]
        self.table.set_items(list(self.tickets.values()))
        self.table.focus()

    def change(self, number: int, subject: str) -> None:
        self.tickets[number] = replace(self.tickets[number], subject=subject)
        self.table.update_items(list(self.tickets.values()), [number])


@pytest.fixture
async def bench() -> AsyncIterator[tuple[Bench, Pilot[None]]]:
    app = Bench()
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        app.drawn.clear()
        yield app, pilot


async def test_one_change_draws_one_line(bench: tuple[Bench, Pilot[None]]) -> None:
    app, pilot = bench
    app.change(5, "Printer on fire")
    await pilot.pause()
    assert app.drawn == [5]


async def test_a_change_out_of_sight_draws_nothing(bench: tuple[Bench, Pilot[None]]) -> None:
    app, pilot = bench
    app.change(900, "Printer on fire")
    await pilot.pause()
    assert app.drawn == []


async def test_moving_the_cursor_draws_two_lines(bench: tuple[Bench, Pilot[None]]) -> None:
    app, pilot = bench
    await pilot.press("j")
    await pilot.pause()
    assert sorted(app.drawn) == [1, 2]


async def test_rows_that_come_above_do_not_move_what_one_looks_at(
    bench: tuple[Bench, Pilot[None]],
) -> None:
    app, pilot = bench
    app.table.move_cursor_to(500)
    await pilot.pause()
    top = app.table.scroll_y
    more = [ticket(2000), ticket(2001), *app.tickets.values()]
    app.tickets |= {2000: more[0], 2001: more[1]}
    app.table.update_items(more, [2000, 2001])
    await pilot.pause()
    assert app.table.scroll_y == top + 2
    assert app.table.rows.cursor == 500


async def test_a_ghost_goes_by_itself_after_a_while(
    bench: tuple[Bench, Pilot[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, pilot = bench
    monkeypatch.setattr(cursor_list, "GHOST_SECONDS", 0.01)
    app.table.move_cursor_to(1)
    app.table.update_items([one for one in app.tickets.values() if one.number != 1], [1])
    assert app.table.rows.ghost == 1
    while app.table.rows.ghost is not None:
        await pilot.pause(0.01)
    assert app.table.rows.cursor == 2


EVERY_COLUMN = tuple(TicketColumn)
CHOICES = [(), EVERY_COLUMN, (TicketColumn.NUMBER, TicketColumn.SUBJECT, TicketColumn.TAGS)]


@pytest.mark.parametrize("columns", CHOICES)
@pytest.mark.parametrize("by_change", [False, True])
@pytest.mark.parametrize("width", [56, 60, 79, 119, 200])
@pytest.mark.parametrize("subject", ["x", "long subject " * 20, "発注書が届き" * 9, "[/foo]"])
def test_every_line_is_as_wide_as_its_place(
    width: int,
    subject: str,
    by_change: bool,  # noqa: FBT001 - a parameter of the test
    columns: ColumnList,
) -> None:
    due = promised(SlaState.BREACHED, resolution_due=NOON - timedelta(hours=2))
    lost = RoutingView("agent_lost", "Bo has gone")
    elder = PersonRef(2, "Bo Lindqvist the Elder")
    shown = replace(
        ticket(4821, subject), assignee=elder, sla=due, routing=lost, tags=("発注書", "vip") * 9
    )
    row = TicketRow(ticket=shown, now=NOON, me=1)
    layout = lay_out_columns(width, 4, columns=columns, by_change=by_change)
    parts = row.build_parts(layout)
    text = "".join(part for part, _ in parts)
    assert cell_len(text) == width
    for order in (None, *map(ListOrder, TicketColumn)):
        assert cell_len(layout.format_heads(order)) == width
    assert "⚑" in text
    if (" -2h00!", "clock-breached") in parts:
        before = parts[: parts.index((" -2h00!", "clock-breached"))]
        assert cell_len("".join(part for part, _ in before)) == layout.clock_start


async def test_a_second_draws_the_lines_alone_whose_clock_reads_differently(
    bench: tuple[Bench, Pilot[None]],
) -> None:
    app, pilot = bench
    soon = promised(resolution_due=clock.read_server_time() + timedelta(minutes=5))
    late = promised(resolution_due=clock.read_server_time() + timedelta(days=5, hours=9))
    for number, sla in ((3, soon), (4, late), (900, soon)):
        app.tickets[number] = replace(app.tickets[number], sla=sla)
    app.table.update_items(list(app.tickets.values()), [3, 4, 900])
    await pilot.pause()
    app.drawn.clear()
    while app.drawn.count(3) < 2:
        await pilot.pause(0.05)
    assert set(app.drawn) == {3}


async def test_nothing_ticks_where_nothing_counts(bench: tuple[Bench, Pilot[None]]) -> None:
    app, pilot = bench
    assert not app.table._ticking.is_running
    soon = promised(resolution_due=clock.read_server_time() + timedelta(minutes=5))
    app.tickets[3] = replace(app.tickets[3], sla=soon)
    app.table.update_items(list(app.tickets.values()), [3])
    await pilot.pause()
    assert app.table._ticking.is_running
    app.tickets[3] = replace(app.tickets[3], sla=promised(SlaState.MET))
    app.table.update_items(list(app.tickets.values()), [3])
    while app.table._ticking.is_running:
        await pilot.pause(0.05)


async def test_another_width_draws_the_rows_anew(bench: tuple[Bench, Pilot[None]]) -> None:
    app, pilot = bench
    await pilot.resize_terminal(120, 20)
    await pilot.pause()
    shown = app.screen._compositor.render_strips()[0].text
    assert shown.startswith(app.table.render_line(0).text)
    assert cell_len(app.table.render_line(0).text) > 110
