"""On the least terminal nothing is cut off that can stand otherwise."""

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from tui.keys import KEYS, KeyContext
from tui.reports.wallboard_cards import Card
from tui.screens import help_screen
from tui.shell.app import Deskwire
from tui.widgets.figure_tile import Tile


class Wall(App[None]):
    CSS_PATH = Deskwire.CSS_PATH

    def __init__(self) -> None:
        super().__init__()
        self.tile = Tile()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict.fromkeys(("muted", "faint", "line", "cursor"), "ansi_default")

    def compose(self) -> ComposeResult:
        yield self.tile

    @property
    def text(self) -> str:
        return "\n".join(strip.text for strip in self.screen._compositor.render_strips())


async def test_a_large_figure_that_is_too_wide_for_its_tile_is_written_small_and_whole() -> None:
    app = Wall()
    async with app.run_test(size=(15, 6)) as pilot:
        app.tile.show_card(Card("Response", "10:00", "median"))
        await pilot.pause()
        assert "10:00" in app.text
        await pilot.resize_terminal(40, 6)
        await pilot.pause()
        assert "10:00" not in app.text
        assert "╭─╮" in app.text


@pytest.mark.parametrize("height", [16, 17, 18, 24])
async def test_the_sign_in_is_whole_on_the_least_terminal(height: int) -> None:
    app = Deskwire({"server": "http://127.0.0.1:1"})
    async with app.run_test(size=(60, height)) as pilot:
        await pilot.pause()
        assert pilot.app.screen.max_scroll_y == 0
        shown = [strip.text for strip in app.screen._compositor.render_strips()]
    assert "Password" in "".join(shown)
    assert shown[-1].startswith("╰") or not shown[-1].strip()


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_help_breaks_what_does_not_fit_in_one_line(width: int) -> None:
    lines = ["".join(text for text, _ in line.parts) for line in help_screen._help_lines("", width)]
    assert all(cell_len(line) < width for line in lines)
    said = " ".join(" ".join(lines).split())
    assert all(" ".join(key.says.split()) in said for key in KEYS)


@pytest.mark.parametrize("context", KeyContext)
def test_the_help_begins_with_the_keys_of_where_it_was_asked_for(context: KeyContext) -> None:
    lines = [
        "".join(text for text, _ in line.parts)
        for line in help_screen._help_lines("", 80, [context])
    ]
    assert lines[0].strip() == context.value
    assert len(lines) == len(help_screen._help_lines("", 80))
