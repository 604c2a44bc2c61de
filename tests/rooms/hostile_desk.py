"""The workstation over a hostile ticket, as a process of its own: see test_hostile_text."""

import json
from typing import Any

from common.organization import Organization
from common.wire import Conversation, MeView, Page, Queues, TicketView
from tui.model.context import ServerLink
from tui.model.store import Snapshot
from tui.shell.app import Deskwire
from tui.text import safe_text

EVIL = "a\x1b]0;OWNED\x07b\x9b31mc\x1b[41;5md\u202ee\u2066f[/foo][bold]g[@click=app.quit]h"
TIME = "2026-03-02T12:00:00Z"
TICKET: dict[str, Any] = {
    "org_id": 4821,
    "number": 17,
    "subject": f"SUBJECT {EVIL}",
    "status": "open",
    "priority": "normal",
    "category": f"general{EVIL}",
    "tags": [EVIL],
    "customer": {"id": 3, "name": f"CUSTOMER {EVIL}", "email": f"dora{EVIL}@example.com"},
    "assignee": {"id": 2, "name": f"OWNER {EVIL}"},
    "waiting_on": "agent",
    "snoozed_until": None,
    "close_reason": None,
    "followup_of": None,
    "created_at": TIME,
    "updated_at": TIME,
    "first_response_at": None,
    "resolved_at": None,
    "closed_at": None,
    "reopen_count": 0,
    "version": 1,
    "last_seq": 5,
}
MESSAGE = {
    "id": 1,
    "kind": "reply",
    "body": f"BODY {EVIL}\nsecond",
    "author": {"id": 3, "role": "customer", "name": f"AUTHOR {EVIL}"},
    "created_at": TIME,
    "seq": 5,
}
TALK = {
    **TICKET,
    "description": f"DESCRIPTION {EVIL}",
    "messages": {"items": [MESSAGE], "next_cursor": None, "seq": 5},
}
ME = {
    "org_id": 4821,
    "id": 1,
    "email": "ana@example.test",
    "name": f"ME {EVIL}",
    "role": "agent",
    "skills": [],
    "capacity": 10,
    "presence": "available",
    "active": True,
}


def arrived(value: Any, kind: Any) -> Any:
    """As the client takes it from the wire."""
    return safe_text.decode_safe_json(json.dumps(value).encode(), kind)


class HostileDesk(Deskwire):
    """Signed in already, with one ticket."""

    async def on_ready(self) -> None:
        store = self.context.store
        store.reset(
            Snapshot(
                me=arrived(ME, MeView),
                organization=arrived({"name": f"ORG {EVIL}", "org_id": 4821}, Organization),
                users=[],
                queues=Queues(0, 0, 1, 0, 0, 0, 5),
                tickets=Page([arrived(TICKET, TicketView)], None, 5),
            )
        )
        store.open_conversation(arrived(TALK, Conversation))
        self.context.link = ServerLink("live")
        await self.push_screen("queue")
        self.show_toast(f"TOAST {store.tickets[17].subject}")


if __name__ == "__main__":
    HostileDesk({}).run()
