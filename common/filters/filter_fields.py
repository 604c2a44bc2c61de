"""The fields of the filter language: their names, and the values that each takes."""

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from typing import Final

from msgspec import Struct

from common.tickets.channel import TicketChannel
from common.tickets.sla import SlaState
from common.tickets.ticket import UNRESOLVED, CloseReason, Priority, Status, WaitingOn


class FilterField(StrEnum):
    """The field that a term is about, as it is written before the colon."""

    TEXT = "text"
    NUMBER = "number"
    STATUS = "status"
    PRIORITY = "priority"
    CATEGORY = "category"
    TAG = "tag"
    ASSIGNEE = "assignee"
    CUSTOMER = "customer"
    WAITING = "waiting"
    SLA = "sla"
    REASON = "reason"
    CHANNEL = "channel"
    EXTERNAL_ID = "external_id"
    CREATED = "created"
    UPDATED = "updated"
    DUE = "due"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    CLOSED = "closed"
    SNOOZED = "snoozed"
    UNDELIVERED = "undelivered"


class FilterMark(StrEnum):
    """A value that is a word of the language: the caller, no value, or any value."""

    ME = "me"
    NONE = "none"
    ANY = "any"


class FieldKind(Enum):
    """The kind of a field's values."""

    CHOICE = auto()
    """One of a few words, which may be shortened."""
    NAME = auto()
    """A text exactly, or its beginning with `*` behind it."""
    PERSON = auto()
    """An id, or a part of the name."""
    NUMBER = auto()
    TIME = auto()
    TEXT = auto()
    """A part of what the list shows, without regard to case."""


