"""The file format of import and export: one JSON object a line. See docs/import.md.

Beyond its history a line may say what an export needs to lose nothing: `key` names the API key
that acted where nobody did, `changes` goes with a message or a change of status too, a
change of status may say to whom the ticket went (`to`) and why (`reason`), an entry which event it
was where its type alone would make another one (`event`), and a ticket who filed it for its
customer (`actor`) and which one it follows up (`followup_of`, an external id). A merge is an entry
of both tickets: `into` names the survivor, `tickets` what the survivor shows.
`attachments` of a ticket or message are files in the folder beside the export, and so is its
`original`, the mail that it came in; `channel` says how it came, and `verified` whether the sender
of the mail was proved. A message that was not delivered is an entry of its own: `message` counts
the messages of the history, `to` is the recipient and `reason` the refusal.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from common import macros
from common.accounts import Capacity, Skills
from common.errors import FieldError, Invalid, Malformed
from common.ids import Id
from common.macros import NO_VERBS, MacroVerbs
from common.people import Role
from common.queries import FilterText
from common.saved_views import ViewColumns, ViewOrder
from common.text import Body, Email, Name, Reason, ShortName, Slug, Subject
from common.ticket_columns import TicketColumn
from common.tickets.channel import TicketChannel
from common.tickets.editing import Instant, Tags, TicketEdits
from common.tickets.replying import MessageKind
from common.tickets.score import Score
from common.tickets.ticket import Priority, Status
from server.transfer.named_events import NAMED_EVENTS
from server.validation.decoding import decode_body

ExternalId = Annotated[
    str, Meta(min_length=1, max_length=200, extra={"text": "line", "limit": 200})
]


class EntryKind(StrEnum):
    """The type of a history entry."""

    ASSIGN = "assign"
    UNASSIGN = "unassign"
    REPLY = "reply"
    NOTE = "note"
    STATUS = "status"
    EDIT = "edit"
    RATING = "rating"
    MERGE = "merge"
    UNMERGE = "unmerge"
    CUSTOMER = "customer"
    UNDELIVERED = "undelivered"
    SPLIT = "split"


EventType = Annotated[str, Meta(pattern=r"^[a-z]+\.[a-z_]+$", max_length=100)]
Participants = Annotated[tuple[Email, ...], Meta(max_length=50)]
Addresses = Annotated[tuple[Email, ...], Meta(max_length=20)]


class FileEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An attachment; its content is in the folder of the export, under its SHA-256."""

    name: Annotated[str, Meta(min_length=1, max_length=1000)]
    content_type: Annotated[str, Meta(max_length=200)] = ""
    size: Annotated[int, Meta(ge=0, le=2**53)]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


Files = Annotated[tuple[FileEntry, ...], Meta(max_length=1000)]


