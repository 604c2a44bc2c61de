"""Agreements about drafts: what this machine and the server last had in common, on disk."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from common.tickets.replying import MessageKind

DraftId: TypeAlias = tuple[int, MessageKind]
"""A draft's ticket and its kind of message."""
_FILE_NAME: Final = "agreed.list"


class DraftAgreement(Struct, frozen=True):
    """The version on the server, and the key of the draft here that was the same."""

    number: int
    kind: MessageKind
    version: int
    key: str


class DraftAgreements:
    """The agreements of one agent on one machine.

    One that is lost costs nothing: both texts then count as changed, and are compared.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE_NAME
        self._agreed = {(it.number, it.kind): it for it in self._read_file()}

    def get(self, place: DraftId) -> DraftAgreement | None:
        """Returns what was agreed on; None: nothing yet."""
        return self._agreed.get(place)

    def list_places(self) -> set[DraftId]:
        """Returns the drafts that the server had when it was last asked."""
        return set(self._agreed)

    def agree(self, place: DraftId, version: int, key: str) -> None:
        """Records that the draft with this key is the server's version."""
        agreement = DraftAgreement(*place, version, key)
        if self._agreed.get(place) != agreement:
            self._agreed[place] = agreement
            self._write_file()

    def forget(self, place: DraftId) -> None:
        """Records that the server has no draft there."""
        if self._agreed.pop(place, None) is not None:
            self._write_file()

    def move(self, place: DraftId, into: DraftId) -> None:
        """Records that the server has taken a draft to another ticket."""
        held = self._agreed.pop(place, None)
        if held is not None:
            self._agreed[into] = DraftAgreement(*into, held.version, held.key)
            self._write_file()

    def _read_file(self) -> list[DraftAgreement]:
        with suppress(OSError, msgspec.MsgspecError):
            return msgspec.json.decode(self._path.read_bytes(), type=list[DraftAgreement])
        return []

    def _write_file(self) -> None:
        """Replaces the file by a whole new one; on a full disk the old one stays."""
        unfinished = self._path.with_suffix(".part")
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(opened, "wb") as file:
                file.write(msgspec.json.encode(list(self._agreed.values())))
            unfinished.replace(self._path)
