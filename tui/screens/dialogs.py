"""A working screen that asks: by a list to choose from, a question, or a path."""

from collections.abc import Callable
from functools import partial
from typing import Any

from textual.screen import Screen

from tui.model.choices import PickerOption
from tui.screens.confirmation import Confirm
from tui.screens.desk_screen import DeskScreen
from tui.screens.path_prompt import PathPrompt, PathQuestion
from tui.screens.picker import Picker, Suggest, find_matching


class DialogScreen(DeskScreen):
    """A screen that asks. A dialog that is left with esc answers nothing."""

    def show_confirmation(self, question: str, answered: Callable[[bool | None], None]) -> None:
        """Asks a question that only `y` answers with yes."""
        confirm = self.app.get_screen("confirm", Confirm)
        confirm.set_question(question)
        self._push_dialog(confirm, answered)

    def show_picker(
        self,
        title: str,
        choices_: list[PickerOption],
        chosen: Callable[[str], None],
        *,
        is_free: bool = False,
        suggest: Suggest | None = None,
    ) -> None:
        """Offers a list; with `is_free` the answer is what was typed.

        With `suggest`, what is typed has choices of its own.

        What was typed behind the command's name answers at once, where one choice matches it.
        """
        argument, self.argument = self.argument, ""
        if argument and is_free:
            chosen(argument)
            return
        find = suggest or partial(find_matching, choices_)
        matching = find(argument) if argument else []
        if len(matching) == 1:
            chosen(matching[0].value)
            return
        picker = self.app.get_screen("picker", Picker)
        picker.set_choices(title, choices_, is_free=is_free, typed=argument, suggest=suggest)
        self._push_dialog(picker, lambda value: None if value is None else chosen(value))

    def show_path_prompt(self, question: PathQuestion, chosen: Callable[[str], None]) -> None:
        """Asks for a path."""
        prompt = self.app.get_screen("path", PathPrompt)
        prompt.set_question(question)
        self._push_dialog(prompt, lambda value: None if value is None else chosen(value))

    def people_changed(self, number: int) -> None:
        """Shows anew who takes part in a ticket, where that is shown."""

    def _push_dialog(self, screen: Screen[Any], answered: Callable[[Any], None]) -> None:
        self.app.push_screen(screen, answered)
        self.show_keys()
