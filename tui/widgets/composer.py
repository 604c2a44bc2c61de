"""The composer of replies and notes, which look different from each other."""

from pathlib import Path
from typing import ClassVar, Final

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea

from common.tickets.replying import MessageKind
from common.wire import TicketView
from tui.keys import KeyContext, label_command, list_bindings
from tui.model.mention_hints import MentionCompletion, MentionDirectory, fit_menu
from tui.model.spelling import FoundWord, SpellChecker
from tui.text import formatting, safe_text
from tui.text.message_details import FILE_SIGN
from tui.widgets.fixed_line import Part, StyledLine

_NOTIFIED_STYLE: Final = Style(bold=True)
_NOT_NOTIFIED_STYLE: Final = Style(underline=True)
_MISSPELT_STYLE: Final = Style(underline=True, italic=True)
_MENU_PREFIX: Final = " @ "
_MENU_KEYS: Final = frozenset({"tab", "enter", "up", "down", "escape"})


class MessageEditor(TextArea):
    """The text field. Pasted text is cleaned like all text from outside."""

    class MenuPressed(Message):
        """A key for the menu of names."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, directory: MentionDirectory) -> None:
        super().__init__(soft_wrap=True, tab_behavior="focus", show_line_numbers=False)
        self._directory = directory
        self._spelling: SpellChecker | None = None
        self.has_menu = False

    def use_spelling(self, spelling: SpellChecker | None) -> None:
        """Marks misspelt words from now on; None: it marks none."""
        self._spelling = spelling
        self.notify_style_update()
        self.refresh()

    def find_misspelt(self, row: int, *, typed_at: int | None = None) -> list[FoundWord]:
        """Returns the misspelt words of a line; not one that ends in the column `typed_at`."""
        if self._spelling is None:
            return []
        return self._spelling.find_misspelt(self.document.get_line(row), typed_at)

    def get_line(self, line_index: int) -> Text:
        """Returns a line with its mentions marked: bold if they notify, else underlined."""
        line = super().get_line(line_index)
        for mention in self._directory.read_mentions(line.plain):
            style = _NOT_NOTIFIED_STYLE if mention.id is None else _NOTIFIED_STYLE
            line.stylize(style, mention.start, mention.end)
        row, column = self.cursor_location
        for word in self.find_misspelt(line_index, typed_at=column if row == line_index else None):
            line.stylize(_MISSPELT_STYLE, word.start, word.end)
        return line

    async def _on_key(self, event: events.Key) -> None:
        if self.has_menu and event.key in _MENU_KEYS:
            event.stop()
            event.prevent_default()
            self.post_message(self.MenuPressed(event.key))

    async def _on_paste(self, event: events.Paste) -> None:
        # Textual calls the handler of each class by itself: calling `super` would paste twice.
        event.text = safe_text.clean_block(event.text)


class Composer(Vertical):
    """An editor with a border: heavy for a PUBLIC reply, dashed for a NOTE."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.COMPOSER)

    class TextEdited(Message):
        """The text has changed."""

    class SendPressed(Message):
        """The agent wants to send the text."""

    class DraftKept(Message):
        """The agent leaves the editor; the draft is kept."""

    class DraftDiscarded(Message):
        """The agent has discarded the text."""

    class AttachPressed(Message):
        """The agent wants to attach a file, or to take one off."""

    class MacroPressed(Message):
        """The agent wants to use a macro."""

    class SwapPressed(Message):
        """The agent wants to see the other version of the text."""

    class SpellPressed(Message):
        """The agent wants to correct a misspelt word."""

    class EditorPressed(Message):
        """The agent wants to write in their own editor."""

    class ConversationRequested(Message):
        """The agent wants to read the conversation."""

    def __init__(self, directory: MentionDirectory) -> None:
        super().__init__(id="composer")
        self.kind = MessageKind.REPLY
        self.editor = MessageEditor(directory)
        self.hint = StyledLine(id="mentions")
        self.files: tuple[Path, ...] = ()
        self._files_line = StyledLine(id="files")
        self._verbs_line = StyledLine(id="verbs")
        self._directory = directory
        self._open: MentionCompletion | None = None
        self._marked = 0
        self._left_at: tuple[int, int] | None = None

    def compose(self) -> ComposeResult:
        self.editor.cursor_blink = False
        yield self.editor
        yield self._files_line
        yield self._verbs_line
        yield self.hint

    @property
    def is_open(self) -> bool:
        return bool(self.display)

    @property
    def text(self) -> str:
        return self.editor.text

    @property
    def is_typing(self) -> bool:
        return self.editor.has_focus

    def open_editor(self, ticket: TicketView, kind: MessageKind, text: str) -> None:
        """Opens with a draft, or with nothing."""
        self.kind = kind
        is_note = kind is MessageKind.NOTE
        self.set_class(is_note, "-note")
        to_whom = ticket.customer.name
        said = "NOTE · colleagues only" if is_note else f"REPLY · PUBLIC · to {to_whom}"
        # Content, not str: a name is no markup. It comes last because it may be long.
        self.border_title = Content(said)
        self.set_text(text)
        self.display = True
        self.editor.focus()

    def set_files(self, files: tuple[Path, ...], elsewhere: tuple[str, ...] = ()) -> None:
        """Shows the files that go with the text, and names those of another machine."""
        self.files = files
        self._files_line.display = bool(files or elsewhere)
        keys: list[Part] = [(label_command("writing.attach"), "key"), (" more ", "dim")]
        parts: list[Part] = []
        if files:
            names = ", ".join(safe_text.clean_line(path.name) for path in files)
            count = formatting.format_noun_count(len(files), "file")
            parts.append((f" {FILE_SIGN} {count}: {names}", "plain"))
        if elsewhere:
            names = ", ".join(map(safe_text.clean_line, elsewhere))
            parts.append((f" ! not sent from here, on your other machine: {names}", "warn"))
        self._files_line.set_parts(parts, keys)

    def show_verbs(self, words: str) -> None:
        """Shows the changes of the ticket that are sent with the text; none: an empty text."""
        self._verbs_line.display = bool(words)
        keys: list[Part] = [(label_command("writing.macro"), "key"), (" other ", "dim")]
        self._verbs_line.set_parts([(f" and then: {words}", "warn")], keys)

    def insert_text(self, text: str) -> None:
        """Inserts a text at the cursor, in place of what is selected; ctrl+z takes it back."""
        selection = self.editor.selection
        self.editor.replace(text, selection.start, selection.end)
        self.editor.focus()

    def replace_text(self, text: str) -> None:
        """Replaces the whole text, as an edit that ctrl+z takes back."""
        self.editor.replace(text, (0, 0), self.editor.document.end)
        self.editor.focus()

    def set_text(self, text: str) -> None:
        """Puts a text in, the cursor at its end."""
        with self.editor.prevent(TextArea.Changed):
            self.editor.load_text(text)
        self.editor.move_cursor(self.editor.document.end)
        self._left_at = None
        self.show_mentions()

    def close_editor(self) -> None:
        """Closes the editor without asking."""
        self.display = False

    def show_remark(self, text: str) -> None:
        """Shows a remark at the lower border."""
        self.border_subtitle = Content(text)

    @on(TextArea.Changed)
    def _text_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._marked = 0
        self.show_mentions()
        self.post_message(self.TextEdited())

    # -- mentions

    @on(TextArea.SelectionChanged)
    def show_mentions(self) -> None:
        """Offers names for the word before the cursor, or says who will be notified."""
        row, column = self.editor.cursor_location
        found = self._directory.complete_mention(self.editor.document.get_line(row)[:column])
        is_left = found is not None and self._left_at == (row, found.start)
        self._open = None if is_left else found
        self.editor.has_menu = self._open is not None
        parts, keys = self._menu_parts(self._open) if self._open else (self._recipient_parts(), [])
        self.hint.display = bool(parts)
        self.hint.set_parts(parts, keys)

    def _menu_parts(self, offer: MentionCompletion) -> tuple[list[Part], list[Part]]:
        """Returns the names, as many as there is room for, and the keys that choose one."""
        names = [suggestion.name for suggestion in offer.suggestions]
        self._marked = min(self._marked, len(names) - 1)
        place = f"{self._marked + 1} of {len(names)}  "
        keys: list[Part] = [(place, "dim"), ("tab", "key"), (" takes it  ", "dim")]
        keys += [("↑↓", "key"), (" other ", "dim")]
        room = (
            self.editor.size.width - sum(cell_len(text) for text, _ in keys) - len(_MENU_PREFIX) - 1
        )
        shown = fit_menu([cell_len(name) + 2 for name in names], self._marked, room)
        parts: list[Part] = [(_MENU_PREFIX, "key")]
        for at in shown:
            is_marked = at == self._marked
            parts.append((f"{'▸' if is_marked else ' '}{names[at]} ", _menu_style(is_marked)))
        return parts, keys

    def _recipient_parts(self) -> list[Part]:
        notified, wrong = self._directory.describe_mentions(
            self._directory.read_mentions(self.text)
        )
        parts: list[Part] = [(f" ! {wrong} ", "bad")] if wrong else []
        return [*parts, (f" notifies {notified}", "good")] if notified else parts

    @on(MessageEditor.MenuPressed)
    def _menu_pressed(self, event: MessageEditor.MenuPressed) -> None:
        event.stop()
        offer = self._open
        if offer is None:
            return
        row, column = self.editor.cursor_location
        if event.key in {"up", "down"}:
            step = 1 if event.key == "down" else -1
            self._marked = (self._marked + step) % len(offer.suggestions)
        elif event.key == "escape":
            self._left_at = row, offer.start
        else:
            text = offer.suggestions[self._marked].text + " "
            self.editor.replace(text, (row, offer.start), (row, column))
            self._left_at = row, offer.start
        self.show_mentions()

    def action_send(self) -> None:
        self.post_message(self.SendPressed())

    def action_keep(self) -> None:
        self.post_message(self.DraftKept())

    def action_discard(self) -> None:
        """Empties the field, as an edit that can be undone; nothing of the text is kept on disk.

        The files are taken off, too.
        """
        self.editor.clear()
        self.set_files(())
        self.post_message(self.DraftDiscarded())

    def action_attach(self) -> None:
        self.post_message(self.AttachPressed())

    def action_macro(self) -> None:
        self.post_message(self.MacroPressed())

    def action_swap(self) -> None:
        self.post_message(self.SwapPressed())

    def action_spell(self) -> None:
        self.post_message(self.SpellPressed())

    def find_word_to_check(self) -> tuple[int, FoundWord] | None:
        """Returns the misspelt word at the cursor, or else the next one after it, with its row."""
        editor = self.editor
        row, column = editor.cursor_location
        count = editor.document.line_count
        places = [
            (at % count, word)
            for at in range(row, row + count)
            for word in editor.find_misspelt(at % count)
        ]
        later = (it for it in places if it[0] != row or it[1].end >= column)
        return next(later, places[0] if places else None)

    def replace_word(self, row: int, word: FoundWord, text: str) -> None:
        """Replaces a word, unless the text has changed there; ctrl+z takes it back."""
        line = self.editor.document.get_line(row)
        if line[word.start : word.end] == word.text:
            self.editor.replace(text, (row, word.start), (row, word.end))
        self.editor.focus()

    def action_external(self) -> None:
        if not self.editor.read_only:
            self.post_message(self.EditorPressed())

    def action_look(self) -> None:
        self.post_message(self.ConversationRequested())


def _menu_style(is_marked: bool) -> str:  # noqa: FBT001 - the one question
    return "tab-on" if is_marked else "tab"
