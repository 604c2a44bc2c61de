"""The limits on attachments: how many, how large, and which types an organization takes."""

from common.errors import FieldError
from common.organization import OrganizationSettings
from server.domain.file_types import is_blocked


def find_file_problem(
    settings: OrganizationSettings, name: str, content_type: str, size: int
) -> str | None:
    """Returns why the organization does not take a file, as a sentence; None if it does."""
    if size > settings.attachment_max_bytes:
        return f"is larger than {settings.attachment_max_bytes} bytes"
    if is_blocked(settings.blocked_attachments, name, content_type):
        return "is of a type that this organization does not take"
    return None


def find_count_errors(settings: OrganizationSettings, count: int) -> list[FieldError]:
    """Returns an error where a message has too many files."""
    limit = settings.attachments_per_message
    return [] if count <= limit else [FieldError(f"at most {limit} files", pointer="/file")]