class FieldRule(Struct, frozen=True, kw_only=True):
    """The rule of one field. `groups` are words for several choices."""

    kind: FieldKind
    about: str
    """The meaning of its values, as a noun or a question."""
    sample: str = ""
    """Values, as people type them."""
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = {}
    marks: tuple[FilterMark, ...] = ()
    is_ahead: bool = False
    """True where spans count forward from now."""
    ticket_field: str = ""
    """The field of `Ticket` that it tests, where that has another name."""
    finds: tuple[str, ...]
    """Filters that find the ticket of docs/filters.md, which shows them."""
    misses: tuple[str, ...]
    """Filters that do not find it."""

    @property
    def hint(self) -> str:
        """The words that are shown while the name of the field is typed."""
        return f"{self.about}: {self.sample}" if self.sample else self.about

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are its values."""
        return (*self.choices, *self.groups, *self.marks)


_OPTIONAL: Final = (FilterMark.NONE, FilterMark.ANY)
_MINUTES_AGO: Final = "<3d, >2w, today, 2026-11-30"
FIELD_RULES: Final[Mapping[FilterField, FieldRule]] = {
    FilterField.STATUS: FieldRule(
        kind=FieldKind.CHOICE,
        about="the status",
        aliases=("st",),
        choices=tuple(Status),
        groups={"unresolved": tuple(status for status in Status if status in UNRESOLVED)},
        finds=("status:open", "st:o", "status:unresolved"),
        misses=("status:closed", "-st:open"),
    ),
    FilterField.PRIORITY: FieldRule(
        kind=FieldKind.CHOICE,
        about="the priority",
        sample=">=high is high or urgent",
        aliases=("p", "prio"),
        choices=tuple(Priority),
        finds=("p:high", "priority:>=high", "p:<urgent"),
        misses=("p:urgent", "p:>high"),
    ),
    FilterField.CATEGORY: FieldRule(
        kind=FieldKind.NAME,
        about="the category's short name",
        aliases=("cat",),
        finds=("category:network", "cat:net*"),
        misses=("category:net",),
    ),
    FilterField.TAG: FieldRule(
        kind=FieldKind.NAME,
        about="a tag",
        sample="vi* begins so",
        aliases=("tags",),
        marks=_OPTIONAL,
        ticket_field="tags",
        finds=("tag:vip", 'tag:"big one"', "tag:vi*", "tag:any"),
        misses=("tag:VIP", "tag:vi", "tag:none"),
    ),
    FilterField.ASSIGNEE: FieldRule(
        kind=FieldKind.PERSON,
        about="who has it",
        sample="me, none, a name; @ana is short for it",
        aliases=("owner", "agent"),
        marks=(FilterMark.ME, *_OPTIONAL),
        ticket_field="assignee_id",
        finds=("assignee:me", "@ana", "owner:2", '@"ana lima"'),
        misses=("assignee:none", "@ben", "@17"),
    ),
    FilterField.CUSTOMER: FieldRule(
        kind=FieldKind.PERSON,
        about="whose it is",
        sample="a name or an address",
        aliases=("requester", "from"),
        marks=(FilterMark.ME,),
        ticket_field="customer_id",
        finds=("customer:cleo", "from:9", "from:example.org"),
        misses=("customer:me", "from:ana"),
    ),
    FilterField.WAITING: FieldRule(
        kind=FieldKind.CHOICE,
        about="whom it waits for",
        aliases=("waiting_on", "w"),
        choices=tuple(WaitingOn),
        groups={"us": (WaitingOn.AGENT,)},
        ticket_field="waiting_on",
        finds=("waiting:us", "w:agent,customer"),
        misses=("waiting:customer",),
    ),
    FilterField.SLA: FieldRule(
        kind=FieldKind.CHOICE,
        about="the state of its SLA targets",
        choices=tuple(SlaState),
        marks=_OPTIONAL,
        finds=("sla:at_risk", "sla:at-risk,breached"),
        misses=("sla:breached", "sla:none"),
    ),
    FilterField.REASON: FieldRule(
        kind=FieldKind.CHOICE,
        about="why it was closed unresolved",
        choices=tuple(CloseReason),
        marks=_OPTIONAL,
        ticket_field="close_reason",
        finds=("reason:none", "-reason:spam"),
        misses=("reason:spam",),
    ),
    FilterField.CHANNEL: FieldRule(
        kind=FieldKind.CHOICE,
        about="the way it came",
        choices=tuple(TicketChannel),
        marks=_OPTIONAL,
        finds=("channel:none",),
        misses=("channel:mail,page",),
    ),
    FilterField.NUMBER: FieldRule(
        kind=FieldKind.NUMBER,
        about="its number",
        sample="#17 is short for it",
        finds=("#17", "#17,18", "number:17,18"),
        misses=("#1", "-#17"),
    ),
    FilterField.EXTERNAL_ID: FieldRule(
        kind=FieldKind.NAME,
        about="its id in the former help desk",
        aliases=("ext",),
        marks=_OPTIONAL,
        finds=("external_id:Case36", "ext:Case*"),
        misses=("ext:36",),
    ),
    FilterField.DUE: FieldRule(
        kind=FieldKind.TIME,
        about="the next SLA target",
        sample="<2h, <now, today, none",
        marks=_OPTIONAL,
        is_ahead=True,
        ticket_field="sla",
        finds=("due:<2h", "due:today", "due:any"),
        misses=("due:<1h", "due:<now", "due:none"),
    ),
    FilterField.CREATED: FieldRule(
        kind=FieldKind.TIME,
        about="when",
        sample=_MINUTES_AGO,
        ticket_field="created_at",
        finds=("created:<3d", "created:>1d", "created:2026-11-28"),
        misses=("created:today", "created:>3d"),
    ),
    FilterField.UPDATED: FieldRule(
        kind=FieldKind.TIME,
        about="its last change",
        sample=_MINUTES_AGO,
        ticket_field="updated_at",
        finds=("updated:<2h", "updated:today"),
        misses=("updated:yesterday",),
    ),
    FilterField.ANSWERED: FieldRule(
        kind=FieldKind.TIME,
        about="the first response",
        sample=f"{_MINUTES_AGO}, none",
        marks=_OPTIONAL,
        ticket_field="first_response_at",
        finds=("answered:none",),
        misses=("answered:any", "answered:<7d"),
    ),
    FilterField.RESOLVED: FieldRule(
        kind=FieldKind.TIME,
        about="when",
        sample=f"{_MINUTES_AGO}, none",
        marks=_OPTIONAL,
        ticket_field="resolved_at",
        finds=("resolved:none",),
        misses=("resolved:<30d",),
    ),
    FilterField.CLOSED: FieldRule(
        kind=FieldKind.TIME,
        about="when",
        sample=f"{_MINUTES_AGO}, none",
        marks=_OPTIONAL,
        ticket_field="closed_at",
        finds=("-closed:any",),
        misses=("closed:<30d",),
    ),
    FilterField.SNOOZED: FieldRule(
        kind=FieldKind.TIME,
        about="until when",
        sample="any, none, <2h, tomorrow",
        aliases=("snooze",),
        marks=_OPTIONAL,
        is_ahead=True,
        ticket_field="snoozed_until",
        finds=("snoozed:none",),
        misses=("snoozed:any", "snoozed:<2h"),
    ),
    FilterField.UNDELIVERED: FieldRule(
        kind=FieldKind.TIME,
        about="since when its customer did not get the reply",
        sample="any, today",
        marks=_OPTIONAL,
        ticket_field="undelivered_at",
        finds=("undelivered:none",),
        misses=("undelivered:any",),
    ),
    FilterField.TEXT: FieldRule(
        kind=FieldKind.TEXT,
        about="a part of subject, people, category or tags",
        finds=("text:vpn,printer",),
        misses=("text:printer,fax",),
    ),
}
"""The rule of every field, in the order in which they are offered."""


def find_ticket_field(field: FilterField) -> str:
    """Returns the field of `Ticket` that a field of the language tests."""
    return FIELD_RULES[field].ticket_field or field.value


FIELD_NAMES: Final[Mapping[str, FilterField]] = {
    name: field for field, rule in FIELD_RULES.items() for name in (field.value, *rule.aliases)
}
"""The field of each name that may stand before a colon."""


def find_choices(rule: FieldRule, written: str) -> tuple[str, ...]:
    """Returns the choices that a word means: exactly one, or all that begin so; none if none."""
    wanted = written.lower().replace("-", "_").replace(" ", "_")
    named = {choice: (choice,) for choice in rule.choices} | dict(rule.groups)
    if wanted in named:
        return named[wanted]
    found = {choice for name, means in named.items() if name.startswith(wanted) for choice in means}
    return tuple(choice for choice in rule.choices if choice in found)
