"""The ticket that docs/filters.md finds and does not find, and the examples of that page."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from common.filters.filter_matching import FilterContext
from common.tickets.sla import SlaState
from common.tickets.ticket import Priority, Status, WaitingOn
from common.wire import CustomerRef, PersonRef, SlaView, TicketView

ROME: Final = ZoneInfo("Europe/Rome")
NOW: Final = datetime(2026, 11, 30, 9, 15, tzinfo=UTC)
HERE: Final = FilterContext(2, NOW, ROME)
PAGE: Final = (Path(__file__).resolve().parents[2] / "docs" / "filters.md").read_text()


def ticket(**values: object) -> TicketView:
    """Returns the ticket of docs/filters.md, with some values changed."""
    given_values = {
        "org_id": 4821,
        "number": 17,
        "subject": "VPN drops in the Ärztehaus",
        "status": Status.OPEN,
        "priority": Priority.HIGH,
        "category": "network",
        "tags": ("vip", "big one"),
        "customer": CustomerRef(9, "Cleo Park", "cleo@example.org"),
        "assignee": PersonRef(2, "Ana Lima"),
        "waiting_on": WaitingOn.AGENT,
        "snoozed_until": None,
        "close_reason": None,
        "followup_of": None,
        "external_id": "Case36",
        "created_at": NOW - timedelta(days=2),
        "updated_at": NOW - timedelta(hours=1),
        "first_response_at": None,
        "resolved_at": None,
        "closed_at": None,
        "reopen_count": 0,
        "sla": SlaView(
            first_response_due=NOW + timedelta(minutes=90),
            next_response_due=None,
            resolution_due=NOW + timedelta(days=1),
            state=SlaState.AT_RISK,
        ),
        "version": 3,
        "last_seq": 40,
    }
    return TicketView(**{**given_values, **values})  # type: ignore[arg-type]


def table_rows(heading: str) -> list[list[list[str]]]:
    """Returns the cells of a table below a heading: in each what stands between backquotes."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[re.findall(r"`([^`]+)`", cell) for cell in line.split("|")[1:-1]] for line in lines]


_ROWS: Final = [row for heading in ("Fields", "Words", "Times") for row in table_rows(heading)]
FOUND: Final = [text for row in _ROWS for text in row[-2]]
"""The examples that find the ticket."""
NOT_FOUND: Final = [text for row in _ROWS for text in row[-1]]
"""The examples that do not."""
