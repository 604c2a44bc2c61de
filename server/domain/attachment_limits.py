"""The limits on attachments: how many, how large, and which types an organization takes."""

from msgspec import Struct

from common.errors import FieldError
from common.organization import OrganizationSettings
from server.domain.file_types import is_blocked


class FileProblem(Struct, frozen=True):
    """The reason why a file is not taken: a sentence, its key in languages, and the limit."""

    key: str
    text: str
    limit: int = 0


def find_file_problem(
    settings: OrganizationSettings, name: str, content_type: str, size: int, used: int
) -> FileProblem | None:
    """Returns why the organization does not take a file; None if it does.

    `used` are the bytes that its files take already.
    """
    limit = settings.attachment_max_bytes
    if size > limit:
        return FileProblem("file_too_large", f"is larger than {limit} bytes", limit)
    if is_blocked(settings.blocked_attachments, name, content_type):
        return FileProblem("file_blocked", "is of a type that this organization does not take")
    most = settings.attachments_total_bytes
    if most is not None and used + size > most:
        return FileProblem(
            "files_full",
            f"does not fit: the files of this organization take {used} of {most} bytes; ask an"
            " admin for more (attachments_total_bytes)",
        )
    return None


def find_count_errors(settings: OrganizationSettings, count: int) -> list[FieldError]:
    """Returns an error where a message has too many files."""
    limit = settings.attachments_per_message
    return [] if count <= limit else [FieldError(f"at most {limit} files", pointer="/file")]
