"""Routing in a turn of the desk: what waits goes to who fits, in the transaction of the change.

After every turn no ticket that waits fits anybody who is free. So a new ticket is looked at alone;
where somebody has come, or has less to do, the queue is looked at in its order. What is too much
for one transaction is planned (`organizations.route_at`), and the timekeeper goes on.
"""

from typing import Final

from msgspec.structs import replace

from common.organization import AssignmentMode
from common.tickets.assigning import Assigned
from common.tickets.event import TicketEvent
from common.tickets.routing import ASSIGNED, Routing
from common.tickets.ticket import Ticket
from server.desk import routing_agenda
from server.desk.routing_reason import told
from server.desk.unit_of_work import UnitOfWork
from server.domain import queue_entry
from server.domain.agent_selection import Choice, Want, choose
from server.domain.queue_entry import Kind
from server.domain.roster import Roster
from server.storage.engine.optional_timestamps import stored
from server.storage.queries import availability, tickets
from server.storage.queries.name_resolver import system

MOST: Final = 200
"""Events that one transaction writes about the queue."""


def enter(turn: UnitOfWork, opened: Ticket) -> Ticket:
    """A new ticket's first event, and its agent's where somebody fits; its row is not written."""
    outcome = turn.explaining.outcome(opened)
    opened = replace(opened, routing=turn.explaining.waits(opened, outcome))
    turn.record_opening(opened)
    if isinstance(outcome, Choice) and not turn.explaining.is_behind:
        routes = Routes(turn)
        return routes.turn.record(opened, [routes.giving(opened, outcome)])
    return opened


def look_again(turn: UnitOfWork) -> None:
    """The queue is looked at when the turn ends."""
    routing_agenda.look_again(turn.writing, turn.actor.org_id)


def settle(turn: UnitOfWork) -> dict[int, Ticket]:
    """Looks at what the turn has made worth a look; answers the tickets that it changed."""
    due = routing_agenda.take(turn.writing, turn.actor.org_id)
    if due is None:
        return {}
    routes = Routes(turn)
    if due.whole:
        routes.look()
    else:
        for number in sorted(due.numbers):
            routes.look_at(number)
    return routes.changed


class Routes:
    """One look at the queue, by the system."""

    def __init__(self, turn: UnitOfWork) -> None:
        self.turn = turn.by(system(turn.actor.org_id))
        self.explaining = self.turn.explaining
        self.changed: dict[int, Ticket] = {}
        self._org_id = turn.actor.org_id
        self._left = MOST

    @property
    def _roster(self) -> Roster:
        return availability.of(self.turn.writing, self._org_id, stored(self.turn.present))

    def look_at(self, number: int) -> None:
        """One ticket that waits."""
        ticket = tickets.find(self.turn.writing, self._org_id, number)
        if ticket is not None and queue_entry.is_waiting(ticket):
            self._give(ticket)

    def look(self) -> None:
        """The whole queue, the most urgent first; then why what is left has to wait."""
        kinds = availability.kinds(self.turn.writing, self._org_id)
        if kinds:
            self._give_all(kinds)
            for kind in kinds:
                self._explain_again(kind)
        self.turn.ledger.plan_routing(None if self._left else stored(self.turn.now))

    def _give_all(self, kinds: list[Kind]) -> None:
        given = True
        while given and self._roster.room:
            left = self._left
            self._give_some(kinds)
            # What waits on its customer takes up no room: then there is room for others still.
            given = self._left < left

    def _give_some(self, kinds: list[Kind]) -> None:
        roster = self._roster
        for ticket in self._fitting(kinds):
            if not self._left or not roster.room:
                return
            self._give(ticket)

    def _fitting(self, kinds: list[Kind]) -> list[Ticket]:
        """Of categories for which somebody is free, as many as could be given, in the order."""
        if self.turn.settings.assignment.mode is AssignmentMode.MANUAL:
            return []
        roster = self._roster
        found: list[Ticket] = []
        for kind in kinds:
            category = queue_entry.category_of(self.turn.settings, kind.category)
            if roster.can_serve(category.required_skills, kind.not_to):
                # Whoever may get one of them may get any: no more than there is room for.
                most = min(MOST, roster.room)
                found += availability.waiting(self.turn.writing, self._org_id, kind, most)
        return sorted(found, key=queue_entry.urgency)

    def _give(self, ticket: Ticket) -> None:
        outcome = self.explaining.outcome(ticket)
        if isinstance(outcome, Choice):
            self._apply(ticket, self.giving(ticket, outcome))

    def giving(self, ticket: Ticket, choice: Choice) -> TicketEvent:
        """The event that gives a ticket to the chosen agent."""
        agent, base = choice.candidate, ticket.routing
        roster = self._roster
        roster.give(agent.id, stored(self.turn.now))
        availability.owe(self.turn.writing, self._org_id, roster)
        routing = Routing(
            reason=ASSIGNED,
            agent_id=agent.id,
            skills=choice.skills,
            load=agent.load + 1,
            capacity=agent.capacity,
            returned=base.returned if base else None,
            returned_by=base.returned_by if base else None,
            not_to=base.not_to if base else (),
        )
        return Assigned(changes=ticket.changes({"assignee_id": agent.id, "routing": routing}))

    def _explain_again(self, kind: Kind) -> None:
        """Tickets whose reason for waiting is another by now say so, as many as may still."""
        if kind.reason == self._reason(kind):
            return
        for ticket in availability.waiting(self.turn.writing, self._org_id, kind, self._left):
            routing = self.explaining.waits(ticket, self.explaining.outcome(ticket))
            changes = ticket.changes({"routing": routing})
            if changes:
                self._apply(ticket, TicketEvent(changes=changes))

    def _reason(self, kind: Kind) -> str:
        """Why tickets of the kind wait now."""
        settings = self.turn.settings
        category = queue_entry.category_of(settings, kind.category)
        roster = self._roster
        want = Want(required=category.required_skills, not_to=kind.not_to)
        return told(choose(settings.assignment.mode, want, roster.candidates))

    def _apply(self, ticket: Ticket, event: TicketEvent) -> None:
        self.changed[ticket.number] = self.turn.apply(ticket, [event])
        self._left -= 1
