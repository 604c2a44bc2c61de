"""The files of a line: attachments and original mails, put in place and counted."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict, replace

from server.desk.mail import restored_mails
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import attached_files
from server.desk.tickets.attached_files import NewFile
from server.domain.timestamps import to_microseconds
from server.storage.queries.mail.inbound_mails import InboundMail, InboundState
from server.transfer.file_folder import FileSupply
from server.transfer.file_format import FileEntry, OriginalEntry
from server.transfer.people_resolver import PeopleResolver


class FileCounts(Struct, frozen=True):
    """The attachments and original mails of a line, by whether their files were there."""

    files: int = 0
    lost_files: int = 0
    originals: int = 0
    lost_originals: int = 0


NO_FILES: Final = FileCounts()


class LineFiles:
    """Puts the files of lines in place; `counts` are those of the present line."""

    def __init__(self, supply: FileSupply, cast: PeopleResolver) -> None:
        self.counts = NO_FILES
        self._supply = supply
        self._cast = cast

    def begin_line(self) -> None:
        self.counts = NO_FILES

    def attach_files(
        self, work: UnitOfWork, number: int, seq: int | None, files: Sequence[FileEntry]
    ) -> None:
        """Attaches the files that are there, whatever the limits of today."""
        found = [(it, self._supply.take(it)) for it in files]
        there = sum(stored is not None for _, stored in found)
        self._count(files=there, lost_files=len(found) - there)
        if self._supply.dry:
            return
        new = [NewFile(it.name, stored, it.content_type) for it, stored in found if stored]
        attached_files.restore_files(work, number, seq, new)

    def restore_original(
        self,
        work: UnitOfWork,
        mail: OriginalEntry,
        state: InboundState,
        number: int,
        seq: int | None,
    ) -> None:
        """Keeps the mail that a text came in, if its bytes are there."""
        content = self._supply.read_original(mail)
        if content is None:
            self._count(lost_originals=1)
            return
        self._count(originals=1)
        row = InboundMail(
            org_id=work.actor.org_id,
            id=0,
            fingerprint=mail.fingerprint,
            received_at=to_microseconds(mail.received_at),
            state=state,
            inbox=mail.inbox,
            sender=mail.sender or None,
            sender_id=self._cast.resolve_actor(mail.writer).id if mail.writer else None,
            subject=mail.subject,
            message_id=mail.message_id or None,
            number=number,
            seq=seq,
            verified=mail.verified,
            size=len(content),
        )
        restored_mails.restore_mail(work, row, content)

    def _count(self, **more: int) -> None:
        before = asdict(self.counts)
        self.counts = replace(self.counts, **{name: before[name] + more[name] for name in more})
