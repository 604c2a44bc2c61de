"""The picture of the workstation in the README: the real program on a real desk.

`python -m tests.support.picture` draws it anew, into `docs/screen.svg`.
"""

import asyncio
import json
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import aiohttp
from textual.pilot import Pilot

from server.clock import utc_now
from tests.support.pages import DOCS
from tests.support.process import ServerProcess, deskwire_server, serving
from tests.support.rest import Caller
from tui.shell.app import Deskwire

ORG: Final = 4821
PASSWORD: Final = "correct horse battery"
SIZE: Final = (120, 26)
ANA, BO, MIA = "ana@acme.example", "bo@acme.example", "mia@acme.example"
PEOPLE: Final = {ANA: "Ana Sousa", BO: "Bo Lindqvist", MIA: "Mia Okafor"}
PATIENCE: Final = 500

TICKETS: Final[tuple[tuple[str, str, str, str, int], ...]] = (
    # subject, customer, priority, whose, minutes ago
    ("VPN drops every 10 minutes", "dora@example.com", "urgent", "", 64),
    ("Checkout says 502 since this morning", "juan@shop.example", "urgent", BO, 41),
    ("Cannot log in after password reset", "dora@example.com", "high", ANA, 190),
    ("Invoice 4711 shows the wrong VAT", "yuki@studio.example", "high", "", 1530),
    ("Refund for order 88231", "sam@example.com", "high", MIA, 2900),
    ("SSO loop on Safari", "li.wei@lab.example", "normal", BO, 4400),
    ("Export as CSV has no header", "noor@example.com", "normal", "", 3100),
    ("Add a colleague to our account", "ines@studio.example", "normal", ANA, 1600),
    ("Printer on floor 3 smokes", "tom@acme.example", "normal", "", 95),
    ("Which plan has the audit log?", "ada@lab.example", "normal", "", 22),
    ("Please change our billing address", "sam@example.com", "low", "", 5900),
    ("Dark mode for the portal", "kim@example.com", "low", "", 11_000),
)
STORIES: Final = {
    TICKETS[2][0]: "I reset the password twice and still get “invalid token”.",
}
TALK: Final = (
    (180, "reply", ANA, "Hello Dora, which browser is it, and did the mail come from us?"),
    (
        168,
        "reply",
        "dora@example.com",
        "Firefox. The mail came from you, and the link in it worked.",
    ),
    (150, "note", ANA, "Token clock skew again? Asked the platform team."),
    (12, "reply", "dora@example.com", "It works on my phone, if that helps."),
)


def lines(now: datetime) -> Iterator[str]:
    """The desk of the picture, as an import takes it."""

    def ago(minutes: int) -> str:
        return (now - timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")

    for email, name in PEOPLE.items():
        yield json.dumps({"user": {"email": email, "name": name}})
    for email in sorted({customer for _, customer, *_ in TICKETS}):
        name = email.partition("@")[0].replace(".", " ").title()
        yield json.dumps({"user": {"email": email, "name": name, "role": "customer"}})
    for subject, customer, priority, owner, age in TICKETS:
        ticket = {"subject": subject, "customer_email": customer, "priority": priority}
        words = {"description": STORIES.get(subject, "Can you help?"), "created_at": ago(age)}
        history: list[dict[str, Any]] = []
        if owner:
            taken = {"at": ago(age - 5), "actor": owner}
            history = [
                {**taken, "type": "assign", "to": owner},
                {**taken, "type": "status", "status": "in_progress"},
            ]
        if "password reset" in subject:
            history += [
                {"at": ago(at), "type": kind, "actor": actor, "body": body}
                for at, kind, actor, body in TALK
            ]
        yield json.dumps({"ticket": ticket | words, "history": history})


async def drawn(folder: Path) -> str:
    """The workstation's screen as SVG, once everything is on it."""
    database = f"sqlite:///{folder}/desk.db"
    founding = ["org", "create", "--org-id", str(ORG), "--name", "Acme"]
    founding += ["--admin-email", "admin@acme.example", "--database", database]
    deskwire_server(*founding, env={"DESKWIRE_ADMIN_PASSWORD": PASSWORD}).check_returncode()
    (folder / "desk.jsonl").write_text("\n".join(lines(utc_now())))
    taking = ["import", "--org-id", str(ORG), str(folder / "desk.jsonl"), "--database", database]
    deskwire_server(*taking).check_returncode()
    at_home = patch.dict(os.environ, XDG_STATE_HOME=str(folder))
    with at_home, serving(database, folder / "server.log") as server:
        return plain(await _photograph(server))


async def _photograph(server: ServerProcess) -> str:
    async with aiohttp.ClientSession() as web:
        boss = await _admin(web, server)
        await _give_passwords(boss)
        values = {"server": server.http, "org": str(ORG), "email": ANA, "password": PASSWORD}
        app = Deskwire(values)
        async with app.run_test(size=SIZE) as pilot:
            await _until(app, pilot, "LIVE", "Dark mode")
            # A customer writes while one looks: that is what ● is for.
            number = await _number(boss, "Printer on floor 3")
            note = {"body": "The smoke alarm has been reset.", "kind": "note"}
            (await boss.post(f"/tickets/{number}/messages", note)).expect(201)
            await pilot.press("j", "j", "j", "j")
            await _until(app, pilot, "if that helps", "●")
            return app.export_screenshot(title="deskwire")


async def _admin(web: aiohttp.ClientSession, server: ServerProcess) -> Caller:
    stranger = Caller(web, server.http, ORG)
    body = {"email": "admin@acme.example", "password": PASSWORD}
    return stranger.having(token=(await stranger.post("/sessions", body)).expect(201)["token"])


async def _give_passwords(admin: Caller) -> None:
    for person in await admin.everything("/users", role="agent"):
        (await admin.patch(f"/users/{person['id']}", {"password": PASSWORD})).expect(200)


async def _number(admin: Caller, words: str) -> int:
    (found,) = await admin.everything("/tickets", q=words)
    return int(found["number"])


async def _until(app: Deskwire, pilot: Pilot[None], *parts: str) -> None:
    for _ in range(PATIENCE):
        strips = app.screen._compositor.render_strips()
        text = "\n".join(strip.text for strip in strips)
        if all(part in text for part in parts):
            return
        await pilot.pause(0.02)
    raise TimeoutError(f"{parts} did not come:\n{text}")


def plain(svg: str) -> str:
    """Without the fonts that it would fetch from elsewhere: any monospaced one will do."""
    return re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="deskwire-picture-") as folder:
        (DOCS / "screen.svg").write_text(asyncio.run(drawn(Path(folder))))


if __name__ == "__main__":
    main()
