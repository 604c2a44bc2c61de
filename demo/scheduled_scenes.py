"""What happens once, at its own moment: a café that is answered in time, a note for the visitor."""

import asyncio
from typing import Final

from demo.company import COLLEAGUES, YOU
from demo.simulated_agents import Colleagues
from demo.simulated_customers import Customers
from demo.stories import Cue, cued

_CAFE: Final = 6
_MENTION: Final = 35
"""Seconds after the curtain has risen."""


async def play(customers: Customers, colleagues: Colleagues) -> None:
    """Each once."""
    await asyncio.sleep(_CAFE)
    await customers.file(cued(Cue.KEPT))
    await asyncio.sleep(_MENTION - _CAFE)
    await _ask_you(colleagues)


async def _ask_you(colleagues: Colleagues) -> None:
    """The first colleague with something to ask about asks."""
    first = YOU.name.partition(" ")[0]
    for colleague in COLLEAGUES:
        if colleague in colleagues.there and (due := await colleagues.due(colleague)):
            words = f"@{first} you have had one of these, haven't you? What did it turn out to be?"
            await colleagues.note(colleague, due[0]["number"], words)
            return
