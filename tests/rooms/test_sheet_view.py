"""The sheet under the cursor: it changes by itself, and the cursor stays on its number."""

from collections.abc import AsyncIterator

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tui.reports.sheet import Sheet, SheetNumber
from tui.shell.app import Deskwire
from tui.widgets.sheet_view import SheetView


class Bench(App[None]):
    CSS_PATH = Deskwire.CSS_PATH

    def __init__(self) -> None:
        super().__init__()
        self.view = SheetView()
        self.drawn: list[int] = []
        self.opened = 0

    def on_sheet_view_cell_clicked(self) -> None:
        self.opened += 1

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict.fromkeys(("muted", "faint", "line", "cursor"), "ansi_default")

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.show_sheet(sheet(list("abcdefghijklmnopqrstuvwxyz")))
        self.view.focus()
        draw = self.view.refresh_line

        def noted(y: int) -> None:
            self.drawn.append(y)
            draw(y)

        self.view.refresh_line = noted  # type: ignore[method-assign]

    @property
    def marked(self) -> str:
        lines = [self.view.render_line(y).text for y in range(self.view.size.height)]
        return "|".join(line.strip() for line in lines if "▸" in line or "▲" in line)


def sheet(names: list[str], values: dict[str, int] | None = None) -> Sheet:
    made = Sheet()
    for name in names:
        if name in "ak":
            made.begin_chapter(f"chapter {name}")
        value = (values or {}).get(name, 7)
        made.write_line(
            (f" {name} ", "plain"),
            SheetNumber(name, f"{value:>5}"),
            SheetNumber(name + "2", "   9"),
        )
    made.write_line(
        (" ", "plain"), *(SheetNumber(f"column {x}", "─", is_column=True) for x in range(3))
    )
    return made


LETTERS = list("abcdefghijklmnopqrstuvwxyz")


@pytest.fixture
async def bench() -> AsyncIterator[tuple[Bench, Pilot[None]]]:
    app = Bench()
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        yield app, pilot


async def test_the_cursor_is_marked_by_a_sign(bench: tuple[Bench, Pilot[None]]) -> None:
    app, pilot = bench
    assert app.marked == "a    ▸7   9"
    await pilot.press("right")
    assert app.marked == "a     7  ▸9"
    await pilot.press("G")
    assert app.marked == "──▲"
    await pilot.press("left")
    assert app.marked == "─▲─"


async def test_the_cursor_stays_on_its_number_when_others_come_above(
    bench: tuple[Bench, Pilot[None]],
) -> None:
    app, pilot = bench
    await pilot.press(*"jjj")
    before = app.marked
    app.view.show_sheet(sheet(["new", *LETTERS], {"d": 8}))
    await pilot.pause()
    assert before == "d    ▸7   9"
    assert app.marked == "d    ▸8   9"
    assert app.view.cell == "d"


async def test_the_line_under_the_cursor_stays_where_it_is(
    bench: tuple[Bench, Pilot[None]],
) -> None:
    app, pilot = bench
    await pilot.press(*"j" * 20)
    place = next(y for y in range(12) if "▸" in app.view.render_line(y).text)
    app.view.show_sheet(sheet(["1", "2", "3", *LETTERS]))
    await pilot.pause()
    assert "▸" in app.view.render_line(place).text


async def test_a_number_that_is_gone_leaves_the_cursor_at_its_place(
    bench: tuple[Bench, Pilot[None]],
) -> None:
    app, pilot = bench
    await pilot.press("j")
    app.view.show_sheet(sheet([name for name in LETTERS if name != "b"]))
    await pilot.pause()
    assert app.view.cell == "c"


async def test_while_there_is_nothing_to_show_the_cursor_keeps_its_number(
    bench: tuple[Bench, Pilot[None]],
) -> None:
    app, pilot = bench
    await pilot.press("j")
    app.view.show_sheet(Sheet())
    assert app.view.cell is None
    app.view.show_sheet(sheet(LETTERS))
    await pilot.pause()
    assert app.view.cell == "b"


async def test_only_what_changed_is_drawn_anew(bench: tuple[Bench, Pilot[None]]) -> None:
    app, pilot = bench
    app.drawn.clear()
    app.view.show_sheet(sheet(LETTERS, {"e": 8}))
    await pilot.pause()
    assert set(app.drawn) == {1, 5}  # the cursor's line, and that of e


async def test_tab_goes_from_chapter_to_chapter_and_shows_its_heading(
    bench: tuple[Bench, Pilot[None]],
) -> None:
    app, pilot = bench
    await pilot.press("tab")
    assert app.marked == "k    ▸7   9"
    shown = "\n".join(app.view.render_line(y).text for y in range(12))
    assert "chapter k" in shown
    await pilot.press("shift+tab")
    assert app.marked == "a    ▸7   9"


async def test_a_click_stands_on_a_number_and_a_second_opens_it(
    bench: tuple[Bench, Pilot[None]],
) -> None:
    app, pilot = bench
    await pilot.click(SheetView, offset=(7, 3))
    assert (app.view.cell, app.opened) == ("c", 0)
    await pilot.click(SheetView, offset=(7, 3))
    assert (app.view.cell, app.opened) == ("c", 1)
