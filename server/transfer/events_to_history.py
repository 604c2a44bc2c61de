"""A ticket's log as the entries of a history: the way back of `replay`."""

from typing import Any, Final

import msgspec
from msgspec import UNSET

from common.people import Actor, Role
from common.tickets.ticket import Status, WaitingOn
from server.storage.engine.transaction import Reading
from server.storage.queries.event_log import Entry as Logged
from server.storage.queries.name_resolver import Names
from server.transfer.file_format import Edits, Entry, Kind

_EDITABLE: Final = frozenset(Edits.__struct_fields__)


class Teller:
    """Tells events with the e-mail addresses that people have today."""

    def __init__(self, reading: Reading, names: Names) -> None:
        self._reading = reading
        self._names = names

    def entries(self, log: list[Logged]) -> tuple[Entry, ...]:
        """Every event that a replay would need to come to the same ticket and the same log."""
        told = (self._entry(event) for event in log)
        return tuple(entry for entry in told if entry is not None)

    def doer(self, event: Logged) -> dict[str, Any]:
        """Who did it: `actor` for a person, `key` for an API key, nothing for the system."""
        if event.actor_id is None:
            return {}
        if event.actor_role is Role.KEY:
            return {"key": self._names.actor(self._reading, Role.KEY, event.actor_id).name}
        return {"actor": self.email(event.actor_id)}

    def _entry(self, event: Logged) -> Entry | None:
        about = self._about(event)
        if about is None:
            return None
        return Entry(at=event.at, **self.doer(event), **about, **_edits(event))

    def _about(self, event: Logged) -> dict[str, Any] | None:
        """The entry's type and what it tells; None where nothing happened that moves."""
        if event.message is not None:
            kind, body = event.message
            return {"type": Kind(kind), "body": body}
        rating = event.detail.given
        if rating is not None:
            return {"type": Kind.RATING, "score": rating.score, "comment": rating.comment or UNSET}
        if "status" in event.detail.changes:
            return self._moved(event)
        if "assignee_id" in event.detail.changes:
            return self._assigned(event)
        return {"type": Kind.EDIT} if _EDITABLE & event.detail.changes.keys() else None

    def _moved(self, event: Logged) -> dict[str, Any]:
        old, new = event.detail.changes["status"]
        _, assignee = event.detail.changes.get("assignee_id", (None, UNSET))
        why = {"reason": event.detail.reason} if event.detail.reason else {}
        if assignee is None and (old, new) == (Status.IN_PROGRESS, Status.OPEN):
            return {"type": Kind.UNASSIGN, **why}
        to = UNSET if assignee is UNSET else self._email_or_none(assignee)
        return {"type": Kind.STATUS, "status": Status(new), "to": to, **why}

    def _assigned(self, event: Logged) -> dict[str, Any]:
        _, assignee = event.detail.changes["assignee_id"]
        if assignee is None:
            return {"type": Kind.UNASSIGN}
        return {"type": Kind.ASSIGN, "to": self.email(assignee)}

    def _email_or_none(self, person_id: int | None) -> str | None:
        return None if person_id is None else self.email(person_id)

    def email(self, person_id: int) -> str:
        return self._names.person(self._reading, person_id).email


def _edits(event: Logged) -> dict[str, Any]:
    """What the event changed beside; what its kind says already is left to the rules."""
    changes = event.detail.changes
    values = _kept(event) | {name: changes[name][1] for name in changes if name in _EDITABLE}
    return {"changes": msgspec.convert(values, Edits)} if values else {}


def _kept(event: Logged) -> dict[str, Any]:
    """What a customer's reply would have changed by the rules, and did not."""
    after = event.detail.ticket
    if after is None or event.message is None or not after.is_requested_by(_actor(event)):
        return {}
    ruled = {"waiting_on": WaitingOn.AGENT, "snoozed_until": None}
    return {name: getattr(after, name) for name in ruled if getattr(after, name) != ruled[name]}


def _actor(event: Logged) -> Actor:
    return Actor(event.org_id, event.actor_role, event.actor_id, "")
