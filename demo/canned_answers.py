"""The macros of Kettle & Crane: what its agents write most often."""

from typing import Final

from common.macros import CreateMacro, MacroVerbs
from common.tickets.replying import MessageKind
from common.tickets.ticket import Priority, Status, WaitingOn

_CLOSING: Final = "\n\nKind regards,\n{{agent.first_name}}, {{organization.name}}"

MACROS: Final = (
    CreateMacro(
        name="Ask for a photo",
        body="Hello {{customer.first_name}},\n\ncould you send us a photo of it? A reply to this "
        "message is enough." + _CLOSING,
        kind=MessageKind.REPLY,
        shared=True,
        verbs=MacroVerbs(waiting_on=WaitingOn.CUSTOMER, add_tags=("photo",)),
    ),
    CreateMacro(
        name="Descale the machine",
        body="Hello {{customer.first_name}},\n\nplease descale the machine once: half vinegar, "
        "half water, and two tanks of clear water after it. Tell us whether that helped."
        + _CLOSING,
        kind=MessageKind.REPLY,
        shared=True,
        verbs=MacroVerbs(waiting_on=WaitingOn.CUSTOMER),
    ),
    CreateMacro(
        name="Refund is on its way",
        body="Hello {{customer.first_name}},\n\nyour refund is on its way. It takes up to three "
        "working days. You can follow it here: {{ticket.link}}" + _CLOSING,
        kind=MessageKind.REPLY,
        shared=True,
        verbs=MacroVerbs(status=Status.RESOLVED, category="billing", add_tags=("refund",)),
    ),
    CreateMacro(
        name="Thanks, solved",
        body="Hello {{customer.first_name}},\n\nthank you for telling us. #{{ticket.number}} is "
        "solved; a reply opens it again." + _CLOSING,
        kind=MessageKind.REPLY,
        shared=True,
        verbs=MacroVerbs(status=Status.RESOLVED),
    ),
    CreateMacro(
        name="Hand over to the workshop",
        body="For the workshop: please look at this machine today.",
        kind=MessageKind.NOTE,
        shared=True,
        verbs=MacroVerbs(priority=Priority.HIGH, add_tags=("workshop",)),
    ),
)
