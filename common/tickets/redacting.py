"""Redaction: removing a text from a ticket and its history for good.

The event of a redaction names the changed parts and does not contain the removed text.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

from msgspec import UNSET, Struct, UnsetType

from common.errors import FieldError
from common.ids import Id, Seq
from common.text import Body, Reason
from common.tickets.event import TicketEvent
from common.tickets.replying import MessageKind
from common.tickets.ticket import Audience

REDACTED: Final = "(redacted)"
"""The mark in place of a redacted text."""
ERASED: Final = "(erased)"
"""The mark in place of the texts of an erased person."""
REDACTION_MARKS: Final = frozenset({REDACTED, ERASED})

_SEPARATORS: Final = r"[\s.\-\u2010-\u2015]"
_MIN_NUMBER_LENGTH: Final = 6


class RedactableField(StrEnum):
    """The texts of a ticket that can be removed as a whole."""

    SUBJECT = "subject"
    DESCRIPTION = "description"


class RedactTicket(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Removes a text or a file for good: a message, a field, every occurrence of a text, or a file.

    `text` alone is removed from the whole ticket, with `message_id` or `field` only from there.
    Without `text` the whole message or field is removed, with its files. A text is removed from the
    names of files, too; `attachment_id` alone removes the file. Numbers are found however their
    digits are grouped, other texts in any case and across line breaks.
    """

    reason: Reason
    text: Body | UnsetType = UNSET
    message_id: Seq | UnsetType = UNSET
    field: RedactableField | UnsetType = UNSET
    attachment_id: Id | UnsetType = UNSET

    @property
    def covers_whole_ticket(self) -> bool:
        return self.message_id is UNSET and self.field is UNSET and self.attachment_id is UNSET

    def find_errors(self) -> list[FieldError]:
        """Returns the errors that can be found without the ticket."""
        faults = []
        if self.message_id is not UNSET and self.field is not UNSET:
            says = "cannot be combined with message_id"
            faults.append(FieldError(says, pointer="/field"))
        others = (self.text, self.message_id, self.field)
        if self.attachment_id is not UNSET and any(it is not UNSET for it in others):
            says = "cannot be combined with message_id, field or text"
            faults.append(FieldError(says, pointer="/attachment_id"))
        if self.text is UNSET and self.covers_whole_ticket:
            says = "is required unless message_id, field or attachment_id is given"
            faults.append(FieldError(says, pointer="/text"))
        if self.text and replace_occurrences(self.text, self.reason) != self.reason:
            says = "must not contain the text, because it stays in the history"
            faults.append(FieldError(says, pointer="/reason"))
        return faults

    def redact_file(self, file_id: int, seq: int | None, name: str) -> str | None:
        """Returns the name that a file keeps, or None where the file is removed.

        `seq` is that of its message, None for a file of the description.
        """
        if self.attachment_id is not UNSET:
            return None if file_id == self.attachment_id else name
        own = RedactableField.DESCRIPTION if seq is None else seq
        if not self.covers_whole_ticket and own not in {self.message_id, self.field}:
            return name
        if self.text is UNSET:
            return None
        return replace_occurrences(self.text, name)

    def redact_text(self, text: str, limit: int) -> str:
        """Returns a text without what the command removes from it."""
        if text in REDACTION_MARKS:
            return text
        return REDACTED if self.text is UNSET else replace_occurrences(self.text, text, limit)


class RedactedParts(Struct, frozen=True, omit_defaults=True):
    """The parts that a redaction changed. Customers do not see `note_ids`.

    A message is changed by what happens to its files, too, and so is the description.
    """

    fields: tuple[str, ...] = ()
    message_ids: tuple[int, ...] = ()
    note_ids: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.fields or self.message_ids or self.note_ids)

    def __add__(self, other: "RedactedParts") -> "RedactedParts":
        return RedactedParts(
            (*self.fields, *other.fields),
            (*self.message_ids, *other.message_ids),
            (*self.note_ids, *other.note_ids),
        )

    def shown_in_survivor(self, opening_seq: int) -> "RedactedParts":
        """Returns the parts as a survivor shows them, if these are those of a merged ticket.

        Its description is a message there, whose id is the seq of its first event.
        """
        opening = (opening_seq,) if RedactableField.DESCRIPTION in self.fields else ()
        return RedactedParts((), (*opening, *self.message_ids), self.note_ids)

    @property
    def public_parts(self) -> "RedactedParts":
        """The parts that the ticket's customer can see."""
        return RedactedParts(tuple(it for it in self.fields if it != "tags"), self.message_ids)


class TicketRedacted(TicketEvent, frozen=True, kw_only=True):
    """A redaction. It has no old and new values, because old texts are removed from the log too."""

    type, story = "ticket.redacted", "redacted the ticket"
    occasion = (
        "texts were taken out, by a redaction or because a person was erased; `redacted` "
        "names where"
    )
    audience = Audience.PUBLIC

    parts: RedactedParts = RedactedParts()

    @property
    def kind(self) -> MessageKind | None:
        """`note` if customers cannot see any of the changed parts."""
        return None if self.parts.public_parts else MessageKind.NOTE


def replace_occurrences(wanted: str, text: str, limit: int | None = None) -> str:
    """Returns the text with each occurrence of `wanted` replaced by a mark.

    If the marks would make it longer than the limit, asterisks are used instead.
    """
    pattern = _redaction_pattern(wanted)
    marked = pattern.sub(lambda found: found[0] if found[0] in REDACTION_MARKS else REDACTED, text)
    if limit is not None and len(marked) > limit:
        return pattern.sub(lambda found: "*" * len(found[0]), text)
    return marked


@lru_cache(maxsize=64)
def _redaction_pattern(wanted: str) -> re.Pattern[str]:
    """A pattern that ignores the grouping of numbers, and case and line breaks of other texts."""
    compact = re.sub(_SEPARATORS, "", wanted)
    digits = sum(letter.isdigit() for letter in compact)
    if compact.isalnum() and len(compact) >= _MIN_NUMBER_LENGTH and digits * 2 >= len(compact):
        found = f"{_SEPARATORS}?".join(map(re.escape, compact))
    else:
        found = r"\s+".join(map(re.escape, wanted.split()))
    # Marks of earlier redactions are found first, and stay.
    return re.compile("|".join([*map(re.escape, sorted(REDACTION_MARKS)), found]), re.IGNORECASE)
