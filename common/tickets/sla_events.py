"""Alarms: a promise that is at risk, and one that broke. Told by the system, of one target."""

from common.tickets.event import TicketEvent
from common.tickets.sla import TargetName


class SlaEvent(TicketEvent, frozen=True, kw_only=True):
    """`target` is the promise that it is about."""

    target: TargetName


class SlaWarning(SlaEvent, frozen=True, kw_only=True):
    type, story = "sla.warning", "warned that a promise is due soon"


class SlaBreached(SlaEvent, frozen=True, kw_only=True):
    """Its time is the instant at which the promise was due, however late that is found."""

    type, story = "sla.breached", "found a promise broken"
