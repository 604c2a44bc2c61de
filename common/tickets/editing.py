"""Editing fields and the status of a ticket together, as one event."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from common.errors import FieldError, Forbidden, Invalid
from common.people import Actor
from common.text import Reason, Slug, Subject, Tag
from common.tickets.decision_context import EMPTY_CONTEXT, DecisionContext
from common.tickets.event import TicketEvent
from common.tickets.ticket import Priority, Status, Ticket, Values, WaitingOn
from common.tickets.transitions import InvalidTransition, change_status, find_event_class

Instant = Annotated[datetime, Meta(tz=True)]
Tags = Annotated[tuple[Tag, ...], Meta(max_length=20)]


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


class EditTicket(TicketEdits, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Changes fields of a ticket. Customers can only change the status."""

    status: Status | UnsetType = UNSET
    reason: Reason | UnsetType = UNSET

    def decide(
        self, ticket: Ticket, actor: Actor, now: datetime, facts: DecisionContext = EMPTY_CONTEXT
    ) -> list[TicketEvent]:
        values = self.edited_values
        if (values or self.reason) and actor.is_customer:
            raise Forbidden("Customers can only change the status.")
        faults = self._find_errors(now)
        if faults:
            raise Invalid(*faults)
        status = self.status or ticket.status
        if (
            ticket.status is Status.CLOSED
            and status is Status.CLOSED
            and ticket.find_changes(values)
        ):
            raise InvalidTransition(ticket, actor, "be edited")
        if status is not ticket.status:
            values = change_status(ticket, actor, status, now, self.reason or None, facts) | values
        changes = ticket.find_changes(values)
        event = find_event_class(ticket.status, status)
        return [event(changes=changes, reason=self.reason or None)] if changes else []

    def _find_errors(self, now: datetime) -> list[FieldError]:
        faults = []
        if self.reason and not self.status:
            faults.append(FieldError("is allowed only with a change of status", pointer="/reason"))
        if self.snoozed_until and self.snoozed_until <= now:
            faults.append(FieldError("must be in the future", pointer="/snoozed_until"))
        return faults
