"""The styles of parts are those of Textual's component classes, found once for all widgets."""

from typing import ClassVar
from unittest.mock import patch

import pytest
from textual.app import App, ComposeResult
from textual.css.stylesheet import Stylesheet

from tui.shell.app import Deskwire
from tui.shell.theme import ANSI_THEME, PLAIN_VARIABLES, THEMES
from tui.widgets.fixed_line import STYLES, StyledLine
from tui.widgets.ticket_table import TicketTable

CLASSES = {
    f"{kind.STYLE_PREFIX}--{name}"
    for kind in (StyledLine, TicketTable)
    for name in kind.STYLE_NAMES
}


class ComponentLine(StyledLine):
    """The same styles, as Textual keeps them for each widget."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CLASSES


class LineApp(App[None]):
    """Two lines of the same styles."""

    CSS_PATH = Deskwire.CSS_PATH

    def __init__(self, theme: str) -> None:
        super().__init__(ansi_color=theme == ANSI_THEME)
        for made in THEMES.values():
            self.register_theme(made)
        self.theme = theme
        self.lines = StyledLine(id="state"), ComponentLine(id="footer")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return PLAIN_VARIABLES

    def compose(self) -> ComposeResult:
        yield from self.lines


@pytest.mark.parametrize("theme", [ANSI_THEME, *(made.name for made in THEMES.values())])
async def test_a_part_has_the_style_of_a_component_class(theme: str) -> None:
    app = LineApp(theme)
    async with app.run_test():
        for line in app.lines:
            for name in STYLES:
                part = app.lines[1].get_component_rich_style(f"line--{name}", partial=True)
                assert line.find_style(name) == line.rich_style + part


async def test_another_theme_gives_other_styles() -> None:
    app = LineApp(THEMES["dark"].name)
    async with app.run_test() as pilot:
        dark = app.lines[0].find_style("key")
        app.theme = THEMES["light"].name
        await pilot.pause()
        part = app.lines[1].get_component_rich_style("line--key", partial=True)
        assert app.lines[0].find_style("key") == app.lines[0].rich_style + part != dark


async def test_a_style_is_looked_up_once_for_all_widgets() -> None:
    app = LineApp(THEMES["dark"].name)
    async with app.run_test():
        first = app.lines[0].find_style("good")
        app.lines[0].notify_style_update()
        with patch.object(Stylesheet, "apply", side_effect=AssertionError):
            assert app.lines[0].find_style("good") == first
            app.lines[1].find_style("good")


async def test_a_style_that_a_widget_does_not_have_is_refused() -> None:
    app = LineApp(THEMES["dark"].name)
    async with app.run_test():
        with pytest.raises(KeyError, match="reddish"):
            app.lines[0].find_style("reddish")


async def test_the_cursor_lies_below_the_part() -> None:
    table = TicketTable({})

    class TableApp(LineApp):
        def compose(self) -> ComposeResult:
            yield from (*self.lines, table)

    app = TableApp(THEMES["dark"].name)
    async with app.run_test():
        line = app.lines[1]
        cursor = line.get_component_rich_style("ticket-table--cursor", partial=True)
        urgent = line.get_component_rich_style("ticket-table--priority-urgent", partial=True)
        style = table.find_style("cursor", "priority-urgent")
        assert style == table.rich_style + cursor + urgent
        assert style.bgcolor == cursor.bgcolor
        assert style.color == urgent.color
