"""Sources of an import, as lines of the import file with their places."""

import codecs
import gzip
import io
import shutil
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import IO, BinaryIO, Final, Protocol, cast

from msgspec import Struct


class UnreadableSource(Exception):
    """The source cannot be read any further; the message says where and why."""


class SourceItem(Struct, frozen=True):
    """A line of the import file; `place` describes its position in the source."""

    place: str
    raw: bytes
    size: int = 0
    """Its size, in the unit of the source: bytes or records."""
    fault: str = ""
    """The error of the source, if this is not a valid line."""


class ImportSource(Protocol):
    """A source, which is read twice: first to learn the people, then to import."""

    repairs: Counter[str]
    """Repairs that were needed to read the source, counted by kind."""
    losses: Counter[str]
    """Contents that are not imported, counted by kind."""

    @property
    def size(self) -> int:
        """The total size, in the unit of `SourceItem.size`; 0 if unknown."""

    def read_items(self) -> Iterator[SourceItem]:
        """Yields all items, from the beginning. Raises Unreadable."""


class LineList:
    """A source of given lines."""

    def __init__(self, raws: Iterable[bytes]) -> None:
        self.repairs: Counter[str] = Counter()
        self.losses: Counter[str] = Counter()
        self._raws = list(raws)

    @property
    def size(self) -> int:
        return len(self._raws)

    def read_items(self) -> Iterator[SourceItem]:
        for number, raw in enumerate(self._raws, 1):
            yield SourceItem(f"line {number}", raw, 1)


class LineFile:
    """A file of lines, in UTF-8 or as its first bytes say (UTF-16, UTF-32, gzip)."""

    def __init__(self, file: BinaryIO) -> None:
        self.repairs: Counter[str] = Counter()
        self.losses: Counter[str] = Counter()
        self._file = make_rewindable(file)

    @property
    def size(self) -> int:
        here = self._file.tell()
        end = self._file.seek(0, io.SEEK_END)
        self._file.seek(here)
        return end

    def read_items(self) -> Iterator[SourceItem]:
        self._file.seek(0)
        number, before = 0, 0
        try:
            for number, raw in enumerate(self._read_lines(), 1):
                now = self._file.tell()
                yield SourceItem(f"line {number}", raw, now - before)
                before = now
        except (EOFError, OSError, zlib.error, UnicodeError) as error:
            why = str(error).rstrip(".")
            raise UnreadableSource(f"The file breaks off after line {number}: {why}.") from None

    def _read_lines(self) -> Iterator[bytes]:
        stream, encoding = open_text(self._file, self.repairs)
        if encoding == "utf-8":
            yield from stream
            return
        text = io.TextIOWrapper(stream, encoding, newline="\n")
        try:
            for line in text:
                yield line.encode("utf-8", "replace")
        finally:
            text.detach()  # closing the wrapper would close the file, which is read again


def make_rewindable(file: BinaryIO) -> IO[bytes]:
    """Returns the file, or a copy of the contents of a pipe, which can be read again."""
    if file.seekable():
        return file
    # It lives as long as its source, to the end of the process.
    copy = tempfile.TemporaryFile()  # noqa: SIM115
    shutil.copyfileobj(file, copy)
    copy.seek(0)
    return copy


_GZIP_MAGIC: Final = b"\x1f\x8b"
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8", "byte order mark removed"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32 read as UTF-8"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32 read as UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16 read as UTF-8"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16 read as UTF-8"),
)
"""UTF-32 comes first, because its mark begins with that of UTF-16."""


def open_text(
    file: IO[bytes], repairs: Counter[str], otherwise: str = "utf-8"
) -> tuple[IO[bytes], str]:
    """Returns the decompressed stream after its byte order mark, and its encoding."""
    stream: IO[bytes] = file
    if file.read(2) == _GZIP_MAGIC:
        file.seek(0)
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=file, mode="rb"))
    else:
        file.seek(0)
    start = stream.read(4)
    for mark, encoding, repair in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            repairs[repair] = 1
            # The decoders of UTF-16 and UTF-32 want their mark themselves.
            stream.seek(len(mark) if encoding == "utf-8" else 0)
            return stream, encoding
    stream.seek(0)
    return stream, otherwise
