"""The desk on the screenshots: people, tickets under every kind of clock, and a month before.

Times are minutes before the picture is taken.
"""

from collections.abc import Iterator
from random import Random
from typing import Final

from msgspec import Struct

from common.tickets.claiming import ClaimTicket
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.rating import RateTicket
from common.tickets.registry import AnyCommand
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Priority, Status, WaitingOn

ANA, BO, MIA = "ana@acme.example", "bo@acme.example", "mia@acme.example"
AGENTS: Final = {ANA: "Ana Sousa", BO: "Bo Lindqvist", MIA: "Mia Okafor"}
CUSTOMERS: Final = {
    "dora@shop.example": "Dora Park",
    "juan@shop.example": "Juan Ortiz",
    "yuki@studio.example": "Yuki Mori",
    "sam@home.example": "Sam Reed",
    "li.wei@lab.example": "Li Wei",
    "noor@lab.example": "Noor Haddad",
    "ines@studio.example": "Ines Duarte",
    "tom@floor3.example": "Tom Berg",
}


class Step(Struct, frozen=True):
    """A command to a story's ticket, by the person with this address."""

    minutes_ago: float
    who: str
    command: AnyCommand


class Story(Struct, frozen=True):
    """A ticket, from its filing on."""

    minutes_ago: float
    customer: str
    filed: FileTicket
    steps: tuple[Step, ...] = ()


def _file(subject: str, priority: str, description: str = "Can you help?") -> FileTicket:
    return FileTicket(subject, description, Priority(priority))


def _claim(minutes_ago: float, who: str) -> Step:
    return Step(minutes_ago, who, ClaimTicket())


def _reply(minutes_ago: float, who: str, body: str = "Thank you for writing.") -> Step:
    return Step(minutes_ago, who, AddMessage(body))


STORIES: Final = (
    Story(28.5, "dora@shop.example", _file("VPN drops every 10 minutes", "urgent")),
    Story(
        96,
        "juan@shop.example",
        _file("Checkout says 502 since this morning", "urgent"),
        (_claim(94, BO), _reply(90, BO), _reply(34, "juan@shop.example", "Still down.")),
    ),
    Story(
        191,
        "dora@shop.example",
        _file(
            "Cannot log in after password reset",
            "high",
            "I reset the password twice and still get “invalid token”.",
        ),
        (
            _claim(185, ANA),
            _reply(180, ANA, "Hello Dora, which browser is it, and did the mail come from us?"),
            _reply(168, "dora@shop.example", "Firefox. The mail came from you, the link worked."),
            Step(
                150,
                ANA,
                AddMessage("Token clock skew again? Asked the platform team.", MessageKind.NOTE),
            ),
            _reply(140, ANA, "Thank you. Please try once more in ten minutes."),
            _reply(12, "dora@shop.example", "It works on my phone, if that helps."),
        ),
    ),
    Story(63, "yuki@studio.example", _file("Invoice 4711 shows the wrong VAT", "high")),
    Story(
        205,
        "sam@home.example",
        _file("Refund for order 88231", "high"),
        (_claim(200, MIA), _reply(170, MIA), _reply(20, "sam@home.example", "Any news?")),
    ),
    Story(
        600,
        "li.wei@lab.example",
        _file("SSO loop on Safari", "normal"),
        (
            _claim(560, BO),
            Step(500, BO, AddMessage("Which version?", waiting_on=WaitingOn.CUSTOMER)),
        ),
    ),
    Story(446, "noor@lab.example", _file("Export as CSV has no header", "normal")),
    Story(
        300,
        "ines@studio.example",
        _file("Add a colleague to our account", "normal"),
        (_claim(290, ANA), _reply(280, ANA), _reply(60, "ines@studio.example", "Kim Duarte.")),
    ),
    Story(95, "tom@floor3.example", _file("Printer on floor 3 smokes", "normal")),
    Story(22, "noor@lab.example", _file("Which plan has the audit log?", "normal")),
    Story(1500, "sam@home.example", _file("Please change our billing address", "low")),
    Story(300, "yuki@studio.example", _file("Dark mode for the portal", "low")),
    Story(
        280,
        "tom@floor3.example",
        _file("Call me about the contract", "high"),
        (_claim(275, MIA), _reply(250, MIA), _reply(10, "tom@floor3.example", "After four.")),
    ),
)

_DAY: Final = 24 * 60


def past_stories(days: int) -> Iterator[Story]:
    """Resolved tickets of so many days, mostly answered in time and mostly well rated."""
    dice = Random(4821)  # noqa: S311 - the same month in each picture
    for day in range(1, days + 1):
        for _ in range(dice.randint(3, 8)):
            yield _past_story(dice, day * _DAY + dice.uniform(0, _DAY))


def _past_story(dice: Random, began: float) -> Story:
    customer, agent = dice.choice(list(CUSTOMERS)), dice.choice(list(AGENTS))
    answered = began - dice.lognormvariate(3.2, 0.8)
    resolved = answered - dice.lognormvariate(4.4, 0.7)
    steps = [
        _claim(began - 1, agent),
        _reply(answered, agent),
        Step(resolved, agent, EditTicket(status=Status.RESOLVED)),
    ]
    if dice.random() < 0.6:
        score = dice.choices((5, 4, 3, 1), weights=(6, 3, 1, 1))[0]
        steps.append(Step(resolved - 30, customer, RateTicket(score)))
    priority = dice.choices(("normal", "high", "low"), weights=(6, 3, 1))[0]
    return Story(began, customer, _file("A question", priority), tuple(steps))
