"""Infers from the whole source who is an agent and who is a customer.

See docs/import.md, "Who becomes what".
"""

from collections import Counter
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from common import text
from common.people import Role
from server.transfer import value_repairs
from server.transfer.file_format import EntryKind, UserLine
from server.transfer.value_repairs import RepairContext

_AGENT_ENTRY_KINDS = frozenset(
    {EntryKind.ASSIGN, EntryKind.UNASSIGN, EntryKind.NOTE, EntryKind.EDIT, EntryKind.STATUS}
)
"""Types of entries that only agents make in tickets requested by others."""
_CUSTOMER_ENTRY_KINDS = frozenset({EntryKind.CUSTOMER, EntryKind.UNDELIVERED})
"""Types of entries whose `to` may be a customer."""


class _EntryPeople(Struct, frozen=True):
    type: str = ""
    actor: str | None = None
    to: str | UnsetType | None = UNSET


class _TicketPeople(Struct, frozen=True):
    external_id: str | int | None = None
    number: Any = None
    customer_email: str = ""
    actor: str | None = None


class LinePeople(Struct, frozen=True):
    """The parts of a line that show the roles of people."""

    user: msgspec.Raw | UnsetType = UNSET
    ticket: _TicketPeople | UnsetType = UNSET
    history: tuple[_EntryPeople, ...] = ()


class RoleInference:
    """The roles of people in a source, learned before the import."""

    def __init__(self) -> None:
        self.listed: dict[str, UserLine] = {}
        self.workers: set[str] = set()
        self.names: dict[str, int | None] = {}
        """The external ids of the tickets in the source, with the numbers that they wish for."""

    def learn_user(self, line: UserLine) -> None:
        for email in (line.email, *(line.addresses or ())):
            self.listed.setdefault(email, line)

    def learn_ticket(self, seen: LinePeople) -> None:
        """Records everybody who does an agent's work in the ticket."""
        ticket = seen.ticket
        if not ticket:
            return
        number = ticket.number if isinstance(ticket.number, int) else None
        self.names[str(ticket.external_id)] = number
        requester = _normalize_email(ticket.customer_email)
        given = (it.to for it in seen.history if it.type not in _CUSTOMER_ENTRY_KINDS)
        named = [ticket.actor, *given]
        named += [entry.actor for entry in seen.history if entry.type in _AGENT_ENTRY_KINDS]
        self.workers |= {_normalize_email(email) for email in named if email} - {requester}

    def infer_role(self, email: str) -> Role:
        """Returns the role of an unlisted person: agent, if they do an agent's work."""
        return Role.AGENT if email in self.workers else Role.CUSTOMER


def _normalize_email(email: str) -> str:
    try:
        return text.clean_text(
            "email", text.EMAIL_LIMIT, value_repairs.repair_email(RepairContext(Counter()), email)
        )
    except ValueError:
        return email
