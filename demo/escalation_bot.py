"""The escalation bot: a separate program that receives SLA breaches by a webhook.

It is an example of a customer's integration: it listens on this machine, checks the signature of
each webhook (standardwebhooks.com), and writes a note on the ticket with an API key.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from common.tickets.sla_events import SlaBreached
from demo.api_caller import ApiCaller
from demo.company import ADMIN
from demo.simulation_state import SimulationState
from server.clock import utc_now

BOT_NAME: Final = "Escalation bot"
_MAX_AGE_SECONDS: Final = 300
"""Seconds after which a webhook is rejected as a replay."""
_TARGET_LABELS: Final = {
    "first_response": "A first response",
    "next_response": "An answer",
    "resolution": "A solution",
}


def is_signature_valid(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Returns whether this body was signed just now with the secret."""
    name, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{name}.{at}.".encode() + body, hashlib.sha256)
    ours = "v1," + base64.b64encode(digest).decode()
    signatures = headers.get("webhook-signature", "").split()
    is_signed = any(hmac.compare_digest(ours.encode(), it.encode()) for it in signatures)
    return is_signed and at.isdecimal() and abs(now.timestamp() - int(at)) < _MAX_AGE_SECONDS


class EscalationBot:
    """A bot that adds a note to each ticket with a breach."""

    def __init__(self) -> None:
        self.secret = ""
        self.desk: ApiCaller | None = None
        self._seen: set[str] = set()
        self._notes: set[asyncio.Task[None]] = set()

    async def receive_webhook(self, request: web.Request) -> web.Response:
        """Responds at once and handles each webhook once, in the background."""
        body = await request.read()
        if not self.secret or not is_signature_valid(self.secret, request.headers, body, utc_now()):
            return web.Response(status=401)
        name = request.headers["webhook-id"]
        if name not in self._seen:
            self._seen.add(name)
            task = asyncio.create_task(self._write_note(name, json.loads(body)["data"]))
            self._notes.add(task)
            task.add_done_callback(self._notes.discard)
        return web.Response(status=204)

    async def _write_note(self, name: str, event: dict[str, Any]) -> None:
        if self.desk is not None:
            path = f"/tickets/{event['ticket']['number']}/messages"
            await self.desk.post(path, body=format_breach_note(name, event), kind="note")


def format_breach_note(name: str, event: dict[str, Any]) -> str:
    """Returns the text of the note about a breach."""
    promise = _TARGET_LABELS.get(event["target"], "Something")
    due = datetime.fromisoformat(event["at"])
    return (
        f"{promise} was due at {due:%H:%M:%S} UTC and was missed. "
        f"The person on call has been paged.\n\n"
        f"Reported by webhook {name}, signature verified."
    )


@asynccontextmanager
async def run_escalation_bot(state: SimulationState) -> AsyncIterator[None]:
    """Runs the bot during the block. It receives nothing unless local webhooks are allowed."""
    bot = EscalationBot()
    app = web.Application()
    app.router.add_post("/escalate", bot.receive_webhook)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await _register_bot(bot, state, f"http://127.0.0.1:{runner.addresses[0][1]}/escalate")
        yield
    finally:
        await runner.cleanup()


async def _register_bot(bot: EscalationBot, state: SimulationState, url: str) -> None:
    admin = state.caller_for(ADMIN)
    key = await admin.post("/api-keys", name=BOT_NAME, scopes=["tickets:write"])
    if key is not None:
        bot.desk = state.caller_with_token(key["key"])
    hook = await admin.post("/webhooks", url=url, events=[SlaBreached.type], description=BOT_NAME)
    if hook is not None:
        bot.secret = hook["secret"]
