"""The part of a ticket's screen on which messages are written: the composer and its drafts."""

import asyncio
from typing import Final

from textual import on

from common.macros import NO_VERBS
from common.tickets.replying import ConversationAdvanced, MessageKind
from common.wire import MentionableView, TicketView
from tui.keys import label_command
from tui.messages.requests import EditText, LoadMacros, LoadMentionable, ShowToast
from tui.model.choices import PickerOption
from tui.model.context import WorkstationContext
from tui.model.dictionaries import load_dictionary
from tui.model.macro_library import KEEP_AS_IS
from tui.model.mention_hints import MentionDirectory
from tui.model.spelling import SpellChecker
from tui.screens.draft_session import DraftSession
from tui.screens.path_prompt import PathQuestion
from tui.screens.ticket_actions import TicketActionScreen
from tui.screens.ticket_watch import TicketWatch
from tui.text import formatting
from tui.widgets.composer import Composer
from tui.widgets.conversation import ConversationPane
from tui.widgets.fixed_line import StyledLine

_KEEP_WORD: Final = ""


class ComposingScreen(TicketActionScreen):
    """A ticket's conversation, and the composer below it."""

    def __init__(self, context: WorkstationContext) -> None:
        super().__init__(context)
        self.number = 0
        self.conversation = ConversationPane(id="conversation")
        self.watchers_line = StyledLine(id="watchers")
        self.ticket_watch = TicketWatch(context, self.post_message, self.watchers_line)
        self.directory = MentionDirectory(context.store)
        self.composer = Composer(self.directory)
        self.draft_session = DraftSession(context, self.composer)
        self._spelling_language = ""

    def update_content(self) -> None:
        """Shows what the store believes of the ticket, and how things stand."""
        raise NotImplementedError

    def compose_message(self, kind: str, ticket: TicketView) -> None:
        """Opens the composer, with the draft where there is one, and behind it what was typed."""
        typed, self.argument = self.argument, ""
        self.draft_session.open_draft(ticket, MessageKind(kind))
        self.run_worker(self._load_spelling(), exit_on_error=False)
        if not self.context.link.is_offline:
            self.post_message(LoadMentionable())
        if typed:
            gap = "\n" if self.composer.text.strip() else ""
            self.composer.insert_text(gap + typed)
        self.update_content()

    # -- what became of what was written

    def load_mentionable(self, agents: list[MentionableView]) -> None:
        """Takes the agents whom a message can mention."""
        self.directory.load_handles(agents)
        self.composer.show_mentions()

    def draft_received(self, number: int, kind: MessageKind | None, before: str) -> None:
        """Shows a draft as another terminal of this agent left it."""
        if number == self.number and kind is not None:
            self.draft_session.adopt_draft(kind, before)
        self.show_state()

    def keep_text(self) -> None:
        """Saves what is being written."""
        self.draft_session.save_draft()

    def message_taken(self, number: int, kind: MessageKind) -> None:
        """Closes the editor of a message that is on its way, at the conversation's end."""
        self.draft_session.discard_sent(number, kind)
        if number == self.number and not self.composer.is_open:
            self.ticket_watch.end_typing()
            self.conversation.focus()
            self.update_content()
            self.conversation.action_last()
        self.show_state()

    def message_not_sent(self, number: int, kind: MessageKind, reason: str) -> None:
        """Keeps the text as not sent."""
        self.draft_session.mark_unsent(number, kind, reason)
        self.show_state()

    def message_returned(
        self, number: int, kind: MessageKind, *, slug: str = "", read_up_to: int = 0
    ) -> None:
        """Shows a text that was taken back or refused, as a draft again.

        The agent may be at another ticket by now, or write something else here.
        """
        ticket = self.target_ticket
        is_here = number == self.number and self.app.screen is self and ticket is not None
        is_other = self.composer.is_open and self.composer.kind is not kind
        if is_here and not is_other and ticket is not None:
            self.composer.close_editor()
            self.draft_session.open_draft(ticket, kind)
            if slug == ConversationAdvanced.slug:
                self.draft_session.advance_read_mark(number, kind, read_up_to)
                key = label_command("writing.send")
                self.toast.show_message(
                    f"Others wrote in the meantime: read it above (◆); {key} sends.",
                    "warn",
                )
            self.update_content()
            if slug == ConversationAdvanced.slug:
                self.conversation.action_last()
        self.show_state()

    # -- spelling

    async def _load_spelling(self) -> None:
        """Loads the dictionary of the organization's language, once; without one nothing shows."""
        context, organization = self.context, self.context.store.organization
        language = organization.language if organization else ""
        if language != self._spelling_language:
            self._spelling_language = language
            words = await asyncio.to_thread(load_dictionary, language)
            context.spelling = SpellChecker(words) if words is not None else None
        ticket, store = self.target_ticket, context.store
        if context.spelling is not None:
            names = [user.name for user in store.users.values()]
            names += [ticket.customer.name] if ticket else []
            context.spelling.learn_names([*names, organization.name if organization else ""])
        self.composer.editor.use_spelling(context.spelling)

    @on(Composer.SpellPressed)
    def _correct_word(self) -> None:
        spelling, found = self.context.spelling, self.composer.find_word_to_check()
        if spelling is None:
            self.refuse_action("No dictionary for this language is installed here.")
            return
        if found is None:
            self.post_message(ShowToast("No misspelt word.", "good"))
            return
        row, word = found
        offered = spelling.list_suggestions(word.text)
        options = [PickerOption(text, text) for text in offered]
        options.append(PickerOption(_KEEP_WORD, f"keep {word.text}", "it is right"))

        def chosen(value: str) -> None:
            if value == _KEEP_WORD:
                spelling.learn_names([word.text])
                self.composer.editor.use_spelling(spelling)
            else:
                self.composer.replace_word(row, word, value)

        self.show_picker(f"Instead of {word.text}", options, chosen)

    # -- messages of the composer

    @on(Composer.TextEdited)
    def _schedule_save(self) -> None:
        self.ticket_watch.note_typing()
        self.draft_session.schedule_save(self.set_timer)

    @on(Composer.DraftKept)
    def _close_composer(self) -> None:
        saved = self.draft_session.save_draft()
        self.ticket_watch.end_typing()
        self.composer.close_editor()
        self.conversation.focus()
        if saved and self.context.unsaved_draft_count:
            self.toast.show_message(
                "The draft cannot be saved: it is kept until you leave.", "warn"
            )
        elif saved:
            self.toast.show_message("The draft is kept.", "good")
        self.update_content()

    @on(Composer.DraftDiscarded)
    def _show_discarded(self) -> None:
        self.draft_session.drop_verbs()
        self.draft_session.save_draft()
        self.draft_session.show_remark("discarded · ctrl+z brings it back")
        self.show_state()

    @on(Composer.AttachPressed)
    def _ask_for_file(self) -> None:
        session, attached = self.draft_session, self.composer.files
        also = (
            f" ({formatting.format_noun_count(len(attached), 'file')} so far)" if attached else ""
        )
        self.show_path_prompt(
            PathQuestion(f"Attach which file{also}", session.explain_bad_file, text="~/"),
            session.toggle_file,
        )

    @on(Composer.MacroPressed)
    def _choose_macro(self) -> None:
        session, library = self.draft_session, self.context.macros
        options = library.list_options(self.composer.kind, self.context.store)
        if session.verbs != NO_VERBS:
            options.append(PickerOption(KEEP_AS_IS, "(no changes)", "send the text alone"))
        if not options:
            key = label_command("self.macros")
            self.refuse_action(f"There are no macros yet: leave the text, {key} writes one.")
            return

        def chosen(value: str) -> None:
            if value == KEEP_AS_IS:
                session.drop_verbs()
            else:
                session.use_macro(library.macros[int(value)])

        self.show_picker("Which macro", options, chosen)
        self.post_message(LoadMacros())

    @on(Composer.SwapPressed)
    def _show_other_version(self) -> None:
        if not self.draft_session.swap_versions():
            self.refuse_action("There is no other version of this text.")

    @on(Composer.EditorPressed)
    def _open_editor(self) -> None:
        self.draft_session.save_draft()
        number, kind = self.number, self.composer.kind

        def written(text: str) -> None:
            if (self.number, self.composer.kind) == (number, kind) and self.composer.is_open:
                self.composer.replace_text(text)
                self.draft_session.save_draft()

        self.post_message(EditText(self.composer.text, written))

    @on(Composer.ConversationRequested)
    def _focus_conversation(self) -> None:
        self.conversation.focus()
        self.show_keys()

    @on(Composer.SendPressed)
    def _send_draft(self) -> None:
        reason = self.draft_session.explain_refusal()
        if reason is not None:
            self.refuse_action(reason)
            self.show_state()
        elif self.target_ticket is not None:
            self.post_message(self.draft_session.build_message(self.target_ticket))
