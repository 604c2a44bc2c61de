"""A choice among many says that there are more than fit, and where."""

import pytest
from textual.app import App

from tui.model.choices import PickerOption
from tui.screens.picker import VISIBLE_LINES, Picker
from tui.shell.app import Deskwire


class Desk(App[None]):
    CSS_PATH = Deskwire.CSS_PATH

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict.fromkeys(("muted", "faint", "line", "cursor"), "ansi_default")

    def offer(self, count: int) -> None:
        picker = Picker()
        picker.set_choices(
            "Give #17 to", [PickerOption(str(n), f"Agent {n}") for n in range(1, count + 1)]
        )
        self.push_screen(picker)

    @property
    def text(self) -> str:
        return "\n".join(strip.text for strip in self.screen._compositor.render_strips())


async def test_a_picker_says_how_many_choices_lie_above_and_below() -> None:
    app = Desk()
    async with app.run_test(size=(60, 20)) as pilot:
        app.offer(VISIBLE_LINES + 3)
        await pilot.pause()
        assert "▸ Agent 1 " in app.text
        assert "↓3 more" in app.text
        await pilot.press(*["down"] * VISIBLE_LINES)
        assert "▸ Agent 9 " in app.text
        assert "↑1 more  ↓2 more" in app.text
        await pilot.press("down", "down")
        assert "▸ Agent 11 " in app.text
        assert "↑3 more" in app.text
        assert "↓" not in app.text
        await pilot.press("7")
        assert "▸ Agent 7 " in app.text
        assert "more" not in app.text


async def test_a_picker_of_what_fits_takes_no_room_for_more() -> None:
    app = Desk()
    async with app.run_test(size=(60, 20)) as pilot:
        app.offer(VISIBLE_LINES)
        await pilot.pause()
        assert not app.screen.query_one("#picker-position").display
        assert "more" not in app.text


async def test_words_of_a_name_go_before_words_of_a_hint() -> None:
    app = Desk()
    async with app.run_test(size=(60, 20)) as pilot:
        picker = Picker()
        save = PickerOption("save", "save", "the list with its filter")
        change = PickerOption("filter", "change the filter", "type another one")
        picker.set_choices("View", [save, change])
        app.push_screen(picker)
        await pilot.press(*"filter")
        assert picker.marked == change
        assert "  save" in app.text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("#17 The printer on the third floor smokes again", "open         Bo Lindqvist"),
        ("resolve", "resolve the ticket, after which its customer is asked to rate it"),
    ],
)
async def test_what_has_room_in_a_line_is_not_cut(text: str, hint: str) -> None:
    app = Desk()
    async with app.run_test(size=(80, 20)) as pilot:
        picker = Picker()
        picker.set_choices("Which", [PickerOption("1", text, hint), PickerOption("2", "none")])
        app.push_screen(picker)
        await pilot.pause()
        assert f"{text} " in app.text
        assert hint in app.text


async def test_the_marked_hint_is_read_in_full_where_its_line_cuts_it() -> None:
    app = Desk()
    async with app.run_test(size=(60, 20)) as pilot:
        picker = Picker()
        reason = "NOT DONE: Only the assignee or a supervisor may do this to it."
        choices = [
            PickerOption("1", "#23 back to the queue", reason),
            PickerOption("2", "#24 claim", "waits"),
        ]
        picker.set_choices("Outbox", choices)
        app.push_screen(picker)
        await pilot.pause()
        assert "…" in app.text
        words = " ".join(app.text.split())
        assert reason in words
        height = app.screen.query_one("#picker-box").size.height
        await pilot.press("down")
        assert reason not in " ".join(app.text.split())
        assert app.screen.query_one("#picker-box").size.height == height
        await pilot.resize_terminal(140, 20)
        await pilot.pause()
        assert app.screen.query_one("#picker-box").size.height == height - 2
