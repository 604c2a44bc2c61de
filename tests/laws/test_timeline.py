"""A ticket's history reads as plain words, whoever or whatever did it."""

from typing import Any

import pytest

from common.envelope import Envelope
from common.people import Role
from common.tickets.promises import TargetName
from common.tickets.ticket import CloseReason
from common.wire import ActorRef, PersonRef, RatingView, RoutingView
from tests.support.tickets import NOON, view
from tui.timeline import told

MIA = ActorRef(104, Role.SUPERVISOR, "Mia")
SYSTEM = ActorRef(None, Role.SYSTEM, "system")
WHY = RoutingView("assigned", "The agent came first.")
ANA = PersonRef(102, "Ana")


def said(type_: str, actor: ActorRef, ticket: dict[str, Any], **more: Any) -> str:
    shown = view(17, **ticket)
    line = told(Envelope(org=4821, seq=9, type=type_, at=NOON, actor=actor, ticket=shown, **more))
    return line.text if line else ""


@pytest.mark.parametrize(
    ("type_", "actor", "ticket", "more", "text"),
    [
        (
            "ticket.assigned",
            SYSTEM,
            {"assignee": ANA, "routing": WHY},
            {},
            "given to Ana. The agent came first.",
        ),
        ("ticket.assigned", MIA, {"assignee": ANA}, {}, "Mia gave it to Ana"),
        ("ticket.claimed", MIA, {}, {}, "Mia took it"),
        (
            "ticket.released",
            SYSTEM,
            {"routing": WHY},
            {},
            "back in the queue. The agent came first.",
        ),
        ("ticket.released", MIA, {}, {}, "Mia put it back into the queue"),
        ("ticket.resolved", MIA, {}, {}, "Mia resolved it"),
        ("ticket.closed", SYSTEM, {}, {}, "closed by itself: nobody came back to it"),
        ("ticket.closed", MIA, {"close_reason": CloseReason.SPAM}, {}, "Mia closed it as spam"),
        ("ticket.reopened", MIA, {}, {"reason": "It is back"}, "Mia took it up again: It is back"),
        (
            "ticket.rated",
            SYSTEM,
            {"rating": RatingView(4, "Fine,\nthanks", NOON)},
            {},
            "Dora rated it 4 of 5: “Fine, thanks”",
        ),
        (
            "sla.warning",
            SYSTEM,
            {},
            {"target": TargetName.FIRST_RESPONSE},
            "at risk: the first response is due soon",
        ),
        (
            "sla.breached",
            SYSTEM,
            {},
            {"target": TargetName.RESOLUTION},
            "breached: the resolution did not come in time",
        ),
        (
            "ticket.updated",
            SYSTEM,
            {},
            {"changes": {"snoozed_until": ("2026-03-02T12:00:00Z", None)}},
            "woken",
        ),
        (
            "ticket.updated",
            MIA,
            {},
            {"changes": {"priority": ("low", "high"), "tags": ([], ["vip"])}},
            "Mia: priority low → high; tags vip",
        ),
        (
            "ticket.updated",
            MIA,
            {},
            {"changes": {"waiting_on": ("agent", "third_party")}},
            "Mia: waiting on the third party",
        ),
        (
            "ticket.updated",
            SYSTEM,
            {"routing": WHY},
            {"changes": {"routing": (None, {})}},
            "The agent came first.",
        ),
        ("ticket.updated", SYSTEM, {}, {"changes": {"sla": (None, {})}}, ""),
        ("ticket.dreamt", MIA, {}, {}, "Mia ticket.dreamt"),
        ("ticket.created", MIA, {}, {}, ""),
        ("message.added", MIA, {}, {}, ""),
    ],
)
def test_what_is_said(
    type_: str, actor: ActorRef, ticket: dict[str, Any], more: dict[str, Any], text: str
) -> None:
    assert said(type_, actor, ticket, **more) == text


def test_what_is_about_no_ticket_is_no_story() -> None:
    assert told(Envelope(org=4821, seq=9, type="org.changed", at=NOON, actor=MIA)) is None
