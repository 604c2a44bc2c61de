"""The last two hours before the curtain rises: tickets filed while nobody was there to take them.

They are filed through the desk, each at its own moment, so that promises run since then and no
two clocks show the same.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Final

from msgspec import Struct

from common.people import Actor, Role
from common.tickets.filing import FileTicket
from demo import opening_hours
from demo.company import CUSTOMERS, Person
from demo.live_ticket import Plot
from demo.stories import Cue, Deck, Story, cued
from server.desk import ticket_creation
from server.desk.unit_of_work import UnitOfWork
from server.storage.engine.transaction import Writing

COUNT: Final = 40
BREAKS_IN: Final = timedelta(seconds=25)
"""How long after the founding the first promise is broken."""
_PROMISED: Final = timedelta(minutes=2)


class Call(Struct, frozen=True):
    """Somebody files a story."""

    at: datetime
    story: Story
    customer: Person


def calls(now: datetime, stories: Deck, dice: Random) -> list[Call]:
    """In the order of their moments; only one of them is about to see its promise broken."""
    told = [_call(now, stories.draw(), dice) for _ in range(COUNT)]
    told.append(Call(now + BREAKS_IN - _PROMISED, cued(Cue.BROKEN), CUSTOMERS[-1]))
    return sorted(told, key=lambda call: call.at)


def _call(now: datetime, story: Story, dice: Random) -> Call:
    """Of an hour's promise up to half is over, of five minutes' likewise."""
    promised = timedelta(minutes=opening_hours.first_response(story.priority))
    ago = promised / 2 * dice.uniform(0.05, 1)
    return Call(now - ago, story, dice.choice(CUSTOMERS))


def file(writing: Writing, org_id: int, ids: dict[str, int], told: list[Call]) -> dict[int, Plot]:
    """Files them; answers the plots by the tickets' numbers. `ids` are the people's, by e-mail."""
    plots = {}
    for call in told:
        who = call.customer
        actor = Actor(org_id, Role.CUSTOMER, ids[who.email], who.name, who.email)
        story = call.story
        command = FileTicket(story.subject, story.description, story.priority, story.category)
        ticket = ticket_creation.file(UnitOfWork(writing, actor, call.at), command)
        plots[ticket.number] = Plot(story, who)
    return plots
