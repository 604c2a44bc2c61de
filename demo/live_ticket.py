"""A ticket of the simulation: its story, its customer, and how much has been said."""

from msgspec import Struct

from demo.company import DemoPerson
from demo.stories import DemoStory


class LiveTicket(Struct):
    """The ticket's state. `said` counts the sentences of the story; `is_over` when resolved."""

    story: DemoStory
    customer: DemoPerson
    said: int = 0
    is_over: bool = False
    writes_mail: bool = False
    is_unreachable: bool = False
    """Its customer gets no mail, and so says nothing."""
