"""Tickets filed in the last two hours before the demo, when no agent was available.

Each is filed at its own time, so that its SLA has run since then and no two clocks show the same.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Final

from msgspec import Struct

from common.people import Actor, Role
from common.tickets.filing import FileTicket
from demo import opening_hours
from demo.company import CUSTOMERS, DemoPerson
from demo.live_ticket import LiveTicket
from demo.stories import DemoStory, StoryCue, StoryDeck, find_cued_story
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_creation
from server.storage.engine.transaction import WriteTransaction

PLANNED_COUNT: Final = 40
BREACH_IN: Final = timedelta(seconds=25)
"""Time from the setup to the first SLA breach."""
_RESPONSE_TARGET: Final = timedelta(minutes=2)


class PlannedTicket(Struct, frozen=True):
    """A story and the time at which it is filed."""

    at: datetime
    story: DemoStory
    customer: DemoPerson


def plan_overnight_tickets(now: datetime, stories: StoryDeck, dice: Random) -> list[PlannedTicket]:
    """Returns the filings by time. Only one of them is about to breach its SLA."""
    planned = [_plan_ticket(now, stories.draw_story(), dice) for _ in range(PLANNED_COUNT)]
    planned.append(
        PlannedTicket(
            now + BREACH_IN - _RESPONSE_TARGET, find_cued_story(StoryCue.BROKEN), CUSTOMERS[-1]
        )
    )
    return sorted(planned, key=lambda call: call.at)


def _plan_ticket(now: datetime, story: DemoStory, dice: Random) -> PlannedTicket:
    """Returns a ticket that has used at most half of its response target."""
    promised = timedelta(minutes=opening_hours.find_first_response_minutes(story.priority))
    ago = promised / 2 * dice.uniform(0.05, 1)
    return PlannedTicket(now - ago, story, dice.choice(CUSTOMERS))


def file_planned_tickets(
    writing: WriteTransaction, org_id: int, ids: dict[str, int], planned: list[PlannedTicket]
) -> dict[int, LiveTicket]:
    """Files the tickets and returns them by number. `ids` are those of people by email."""
    live_tickets = {}
    for call in planned:
        who = call.customer
        actor = Actor(org_id, Role.CUSTOMER, ids[who.email], who.name, who.email)
        story = call.story
        command = FileTicket(story.subject, story.description, story.priority, story.category)
        ticket = ticket_creation.create_ticket(UnitOfWork(writing, actor, call.at), command)
        live_tickets[ticket.number] = LiveTicket(story, who)
    return live_tickets