class OriginalEntry(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A mail as it came; its bytes are in the folder of the export, under their SHA-256.

    `sender` is the address in its header, `writer` the person who wrote it. `fingerprint` tells
    whether the same mail comes again.
    """

    size: Annotated[int, Meta(ge=0, le=2**53)]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    fingerprint: Annotated[str, Meta(min_length=1, max_length=200)]
    received_at: Instant
    inbox: Annotated[str, Meta(max_length=320)] = ""
    sender: Annotated[str, Meta(max_length=320)] | UnsetType = UNSET
    writer: Email | UnsetType = UNSET
    subject: Annotated[str, Meta(max_length=1000)] = ""
    message_id: Annotated[str, Meta(max_length=100_000)] | UnsetType = UNSET
    verified: bool = False


class UserLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person, without a password: none is ever exported. `addresses` are the further ones."""

    email: Email
    addresses: Addresses | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    role: Role = Role.AGENT
    skills: Skills = ()
    capacity: Capacity = 10
    active: bool = True


class TicketLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A ticket as it was created."""

    external_id: ExternalId | UnsetType = UNSET
    number: Id | UnsetType = UNSET
    subject: Subject
    description: Body
    priority: Priority = Priority.NORMAL
    category: Slug | UnsetType = UNSET
    tags: Tags = ()
    customer_email: Email
    created_at: Instant
    actor: Email | UnsetType = UNSET
    key: Name | UnsetType = UNSET
    followup_of: ExternalId | UnsetType = UNSET
    attachments: Files | UnsetType = UNSET
    split_from: ExternalId | UnsetType = UNSET
    participants: Participants | UnsetType = UNSET
    original: OriginalEntry | UnsetType = UNSET
    channel: TicketChannel | UnsetType = UNSET
    verified: bool | UnsetType = UNSET


NO_EDITS: Final = TicketEdits()


class TransferEntry(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """One change of a ticket; without an actor it was made by the system."""

    at: Instant
    type: EntryKind
    event: EventType | UnsetType = UNSET
    actor: Email | None = None
    key: Name | UnsetType = UNSET
    to: Email | UnsetType | None = UNSET
    body: Body | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    changes: TicketEdits = NO_EDITS
    reason: Reason | UnsetType = UNSET
    score: Score | UnsetType = UNSET
    comment: Body | UnsetType | None = UNSET
    into: ExternalId | UnsetType = UNSET
    tickets: tuple[ExternalId, ...] = ()
    unanswered: bool = False
    copied: bool = False
    keeps_rating: bool = False
    attachments: Files = ()
    message: Annotated[int, Meta(ge=1, le=1_000_000)] | UnsetType = UNSET
    original: OriginalEntry | UnsetType = UNSET
    channel: TicketChannel | UnsetType = UNSET
    verified: bool | UnsetType = UNSET


class MacroLine(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A macro; without an owner it is the organization's.

    `assign_to` is the agent whom its `verbs` give the ticket to, where they name one.
    """

    name: Name
    body: Body
    kind: MessageKind | None = None
    owner: Email | None = None
    verbs: MacroVerbs = NO_VERBS
    assign_to: Email | None = None


class ViewPerson(Struct, frozen=True, forbid_unknown_fields=True):
    """A person whom a view's filter names by an id."""

    id: Id
    email: Email


class ViewLine(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A saved view; without an owner it is the organization's.

    `people` has the address of each person whom the filter names by an id: ids belong to one
    organization, and those that an import gives are others.
    """

    name: ShortName
    filter: FilterText = ""
    sort: ViewOrder = TicketColumn.SLA_DUE.value
    columns: ViewColumns = ()
    owner: Email | None = None
    people: tuple[ViewPerson, ...] = ()


class TransferLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A line of the file: a person, a macro, a saved view, or a ticket with its history."""

    user: UserLine | UnsetType = UNSET
    macro: MacroLine | UnsetType = UNSET
    view: ViewLine | UnsetType = UNSET
    ticket: TicketLine | UnsetType = UNSET
    history: tuple[TransferEntry, ...] | UnsetType = UNSET

    @property
    def entries(self) -> tuple[TransferEntry, ...]:
        return self.history or ()

    @property
    def files(self) -> list[FileEntry]:
        """The attachments of the description and of all messages."""
        own = self.ticket.attachments or () if self.ticket else ()
        return [*own, *(file for entry in self.entries for file in entry.attachments)]


def decode_line(raw: bytes) -> TransferLine:
    """Returns the line with normalized texts. Raises Malformed, or Invalid with every error."""
    try:
        line = decode_body(TransferLine, raw)
    except Malformed as refusal:
        raise Malformed(refusal.detail.replace("The body", "The line", 1)) from None
    except Invalid as refusal:
        if any(fault.pointer == "" for fault in refusal.errors):
            raise Malformed("The line must be a JSON object.") from None
        raise
    faults = _line_faults(line)
    if faults:
        raise Invalid(*faults)
    return line


def encode_line(line: TransferLine) -> bytes:
    """Returns the line as bytes."""
    return msgspec.json.encode(line) + b"\n"


class EntryShape(Struct, frozen=True):
    """The fields of one type of entry beside `at` and who did it, and what docs/import.md says.

    `required` is the field that an entry of the type must have, empty where it needs none.
    """

    description: str
    allowed: frozenset[str] = frozenset()
    required: str = ""


def _shape(description: str, *allowed: str, required: str = "") -> EntryShape:
    return EntryShape(description, frozenset({*allowed, required} - {""}), required)


_MESSAGE_FIELDS: Final = ("changes", "attachments", "original", "channel", "verified")
ENTRY_SHAPES: Final[Mapping[EntryKind, EntryShape]] = {
    EntryKind.ASSIGN: _shape("`to`: whose it became", "event", "changes", required="to"),
    EntryKind.UNASSIGN: _shape(
        "it became nobody's, and open if it was unresolved", "event", "changes", "reason"
    ),
    EntryKind.REPLY: _shape(
        "`body`, `attachments`, and `original`: the mail that it came in; `channel` and `verified`"
        " as above; `copied` if a split took it from the ticket before",
        *_MESSAGE_FIELDS,
        required="body",
    ),
    EntryKind.NOTE: _shape("the same", *_MESSAGE_FIELDS, required="body"),
    EntryKind.STATUS: _shape(
        "`status`; `to` where the assignee changed with it, `reason` where one was given",
        "event",
        "to",
        "changes",
        "reason",
        required="status",
    ),
    EntryKind.EDIT: _shape(
        f"`changes`: any of {' '.join(f'`{name}`' for name in TicketEdits.__struct_fields__)}; or"
        " `unanswered`: a reply on a ticket that is merged into this one was lost; `reason` where"
        " one was given",
        "event",
        "reason",
        required="changes",
    ),
    EntryKind.RATING: _shape("`score` 1 to 5, `comment`", "comment", required="score"),
    EntryKind.MERGE: _shape(
        "on the merged ticket `into`: the external id of the survivor; on the survivor `tickets`:"
        " the external ids of those that it shows since then, and `unanswered` if the customer"
        " waited for an answer there",
        "into",
        "tickets",
        "unanswered",
        "changes",
    ),
    EntryKind.UNMERGE: _shape(
        "on the merged ticket: the `status` that it has again, and `to` if its assignee had left;"
        " on the survivor `tickets`",
        "tickets",
        "status",
        "to",
    ),
    EntryKind.CUSTOMER: _shape(
        "`to`: whose the ticket became; `keeps_rating` where that is the same person, as after a"
        " merge of customers: else the rating leaves the ticket",
        required="to",
    ),
    EntryKind.UNDELIVERED: _shape(
        "the mail with a message was refused for good: `message` counts the messages of the"
        " history from 1, `to` is the recipient (without it the customer), `reason` the refusal",
        "to",
        "reason",
        required="message",
    ),
    EntryKind.SPLIT: _shape(
        "`tickets`: the external ids of the tickets that were begun with its messages",
        required="tickets",
    ),
}
_ENTRY_FIELDS: Final = (
    "event", "to", "body", "status", "changes", "reason", "score", "comment", "into", "tickets",
    "attachments", "message", "original", "channel", "verified",
)  # fmt: skip


def _line_faults(line: TransferLine) -> list[FieldError]:
    if bool(line.user) + bool(line.ticket) + bool(line.macro) + bool(line.view) != 1:
        says = "the line must have either a user or a ticket, or else a macro or a view"
        return [FieldError(says, pointer="/ticket")]
    if line.macro:
        return _macro_faults(line.macro)
    if line.user and line.history is not UNSET:
        return [FieldError("belongs to a ticket", pointer="/history")]
    return [
        fault
        for at, entry in enumerate(line.entries)
        for fault in _entry_faults(entry, f"/history/{at}")
    ]


def _is_wait(entry: TransferEntry) -> bool:
    """Returns whether the entry says that the customer waits, and needs no other change."""
    return entry.type is EntryKind.EDIT and entry.unanswered


def _macro_faults(macro: MacroLine) -> list[FieldError]:
    """Returns an error for unknown variables, and for an id, which belongs to one organization."""
    bad = macros.find_variable_errors(macro.body)
    faults = [replace(fault, pointer="/macro/body") for fault in bad]
    if macro.verbs.assign_to not in {UNSET, macros.ME}:
        says = "must be `me`; another agent's address goes to /macro/assign_to"
        faults.append(FieldError(says, pointer="/macro/verbs/assign_to"))
    return faults


def _entry_faults(entry: TransferEntry, pointer: str) -> list[FieldError]:
    """Returns an error for each missing or excess field of the entry."""
    given = {name for name in _ENTRY_FIELDS if getattr(entry, name) not in {UNSET, NO_EDITS, ()}}
    shape = ENTRY_SHAPES[entry.type]
    faults = [
        FieldError(f"is not allowed in an entry of type {entry.type}", pointer=f"{pointer}/{name}")
        for name in sorted(given - shape.allowed)
    ]
    if shape.required and shape.required not in given and not _is_wait(entry):
        faults.append(FieldError("is required", pointer=f"{pointer}/{shape.required}"))
    if entry.event and entry.event not in NAMED_EVENTS:
        known = ", ".join(NAMED_EVENTS)
        faults.append(FieldError(f"must be one of {known}", pointer=f"{pointer}/event"))
    if entry.type is EntryKind.MERGE and bool(entry.into) == bool(entry.tickets):
        faults.append(FieldError("is required, or else tickets", pointer=f"{pointer}/into"))
    return faults
