"""The macros of the agent and of everybody: listed, written, changed and deleted."""

from typing import ClassVar

from msgspec.structs import asdict
from textual import on
from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import TextArea

from common import library_endpoints
from common.macros import CreateMacro, EditMacro, MacroView
from common.people import SUPERVISORS
from common.wire import TicketView
from tui.keys import KeyContext, label_command, list_bindings
from tui.messages.requests import CallEndpoint, LoadMacros
from tui.model.context import WorkstationContext
from tui.model.macro_library import summarize_macro
from tui.model.macro_text import (
    MacroTextError,
    describe_setting,
    format_macro_text,
    parse_macro_text,
)
from tui.model.store import StoreChange
from tui.screens.dialogs import DialogScreen
from tui.text import formatting
from tui.widgets.fixed_line import Part, StyledLine
from tui.widgets.library_list import LibraryLine, LibraryList
from tui.widgets.template_editor import TemplateEditor


class MacrosScreen(DialogScreen):
    """The list, and in its place the text of the macro that is being written."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.MACROS)
    ITEM_ACTIONS: ClassVar[frozenset[str]] = frozenset({"edit", "copy", "delete"})

    def __init__(self, context: WorkstationContext) -> None:
        super().__init__(context)
        self.heading = StyledLine(id="macros-title")
        self.lines = LibraryList(name_width=28, about_width=16)
        self.editor = TemplateEditor()
        self.hint = StyledLine(id="template-hint")
        self._edited: MacroView | None = None
        self._text_before = ""

    def compose_body(self) -> list[Widget]:
        return [self.heading, self.lines, self.editor, self.hint]

    def on_mount(self) -> None:
        self._show_editor(is_shown=False)

    @property
    def target_ticket(self) -> TicketView | None:
        return None

    @property
    def default_focus(self) -> Widget:
        return self.editor if self.editor.display else self.lines

    def key_contexts(self) -> tuple[KeyContext, ...]:
        return (KeyContext.TEMPLATE,) if self.editor.display else (KeyContext.MACROS,)

    @property
    def has_item(self) -> bool:
        """Returns whether there is a macro under the cursor, or one is written."""
        return self.editor.display or self.lines.selected is not None

    def on_screen_resume(self) -> None:
        self.default_focus.focus()
        self.fetch_missing()
        self.macros_loaded()

    def fetch_missing(self) -> None:
        if not self.context.link.is_offline:
            self.post_message(LoadMacros())

    def store_changed(self, change: StoreChange) -> None:
        if change.people or change.everything:
            self.macros_loaded()

    def macros_loaded(self) -> None:
        """Shows the macros as they were last read."""
        library = self.context.macros
        lines = [self._build_line(macro) for macro in library.macros.values()]
        self.lines.show_lines(lines, _explain_none() if library.is_loaded else "Loading …")
        if not self.editor.display:
            parts: list[Part] = [(" Macros", "strong"), (f" · {len(lines)}", "dim")]
            key = label_command("writing.macro")
            self.heading.set_parts(parts, [(f"{key} in a reply or note uses one ", "dim")])
        self.show_state()

    def _build_line(self, macro: MacroView) -> LibraryLine:
        whose = "everybody" if macro.shared else "me"
        about = f"{whose}, {macro.kind or 'both'}"
        return LibraryLine(macro.id, macro.name, about, summarize_macro(macro, self.context.store))

    # -- keys of the list

    def action_new(self) -> None:
        """Begins a macro."""
        self._open_editor(None)

    def action_edit(self) -> None:
        """Opens the text of the macro under the cursor."""
        macro = self._require_selected()
        if macro is not None and self._may_change(macro):
            self._open_editor(macro)

    def action_copy(self) -> None:
        """Begins a macro of one's own with the text of this one."""
        macro = self._require_selected()
        if macro is not None:
            self._open_editor(None, macro)

    def action_delete(self) -> None:
        """Deletes the macro under the cursor, after a yes."""
        macro = self._require_selected()
        if macro is None or not self._may_change(macro):
            return

        def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - a screen's answer
            if is_yes:
                self.post_message(
                    CallEndpoint(
                        library_endpoints.DELETE_MACRO,
                        {"id": macro.id},
                        doing="Deleting …",
                        done=f"{_describe_macro(macro)} is deleted",
                        then=lambda _: self.fetch_missing(),
                    )
                )

        whose = "which everybody uses" if macro.shared else "your own"
        self.show_confirmation(f"Delete {_describe_macro(macro)}, {whose}?", answered)

    def action_leave(self) -> None:
        self.dismiss()

    def action_macros(self) -> None:
        """Closes the screen by the key that opens it."""
        self.dismiss()

    def _require_selected(self) -> MacroView | None:
        line = self.lines.selected
        macro = self.context.macros.macros.get(line.number) if line else None
        if macro is None:
            self.refuse_action(_explain_none())
        return macro

    def _may_change(self, macro: MacroView) -> bool:
        actor = self.context.actor
        if macro.shared and (actor is None or actor.role not in SUPERVISORS):
            key = label_command("macros.copy")
            self.refuse_action(
                f"Supervisors change everybody's macros; {key} makes a copy of your own."
            )
            return False
        return True

    @on(LibraryList.RowClicked)
    def _edit_clicked(self) -> None:
        self.action_edit()

    # -- writing

    def _open_editor(self, macro: MacroView | None, source: MacroView | None = None) -> None:
        self._edited = macro
        text = format_macro_text(macro or source, self.context.store.users)
        self._text_before = text if macro or not source else ""
        self.editor.open_text(text, line=0 if macro is None else text.count("\n"))
        name = f"Macro “{macro.name}”" if macro else "New macro"
        keys = [(label_command("template.save"), "key"), (" saves ", "dim")]
        self.heading.set_parts([(f" {name}", "strong")], keys)
        self._show_editor(is_shown=True)

    def _show_editor(self, *, is_shown: bool) -> None:
        self.editor.display = self.hint.display = is_shown
        self.lines.display = not is_shown
        self.default_focus.focus()
        if not is_shown:
            self.macros_loaded()
        self.show_keys()

    @on(TextArea.SelectionChanged)
    def _explain_line(self) -> None:
        row = self.editor.cursor_location[0]
        said = describe_setting(self.editor.document.get_line(row))
        self.hint.set_parts([(f" {said}" if said else f" {{{{{_VARIABLES}}}}}", "dim")])

    @on(TemplateEditor.SavePressed)
    def _save(self) -> None:
        if self.context.link.is_offline:
            self.refuse_action("OFFLINE: macros have to wait for the server.")
            return
        try:
            command = parse_macro_text(self.editor.text, self.context.store.users)
        except MacroTextError as error:
            self.editor.move_cursor((error.line, 0))
            self.refuse_action(f"Line {error.line + 1}: {error}")
            return
        self.post_message(self._build_call(command))

    def _build_call(self, command: CreateMacro) -> CallEndpoint:
        def saved(_: MacroView) -> None:
            self._show_editor(is_shown=False)
            self.fetch_missing()

        done = f"The macro “{formatting.truncate_text(command.name, 30)}” is saved"
        if self._edited is None:
            return CallEndpoint(
                library_endpoints.CREATE_MACRO,
                body=command,
                doing="Saving …",
                done=done,
                then=saved,
            )
        return CallEndpoint(
            library_endpoints.EDIT_MACRO,
            {"id": self._edited.id},
            body=EditMacro(**asdict(command)),
            doing="Saving …",
            done=done,
            then=saved,
        )

    @on(TemplateEditor.LeavePressed)
    def _leave_text(self) -> None:
        """Leaves the text; asks where something would be lost."""

        def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - a screen's answer
            if is_yes:
                self._show_editor(is_shown=False)

        if self.editor.text == self._text_before:
            self._show_editor(is_shown=False)
        else:
            self.show_confirmation("Leave without saving what you wrote?", answered)


_VARIABLES = "customer.first_name}} {{ticket.number}} {{agent.name}} {{organization.name"


def _describe_macro(macro: MacroView) -> str:
    return f"“{formatting.truncate_text(macro.name, 30)}”"


def _explain_none() -> str:
    return f"There are no macros yet: {label_command('macros.new')} writes one."
