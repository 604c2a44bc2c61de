"""The palette: commands by name. What follows a name is for the question that it asks."""

from typing import ClassVar, Final

from textual.binding import BindingType

from tui.keys import KeyContext, list_bindings
from tui.model.choices import PickerOption
from tui.screens.picker import Picker

_SEPARATOR: Final = " "


class CommandPalette(Picker):
    """A picker whose answer is a command's id and, behind a space, the rest of what was typed."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.PALETTE)

    def sort_choices(self, text: str) -> list[PickerOption]:
        """Returns the command whose name is typed, then those that begin so, then others."""
        named = self._find_named(text)
        if named is not None:
            return [named]
        found = super().sort_choices(text)
        typed = text.strip().lower()
        return sorted(found, key=lambda choice: not choice.text.startswith(typed))

    def _find_named(self, text: str) -> PickerOption | None:
        """Returns the command of a line such as `assign bo`."""
        name, separator, _ = text.lstrip().partition(_SEPARATOR)
        found = (choice for choice in self.choices if choice.text == name.lower())
        return next(found, None) if separator else None

    def action_choose(self) -> None:
        """Answers with the marked command and its argument."""
        if self.marked is not None:
            typed = self.typed.lstrip()
            is_named = self._find_named(typed) is not None
            rest = typed.partition(_SEPARATOR)[2].strip() if is_named else ""
            self.dismiss(f"{self.marked.value}{_SEPARATOR}{rest}")

    def action_complete(self) -> None:
        """Types the marked command's name."""
        if self.marked is not None:
            self.type_text(self.marked.text + _SEPARATOR)
