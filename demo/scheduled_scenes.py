"""Scenes that are played once: a café is answered in time, a mail bounces, a mention."""

import asyncio
from typing import Final

from demo.company import COLLEAGUES, VISITOR
from demo.mail_scenes import MailScenes
from demo.simulated_agents import SimulatedAgents
from demo.simulated_customers import SimulatedCustomers
from demo.stories import StoryCue, find_cued_story

_WHOLESALE_SECONDS: Final = 6
_BOUNCE_SECONDS: Final = 20
_MENTION_SECONDS: Final = 35
"""Seconds from the start of the demo."""


async def run_scheduled_scenes(
    customers: SimulatedCustomers, colleagues: SimulatedAgents, mail_scenes: MailScenes | None
) -> None:
    """The scenes, each played once; without `mail_scenes` none of mail."""
    await asyncio.sleep(_WHOLESALE_SECONDS)
    await customers.file_story(find_cued_story(StoryCue.KEPT))
    if mail_scenes:
        await mail_scenes.send_photo()
    await asyncio.sleep(_BOUNCE_SECONDS - _WHOLESALE_SECONDS)
    if mail_scenes:
        await mail_scenes.return_reply()
    await asyncio.sleep(_MENTION_SECONDS - _BOUNCE_SECONDS)
    await _mention_visitor(colleagues)


async def _mention_visitor(colleagues: SimulatedAgents) -> None:
    """Lets the first available agent with a ticket mention the visitor in a note."""
    first = VISITOR.name.partition(" ")[0]
    for colleague in COLLEAGUES:
        if colleague in colleagues.there and (
            due := await colleagues.find_actionable_tickets(colleague)
        ):
            words = f"@{first} you have had one of these, haven't you? What did it turn out to be?"
            await colleagues.write_note(colleague, due[0]["number"], words)
            return
