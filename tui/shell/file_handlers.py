"""Handles files of messages: saves them, or opens them on the agent's desktop."""

import os

from common.safe_names import clean_file_name
from tui.keys import label_command
from tui.messages.requests import OpenAttachment, OpenLink, SaveAttachment
from tui.messages.results import FileSaved
from tui.model.file_paths import shorten_path
from tui.shell.file_opener import NO_OPENER, FileOpener, find_opener
from tui.shell.message_router import RouteTable
from tui.shell.services import HandlerServices


class FileHandlers:
    """Saves and opens files. Each ends in one sentence."""

    def __init__(self, services: HandlerServices) -> None:
        self._services, self._opener = services, FileOpener()
        self.remove_temporary_files = self._opener.remove_temporary_files

    @property
    def routes(self) -> RouteTable:
        """The messages that are handled here."""
        return {
            SaveAttachment: self.save_attachment,
            OpenAttachment: self.open_attachment,
            OpenLink: self.open_link,
            FileSaved: self.finish_saving,
        }

    def save_attachment(self, request: SaveAttachment) -> None:
        """Saves a file where the agent wants it."""
        attachment, path = request.attachment, request.path
        self._services.show_toast(f"Saving {attachment.name} …", "dim")
        self._services.run_in_session(
            lambda session: session.api_tasks.save_attachment(attachment, path)
        )

    def open_attachment(self, request: OpenAttachment) -> None:
        """Saves a file for as long as the program runs, and then opens it."""
        attachment = request.attachment
        if find_opener(os.environ) is None:
            key = label_command("ticket.save-file")
            self._services.show_toast(f"{NO_OPENER.rstrip('.')}: {key} saves them.", "bad")
            return
        try:
            path = self._opener.make_temporary_path(clean_file_name(attachment.name))
        except OSError as error:
            self._services.show_toast(f"No temporary file can be made: {error.strerror}.", "bad")
            return
        self._services.show_toast(f"Opening {attachment.name} …", "dim")
        self._services.run_in_session(
            lambda session: session.api_tasks.save_attachment(attachment, path, opens=True)
        )

    def open_link(self, request: OpenLink) -> None:
        """Opens a web address."""
        self._services.run_task(self._open_link(request.link))

    async def _open_link(self, link: str) -> None:
        reason = await self._opener.open_target(link, link)
        if reason == NO_OPENER:
            reason = "There is no desktop here to open links on: copy it instead."
        self._services.show_toast(reason or f"{link} is open.", "bad" if reason else "good")

    def finish_saving(self, result: FileSaved) -> None:
        """Says where the file is, or opens it."""
        if result.opens:
            self._services.run_task(self._open_file(result))
            return
        # The name comes first: the folder's may be long, and is what may be cut.
        folder = shorten_path(result.path.parent)
        self._services.show_toast(f"Saved as {result.path.name} in {folder}", "good")

    async def _open_file(self, result: FileSaved) -> None:
        reason = await self._opener.open_file(result.path)
        done = f"{result.attachment.name} is open on your desktop."
        self._services.show_toast(reason or done, "bad" if reason else "good")
