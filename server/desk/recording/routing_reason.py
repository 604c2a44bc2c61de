"""Routing reasons: each event says why its ticket is assigned or waiting."""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from common.organization import AssignmentMode
from common.people import Actor
from common.tickets import routing as reasons
from common.tickets.event import TicketEvent
from common.tickets.routing import Routing
from common.tickets.ticket import Status, Ticket, Values
from server.desk.side_effects import routing_agenda
from server.domain import queue_entry
from server.domain.agent_selection import AgentChoice, AgentRequirements, NoAgent, choose_agent
from server.domain.routing_changes import (
    make_manual_routing,
    make_returned_routing,
    make_waiting_routing,
)
from server.domain.timestamps import to_microseconds
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.log.org_sequence import OrgSequence
from server.storage.queries.person import people
from server.storage.queries.ticket import availability

_RELEVANT_FIELDS: Final = frozenset({"status", "assignee_id", "snoozed_until", "category"})


def find_waiting_reason(outcome: AgentChoice | NoAgent) -> str:
    """Returns why a ticket waits; where an agent fits, it only has to wait its turn."""
    return outcome.reason_code if isinstance(outcome, NoAgent) else reasons.QUEUED


class RoutingExplainer:
    """Explains what events of one organization mean for routing, within one transaction."""

    def __init__(
        self, writing: WriteTransaction, sequence: OrgSequence, actor: Actor, now: datetime
    ) -> None:
        self._writing = writing
        self._sequence = sequence
        self._actor = actor
        self._now = now

    def explain_events(self, ticket: Ticket, events: list[TicketEvent]) -> list[TicketEvent]:
        """Returns the events; the last one carries the routing reason after all of them."""
        values: Values = {}
        for event in events:
            values |= {field: new for field, (_, new) in event.changes.items()}
        if not events or (ticket.sla and values.keys().isdisjoint(_RELEVANT_FIELDS)):
            return events
        routing = self._explain_change(
            ticket, replace(ticket, **values), is_explicit="routing" in values
        )
        changes = {**events[-1].changes}
        changes.pop("routing", None)
        changes |= ticket.find_changes({"routing": routing})
        return [*events[:-1], replace(events[-1], changes=changes)]

    def choose_for_ticket(self, ticket: Ticket) -> AgentChoice | NoAgent:
        """Returns the agent who would get the ticket now, or why none would."""
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
        """Returns the routing of a ticket that waits."""
        return make_waiting_routing(ticket.routing, find_waiting_reason(outcome))

    @property
    def has_pending_queue(self) -> bool:
        """Returns whether the queue has not been routed to its end: no ticket may overtake it."""
        at = self._sequence.route_at
        return at is not None and at <= to_microseconds(self._now)

    def _explain_change(
        self, before: Ticket, after: Ticket, *, is_explicit: bool
    ) -> Routing | None:
        if after.assignee_id is None:
            return self._explain_unassigned(before, after, is_explicit=is_explicit)
        if is_explicit:
            return after.routing
        if after.assignee_id != before.assignee_id:
            return self._explain_assigned(before, after, reasons.MANUAL)
        if after.is_unresolved and self._is_requester_reopening(before):
            return self._explain_assigned(before, after, reasons.REOPENED)
        if after.routing and after.status is not Status.IN_PROGRESS:
            # A ticket that is not worked on needs no agent.
            return replace(after.routing, lost_at=None)
        return after.routing

    def _is_requester_reopening(self, before: Ticket) -> bool:
        """Returns whether it is the requester who reopens the ticket."""
        return not before.is_unresolved and before.is_requested_by(self._actor)

    def _explain_assigned(self, before: Ticket, after: Ticket, reason: str) -> Routing:
        """Returns the routing of a ticket that a person assigned, whatever the capacity."""
        agent_id = after.assignee_id or 0
        load = availability.count_agent_load(
            self._writing, after.org_id, agent_id, to_microseconds(self._now)
        )
        gained = queue_entry.find_holder(after) == agent_id != queue_entry.find_holder(before)
        return make_manual_routing(
            after.routing,
            reason,
            agent_id=agent_id,
            load=load + gained,
            capacity=people.read_person(self._writing, after.org_id, agent_id).capacity,
        )

    def _explain_unassigned(
        self, before: Ticket, after: Ticket, *, is_explicit: bool
    ) -> Routing | None:
        if after.status is not Status.OPEN:
            return after.routing
        if not is_explicit:
            after = replace(after, routing=self._explain_returned(before, after))
        if after.snoozed_until is not None:
            return make_waiting_routing(after.routing, reasons.SNOOZED)
        same = before.sla and queue_entry.is_waiting(before) and before.category == after.category
        if same and not is_explicit:
            return after.routing
        outcome = self.choose_for_ticket(after)
        if isinstance(outcome, AgentChoice) and not self.has_pending_queue:
            routing_agenda.get_agenda(self._writing, after.org_id).numbers.add(after.number)
        return self.explain_waiting(after, outcome)

    def _explain_returned(self, before: Ticket, after: Ticket) -> Routing | None:
        """Keeps the last agent from getting a ticket back, unless the agent was only away."""
        if before.assignee_id is None:
            return after.routing
        away = self._is_requester_reopening(before)
        return make_returned_routing(
            after.routing,
            reasons.AGENT_AWAY if away else reasons.RELEASED,
            before.assignee_id,
            may_return_to_agent=away,
        )
