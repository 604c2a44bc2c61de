"""Describes a ticket's history in words: the events between its messages."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from common.envelope import Envelope
from common.people import Role
from common.tickets.assigning import TicketAssigned
from common.tickets.editing import TicketEdits
from common.tickets.event import TicketEvent
from common.tickets.filing import TicketCreated
from common.tickets.merging import TicketMerged, TicketUnmerged
from common.tickets.rating import TicketRated
from common.tickets.redacting import TicketRedacted
from common.tickets.registry import describe_event_type
from common.tickets.replying import MessageAdded
from common.tickets.sla_events import SlaBreached, SlaWarning
from common.tickets.splitting import TicketSplit
from common.tickets.transitions import (
    TicketClaimed,
    TicketClosed,
    TicketReleased,
    TicketReopened,
    TicketResolved,
)
from common.tickets.undelivered import MessageUndelivered
from common.wire import ActorRef, MessageView, TicketView


class TimelineEntry(Struct, frozen=True):
    """One line of the history; `seq` is that of its event."""

    seq: int
    at: datetime
    by: ActorRef
    text: str

    def text_after(self, message: MessageView) -> str:
        """The text where it follows its message: the two were one action."""
        return f"with this {message.kind} {self.text}" if self._is_effect_of(message) else self.text

    def _is_effect_of(self, message: MessageView) -> bool:
        """Returns whether the message before the event caused it: same person, same time."""
        same = (self.by.role, self.by.id) == (message.author.role, message.author.id)
        return same and self.seq == message.seq + 1 and self.at == message.created_at


def describe_event(envelope: Envelope) -> TimelineEntry | None:
    """Returns the event as a line; None where its message says the same, or nothing happened."""
    ticket = envelope.ticket
    if not ticket or envelope.type in _SHOWN_BY_MESSAGE:
        return None
    text = _TEXTS.get(envelope.type, _other_text)(envelope, ticket)
    return TimelineEntry(envelope.seq, envelope.at, envelope.actor, text) if text else None


_SHOWN_BY_MESSAGE: Final = frozenset({TicketCreated.type, MessageAdded.type})
_IN_OWN_WORDS: Final = frozenset({"tags", "waiting_on", "snoozed_until"})
_FIELDS: Final = tuple(name for name in TicketEdits.__struct_fields__ if name not in _IN_OWN_WORDS)
"""Fields of which the old and the new value are told, as they are."""


def _actor_name(envelope: Envelope) -> str:
    """The name of a person, or of a key; nothing for the system."""
    return "" if envelope.actor.role is Role.SYSTEM else envelope.actor.name


def _action_text(action: str, by_itself: str) -> Callable[[Envelope, TicketView], str]:
    def text(envelope: Envelope, _ticket: TicketView) -> str:
        who = _actor_name(envelope)
        reason = f": {envelope.reason}" if envelope.reason else ""
        return f"{who} {action}{reason}" if who else f"{by_itself}{reason}"

    return text


def _claimed_text(envelope: Envelope, ticket: TicketView) -> str:
    was_given = envelope.changes and "assignee" not in envelope.changes
    return _action_text("began work on it" if was_given else "took it", "in progress")(
        envelope, ticket
    )


def _assigned_text(envelope: Envelope, ticket: TicketView) -> str:
    who, owner = _actor_name(envelope), ticket.assignee.name if ticket.assignee else "nobody"
    given = f"{who} gave it to {owner}" if who else f"given to {owner}"
    return given + _routing_reason(ticket)


def _released_text(envelope: Envelope, ticket: TicketView) -> str:
    who = _actor_name(envelope)
    return (f"{who} put it back into the queue" if who else "back in the queue") + _routing_reason(
        ticket
    )


def _routing_reason(ticket: TicketView) -> str:
    return f". {ticket.routing.detail}" if ticket.routing else ""


def _closed_text(envelope: Envelope, ticket: TicketView) -> str:
    who = _actor_name(envelope)
    as_what = f" as {ticket.close_reason}" if ticket.close_reason else ""
    return f"{who} closed it{as_what}" if who else "closed automatically: nobody wrote again"


def _rated_text(envelope: Envelope, ticket: TicketView) -> str:
    if ticket.rating is None:
        return ""
    comment = (ticket.rating.comment or "").replace("\n", " ")
    said = f": “{comment}”" if comment else ""
    return (
        f"{_actor_name(envelope) or ticket.customer.name} rated it {ticket.rating.score} of 5{said}"
    )


def _merged_text(envelope: Envelope, _ticket: TicketView) -> str:
    who, changes = _actor_name(envelope) or "the system", envelope.changes or {}
    if "merged_into" in changes:
        return f"{who} merged it into #{changes['merged_into'][1]}"
    return f"{who} merged {_list_new(*changes.get('merged_from', ((), ())))} into it"


def _unmerged_text(envelope: Envelope, _ticket: TicketView) -> str:
    who, changes = _actor_name(envelope) or "the system", envelope.changes or {}
    if "merged_into" in changes:
        return f"{who} took it out of #{changes['merged_into'][0]}"
    new, old = changes.get("merged_from", ((), ()))
    return f"{who} took {_list_new(old, new)} out of it"


def _split_text(envelope: Envelope, _ticket: TicketView) -> str:
    who, changes = _actor_name(envelope) or "the system", envelope.changes or {}
    return f"{who} began {_list_new(*changes.get('split_into', ((), ())))} with messages of it"


def _list_new(old: Iterable[int], new: Iterable[int]) -> str:
    """The numbers of tickets that are new in a list."""
    return ", ".join(f"#{number}" for number in new if number not in set(old))


def _warning_text(envelope: Envelope, _ticket: TicketView) -> str:
    return f"at risk: the {_target_name(envelope)} is due soon"


def _breached_text(envelope: Envelope, _ticket: TicketView) -> str:
    return f"breached: the {_target_name(envelope)} did not come in time"


def _target_name(envelope: Envelope) -> str:
    return envelope.target.replace("_", " ") if envelope.target else "next SLA target"


def _undelivered_text(envelope: Envelope, _ticket: TicketView) -> str:
    failed = envelope.undelivered
    return f"not delivered to {failed.recipient.name}: {failed.error}" if failed else ""


def _updated_text(envelope: Envelope, ticket: TicketView) -> str:
    changes = envelope.changes or {}
    texts = [
        *_customer_changes(changes),
        *_field_changes(changes),
        *_tag_changes(changes),
        *_waiting_changes(changes),
        *_snooze_changes(changes, ticket),
    ]
    if not texts:
        # No field that people edit: routing has checked the ticket again.
        return _rerouted_text(changes, ticket)
    who = _actor_name(envelope)
    return f"{who}: {'; '.join(texts)}" if who else "; ".join(texts)


def _field_changes(changes: Mapping[str, tuple[Any, Any]]) -> list[str]:
    return [
        f"{_plain_words(name)} {_value_text(changes[name][0])} → {_value_text(changes[name][1])}"
        for name in _FIELDS
        if name in changes
    ]


def _value_text(value: Any) -> str:
    return "none" if value is None else str(value)


def _customer_changes(changes: Mapping[str, tuple[Any, Any]]) -> list[str]:
    if "customer" not in changes:
        return []
    old, new = (it["name"] if isinstance(it, dict) else it.name for it in changes["customer"])
    return [f"customer {old} → {new}"]


def _tag_changes(changes: Mapping[str, tuple[Any, Any]]) -> list[str]:
    if "tags" not in changes:
        return []
    return [f"tags {' '.join(changes['tags'][1]) or 'none'}"]


def _waiting_changes(changes: Mapping[str, tuple[Any, Any]]) -> list[str]:
    return (
        [f"waiting on the {_plain_words(changes['waiting_on'][1])}"]
        if "waiting_on" in changes
        else []
    )


def _snooze_changes(changes: Mapping[str, tuple[Any, Any]], ticket: TicketView) -> list[str]:
    if "snoozed_until" not in changes:
        return []
    if ticket.snoozed_until is None:
        return ["woken"]
    return [f"snoozed until {ticket.snoozed_until.astimezone():%d %b %H:%M}"]


def _rerouted_text(changes: Mapping[str, tuple[Any, Any]], ticket: TicketView) -> str:
    return ticket.routing.detail if "routing" in changes and ticket.routing else ""


def _plain_words(value: Any) -> str:
    return str(value).replace("_", " ")


def _other_text(envelope: Envelope, _ticket: TicketView) -> str:
    reason = f": {envelope.reason}" if envelope.reason else ""
    return f"{_actor_name(envelope) or 'the system'} {describe_event_type(envelope.type)}{reason}"


_TEXTS: Final[dict[str, Callable[[Envelope, TicketView], str]]] = {
    TicketClaimed.type: _claimed_text,
    TicketAssigned.type: _assigned_text,
    TicketReleased.type: _released_text,
    TicketResolved.type: _action_text("resolved it", "resolved automatically"),
    TicketClosed.type: _closed_text,
    TicketReopened.type: _action_text("reopened it", "reopened"),
    TicketRated.type: _rated_text,
    TicketRedacted.type: _action_text("removed a text", "a text was removed"),
    TicketEvent.type: _updated_text,
    TicketMerged.type: _merged_text,
    TicketUnmerged.type: _unmerged_text,
    TicketSplit.type: _split_text,
    MessageUndelivered.type: _undelivered_text,
    SlaWarning.type: _warning_text,
    SlaBreached.type: _breached_text,
}
