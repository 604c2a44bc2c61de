"""Events about one SLA target: at risk, or breached. The system is their actor."""

from common.tickets.event import TicketEvent
from common.tickets.sla import TargetName


class SlaEvent(TicketEvent, frozen=True, kw_only=True):
    """An event about one SLA target."""

    target: TargetName


class SlaWarning(SlaEvent, frozen=True, kw_only=True):
    type, story = "sla.warning", "warned that an SLA target is at risk"
    occasion = (
        "three quarters of an SLA target have passed; or 15 minutes are left of one longer "
        "than an hour"
    )


class SlaBreached(SlaEvent, frozen=True, kw_only=True):
    """A breach. Its time is the due time of the target, however late it is recorded."""

    type, story = "sla.breached", "reported a missed SLA target"
    occasion = "an SLA target was missed; `at` is when it was due, however late that was found"
