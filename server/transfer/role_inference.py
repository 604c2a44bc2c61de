"""Decides from the whole source who is an agent and who is a customer.

See docs/import.md, "Who becomes what".
"""

from collections import Counter

import msgspec
from msgspec import UNSET, Struct, UnsetType

from common import text
from common.people import Role
from server.transfer import value_repairs
from server.transfer.file_format import Kind, UserLine
from server.transfer.value_repairs import Mending

_WORK = frozenset({Kind.ASSIGN, Kind.UNASSIGN, Kind.NOTE, Kind.EDIT, Kind.STATUS})
"""Kinds of entries that only agents make in tickets that others have requested."""


class _SeenEntry(Struct, frozen=True):
    type: str = ""
    actor: str | None = None
    to: str | UnsetType | None = UNSET


class _SeenTicket(Struct, frozen=True):
    external_id: str | int | None = None
    customer_email: str = ""
    actor: str | None = None


class Seen(Struct, frozen=True):
    """As much of a line as tells who is who."""

    user: msgspec.Raw | UnsetType = UNSET
    ticket: _SeenTicket | UnsetType = UNSET
    history: tuple[_SeenEntry, ...] = ()


class Roles:
    """The people of a source, learned before anything of it is taken in."""

    def __init__(self) -> None:
        self.listed: dict[str, UserLine] = {}
        self.workers: set[str] = set()
        self.names: set[str] = set()
        """The external ids of its tickets."""

    def learn_user(self, line: UserLine) -> None:
        self.listed.setdefault(line.email, line)

    def learn(self, seen: Seen) -> None:
        """Takes note of whoever does an agent's work in the ticket."""
        ticket = seen.ticket
        if not ticket:
            return
        self.names.add(str(ticket.external_id))
        requester = _known_as(ticket.customer_email)
        named = [ticket.actor, *(entry.to for entry in seen.history)]
        named += [entry.actor for entry in seen.history if entry.type in _WORK]
        self.workers |= {_known_as(email) for email in named if email} - {requester}

    def role_of(self, email: str) -> Role:
        """The role of somebody who is not listed: who does an agent's work is an agent."""
        return Role.AGENT if email in self.workers else Role.CUSTOMER


def _known_as(email: str) -> str:
    try:
        return text.clean(
            "email", text.EMAIL_LIMIT, value_repairs.address(Mending(Counter()), email)
        )
    except ValueError:
        return email
