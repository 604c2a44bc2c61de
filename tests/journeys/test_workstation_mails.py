"""Mail at the workstation: who is proved, what was taken off, and what waits for a supervisor."""

from collections.abc import Callable
from typing import Any

from common.people import Role
from server.desk.mail import delivery_failures
from server.desk.mail.delivery_failures import FailedMail

Sit = Callable[..., Any]
_HISTORY = (
    "On Mon, 2 Mar 2026 at 10:00, Acme <help@acme.test> wrote:\n> Which VPN?\n> The blue one?"
)


def inbox_of(desk: Any) -> str:
    return f"help-{desk.org.id}@acme.test"


async def take_mail(desk: Any, text: str, **headers: str) -> Any:
    """A mail to the organization's inbox; answers what became of it."""
    lines = {
        "From": "Dora <dora@example.com>",
        "To": inbox_of(desk),
        "Subject": "VPN drops",
        "Message-ID": f"<{abs(hash(text))}@mail.example>",
        "Content-Type": "text/plain; charset=utf-8",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    raw = "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + f"\r\n{text}"
    reply = await desk.org.admin.ask(
        "POST",
        f"/mails?recipient={inbox_of(desk)}",
        data=raw.encode(),
        headers={"Content-Type": "message/rfc822"},
    )
    return reply.expect(200)


async def open_inbox(desk: Any) -> None:
    await desk.call("admin", "POST", "/inboxes", {"address": inbox_of(desk)})


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
        await seat.press("H")
        await seat.sees("Which mail of", "▸ Dora")
        await seat.press("enter")
        await seat.sees("as it came", f"Subject: {subject}", "The blue one.", "> Which VPN?")


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
    await desk.hire("Mia Chen", Role.SUPERVISOR)
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


async def test_a_reply_that_did_not_arrive_is_marked_and_a_supervisor_starts_mail_again(
    desk: Any, sit: Sit
) -> None:
    await desk.hire("Mia Chen", Role.SUPERVISOR)
    number = await desk.file("VPN drops")
    said = await desk.say("ana", number, "Which VPN?")
    dora = (await desk.ticket(number))["customer"]
    refusal = "550 5.1.1 no such user"
    failed = FailedMail(person_id=dora["id"], number=number, seq=said["seq"], error=refusal)
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await desk.org.write(lambda work: delivery_failures.record_undelivered(work, failed))
        await seat.sees(f"#{number} reply not delivered: VPN drops", "⊘Ana")
        await seat.press("enter")
        await seat.sees(f"⊘ not delivered: {refusal}", f"not delivered to dora: {refusal}")
        await seat.press("w")
        await seat.sees("send mail to them again")
        await seat.write("mail to them")
        await seat.press("enter")
        await seat.sees("Only a supervisor has mail sent to them again.")
    async with sit(desk, "mia") as seat:
        await seat.sees("VPN drops")
        await seat.press("w")
        await seat.sees("send mail to them again", "⊘ 550")
        await seat.write("mail to them")
        await seat.press("enter")
        await seat.sees("Mail is sent to dora again")
    assert "undeliverable" not in await desk.call("admin", "GET", f"/users/{dora['id']}")
