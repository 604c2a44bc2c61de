"""The outbox on disk: what becomes of each command, a line each, so that no crash loses one.

Each running workstation has a file of its own, locked while it runs. At its start it takes over
the files of those that have ended.
"""

import errno
import fcntl
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Self
from uuid import uuid4

import msgspec
from msgspec import Raw, Struct
from platformdirs import user_state_path

from common.endpoints import TICKET_COMMANDS
from tui.model.pending_commands import PendingCommand, RefusedCommand

_KINDS: Final[Mapping[str, type]] = {it.name: kind for kind, it in TICKET_COMMANDS.items()}
"""The class of each command by the name of its endpoint, which newer versions keep."""
_UNREADABLE_SUFFIX: Final = ".unreadable"


class AddedLine(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="added"):
    """A command that was made. Nothing is held beyond the program's end."""

    key: str
    number: int
    name: str
    body: Raw
    made_at: datetime
    done: str
    seen_seq: int = 0
    echo_after: int = 0
    sent_at: datetime | None = None
    version: int | None = None
    follows: str = ""
    files: tuple[str, ...] = ()
    has_text: bool = True

    @classmethod
    def from_pending(cls, pending: PendingCommand) -> Self:
        """Returns the line of a command."""
        fields = {name: getattr(pending, name) for name in _SAME_FIELDS}
        name = TICKET_COMMANDS[type(pending.command)].name
        return cls(name=name, body=Raw(msgspec.json.encode(pending.command)), **fields)


class SentLine(Struct, frozen=True, tag="sent"):
    """A command that may have reached the server."""

    key: str
    at: datetime


class VersionLine(Struct, frozen=True, tag="version"):
    """The version of the ticket that a command needs."""

    key: str
    version: int


class RefusedLine(Struct, frozen=True, tag="refused"):
    """A command that was refused."""

    key: str
    reason: str
    at: datetime


class GoneLine(Struct, frozen=True, tag="gone"):
    """A command that was done or taken back, or whose refusal was put aside."""

    key: str


OutboxLine = AddedLine | SentLine | VersionLine | RefusedLine | GoneLine


class StoredCommands:
    """The content of files: commands that wait, and refusals that were not put aside, by key."""

    def __init__(self) -> None:
        self.pending: dict[str, PendingCommand] = {}
        self.refused: dict[str, RefusedCommand] = {}

    def take_line(self, raw: bytes) -> None:
        """Takes a line. Raises KeyError or msgspec.MsgspecError for one that cannot be read."""
        line = msgspec.json.decode(raw, type=OutboxLine)
        held = self.pending.get(line.key)
        if isinstance(line, AddedLine):
            self.pending[line.key] = _restore_command(line)
        elif isinstance(line, GoneLine):
            self.pending.pop(line.key, None)
            self.refused.pop(line.key, None)
        elif held is None:
            return
        elif isinstance(line, SentLine):
            self.pending[line.key] = msgspec.structs.replace(held, sent_at=line.at)
        elif isinstance(line, VersionLine):
            self.pending[line.key] = msgspec.structs.replace(held, version=line.version)
        else:
            del self.pending[line.key]
            self.refused[line.key] = RefusedCommand(held, line.reason, line.at)

    def take_lines(self, raw: bytes) -> bool:
        """Takes a file's lines. False: one of them cannot be read.

        The last one of a program that was killed may not be whole.
        """
        is_readable = True
        for line in raw.split(b"\n")[:-1]:
            try:
                self.take_line(line)
            except (KeyError, msgspec.MsgspecError):
                is_readable = False
        return is_readable


class OutboxFile:
    """The file of one workstation of one agent in one organization on one server.

    What is written survives the program's end at once, and that of the machine after `sync`.
    """

    def __init__(
        self, server_url: str, org_id: int, user_id: int, root: Path | None = None
    ) -> None:
        server = sha256(server_url.rstrip("/").encode()).hexdigest()[:16]
        root = root or user_state_path("deskwire", appauthor=False)
        self._folder = root / "outbox" / server / str(org_id) / str(user_id)
        self._path = self._folder / f"{uuid4().hex}.jsonl"
        self._descriptor: int | None = None
        self.is_synced = True

    def open_and_take_over(self) -> StoredCommands:
        """Returns what ended workstations have left in their files, which become part of this.

        Raises OSError where there can be no file.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = StoredCommands()
        left = [self._read_left(path, found) for path in sorted(self._folder.glob("*.jsonl"))]
        self._descriptor = _open_locked(self._path, os.O_CREAT | os.O_EXCL)
        self.write_all(found.pending.values(), found.refused.values())
        self.sync()
        for path, descriptor, is_readable in filter(None, left):
            if is_readable:
                path.unlink()
            else:  # a newer version's lines stay for their owner to look at
                path.rename(path.with_suffix(_UNREADABLE_SUFFIX))
            os.close(descriptor)
        return found

    def _read_left(self, path: Path, found: StoredCommands) -> tuple[Path, int, bool] | None:
        try:
            descriptor = _open_locked(path)
        except OSError:
            return None  # its workstation is running
        with open(descriptor, "rb", closefd=False) as file:
            return path, descriptor, found.take_lines(file.read())

    def write_all(
        self, pending: Iterable[PendingCommand], refused: Iterable[RefusedCommand]
    ) -> None:
        """Writes the file anew, with only what is still of use. Raises OSError."""
        lines: list[OutboxLine] = [AddedLine.from_pending(one) for one in pending]
        for one in refused:
            lines.append(AddedLine.from_pending(one.pending))
            lines.append(RefusedLine(one.pending.key, one.reason, one.at))
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
        self.append(*lines)

    def append(self, *lines: OutboxLine) -> None:
        """Appends lines. Raises OSError, as where the disk is full."""
        if self._descriptor is None:
            raise OSError(errno.EBADF, "the outbox has no file")
        raw = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        if os.write(self._descriptor, raw) < len(raw):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        # Without a line about its fate, a command is sent again with its key: that does no harm.
        if any(isinstance(line, AddedLine | RefusedLine) for line in lines):
            self.is_synced = False

    def sync(self) -> None:
        """Waits until what was written is on the disk. Raises OSError."""
        if self._descriptor is not None:
            self.is_synced = True
            os.fsync(self._descriptor)

    def close(self, *, is_empty: bool) -> None:
        """Gives the file up for another workstation to take over; an empty one is removed."""
        if self._descriptor is None:
            return
        if is_empty:
            with suppress(OSError):
                self._path.unlink()
        os.close(self._descriptor)
        self._descriptor = None


def _open_locked(path: Path, flags: int = 0) -> int:
    """Opens a file that no other workstation has. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.stat().st_ino != os.fstat(descriptor).st_ino:
            raise FileNotFoundError(path)
    except OSError:  # the file may have been taken over just before it was locked
        os.close(descriptor)
        raise
    return descriptor


_SAME_FIELDS: Final = tuple(
    name for name in AddedLine.__struct_fields__ if name in PendingCommand.__struct_fields__
)


def _restore_command(line: AddedLine) -> PendingCommand:
    """Raises KeyError or msgspec.MsgspecError for a command of another version."""
    fields = {name: getattr(line, name) for name in _SAME_FIELDS}
    return PendingCommand(command=msgspec.json.decode(line.body, type=_KINDS[line.name]), **fields)
