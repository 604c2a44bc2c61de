"""The files of a ticket: chosen from a list, and saved or opened."""

from collections.abc import Callable

from common.wire import AttachmentView, TicketView
from tui.messages.requests import CopyText, LoadTicket, OpenAttachment, OpenLink, SaveAttachment
from tui.model import file_paths
from tui.model.choices import PickerOption, list_file_options, list_files
from tui.screens.dialogs import DialogScreen
from tui.screens.path_prompt import PathQuestion
from tui.text import formatting
from tui.text.links import find_links


class FileActions:
    """Actions of an agent on the files that came with a ticket."""

    def __init__(self, screen: DialogScreen) -> None:
        self._screen = screen

    def choose_to_save(self) -> None:
        """Asks which file to save, and where."""
        self._choose("Save which file", self._ask_target)

    def choose_to_open(self) -> None:
        """Asks which file to open, and whether it is to be opened."""
        self._choose("Open which file", self._confirm_opening)

    def _choose(self, title: str, chosen: Callable[[AttachmentView], None]) -> None:
        screen, ticket = self._screen, self._screen.target_ticket
        if ticket is None:
            screen.refuse_input("No ticket is selected.")
            return
        messages = screen.context.store.messages.get(ticket.number)
        if messages is None:
            screen.post_message(LoadTicket(ticket.number))
            screen.refuse_input("The conversation is still loading. Press the key again.")
            return
        files = {file.id: file for file in list_files(ticket, messages)}
        if not files:
            screen.refuse_input(self._describe_no_files(ticket))
        elif len(files) == 1:
            chosen(*files.values())
        else:
            options = list_file_options(ticket, messages, screen.context.now)
            screen.show_picker(
                f"{title} of #{ticket.number}?", options, lambda value: chosen(files[int(value)])
            )

    def choose_link(self) -> None:
        """Asks which link of the conversation to copy or to open, the newest first."""
        screen, ticket = self._screen, self._screen.target_ticket
        if ticket is None:
            screen.refuse_input("No ticket is selected.")
            return
        messages = screen.context.store.messages.get(ticket.number)
        if messages is None:
            screen.post_message(LoadTicket(ticket.number))
            screen.refuse_input("The conversation is still loading. Press the key again.")
            return
        texts = [message.body for message in reversed(messages)]
        links = find_links([*texts, ticket.description or ""])
        if not links:
            screen.refuse_input(f"#{ticket.number} has no links.")
            return
        options = [
            PickerOption(f"{verb} {link}", verb, link)
            for link in links
            for verb in ("copy", "open")
        ]

        def chosen(value: str) -> None:
            verb, _, link = value.partition(" ")
            request = OpenLink(link) if verb == "open" else CopyText(link, link)
            screen.post_message(request)

        screen.show_picker(f"Link of #{ticket.number}", options, chosen)

    def _describe_no_files(self, ticket: TicketView) -> str:
        older = self._screen.context.store.older_cursors.get(ticket.number) is not None
        where = "The messages loaded so far have" if older else f"#{ticket.number} has"
        return f"{where} no files."

    def _ask_target(self, attachment: AttachmentView) -> None:
        screen = self._screen

        def chosen(text: str) -> None:
            target = file_paths.choose_target(text, attachment.name)
            screen.post_message(SaveAttachment(attachment, target))

        size = formatting.format_size(attachment.size)
        screen.show_path_prompt(
            PathQuestion(
                f"Save {formatting.truncate_text(attachment.name, 24)} ({size}) as",
                file_paths.explain_bad_target,
                text=file_paths.propose_target(attachment.name),
                folders_only=True,
            ),
            chosen,
        )

    def _confirm_opening(self, attachment: AttachmentView) -> None:
        screen = self._screen
        name = formatting.truncate_text(attachment.name, 30)

        def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - a screen's answer
            if is_yes:
                screen.post_message(OpenAttachment(attachment))

        screen.show_confirmation(f"Open {name} ({attachment.content_type})?", answered)
