"""The fields of the filter language: their names, and the values that each takes."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final

from msgspec import Struct

from common.filters.filter_terms import FilterField, FilterMark
from common.tickets.channel import TicketChannel
from common.tickets.sla import SlaState
from common.tickets.ticket import UNRESOLVED, CloseReason, Priority, Status, WaitingOn


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
    hint: str
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = {}
    marks: tuple[FilterMark, ...] = ()
    is_ahead: bool = False
    """True where spans count forward from now."""
    ticket_field: str = ""
    """The field of `Ticket` that it tests, where that has another name."""

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are its values."""
        return (*self.choices, *self.groups, *self.marks)


_OPTIONAL: Final = (FilterMark.NONE, FilterMark.ANY)
_MINUTES_AGO: Final = "<3d, >2w, today, 2026-11-30"
FIELD_RULES: Final[Mapping[FilterField, FieldRule]] = {
    FilterField.STATUS: FieldRule(
        kind=FieldKind.CHOICE,
        hint="the status",
        aliases=("st",),
        choices=tuple(Status),
        groups={"unresolved": tuple(status for status in Status if status in UNRESOLVED)},
    ),
    FilterField.PRIORITY: FieldRule(
        kind=FieldKind.CHOICE,
        hint="the priority; >=high is high or urgent",
        aliases=("p", "prio"),
        choices=tuple(Priority),
    ),
    FilterField.CATEGORY: FieldRule(
        kind=FieldKind.NAME, hint="the category's short name", aliases=("cat",)
    ),
    FilterField.TAG: FieldRule(
        kind=FieldKind.NAME,
        hint="a tag; vi* begins so",
        aliases=("tags",),
        marks=_OPTIONAL,
        ticket_field="tags",
    ),
    FilterField.ASSIGNEE: FieldRule(
        kind=FieldKind.PERSON,
        hint="who has it: me, none, a name; @ana is short for it",
        aliases=("owner", "agent"),
        marks=(FilterMark.ME, *_OPTIONAL),
        ticket_field="assignee_id",
    ),
    FilterField.CUSTOMER: FieldRule(
        kind=FieldKind.PERSON,
        hint="whose it is: a name or an address",
        aliases=("requester", "from"),
        marks=(FilterMark.ME,),
        ticket_field="customer_id",
    ),
    FilterField.WAITING: FieldRule(
        kind=FieldKind.CHOICE,
        hint="whom it waits for",
        aliases=("waiting_on", "w"),
        choices=tuple(WaitingOn),
        groups={"us": (WaitingOn.AGENT,)},
        ticket_field="waiting_on",
    ),
    FilterField.SLA: FieldRule(
        kind=FieldKind.CHOICE,
        hint="the state of its SLA targets",
        choices=tuple(SlaState),
        marks=_OPTIONAL,
    ),
    FilterField.REASON: FieldRule(
        kind=FieldKind.CHOICE,
        hint="why it was closed unresolved",
        choices=tuple(CloseReason),
        marks=_OPTIONAL,
        ticket_field="close_reason",
    ),
    FilterField.CHANNEL: FieldRule(
        kind=FieldKind.CHOICE,
        hint="the way it came",
        choices=tuple(TicketChannel),
        marks=_OPTIONAL,
    ),
    FilterField.NUMBER: FieldRule(kind=FieldKind.NUMBER, hint="its number; #17 is short for it"),
    FilterField.EXTERNAL_ID: FieldRule(
        kind=FieldKind.NAME,
        hint="its id in the former help desk",
        aliases=("ext",),
        marks=_OPTIONAL,
    ),
    FilterField.DUE: FieldRule(
        kind=FieldKind.TIME,
        hint="the next SLA target: <2h, <now, today, none",
        marks=_OPTIONAL,
        is_ahead=True,
        ticket_field="sla",
    ),
    FilterField.CREATED: FieldRule(
        kind=FieldKind.TIME,
        hint=f"when: {_MINUTES_AGO}",
        ticket_field="created_at",
    ),
    FilterField.UPDATED: FieldRule(
        kind=FieldKind.TIME,
        hint=f"its last change: {_MINUTES_AGO}",
        ticket_field="updated_at",
    ),
    FilterField.ANSWERED: FieldRule(
        kind=FieldKind.TIME,
        hint=f"the first response: {_MINUTES_AGO}, none",
        marks=_OPTIONAL,
        ticket_field="first_response_at",
    ),
    FilterField.RESOLVED: FieldRule(
        kind=FieldKind.TIME,
        hint=f"when: {_MINUTES_AGO}, none",
        marks=_OPTIONAL,
        ticket_field="resolved_at",
    ),
    FilterField.CLOSED: FieldRule(
        kind=FieldKind.TIME,
        hint=f"when: {_MINUTES_AGO}, none",
        marks=_OPTIONAL,
        ticket_field="closed_at",
    ),
    FilterField.SNOOZED: FieldRule(
        kind=FieldKind.TIME,
        hint="until when: any, none, <2h, tomorrow",
        aliases=("snooze",),
        marks=_OPTIONAL,
        is_ahead=True,
        ticket_field="snoozed_until",
    ),
    FilterField.UNDELIVERED: FieldRule(
        kind=FieldKind.TIME,
        hint="since when its customer did not get the reply: any, today",
        marks=_OPTIONAL,
        ticket_field="undelivered_at",
    ),
    FilterField.TEXT: FieldRule(
        kind=FieldKind.TEXT, hint="a part of subject, people, category or tags"
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
