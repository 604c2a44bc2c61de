"""Finds which verbs can be used on a ticket, and why not, by calling `decide` without sending.

The server decides with the same code: it would refuse what is grey here.
"""

from datetime import datetime

from common.errors import RequestRefused
from common.people import Actor
from common.tickets.claiming import AlreadyClaimed
from common.tickets.registry import Command
from common.tickets.transitions import InvalidTransition, list_allowed_statuses
from common.wire import TicketView
from tui.model.predicted_tickets import decide_on_view, ticket_from_view
from tui.text import formatting
from tui.ticket_verbs import VERBS_BY_NAME


def explain_unavailable(
    verb: str, view: TicketView | None, actor: Actor, now: datetime
) -> str | None:
    """Returns why the verb cannot be used on this ticket now, as a sentence; None: it can."""
    if view is None:
        return "No ticket is selected."
    if verb == "reopen" and ticket_from_view(view).is_unresolved:
        return f"#{view.number} is not resolved."
    if verb == "status" and not list_allowed_statuses(ticket_from_view(view), actor):
        status = formatting.format_status(view.status)
        return f"#{view.number} is {status}: only a supervisor changes that."
    probe = VERBS_BY_NAME[verb].build_probe(view, actor)
    return find_refusal(probe, view, actor, now) if probe is not None else None


def find_refusal(command: Command, view: TicketView, actor: Actor, now: datetime) -> str | None:
    """Returns the rules' reason against this command, as a sentence; None: it is allowed."""
    try:
        events = decide_on_view(command, view, actor, now)
    except RequestRefused as refused:
        return explain_refusal(refused, view)
    return None if events else f"#{view.number} is {formatting.format_status(view.status)} already."


def explain_refusal(refused: RequestRefused, view: TicketView) -> str:
    """Returns a rule's refusal of a command to this ticket as a sentence for the agent."""
    if isinstance(refused, AlreadyClaimed):
        return f"{view.assignee.name if view.assignee else 'Somebody'} has #{view.number}."
    if isinstance(refused, InvalidTransition):
        target = f" {formatting.format_status(refused.target)}" if refused.target else ""
        status = formatting.format_status(view.status)
        return f"#{view.number} is {status}: it cannot {refused.wish}{target}."
    return refused.detail
