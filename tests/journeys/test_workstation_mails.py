"""Mail at the workstation: who is proved, what was taken off, and what waits for a supervisor."""

import asyncio
import json
import urllib.request
from collections.abc import Callable
from typing import Any

Sit = Callable[..., Any]
_HISTORY = (
    "On Mon, 2 Mar 2026 at 10:00, Acme <help@acme.test> wrote:\n> Which VPN?\n> The blue one?"
)


async def take_mail(desk: Any, text: str, sender: str = "dora@example.com", **headers: str) -> Any:
    """A mail to the organization's inbox; answers what became of it."""
    inbox = f"help-{desk.org}@acme.test"
    await desk.call("admin", "GET", "/me")
    lines = {
        "From": f"Dora <{sender}>" if sender else "",
        "To": inbox,
        "Subject": "VPN drops",
        "Message-ID": f"<{abs(hash(text))}@mail.example>",
        "Content-Type": "text/plain; charset=utf-8",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    raw = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{desk.base}/v1/orgs/{desk.org}/mails?recipient={inbox}",
        method="POST",
        data=f"{raw}\r\n{text}".encode(),
        headers={
            "Content-Type": "message/rfc822",
            "Authorization": f"Bearer {desk._tokens['admin']}",
        },
    )

    def send() -> Any:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.loads(answer.read())

    return await asyncio.to_thread(send)


async def open_inbox(desk: Any) -> None:
    await desk.call("admin", "POST", "/inboxes", {"address": f"help-{desk.org}@acme.test"})


async def test_a_reply_by_mail_is_marked_and_its_history_read_on_demand(
    desk: Any, sit: Sit
) -> None:
    await open_inbox(desk)
    number = (await take_mail(desk, "It drops every hour.\n"))["number"]
    subject = f"Re: [#{number}] VPN drops"
    await take_mail(desk, f"The blue one.\n\n{_HISTORY}\n", Subject=subject)
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("enter")
        await seat.sees("The blue one.", "! by mail, UNVERIFIED sender")
        assert "Which VPN?" not in seat.text
        await seat.press("h")
        await seat.sees("What was taken off which mail", "▸ Dora")
        await seat.press("enter")
        await seat.sees("Taken off a mail to", "> Which VPN?")
        await seat.press("q")
        await seat.sees("The blue one.")
        await seat.press("h")
        await seat.sees("opened the ticket")
        await seat.press("down", "enter")
        await seat.sees("Nothing was taken off this mail.")


async def test_what_did_not_come_by_mail_has_no_history(desk: Any, sit: Sit) -> None:
    number = await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("enter")
        await seat.sees("It does not work.")
        await seat.press("h")
        await seat.sees(f"#{number} did not begin with a mail")


async def test_a_supervisor_accepts_one_held_mail_and_discards_another(desk: Any, sit: Sit) -> None:
    await open_inbox(desk)
    await desk.hire("Mia Chen", "supervisor")
    auto = {"Auto_Submitted": "auto-generated"}
    held = await take_mail(desk, "The disk is full.\n", Subject="Disk full", **auto)
    assert held["result"] == "held"
    await take_mail(desk, "Buy now.\n", Subject="Offers", Precedence="bulk")
    async with sit(desk) as seat:
        await seat.press("f6")
        await seat.sees("Held mails are for supervisors.")
    async with sit(desk, "mia", size=(80, 20)) as seat:
        await seat.press("@")
        await seat.sees("Held mails · 2 waiting", "by a program", "Disk full", "to many people")
        await seat.press("h")
        await seat.sees("Auto-Submitted: auto-generated", "The disk is full.")
        await seat.press("q")
        await seat.sees("2 waiting")
        await seat.press("o")
        await seat.sees("It is about no ticket.")
        await seat.press("down", "d")
        await seat.sees("Discard “Offers” for good?")
        await seat.press("y")
        await seat.sees("“Offers” is discarded", "1 waiting")
        await seat.press("enter")
        await seat.sees("Accept “Disk full” as a ticket (by a program)?")
        await seat.press("y")
        await seat.sees("“Disk full” is in #1", "0 waiting", "No mail waits.")
        await seat.press("q")
        await seat.sees("[3 Open 1]", "Disk full")
