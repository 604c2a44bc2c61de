"""Finds which verbs can be used on a ticket, and why not, by calling `decide` without sending.

The server decides with the same code: it would refuse what is grey here.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from msgspec import UNSET

from common.errors import RequestRefused
from common.people import Actor
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import AlreadyClaimed, ClaimTicket, ReleaseTicket
from common.tickets.correcting import CorrectCustomer
from common.tickets.editing import EditTicket
from common.tickets.merging import MergeTicket, UnmergeTicket
from common.tickets.registry import Command
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.splitting import SplitTicket
from common.tickets.ticket import Priority, Status, WaitingOn
from common.tickets.transitions import InvalidTransition, list_allowed_statuses
from common.wire import TicketView
from tui.model.predicted_tickets import ticket_from_view
from tui.text import formatting


def build_claim_command(view: TicketView, actor: Actor) -> Command:
    """Returns a claim; for the agent's own ticket in progress, a release."""
    own = view.assignee is not None and view.assignee.id == actor.id
    return ReleaseTicket() if own and view.status is Status.IN_PROGRESS else ClaimTicket()


def build_reopen_command(reason: str = "") -> Command:
    """Returns the command that reopens a ticket; for a closed one it needs a reason."""
    return EditTicket(status=Status.IN_PROGRESS, reason=reason or UNSET)


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
    if verb not in _PROBE_COMMANDS:
        return None
    return find_refusal(_PROBE_COMMANDS[verb](view, actor), view, actor, now)


def find_refusal(command: Command, view: TicketView, actor: Actor, now: datetime) -> str | None:
    """Returns the rules' reason against this command, as a sentence; None: it is allowed."""
    try:
        events = command.decide(ticket_from_view(view), actor, now)
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


def _another_priority(view: TicketView) -> Priority:
    return Priority.HIGH if view.priority is not Priority.HIGH else Priority.NORMAL


def _another_waiting(view: TicketView) -> WaitingOn:
    return WaitingOn.CUSTOMER if view.waiting_on is WaitingOn.AGENT else WaitingOn.AGENT


_SOMETIME: Final = datetime(9000, 1, 1, tzinfo=UTC)
# One command represents all that a verb may send: they are refused for the same reasons.
_PROBE_COMMANDS: Final[dict[str, Callable[[TicketView, Actor], Command]]] = {
    "claim": build_claim_command,
    "reply": lambda _view, _actor: AddMessage(body="?"),
    "note": lambda _view, _actor: AddMessage(body="?", kind=MessageKind.NOTE),
    "resolve": lambda _view, _actor: EditTicket(status=Status.RESOLVED),
    "reopen": lambda _view, _actor: build_reopen_command("?"),
    "assign": lambda view, _actor: AssignTicket(user_id=-view.number),
    "priority": lambda view, _actor: EditTicket(priority=_another_priority(view)),
    "category": lambda view, _actor: EditTicket(category=view.category + "?"),
    "tags": lambda _view, _actor: EditTicket(add_tags=("?",)),
    "snooze": lambda _view, _actor: EditTicket(snoozed_until=_SOMETIME),
    "waiting": lambda view, _actor: EditTicket(waiting_on=_another_waiting(view)),
    "merge": lambda view, _actor: MergeTicket(into=-view.number),
    "customer": lambda _view, _actor: CorrectCustomer(customer_email="?"),
    "split": lambda _view, _actor: SplitTicket(message_ids=(1,), subject="?"),
    "unmerge": lambda _view, _actor: UnmergeTicket(),
}
