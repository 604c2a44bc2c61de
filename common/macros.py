"""Macros: texts that are sent often, with variables, and what they change on the ticket.

A macro belongs to the organization or to one agent. Variables are filled in when the macro is
chosen, from what the agent sees; the text can be edited before it is sent.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import asdict

from common.errors import FieldError
from common.text import Body, Name, Slug
from common.tickets.editing import MessageEdits, Tags
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Priority, Status, WaitingOn

ME: Final = "me"
"""The agent who uses the macro, as the one whom it gives the ticket to."""
MacroAssignee = Annotated[str, Meta(pattern=r"^(me|[0-9]{1,15})$", description="me or an id")]


class MacroVariable(StrEnum):
    """A variable of a macro's text, written as `{{customer.name}}`."""

    CUSTOMER_NAME = "customer.name"
    CUSTOMER_FIRST_NAME = "customer.first_name"
    CUSTOMER_EMAIL = "customer.email"
    TICKET_NUMBER = "ticket.number"
    TICKET_SUBJECT = "ticket.subject"
    TICKET_CATEGORY = "ticket.category"
    TICKET_LINK = "ticket.link"
    AGENT_NAME = "agent.name"
    AGENT_FIRST_NAME = "agent.first_name"
    ORGANIZATION_NAME = "organization.name"


class MacroVerbs(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """The changes of the ticket that a macro makes when its text is sent."""

    status: Status | UnsetType = UNSET
    waiting_on: WaitingOn | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    category: Slug | UnsetType = UNSET
    add_tags: Tags = ()
    remove_tags: Tags = ()
    assign_to: MacroAssignee | UnsetType = UNSET

    @classmethod
    def from_message(cls, message: AddMessage) -> "MacroVerbs":
        """Returns the changes that go with a message."""
        edit = message.edit or MessageEdits()
        return cls(
            status=message.status,
            waiting_on=message.waiting_on,
            priority=edit.priority,
            category=edit.category,
            add_tags=edit.add_tags,
            remove_tags=edit.remove_tags,
            assign_to=UNSET if edit.assign_to is UNSET else str(edit.assign_to),
        )

    def build_edits(self, agent_id: int) -> MessageEdits | UnsetType:
        """Returns the part of the changes that goes with a message of this agent as its `edit`."""
        to = self.assign_to
        edits = MessageEdits(
            priority=self.priority,
            category=self.category,
            add_tags=self.add_tags,
            remove_tags=self.remove_tags,
            assign_to=UNSET if to is UNSET else agent_id if to == ME else int(to),
        )
        return UNSET if edits == MessageEdits() else edits

    def add_to_message(self, message: AddMessage, agent_id: int, present: Status) -> AddMessage:
        """Returns the message with the changes; a status that is the present one is left out."""
        given = asdict(message)
        status = UNSET if self.status is present else self.status
        changes = {"status": status, "waiting_on": self.waiting_on}
        given |= {name: value for name, value in changes.items() if value is not UNSET}
        return AddMessage(**{**given, "edit": self.build_edits(agent_id)})


NO_VERBS: Final = MacroVerbs()


class CreateMacro(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Creates a macro; `shared`: for everybody, which only supervisors may do.

    Without `kind` it is for replies and notes alike.
    """

    name: Name
    body: Body
    kind: MessageKind | None = None
    shared: bool = False
    verbs: MacroVerbs = NO_VERBS


class EditMacro(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Changes a macro; a field that is given is replaced as a whole."""

    name: Name | UnsetType = UNSET
    body: Body | UnsetType = UNSET
    kind: MessageKind | UnsetType | None = UNSET
    shared: bool | UnsetType = UNSET
    verbs: MacroVerbs | UnsetType = UNSET


class MacroView(Struct, frozen=True, kw_only=True):
    """A macro; one that is not `shared` is the caller's own."""

    id: int
    name: str
    body: str
    kind: MessageKind | None
    shared: bool
    verbs: MacroVerbs
    created_at: datetime
    updated_at: datetime

    def suits(self, kind: MessageKind) -> bool:
        """Returns whether it can be used for a message of this kind."""
        return self.kind in {None, kind}


_VARIABLE: Final = re.compile(r"\{\{([^{}\n]*)\}\}")
_KNOWN: Final = frozenset(MacroVariable)


def find_variable_errors(body: str) -> list[FieldError]:
    """Returns an error that names every variable in a text that does not exist."""
    named = [found.strip() for found in _VARIABLE.findall(body)]
    unknown = [name for name in dict.fromkeys(named) if name not in _KNOWN]
    if not unknown:
        return []
    bad = ", ".join(f"{{{{{name}}}}}" for name in unknown)
    known = ", ".join(MacroVariable)
    return [FieldError(f"has unknown variables {bad}; there are: {known}", pointer="/body")]


def fill_variables(body: str, values: Mapping[MacroVariable, str]) -> str:
    """Returns the text with its variables replaced; one without a value stays as it is written.

    A value is never searched for variables itself.
    """

    def fill(found: re.Match[str]) -> str:
        name = found.group(1).strip()
        return values.get(MacroVariable(name), found.group()) if name in _KNOWN else found.group()

    return _VARIABLE.sub(fill, body)


def find_first_name(name: str) -> str:
    """Returns the first word of a name, which is what one writes after "Dear"."""
    return name.split(maxsplit=1)[0] if name.strip() else name
