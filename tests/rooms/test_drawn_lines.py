"""A change has those lines built that it touches, and one's own does not wait for a frame."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from random import Random
from unittest.mock import Mock, patch

import pytest
from msgspec.structs import replace
from textual._compositor import Compositor
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widget import Widget

from common.tickets.ticket import Priority
from tests.support.screen_bench import ScreenBench, make_context
from tests.support.tickets import view
from tui.model.store import StoreChange
from tui.screens import desk_screen
from tui.screens.queue_screen import QueueScreen
from tui.widgets.cropped_compositor import CroppedCompositor

LAST = 30


@asynccontextmanager
async def at_the_queue() -> AsyncIterator[tuple[QueueScreen, Pilot[None]]]:
    context = make_context(
        *(view(number, subject=f"Ticket {number}.") for number in range(1, LAST))
    )
    queue = QueueScreen(context)
    async with ScreenBench(queue).run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        queue.preview.load_ticket()  # now, not a moment after the start
        await pilot.pause()
        yield queue, pilot


def change_ticket(queue: QueueScreen, number: int) -> StoreChange:
    """Makes a ticket urgent, and returns the change that a screen is told of."""
    tickets = queue.context.store.tickets
    tickets[number] = replace(tickets[number], priority=Priority.URGENT)
    return StoreChange(numbers=frozenset({number}))


@contextmanager
def counting_lines() -> Iterator[list[str]]:
    """Lists the widget of each line that is built."""
    built: list[str] = []
    render_lines = Widget.render_lines

    def count(widget: Widget, crop: Region) -> list[Strip]:
        built.extend([type(widget).__name__] * crop.height)
        return render_lines(widget, crop)

    with patch.object(Widget, "render_lines", count):
        yield built


async def test_of_a_changed_row_its_own_line_is_built_alone() -> None:
    async with at_the_queue() as (queue, pilot):
        with counting_lines() as built:
            queue.table.repaint_rows(change_ticket(queue, 7).numbers)
            queue.table.refresh_line(6)
            await pilot.pause()
        assert built == ["TicketTable"]


async def test_a_preview_that_is_shown_again_is_not_drawn() -> None:
    async with at_the_queue() as (queue, pilot):
        with counting_lines() as built:
            queue.preview.load_ticket()
            await pilot.pause()
        assert built == []


async def test_another_number_of_lines_does_not_lay_the_screen_out() -> None:
    async with at_the_queue() as (queue, pilot):
        reflow = Mock(side_effect=queue._compositor.reflow)
        with patch.object(queue._compositor, "reflow", reflow), counting_lines() as built:
            queue.table.update_items(queue.table.rows.tickets[: LAST - 5], ())
            await pilot.pause()
        assert queue.table.virtual_size.height == LAST - 5
        assert not reflow.called
        assert built.count("TicketTable") == 4


async def test_the_cells_that_are_drawn_are_those_that_textual_draws() -> None:
    dice = Random(4821)  # noqa: S311 - the same regions each time
    async with at_the_queue() as (queue, _):
        width, height = queue.size
        for _ in range(50):
            regions = {choose_region(dice, width, height) for _ in range(dice.randint(1, 4))}
            ours = draw_regions(CroppedCompositor, queue, regions)
            assert ours == draw_regions(Compositor, queue, regions)
            assert len(ours) >= max(region.height for region in regions)


def choose_region(dice: Random, width: int, height: int) -> Region:
    x, y = dice.randrange(width), dice.randrange(height)
    return Region(x, y, dice.randint(1, width - x), dice.randint(1, height - y))


def draw_regions(
    kind: type[Compositor], queue: QueueScreen, regions: set[Region]
) -> dict[object, Strip]:
    """Returns the pieces of lines that a change of these regions has drawn, by their places."""
    queue._compositor.__class__ = kind
    queue._compositor._dirty_regions = set(regions)
    update = queue._compositor.render_partial_update()
    assert update is not None
    return {
        (y, start): strip
        for y, first, last in update.spans
        for (start, strip), end in zip(update.chops[y].items(), update.chop_ends[y], strict=True)
        if start < last and end > first and strip is not None
    }


async def test_an_own_change_is_drawn_before_the_next_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(desk_screen, "UPDATE_PERIOD", 3600.0)
    async with at_the_queue() as (queue, _):
        monkeypatch.setattr(queue._update_timer, "resume", lambda: None)  # no frame comes
        queue._on_timer_update()
        with counting_lines() as built:
            queue.store_changed(change_ticket(queue, 9))
            await handle_messages(queue)
            assert built == []
            queue.draw_at_once()
            queue.store_changed(change_ticket(queue, 10))
            await handle_messages(queue)
            assert built.count("TicketTable") > 0


async def handle_messages(queue: QueueScreen) -> None:
    """Waits until table and screen have handled their messages. Pilot's pause draws a frame."""
    for pump in (queue.table, queue) * 3:
        is_reached = asyncio.Event()
        pump.call_later(is_reached.set)
        await is_reached.wait()
