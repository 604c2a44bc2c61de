"""Tickets to fill a desk with, in the form that the product imports."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
GAP = timedelta(seconds=20)
SUBJECT = "Printer on floor {index} does not print"
TEXT = "The printer says PC LOAD LETTER, whatever it means. We tried another paper tray. " * 5


def open_tickets(
    count: int, messages: int = 0, *, start: datetime = START, gap: timedelta = GAP
) -> Iterator[str]:
    """Open tickets of a thousand customers, a line each, with a conversation if asked for.

    The first one was opened at `start`, each other one `gap` after the one before it.
    """
    yield json.dumps({"user": {"email": "agent@bench.example"}}) + "\n"
    for index in range(count):
        yield json.dumps(_ticket(index, messages, start + index * gap)) + "\n"


def _ticket(index: int, messages: int, opened: datetime) -> dict[str, Any]:
    customer = f"customer-{index % 1000}@bench.example"
    return {
        "ticket": {
            "external_id": f"seed-{index}",
            "subject": SUBJECT.format(index=index),
            "description": TEXT,
            "customer_email": customer,
            "created_at": _instant(opened),
        },
        "history": [_message(customer, opened, number) for number in range(messages)],
    }


def _message(customer: str, opened: datetime, number: int) -> dict[str, Any]:
    at = _instant(opened + timedelta(minutes=number + 1))
    actor = "agent@bench.example" if number % 2 else customer
    return {"at": at, "type": "reply", "actor": actor, "body": f"{number}: {TEXT}"}


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
