"""Every command of agents can be given at the workstation, and every key of a ticket acts."""

from typing import Final, get_args

from common.people import Actor, Role
from common.tickets.registry import TicketCommand
from common.tickets.ticket import Status
from common.wire import PersonRef
from tests.support.tickets import view
from tui.model.context import WorkstationContext
from tui.model.store import Store
from tui.screens.queue_screen import QueueScreen
from tui.screens.ticket_screen import TicketScreen
from tui.ticket_verbs import TICKET_VERBS, VERBS_BY_NAME

ANA: Final = Actor(4821, Role.AGENT, 1, "Ana")
NEVER_REFUSED: Final = {
    "follow": "changes no ticket",
    "others": "changes no ticket",
    "people": "asks what to change, and each choice has its own rule",
    "status": "its choices are the statuses that the rules allow",
}
"""Verbs without one command that stands for what they send."""


def test_every_command_of_agents_is_sent_by_a_verb() -> None:
    """A command that no key sends is one that nobody at the workstation finds."""
    own = view(17, status=Status.IN_PROGRESS, assignee=PersonRef(1, "Ana"))
    sent = {
        type(verb.build_probe(ticket, ANA))
        for verb in VERBS_BY_NAME.values()
        for ticket in (view(17), own)
    }
    assert [it.__name__ for it in get_args(TicketCommand) if it not in sent] == []


def test_a_verb_is_available_by_the_rule_of_a_command() -> None:
    """Without one its key is never grey, and the server's refusal comes as a surprise."""
    unruled = {
        name for name, verb in VERBS_BY_NAME.items() if verb.build_probe(view(17), ANA) is None
    }
    assert unruled == set(NEVER_REFUSED)


def test_every_verb_asks_something_or_has_an_action() -> None:
    """A key without either ends in an exception when it is pressed."""
    context = WorkstationContext(Store())
    acting = {verb.name for verb in TICKET_VERBS if verb.prompt is None}
    for screen in (QueueScreen(context), TicketScreen(context)):
        assert screen.list_steps().keys() == acting
