"""A ticket's history reads as plain words, whoever or whatever did it."""

from datetime import timedelta
from typing import Any

import pytest

from common.envelope import Envelope
from common.people import Role
from common.tickets.editing import TicketEdits
from common.tickets.replying import MessageKind
from common.tickets.sla import TargetName
from common.tickets.ticket import CloseReason
from common.wire import (
    ActorRef,
    MessageView,
    PersonRef,
    RatingView,
    RoutingView,
    UndeliveredMessage,
)
from tests.support.tickets import NOON, view
from tui.text.timeline import describe_event

MIA = ActorRef(104, Role.SUPERVISOR, "Mia")
DORA = ActorRef(101, Role.CUSTOMER, "Dora")
SYSTEM = ActorRef(None, Role.SYSTEM, "system")
WHY = RoutingView("assigned", "The agent came first.")
BEGUN = {"status": ("open", "in_progress")}
TAKEN = BEGUN | {"assignee": (None, {"id": 104, "name": "Mia"})}
ANA = PersonRef(102, "Ana")


def said(type_: str, actor: ActorRef, ticket: dict[str, Any], **more: Any) -> str:
    shown = view(17, **ticket)
    line = describe_event(
        Envelope(org=4821, epoch="e", seq=9, type=type_, at=NOON, actor=actor, ticket=shown, **more)
    )
    return line.text if line else ""


@pytest.mark.parametrize("field", TicketEdits.__struct_fields__)
def test_a_change_of_any_field_that_people_edit_is_told(field: str) -> None:
    text = said("ticket.updated", MIA, {"routing": WHY}, changes={field: (None, "A_1")})
    assert text.startswith("Mia: ")


def test_a_value_is_told_as_it_was_written() -> None:
    changes = {"subject": ("log_in fails", "log_in works")}
    assert said("ticket.updated", MIA, {}, changes=changes) == (
        "Mia: subject log_in fails → log_in works"
    )


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
        ("ticket.claimed", MIA, {}, {"changes": TAKEN}, "Mia took it"),
        ("ticket.claimed", MIA, {}, {"changes": BEGUN}, "Mia began work on it"),
        (
            "ticket.released",
            SYSTEM,
            {"routing": WHY},
            {},
            "back in the queue. The agent came first.",
        ),
        ("ticket.released", MIA, {}, {}, "Mia put it back into the queue"),
        ("ticket.resolved", MIA, {}, {}, "Mia resolved it"),
        ("ticket.closed", SYSTEM, {}, {}, "closed automatically: nobody wrote again"),
        ("ticket.closed", MIA, {"close_reason": CloseReason.SPAM}, {}, "Mia closed it as spam"),
        ("ticket.reopened", MIA, {}, {"reason": "It is back"}, "Mia reopened it: It is back"),
        ("ticket.reopened", DORA, {}, {}, "Dora reopened it"),
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
        (
            "message.undelivered",
            SYSTEM,
            {},
            {
                "undelivered": UndeliveredMessage(
                    "550 no such user", NOON, message_id=7, recipient=PersonRef(201, "Dora")
                )
            },
            "not delivered to Dora: 550 no such user",
        ),
        ("ticket.dreamt", MIA, {}, {}, "Mia ticket.dreamt"),
        ("ticket.created", MIA, {}, {}, ""),
        ("message.added", MIA, {}, {}, ""),
    ],
)
def test_what_is_said(
    type_: str, actor: ActorRef, ticket: dict[str, Any], more: dict[str, Any], text: str
) -> None:
    assert said(type_, actor, ticket, **more) == text


def after(actor: ActorRef, **message: Any) -> str:
    """Returns the line for a claim, seq 9, that stands right after a reply of Mia's."""
    line = describe_event(
        Envelope(
            org=4821, epoch="e", seq=9, type="ticket.claimed", at=NOON, actor=actor, ticket=view(17)
        )
    )
    fields: dict[str, Any] = {"kind": MessageKind.REPLY, "seq": 8, "created_at": NOON} | message
    assert line is not None
    return line.text_after(MessageView(id=3, body="On it", author=MIA, **fields))


def test_a_message_and_its_effect_read_as_one_deed() -> None:
    assert after(MIA) == "with this reply Mia took it"
    assert after(MIA, kind=MessageKind.NOTE) == "with this note Mia took it"


def test_what_only_happens_to_follow_a_message_is_a_deed_of_its_own() -> None:
    earlier = NOON - timedelta(seconds=1)
    texts = {after(MIA, seq=7), after(MIA, created_at=earlier), after(SYSTEM), after(DORA)}
    assert texts == {"Mia took it", "in progress", "Dora took it"}


def test_what_is_about_no_ticket_is_no_story() -> None:
    assert (
        describe_event(Envelope(org=4821, epoch="e", seq=9, type="org.changed", at=NOON, actor=MIA))
        is None
    )
