"""Files over the network: saved on the disk, or sent with a message, and how far that is."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from textual.message import Message

from common.tickets.replying import AddMessage
from common.wire import AttachmentView, WrittenMessage
from tui.messages.requests import SendCommand, ShowToast
from tui.messages.results import FileSaved, RequestFailed
from tui.model.new_files import create_new_file
from tui.network.client import ApiProblem, Client, Unreachable
from tui.network.error_text import explain_error
from tui.network.upload_form import TransferProgress, build_file_message
from tui.text import formatting

_SHOWN_FROM: Final = 1_000_000
"""Bytes from which on a transfer says how far it is."""
_PAUSE_SECONDS: Final = 0.5


class FileTasks:
    """One agent's files. `post` takes toasts and results."""

    def __init__(self, client: Client, post: Callable[[Message], Any]) -> None:
        self._client, self._post = client, post

    async def send_message(self, send: SendCommand, command: AddMessage) -> WrittenMessage:
        """Sends a message with its files. Raises UploadFailed, ApiProblem or Unreachable."""
        progress = TransferProgress()
        request = build_file_message(command, has_text=send.has_text)
        async with self._reporting(send.doing, progress):
            return await self._client.send_files(
                send.number, request, send.files, key=send.key, progress=progress
            )

    async def save_attachment(
        self, attachment: AttachmentView, wanted: Path, *, opens: bool
    ) -> None:
        """Saves a file under a name that is free; `FileSaved` or `RequestFailed` has the result."""
        try:
            path = await self._save_new_file(attachment, wanted)
        except (ApiProblem, Unreachable) as error:
            self._post(RequestFailed(f"{attachment.name}: {explain_error(error)}"))
        except OSError as error:
            reason = error.strerror or str(error)
            self._post(RequestFailed(f"{attachment.name} cannot be saved: {reason}."))
        else:
            self._post(FileSaved(attachment, path, opens=opens))

    async def _save_new_file(self, attachment: AttachmentView, wanted: Path) -> Path:
        progress = TransferProgress(attachment.size)
        pieces = self._client.read_attachment(attachment.id)
        file, path = create_new_file(wanted)
        try:
            with file:
                async with self._reporting(f"Saving {attachment.name} …", progress):
                    await _write_pieces(file, pieces, progress)
        except BaseException:
            path.unlink(missing_ok=True)  # half a file could be mistaken for the whole
            raise
        return path

    @asynccontextmanager
    async def _reporting(self, what: str, progress: TransferProgress) -> AsyncIterator[None]:
        """Reports again and again how far a large transfer is."""
        reporting = asyncio.create_task(self._report_progress(what, progress))
        try:
            yield
        finally:
            reporting.cancel()
            with suppress(asyncio.CancelledError):
                await reporting

    async def _report_progress(self, what: str, progress: TransferProgress) -> None:
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            if progress.total >= _SHOWN_FROM:
                self._post(ShowToast(f"{what} {describe_progress(progress)}", "dim"))


def describe_progress(progress: TransferProgress) -> str:
    """Returns how much of a transfer is done: `34 % of 41 MB`."""
    share = min(progress.done * 100 // max(progress.total, 1), 100)
    return f"{share} % of {formatting.format_size(progress.total)}"


async def _write_pieces(
    file: BinaryIO, pieces: AsyncIterator[bytes], progress: TransferProgress
) -> None:
    async for piece in pieces:
        await asyncio.to_thread(file.write, piece)
        progress.done += len(piece)
