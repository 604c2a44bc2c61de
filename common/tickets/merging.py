"""Merging tickets: the words of one are read in another, the survivor, which goes on for both.

Messages stay with the ticket that they were written to; the survivor shows them with its own. So a
merge can be undone: see docs/domain.md, "Merged tickets".
"""

from datetime import datetime, timedelta
from typing import Final

from common.errors import Conflict, Invalid
from common.ids import Id
from common.tickets.agent_command import AgentCommand
from common.tickets.decision_context import DecisionContext
from common.tickets.event import TicketEvent
from common.tickets.permissions import check_agent
from common.tickets.ticket import Audience, CloseReason, Status, Ticket, Values, WaitingOn
from common.tickets.transitions import InvalidTransition

UNMERGE_PERIOD: Final = timedelta(days=30)
"""The time after a merge in which it can be undone."""
MAX_MERGED: Final = 50
"""The most tickets that one survivor shows."""
RESTORED_FIELDS: Final = frozenset({"status", "closed_at", "close_reason", "unanswered_since"})
"""Fields that have their values of before the merge again when it is undone."""


class TicketMerged(TicketEvent, frozen=True):
    """A merge, recorded on both tickets: `merged_into` on one, `merged_from` on the survivor."""

    type, story = "ticket.merged", "merged two tickets"
    occasion = "merged: on one ticket `merged_into` changes, on the survivor `merged_from`"
    audience = Audience.PUBLIC


class TicketUnmerged(TicketEvent, frozen=True):
    """An undone merge, recorded on both tickets."""

    type, story = "ticket.unmerged", "undid a merge"
    occasion = "a merge was undone, on both tickets"
    audience = Audience.PUBLIC


class DifferentCustomers(Conflict):
    slug, title = "different-customers", "The tickets have different customers"
    occasion = (
        "The tickets have different customers. Merge the customers first, or correct the customer"
        " of one ticket."
    )

    def __init__(self) -> None:
        super().__init__(
            "The tickets have different customers, who would read each other's words. Merge the"
            " customers first, or correct the customer of one of the tickets."
        )


class NotMergeable(Conflict):
    slug, title = "not-mergeable", "The tickets cannot be merged"
    occasion = (
        "The survivor is resolved, closed, merged itself, shows 50 tickets, or the tickets have"
        " different participants. The detail says what to do."
    )


class NotMerged(Conflict):
    slug, title = "not-merged", "There is no merge that could be undone"
    occasion = (
        "The ticket is not merged, was merged more than 30 days ago, or into a ticket that has"
        " been merged since."
    )


class MergeTicket(AgentCommand, frozen=True):
    """Closes a ticket, and has its conversation read in another ticket of the same customer."""

    verb, summary = "merge", "Merge a ticket into another one of the same customer"
    example = '{"into": 17}'

    into: Id
    share: bool = False
    """True lets the participants of either ticket read the conversation of both."""

    def decide(self, context: DecisionContext) -> list[TicketEvent]:
        ticket = context.ticket
        check_agent(context.actor, "merge tickets")
        if self.into == ticket.number:
            raise Invalid.for_field("/into", "must be another ticket")
        if ticket.merged_into == self.into:
            return []
        if ticket.status is Status.CLOSED:
            raise InvalidTransition(context, "be merged")
        if context.survivor is not None:
            _check_survivor(ticket, context.survivor)
        if context.strangers and not self.share:
            raise NotMergeable(
                f"#{ticket.number} and #{self.into} have different participants, who would read"
                " both: remove them, or send `share` true."
            )
        values = ticket.status_values(Status.CLOSED, context.now, CloseReason.MERGED)
        return TicketMerged.build_events(ticket, values | {"merged_into": self.into})

    def decide_survivor(self, merged: Ticket, survivor: Ticket, now: datetime) -> list[TicketEvent]:
        """Returns the events of the survivor; `merged` is the other ticket before the merge."""
        values: Values = {
            "merged_from": (*survivor.merged_from, merged.number, *merged.merged_from)
        }
        if merged.unanswered_since is not None:
            values |= build_unanswered_values(survivor, now)
        return TicketMerged.build_events(survivor, values)


class UnmergeTicket(AgentCommand, frozen=True):
    """Undoes a merge: the ticket has its own state again, and what was written to it."""

    verb, summary = "unmerge", "Undo a merge, within 30 days"

    def decide(self, context: DecisionContext) -> list[TicketEvent]:
        ticket, now = context.ticket, context.now
        check_agent(context.actor, "merge tickets")
        if ticket.merged_into is None:
            raise NotMerged(f"#{ticket.number} is not merged into another ticket.")
        if ticket.closed_at is not None and now - ticket.closed_at >= UNMERGE_PERIOD:
            raise NotMerged(f"A merge can be undone for {UNMERGE_PERIOD.days} days.")
        survivor = context.survivor
        if survivor is not None and survivor.merged_into is not None:
            raise NotMerged(
                f"#{survivor.number} is merged into #{survivor.merged_into}: undo that merge first."
            )
        values = {**context.values_before_merge, "merged_into": None}
        if context.assignee_left and values.get("status") in {Status.OPEN, Status.IN_PROGRESS}:
            values |= {"status": Status.OPEN, "assignee_id": None}
        return TicketUnmerged.build_events(ticket, values)

    def decide_survivor(
        self, merged: Ticket, survivor: Ticket, _now: datetime
    ) -> list[TicketEvent]:
        """Returns the events of the survivor; `merged` is the other ticket before the command."""
        gone = {merged.number, *merged.merged_from}
        kept = tuple(number for number in survivor.merged_from if number not in gone)
        return TicketUnmerged.build_events(survivor, {"merged_from": kept})


def build_unanswered_values(survivor: Ticket, now: datetime) -> Values:
    """Returns what an unanswered message of the merged ticket changes, as if it came now."""
    return {
        "waiting_on": WaitingOn.AGENT,
        "snoozed_until": None,
        "unanswered_since": survivor.unanswered_since or now,
    }


def _check_survivor(ticket: Ticket, survivor: Ticket) -> None:
    """Raises a conflict unless the survivor can show the ticket's conversation."""
    if survivor.customer_id != ticket.customer_id:
        raise DifferentCustomers
    if survivor.merged_into is not None:
        raise NotMergeable(
            f"#{survivor.number} is merged itself: merge into #{survivor.merged_into}."
        )
    if not survivor.is_unresolved:
        raise NotMergeable(f"#{survivor.number} is {survivor.status}: reopen it first.")
    if len(survivor.merged_from) + len(ticket.merged_from) >= MAX_MERGED:
        raise NotMergeable(f"#{survivor.number} shows {MAX_MERGED} merged tickets already.")
