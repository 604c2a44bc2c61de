"""Routing: gives waiting tickets to agents in the transaction of the change.

After each unit of work no waiting ticket fits a free agent. A new ticket is matched alone; where an
agent has come or has less to do, the whole queue is matched in its order. What exceeds one
transaction is planned (`organizations.route_at`), and the timekeeper continues.
"""

from typing import Final

from msgspec.structs import replace

from common.organization import AssignmentMode
from common.tickets.assigning import TicketAssigned
from common.tickets.event import TicketEvent
from common.tickets.ticket import Ticket
from server.desk.recording import event_recorder
from server.desk.recording.routing_reason import find_waiting_reason
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.side_effects import routing_agenda
from server.domain import queue_entry
from server.domain.agent_selection import AgentChoice, AgentRequirements, choose_agent
from server.domain.queue_entry import WaitingGroup
from server.domain.roster import Roster
from server.domain.routing_changes import make_assigned_routing
from server.domain.timestamps import to_microseconds
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.ticket import availability, tickets

MAX_EVENTS_PER_TRANSACTION: Final = 200
"""Events that one transaction writes about the queue."""


def route_new_ticket(work: UnitOfWork, opened: Ticket) -> Ticket:
    """Records a new ticket's first events, assigned where an agent fits; its row is not written."""
    outcome = work.routing_explainer.choose_for_ticket(opened)
    opened = replace(opened, routing=work.routing_explainer.explain_waiting(opened, outcome))
    event_recorder.record_opening(work, opened)
    if isinstance(outcome, AgentChoice) and not work.routing_explainer.has_pending_queue:
        routes = RoutingPass(work)
        return event_recorder.record_events(
            routes.work, opened, [routes.build_assignment(opened, outcome)]
        )
    return opened


def schedule_rerouting(work: UnitOfWork) -> None:
    """Has the whole queue routed at the end of the unit of work."""
    routing_agenda.schedule_full_pass(work.writing, work.actor.org_id)


def route_pending_tickets(work: UnitOfWork) -> dict[int, Ticket]:
    """Routes what the unit of work has scheduled; returns the changed tickets by number."""
    due = routing_agenda.take_agenda(work.writing, work.actor.org_id)
    if due is None:
        return {}
    routes = RoutingPass(work)
    if due.whole:
        routes.route_queue()
    else:
        for number in sorted(due.numbers):
            routes.route_ticket(number)
    return routes.changed


class RoutingPass:
    """One pass over the queue, by the system."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work.act_as(make_system_actor(work.actor.org_id))
        self.explainer = self.work.routing_explainer
        self.changed: dict[int, Ticket] = {}
        self._org_id = work.actor.org_id
        self._left = MAX_EVENTS_PER_TRANSACTION

    @property
    def _roster(self) -> Roster:
        return availability.read_roster(
            self.work.writing, self._org_id, to_microseconds(self.work.present)
        )

    def route_ticket(self, number: int) -> None:
        """Routes one ticket if it waits."""
        ticket = tickets.find_ticket(self.work.writing, self._org_id, number)
        if ticket is not None and queue_entry.is_waiting(ticket):
            self._assign_ticket(ticket)

    def route_queue(self) -> None:
        """Routes the whole queue, most urgent first, and updates why the rest has to wait."""
        kinds = availability.list_waiting_kinds(self.work.writing, self._org_id)
        if kinds:
            self._assign_all(kinds)
            for kind in kinds:
                self._update_waiting_reasons(kind)
        self.work.sequence.plan_routing(None if self._left else to_microseconds(self.work.now))

    def _assign_all(self, kinds: list[WaitingGroup]) -> None:
        given = True
        while given and self._roster.free_capacity:
            left = self._left
            self._assign_round(kinds)
            # A ticket that waits on its customer takes no capacity: there may be room for more.
            given = self._left < left

    def _assign_round(self, kinds: list[WaitingGroup]) -> None:
        roster = self._roster
        for ticket in self._find_assignable_tickets(kinds):
            if not self._left or not roster.free_capacity:
                return
            self._assign_ticket(ticket)

    def _find_assignable_tickets(self, kinds: list[WaitingGroup]) -> list[Ticket]:
        """Returns the tickets that free agents could get, in the order of the queue."""
        if self.work.settings.assignment.mode is AssignmentMode.MANUAL:
            return []
        roster = self._roster
        found: list[Ticket] = []
        for kind in kinds:
            category = queue_entry.find_category(self.work.settings, kind.category)
            if roster.can_serve(category.required_skills, kind.not_to):
                # Whoever fits one of them fits all: no more than the free capacity are needed.
                most = min(MAX_EVENTS_PER_TRANSACTION, roster.free_capacity)
                found += availability.list_waiting_tickets(
                    self.work.writing, self._org_id, kind, most
                )
        return sorted(found, key=queue_entry.rank_urgency)

    def _assign_ticket(self, ticket: Ticket) -> None:
        outcome = self.explainer.choose_for_ticket(ticket)
        if isinstance(outcome, AgentChoice):
            self._apply_event(ticket, self.build_assignment(ticket, outcome))

    def build_assignment(self, ticket: Ticket, choice: AgentChoice) -> TicketEvent:
        """Builds the event that gives a ticket to the chosen agent."""
        agent, roster = choice.candidate, self._roster
        roster.record_assignment(agent.id, to_microseconds(self.work.now))
        availability.save_roster_at_commit(self.work.writing, self._org_id, roster)
        routing = make_assigned_routing(ticket.routing, choice)
        return TicketAssigned(
            changes=ticket.find_changes({"assignee_id": agent.id, "routing": routing})
        )

    def _update_waiting_reasons(self, kind: WaitingGroup) -> None:
        """Updates the reason of waiting tickets, up to the limit of events."""
        if kind.reason == self._find_current_reason(kind):
            return
        for ticket in availability.list_waiting_tickets(
            self.work.writing, self._org_id, kind, self._left
        ):
            routing = self.explainer.explain_waiting(
                ticket, self.explainer.choose_for_ticket(ticket)
            )
            changes = ticket.find_changes({"routing": routing})
            if changes:
                self._apply_event(ticket, TicketEvent(changes=changes))

    def _find_current_reason(self, kind: WaitingGroup) -> str:
        """Returns why tickets of this kind wait now."""
        settings = self.work.settings
        category = queue_entry.find_category(settings, kind.category)
        roster = self._roster
        want = AgentRequirements(required=category.required_skills, not_to=kind.not_to)
        return find_waiting_reason(choose_agent(settings.assignment.mode, want, roster.candidates))

    def _apply_event(self, ticket: Ticket, event: TicketEvent) -> None:
        self.changed[ticket.number] = event_recorder.apply_events(self.work, ticket, [event])
        self._left -= 1
