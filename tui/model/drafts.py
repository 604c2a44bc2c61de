"""Drafts on disk, which survive the end of the program, however it ends."""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace
from platformdirs import user_state_path

from common.drafts import join_texts
from common.macros import NO_VERBS, MacroVerbs
from common.tickets.replying import AddMessage, MessageKind
from tui import clock
from tui.model.draft_agreements import DraftAgreements, DraftId

_PART_SUFFIX: Final = ".part"


class Draft(Struct, frozen=True, kw_only=True):
    """An unsent text. `number` 0: a ticket not yet filed.

    `key` is its Idempotency-Key: the same text sent again, even after a crash, arrives once.
    `not_sent` is why an attempt to send it failed; empty: there was none. `set_aside` is another
    version of the text, from another terminal: the agent decides which one is sent.
    """

    number: int
    kind: MessageKind
    text: str
    key: str
    saved_at: datetime
    not_sent: str = ""
    set_aside: str = ""
    files: tuple[str, ...] = ()
    """The paths of the files that go with it."""
    begun_after: int = 0
    """The ticket's last event when the text was begun; 0: not known on this machine."""
    elsewhere: tuple[str, ...] = ()
    """The names of files that stay on the machine where they were attached."""
    verbs: MacroVerbs = NO_VERBS
    """The changes of the ticket that go with it."""

    def has_content(self, text: str, files: tuple[str, ...], verbs: MacroVerbs) -> bool:
        """Returns whether it has this text, and these files and changes with it."""
        return (self.text, self.files, self.verbs) == (text, files, verbs)


