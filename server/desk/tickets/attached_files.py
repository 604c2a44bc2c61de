"""Attaches files to a message or to a ticket's description, in the transaction that writes it.

The files are in the store by then: a crash before the commit leaves files without rows, which
`server.jobs.file_sweeper` deletes.
"""

from collections.abc import Sequence

from msgspec import Struct

from common.errors import FieldError, Invalid
from common.safe_names import clean_file_name
from common.wire import AttachmentView
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain import attachment_limits
from server.domain.attachment_limits import FileProblem
from server.domain.file_types import detect_file_type
from server.domain.timestamps import to_microseconds
from server.storage.files.file_store import StoredFile
from server.storage.queries.attachment import attachments
from server.storage.queries.attachment.attachments import Attachment
from server.storage.queries.search import shown_files


class NewFile(Struct, frozen=True):
    """A file in the store that no row names yet; `declared` is the type that its sender gave."""

    name: str
    stored: StoredFile
    declared: str = ""

    @property
    def content_type(self) -> str:
        """The type by the content, or the declared one where the content says nothing."""
        return detect_file_type(self.stored.head, self.name, self.declared)


def attach_files(
    work: UnitOfWork, number: int, seq: int | None, files: Sequence[NewFile]
) -> tuple[AttachmentView, ...]:
    """Attaches files to message `seq` of a ticket, or to its description without `seq`.

    Call it in the transaction that writes the message: readers see its event with the files.
    Raises Invalid for files that the organization does not take; `find_refused_files` says which.
    """
    faults = attachment_limits.find_count_errors(work.settings, len(files))
    faults += [
        FieldError(why.text, pointer=f"/file/{files.index(it)}")
        for it, why in find_refused_files(work, files)
    ]
    if faults:
        raise Invalid(*faults)
    return restore_files(work, number, seq, files)


def restore_files(
    work: UnitOfWork, number: int, seq: int | None, files: Sequence[NewFile]
) -> tuple[AttachmentView, ...]:
    """Attaches files that were taken before, as in an import: no limit of today counts."""
    views = tuple(_add_row(work, number, seq, it).view for it in files)
    if views:
        shown_files.show_attachments(work.writing, work.actor.org_id, number, seq)
    return views


def find_refused_files(
    work: UnitOfWork, files: Sequence[NewFile]
) -> list[tuple[NewFile, FileProblem]]:
    """Returns the files that the organization does not take, each with the reason."""
    refused, used = [], _read_used_bytes(work, files)
    for it in files:
        why = attachment_limits.find_file_problem(
            work.settings, it.name, it.content_type, it.stored.size, used
        )
        if why is None:
            used += it.stored.size
        else:
            refused.append((it, why))
    return refused


def _read_used_bytes(work: UnitOfWork, files: Sequence[NewFile]) -> int:
    """Returns what the organization's files take; 0 where nobody asks, for it reads all of them."""
    if not files or work.settings.attachments_total_bytes is None:
        return 0
    return attachments.read_total_size(work.writing, work.actor.org_id)


def _add_row(work: UnitOfWork, number: int, seq: int | None, file: NewFile) -> Attachment:
    row = Attachment(
        id=work.sequence.next_attachment_id(),
        number=number,
        seq=seq,
        name=clean_file_name(file.name),
        content_type=file.content_type,
        size=file.stored.size,
        sha256=file.stored.sha256,
        key=file.stored.key,
        created_at=to_microseconds(work.now),
        uploader_role=work.actor.role,
        uploader_id=work.actor.id,
    )
    attachments.add_attachment(work.writing, work.actor.org_id, row)
    return row
