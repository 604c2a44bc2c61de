"""Editing fields and the status of a ticket together, as one event."""

from datetime import datetime
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from common.errors import FieldError, Forbidden, Invalid
from common.ids import Id
from common.text import Reason, Slug, Subject, Tag
from common.tickets.decision_context import DecisionContext
from common.tickets.event import TicketEvent
from common.tickets.ticket import Priority, Status, Ticket, Values, WaitingOn
from common.tickets.transitions import InvalidTransition, change_status, find_event_class

MOST_TAGS: Final = 20
"""Tags that a ticket can have."""
Instant = Annotated[datetime, Meta(tz=True)]
Tags = Annotated[tuple[Tag, ...], Meta(max_length=MOST_TAGS)]


class TicketEdits(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The fields that can be given a new value, by a request or by an entry of an import file."""

    subject: Subject | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    category: Slug | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    waiting_on: WaitingOn | UnsetType = UNSET
    snoozed_until: Instant | UnsetType | None = UNSET

    @property
    def edited_values(self) -> Values:
        """The given fields with their new values; repeated tags are dropped."""
        given = ((field, getattr(self, field)) for field in TicketEdits.__struct_fields__)
        values = {field: value for field, value in given if value is not UNSET}
        if "tags" in values:
            values["tags"] = tuple(dict.fromkeys(values["tags"]))
        return values


class MessageEdits(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """Changes that go with a message, in the same transaction, beside its change of status."""

    priority: Priority | UnsetType = UNSET
    category: Slug | UnsetType = UNSET
    add_tags: Tags = ()
    remove_tags: Tags = ()
    assign_to: Id | UnsetType = UNSET
    """The agent whom the ticket is given to, after the message."""

    def find_values(self, ticket: Ticket) -> Values:
        """Returns the fields that change, with their new values. Raises Invalid."""
        given = {"priority": self.priority, "category": self.category}
        values: Values = {field: value for field, value in given.items() if value is not UNSET}
        if self.add_tags or self.remove_tags:
            values["tags"] = change_tags(ticket, self.add_tags, self.remove_tags, "/edit/add_tags")
        return values


class EditTicket(TicketEdits, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Changes fields of a ticket. Customers can only change the status.

    `add_tags` and `remove_tags` leave the other tags as they are.
    """

    status: Status | UnsetType = UNSET
    reason: Reason | UnsetType = UNSET
    add_tags: Tags | UnsetType = UNSET
    remove_tags: Tags | UnsetType = UNSET

    def decide(self, context: DecisionContext) -> list[TicketEvent]:
        ticket, values = context.ticket, self.edited_values
        if (values or self.reason or self._changes_tags) and context.actor.is_customer:
            raise Forbidden("Customers can only change the status.")
        faults = self._find_errors(context.now)
        if faults:
            raise Invalid(*faults)
        if self._changes_tags:
            tags = change_tags(ticket, self.add_tags or (), self.remove_tags or (), "/add_tags")
            values["tags"] = tags
        status = self.status or ticket.status
        if (
            ticket.status is Status.CLOSED
            and status is Status.CLOSED
            and ticket.find_changes(values)
        ):
            raise InvalidTransition(context, "be edited")
        if status is not ticket.status:
            values = change_status(context, status, self.reason or None) | values
        event = find_event_class(ticket.status, status)
        return event.build_events(ticket, values, self.reason or None)

    def _find_errors(self, now: datetime) -> list[FieldError]:
        faults = []
        if self.reason and not self.status:
            faults.append(FieldError("is allowed only with a change of status", pointer="/reason"))
        if self.snoozed_until and self.snoozed_until <= now:
            faults.append(FieldError("must be in the future", pointer="/snoozed_until"))
        if self.tags is not UNSET and self._changes_tags:
            faults.append(
                FieldError("must not be combined with add_tags or remove_tags", pointer="/tags")
            )
        return faults

    @property
    def _changes_tags(self) -> bool:
        return bool(self.add_tags or self.remove_tags)


def change_tags(
    ticket: Ticket, added: tuple[str, ...], removed: tuple[str, ...], pointer: str
) -> tuple[str, ...]:
    """Returns the ticket's tags with some added and some removed; what is in both is removed.

    Raises Invalid for `pointer` if the ticket would have too many.
    """
    wanted = dict.fromkeys((*ticket.tags, *added))
    tags = tuple(tag for tag in wanted if tag not in removed)
    if len(tags) > max(MOST_TAGS, len(ticket.tags)):
        raise Invalid.for_field(pointer, f"a ticket has at most {MOST_TAGS} tags")
    return tags