class Drafts:
    """One agent's drafts in one organization on one server, a small file each."""

    def __init__(
        self, server_url: str, org_id: int, user_id: int, root: Path | None = None
    ) -> None:
        # An address may not be a valid file name; its hash is one on any system.
        server = sha256(server_url.rstrip("/").encode()).hexdigest()[:16]
        root = root or user_state_path("deskwire", appauthor=False)
        self._folder = root / "drafts" / server / str(org_id) / str(user_id)
        self._drafts = dict(self._restore_drafts())
        self._unsaved: dict[DraftId, str] = {}
        self.agreements = DraftAgreements(self._folder)
        self.on_change: Callable[[], None] = lambda: None
        """Called after each change that the server does not know."""

    def get(self, number: int, kind: MessageKind) -> Draft | None:
        """The draft of a reply or a note to a ticket."""
        return self._drafts.get((number, kind))

    def save(
        self,
        number: int,
        kind: MessageKind,
        text: str,
        files: tuple[str, ...] = (),
        verbs: MacroVerbs = NO_VERBS,
        *,
        begun_after: int = 0,
    ) -> Draft | None:
        """Keeps a text with its files and changes; without text and files there is no draft (None).

        Another text, file or change gets another key.

        What was not sent stays so, however its text is changed. A version that was set aside stays,
        and is the draft where it is all there is.
        """
        held = self.get(number, kind)
        if not text.strip() and not files and not (held and held.set_aside):
            self.discard(number, kind)
            return None
        is_same = held is not None and held.has_content(text, files, verbs)
        if is_same and not self.save_error(number, kind):
            return held
        draft = Draft(
            number=number,
            kind=kind,
            text=text,
            key=held.key if held and is_same else str(uuid4()),
            saved_at=clock.read_server_time(),
            not_sent=held.not_sent if held else "",
            set_aside=held.set_aside if held else "",
            files=files,
            begun_after=(held.begun_after if held else 0) or begun_after,
            elsewhere=held.elsewhere if held else (),
            verbs=verbs,
        )
        return self._store_changed_draft(draft)

    def set_aside(self, number: int, kind: MessageKind, text: str) -> None:
        """Keeps another version of a draft's text beside it; none: an empty text."""
        held = self.get(number, kind)
        if held is not None and held.set_aside != text:
            self._store_changed_draft(replace(held, set_aside=text, key=str(uuid4())))

    def adopt(self, draft: Draft) -> Draft:
        """Takes a draft as another terminal, or the server, has it."""
        return self._store_draft(draft)

    def finish(self, number: int, kind: MessageKind) -> None:
        """Forgets a draft whose text is sent; a version that was set aside is the draft now."""
        held = self.get(number, kind)
        self.discard(number, kind)
        if held is not None and held.set_aside.strip():
            self.save(number, kind, held.set_aside)

    def move(self, number: int, into: int) -> None:
        """Takes the drafts of a merged ticket to the ticket that it was merged into.

        Where there is one, that text stays, and the other one is set aside.
        """
        for kind in MessageKind:
            moved, held = self.get(number, kind), self.get(into, kind)
            if moved is None:
                continue
            if held is None:
                self._store_draft(replace(moved, number=into))
                self.agreements.move((number, kind), (into, kind))
            else:
                aside = join_texts(held.set_aside, join_texts(moved.text, moved.set_aside))
                self._store_draft(replace(held, set_aside=aside, key=str(uuid4())))
                self.agreements.forget((number, kind))
            self._remove_draft((number, kind))
        self.on_change()

    def give_back(
        self,
        number: int,
        message: AddMessage,
        *,
        files: tuple[str, ...] = (),
        has_text: bool = True,
        reason: str = "",
    ) -> None:
        """Keeps a message that was not sent after all, before what was written meanwhile.

        `reason` is why; empty: the agent took it back.
        """
        kind, text = message.kind, message.body if has_text else ""
        held = self.get(number, kind)
        written = held.text if held else ""
        if written.strip() and written != text:
            text = f"{text}\n\n{written}" if text.strip() else written
        kept = tuple(dict.fromkeys((*files, *(held.files if held else ()))))
        begun = message.after_seq if message.after_seq is not UNSET else 0
        verbs = MacroVerbs.from_message(message)
        self._remove_draft((number, kind))
        self.save(number, kind, text, kept, verbs, begun_after=begun)
        if held is not None and held.set_aside:
            self.set_aside(number, kind, held.set_aside)
        if reason:
            self.mark_failed(number, kind, reason)

    def mark_failed(self, number: int, kind: MessageKind, reason: str) -> None:
        """Marks a draft whose sending failed."""
        held = self.get(number, kind)
        if held is not None and held.not_sent != reason:
            self._store_draft(replace(held, not_sent=reason))

    def _store_changed_draft(self, draft: Draft) -> Draft:
        stored = self._store_draft(draft)
        self.on_change()
        return stored

    def _store_draft(self, draft: Draft) -> Draft:
        place = draft.number, draft.kind
        self._drafts[place] = draft
        try:
            self._write_draft(draft)
        except OSError as error:
            # The text stays in memory when the disk is full, and can be sent.
            self._unsaved[place] = error.strerror or str(error)
        else:
            self._unsaved.pop(place, None)
        return draft

    def save_error(self, number: int, kind: MessageKind) -> str:
        """Says why a draft is in memory alone; empty: it is on disk."""
        return self._unsaved.get((number, kind), "")

    def count_unsaved(self) -> int:
        """Counts the drafts that are in memory alone, and end with the program."""
        return len(self._unsaved)

    def discard(self, number: int, kind: MessageKind) -> None:
        """Forgets a draft: it was sent, or thrown away."""
        if self._remove_draft((number, kind)):
            self.on_change()

    def drop(self, place: DraftId) -> None:
        """Forgets a draft that another terminal sent or threw away."""
        self._remove_draft(place)

    def _remove_draft(self, place: DraftId) -> bool:
        was_there = self._drafts.pop(place, None) is not None
        self._unsaved.pop(place, None)
        with suppress(OSError):
            self._draft_path(*place).unlink(missing_ok=True)
        return was_there

    def list_drafts(self) -> list[Draft]:
        """Returns all drafts, last saved first; at the start, those of the last session."""
        return sorted(self._drafts.values(), key=lambda draft: draft.saved_at, reverse=True)

    def has_draft(self, number: int) -> bool:
        """Returns whether there is a draft of either kind for this ticket."""
        return any((number, kind) in self._drafts for kind in MessageKind)

    def list_send_errors(self, number: int) -> list[tuple[MessageKind, str]]:
        """Lists what could not be sent to a ticket, with the reasons."""
        held = (self.get(number, kind) for kind in MessageKind)
        return [(it.kind, it.not_sent) for it in held if it and self._has_failed(it)]

    def count_drafts(self) -> int:
        """Returns the number of drafts."""
        return len(self._drafts)

    def count_failed(self) -> int:
        """Counts the drafts whose sending failed."""
        return sum(map(self._has_failed, self._drafts.values()))

    def _has_failed(self, draft: Draft) -> bool:
        return bool(draft.not_sent)

    def _draft_path(self, number: int, kind: MessageKind) -> Path:
        return self._folder / f"{number}-{kind}.json"

    def _write_draft(self, draft: Draft) -> None:
        """Replaces the file by a whole new one: killed at any point, one of them is there."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._draft_path(draft.number, draft.kind)
        unfinished = path.with_suffix(_PART_SUFFIX)
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"
        ) as f:
            f.write(msgspec.json.encode(draft))
            f.flush()
            os.fsync(f.fileno())
        unfinished.replace(path)

    def _restore_drafts(self) -> list[tuple[DraftId, Draft]]:
        found = (_read_draft(path) for path in sorted(self._folder.glob("*.json")))
        return [((draft.number, draft.kind), draft) for draft in found if draft is not None]


def _read_draft(path: Path) -> Draft | None:
    """Reads a draft from its file; a file that cannot be read stays for its owner to look at."""
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(path.read_bytes(), type=Draft)
    return None
