"""A live ticket of the demo: its story, whose it is, and how far it has been told."""

from msgspec import Struct

from demo.company import DemoPerson
from demo.stories import DemoStory


class LiveTicket(Struct):
    """`said` sentences of the story's talk have been said; `is_over`: somebody resolved it."""

    story: DemoStory
    customer: DemoPerson
    said: int = 0
    is_over: bool = False
