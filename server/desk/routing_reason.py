"""Explaining: why a ticket is now somebody's, or waits, is part of the event that made it so."""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from common.organization import AssignmentMode
from common.people import Actor
from common.tickets import routing as reasons
from common.tickets.event import TicketEvent
from common.tickets.routing import Routing
from common.tickets.ticket import Status, Ticket, Values
from server.desk import routing_agenda
from server.domain import queue_entry
from server.domain.agent_selection import AgentChoice, AgentRequirements, NoAgent, choose_agent
from server.domain.routing_changes import (
    make_manual_routing,
    make_returned_routing,
    make_waiting_routing,
)
from server.domain.timestamps import to_microseconds
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries import availability, people
from server.storage.queries.org_sequence import OrgSequence

_RELEVANT_FIELDS: Final = frozenset({"status", "assignee_id", "snoozed_until", "category"})


def find_waiting_reason(outcome: AgentChoice | NoAgent) -> str:
    """Why a ticket waits: where somebody fits, it is only its turn that has not come."""
    return outcome.reason_code if isinstance(outcome, NoAgent) else reasons.QUEUED


class RoutingExplainer:
    """Sees what one organization's events mean for routing, within one transaction."""

    def __init__(
        self, writing: WriteTransaction, sequence: OrgSequence, actor: Actor, now: datetime
    ) -> None:
        self._writing = writing
        self._sequence = sequence
        self._actor = actor
        self._now = now

    def explain_events(self, ticket: Ticket, events: list[TicketEvent]) -> list[TicketEvent]:
        """The events, of which the last one says what routing makes of them all."""
        values: Values = {}
        for event in events:
            values |= {field: new for field, (_, new) in event.changes.items()}
        if not events or (ticket.sla and values.keys().isdisjoint(_RELEVANT_FIELDS)):
            return events
        routing = self._explain_change(ticket, replace(ticket, **values), told="routing" in values)
        changes = {**events[-1].changes}
        changes.pop("routing", None)
        changes |= ticket.find_changes({"routing": routing})
        return [*events[:-1], replace(events[-1], changes=changes)]

    def choose_for_ticket(self, ticket: Ticket) -> AgentChoice | NoAgent:
        """Who would get the ticket now."""
        settings = self._sequence.settings
        mode = settings.assignment.mode
        by_hand = mode is AssignmentMode.MANUAL
        now = to_microseconds(self._now)
        there = (
            ()
            if by_hand
            else availability.read_roster(self._writing, ticket.org_id, now).candidates
        )
        if not there:
            return choose_agent(mode, AgentRequirements(), there)
        category = queue_entry.find_category(settings, ticket.category)
        return choose_agent(
            mode, queue_entry.build_requirements(ticket, category, self._now), there
        )

    def explain_waiting(self, ticket: Ticket, outcome: AgentChoice | NoAgent) -> Routing:
        """Why the ticket waits."""
        return make_waiting_routing(ticket.routing, find_waiting_reason(outcome))

    @property
    def has_pending_queue(self) -> bool:
        """Whether the queue has not been looked at to its end: nobody overtakes it then."""
        at = self._sequence.route_at
        return at is not None and at <= to_microseconds(self._now)

    def _explain_change(self, before: Ticket, after: Ticket, *, told: bool) -> Routing | None:
        if after.assignee_id is None:
            return self._explain_unassigned(before, after, told=told)
        if told:
            return after.routing
        if after.assignee_id != before.assignee_id:
            return self._explain_assigned(before, after, reasons.MANUAL)
        if after.is_unresolved and self._is_requester_reopening(before):
            return self._explain_assigned(before, after, reasons.REOPENED)
        if after.routing and after.status is not Status.IN_PROGRESS:
            # Nobody is missed at what is not worked on.
            return replace(after.routing, lost_at=None)
        return after.routing

    def _is_requester_reopening(self, before: Ticket) -> bool:
        """Returns whether it is the requester who reopens the ticket."""
        return not before.is_unresolved and before.is_requested_by(self._actor)

    def _explain_assigned(self, before: Ticket, after: Ticket, reason: str) -> Routing:
        """It is somebody's by a person's doing, whatever the capacity."""
        agent_id = after.assignee_id or 0
        load = availability.count_agent_load(self._writing, after.org_id, agent_id)
        gained = queue_entry.find_holder(after) == agent_id != queue_entry.find_holder(before)
        return make_manual_routing(
            after.routing,
            reason,
            agent_id=agent_id,
            load=load + gained,
            capacity=people.read_person(self._writing, after.org_id, agent_id).capacity,
        )

    def _explain_unassigned(self, before: Ticket, after: Ticket, *, told: bool) -> Routing | None:
        if after.status is not Status.OPEN:
            return after.routing
        if not told:
            after = replace(after, routing=self._explain_returned(before, after))
        if after.snoozed_until is not None:
            return make_waiting_routing(after.routing, reasons.SNOOZED)
        same = before.sla and queue_entry.is_waiting(before) and before.category == after.category
        if same and not told:
            return after.routing
        outcome = self.choose_for_ticket(after)
        if isinstance(outcome, AgentChoice) and not self.has_pending_queue:
            routing_agenda.get_agenda(self._writing, after.org_id).numbers.add(after.number)
        return self.explain_waiting(after, outcome)

    def _explain_returned(self, before: Ticket, after: Ticket) -> Routing | None:
        """Who had it does not get it again by itself, but who was only away when it came back."""
        if before.assignee_id is None:
            return after.routing
        away = self._is_requester_reopening(before)
        return make_returned_routing(
            after.routing,
            reasons.AGENT_AWAY if away else reasons.RELEASED,
            before.assignee_id,
            may_return_to_agent=away,
        )
