"""Forms with files, read from the disk while they are sent, and how much of it is done."""

import io
import mimetypes
from collections.abc import Sequence
from pathlib import Path

import aiohttp
from msgspec import UNSET, Struct, json, to_builtins

from common.file_messages import SendFiles
from common.safe_names import clean_file_name
from common.tickets.replying import AddMessage
from tui.text import safe_text

_FILE_FIELD = "file"


class TransferProgress:
    """The bytes of a transfer that are done; `total` is 0 until it is known."""

    def __init__(self, total: int = 0) -> None:
        self.done, self.total = 0, total


class UploadFailed(Exception):
    """A file could not be read; the message says which and why."""


class _CountedFile(io.BufferedReader):
    """A file that counts the bytes which were read from it."""

    def __init__(self, path: Path, progress: TransferProgress) -> None:
        super().__init__(io.FileIO(path))
        self._progress = progress

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self._progress.done += len(piece)
        return piece


class UploadForm(Struct, frozen=True):
    """The form of a message with files, which are open until it is closed."""

    data: aiohttp.FormData
    files: tuple[io.BufferedReader, ...]

    def close(self) -> None:
        for file in self.files:
            file.close()


def open_form(command: SendFiles, paths: Sequence[Path], progress: TransferProgress) -> UploadForm:
    """Opens the files and returns the form. Raises UploadFailed."""
    data, files = aiohttp.FormData(), []
    for name, value in to_builtins(command).items():
        data.add_field(name, json.encode(value).decode() if isinstance(value, dict) else str(value))
    try:
        for path in paths:
            file = _CountedFile(path, progress)
            files.append(file)
            progress.total += path.stat().st_size
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            data.add_field(
                _FILE_FIELD, file, filename=clean_file_name(path.name), content_type=kind
            )
    except OSError as error:
        for file in files:
            file.close()
        why = error.strerror or str(error)
        raise UploadFailed(f"{safe_text.clean_line(path.name)} cannot be read: {why}.") from error
    return UploadForm(data, tuple(files))


def build_file_message(command: AddMessage, *, has_text: bool) -> SendFiles:
    """Returns the request of a message with files; without a text their names are the text."""
    return SendFiles(
        body=command.body if has_text else UNSET,
        kind=command.kind,
        after_seq=command.after_seq,
        status=command.status,
        waiting_on=command.waiting_on,
        edit=command.edit,
    )
