"""The list draws what changed, and nothing else."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from common.tickets.ticket import Priority, Status, WaitingOn
from common.wire import CustomerRef, PersonRef, TicketView
from tui.widgets import cursor_list
from tui.widgets.ticket_row import Columns, Row
from tui.widgets.ticket_table import TicketTable

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def ticket(number: int, subject: str = "VPN drops") -> TicketView:
    return TicketView(
        org_id=4821,
        number=number,
        subject=subject,
        status=Status.OPEN,
        priority=Priority.URGENT,
        category="general",
        customer=CustomerRef(3, "Dora", "dora@example.com"),
        assignee=None,
        waiting_on=WaitingOn.AGENT,
        snoozed_until=None,
        close_reason=None,
        followup_of=None,
        created_at=NOON,
        updated_at=NOON,
        first_response_at=None,
        resolved_at=None,
        closed_at=None,
        reopen_count=0,
        version=1,
        last_seq=number,
    )


class Bench(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.tickets = {number: ticket(number) for number in range(1, 1001)}
        self.table = TicketTable(self.tickets)
        self.drawn: list[int] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        draw = self.table._draw

        def noted(row: Row, width: int) -> object:
            self.drawn.append(row.ticket.number)
            return draw(row, width)

        self.table._draw = noted  # type: ignore[method-assign, assignment]
        self.table.start(list(self.tickets.values()))
        self.table.focus()

    def change(self, number: int, subject: str) -> None:
        self.tickets[number] = replace(self.tickets[number], subject=subject)
        self.table.update_tickets(list(self.tickets.values()), [number])


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
    app.table.stand_on(500)
    await pilot.pause()
    top = app.table.scroll_y
    more = [ticket(2000), ticket(2001), *app.tickets.values()]
    app.tickets |= {2000: more[0], 2001: more[1]}
    app.table.update_tickets(more, [2000, 2001])
    await pilot.pause()
    assert app.table.scroll_y == top + 2
    assert app.table.rows.cursor == 500


async def test_a_ghost_goes_by_itself_after_a_while(
    bench: tuple[Bench, Pilot[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, pilot = bench
    monkeypatch.setattr(cursor_list, "GHOST_SECONDS", 0.01)
    app.table.update_tickets([one for one in app.tickets.values() if one.number != 1], [1])
    assert app.table.rows.ghost == 1
    while app.table.rows.ghost is not None:
        await pilot.pause(0.01)
    assert app.table.rows.cursor == 2


@pytest.mark.parametrize("width", [56, 60, 79, 119, 200])
@pytest.mark.parametrize("subject", ["x", "long subject " * 20, "発注書が届き" * 9, "[/foo]"])
def test_every_line_is_as_wide_as_its_place(width: int, subject: str) -> None:
    shown = replace(ticket(4821, subject), assignee=PersonRef(2, "Bo Lindqvist the Elder"))
    row = Row(ticket=shown, now=NOON, since=NOON, me=1)
    columns = Columns.of(width, 4)
    text = "".join(part for part, _ in row.parts(columns))
    assert cell_len(text) == width
    assert cell_len(columns.heads("AGE")) == width
