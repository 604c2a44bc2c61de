"""The walks through the work on tickets whose screens a person reads."""

from typing import Final

from common.tickets.assigning import AssignTicket
from common.tickets.editing import EditTicket
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Status
from tests.support.paused_bulk import pause_bulk
from tests.support.picture_stories import ANA, BO, MIA
from tests.support.screen_gallery import Visit

_LONG: Final = 600.0
"""Seconds for which what can be taken back is held."""
_SHORT: Final = 10.0
"""Seconds in which others are faster."""


async def walk_verbs(visit: Visit) -> None:
    """The questions that the verbs ask, and what they say."""
    async with visit.sit_down(ANA, hold=_LONG) as seat:
        await seat.sees("LIVE", "Dark mode")
        await seat.select("Cannot log in after password reset")
        for key, name in (
            ("a", "assign"),
            ("p", "priority"),
            ("s", "status"),
            ("C", "category"),
            ("t", "tags"),
            ("d", "snooze"),
            ("W", "waiting"),
            ("m", "merge"),
            ("o", "others"),
            ("T", "split"),
            ("w", "people"),
            ("L", "link"),
        ):
            await seat.press(key)
            await seat.pilot.pause(0.3)
            await seat.shoot(name)
            await seat.press("escape", "escape")
        await seat.press("t")
        await seat.write("new tag")
        await seat.shoot("tags-typed")
        await seat.press("escape", "d")
        await seat.write("tomorrow 9")
        await seat.shoot("snooze-understood")
        await seat.press("escape", "d")
        await seat.write("whenever")
        await seat.shoot("snooze-not-understood")
        await seat.press("escape", "x")
        await seat.shoot("resolve-asked")
        await seat.press("y")
        await seat.shoot("resolve-held", "z undo")
        await seat.press("O")
        await seat.shoot("outbox")
        await seat.press("escape", "z")
        await seat.shoot("taken-back", "Taken back")
        await seat.press("X")
        await seat.shoot("refused")
        await seat.press("i")
        await seat.pilot.pause(0.3)
        await seat.shoot("followed")


async def walk_bulk(visit: Visit) -> None:
    """Many tickets at once."""
    async with visit.sit_down(ANA, hold=_LONG) as seat:
        await seat.sees("LIVE", "Dark mode")
        await seat.press("space", "space", "space")
        await seat.shoot("marked")
        await seat.press("p")
        await seat.shoot("priority")
        await seat.press("down", "enter")
        await seat.shoot("asked", "tickets?")
        await seat.press("y")
        await seat.shoot("done", "Z undoes it")
        await seat.press("m")
        await seat.shoot("one-only")
        await seat.press("escape", "V", "c")
        await seat.press("y")
        await seat.shoot("partly-refused", "refused")
        await seat.press("q")
        await seat.shoot("refused-stay-marked")
        await seat.press("escape", "g", "space", "space", "x", "y")
        await seat.shoot("held", "undo")
        await seat.press("z")
        await seat.shoot("held-taken-back")
    async with visit.sit_down(ANA) as seat:
        await seat.sees("LIVE", "Dark mode")
        with pause_bulk(after=3) as going_on:
            await seat.press("V", "p", "down", "enter", "y")
            await seat.shoot("progress", "6 of 13 …")
            await seat.press("j", "slash")
            await seat.write("vpn")
            await seat.shoot("progress-while-filtering")
            going_on.set()
            await seat.sees("Z undoes it")


async def walk_outbox(visit: Visit) -> None:
    """Commands and a text that are refused, since others were faster."""
    async with visit.sit_down(ANA, hold=_SHORT) as seat:
        await seat.sees("LIVE", "Dark mode")
        await seat.select("Cannot log in after password reset")
        given = seat.app.queue.target_ticket
        await seat.press("c")
        await seat.select("Add a colleague to our account")
        closed = seat.app.queue.target_ticket
        await seat.press("r")
        await seat.sees("PUBLIC")
        await seat.write("Which colleague is it?")
        await seat.press("ctrl+s")
        await seat.sees("to send")
        assert given is not None
        assert closed is not None
        bo = visit.desk.people[BO].id or 0
        await visit.desk.execute(given.number, MIA, AssignTicket(user_id=bo))
        spam = EditTicket(status=Status.CLOSED, reason="spam")
        await visit.desk.execute(closed.number, MIA, spam)
        await seat.shoot("refused", "not done", "not sent")
        await seat.press("escape")
        await seat.shoot("queue", "not done")
        await seat.press("O")
        await seat.shoot("listed", "NOT DONE")
        await seat.press("enter")
        await seat.shoot("opened")


async def walk_ticket(visit: Visit) -> None:
    """A ticket, and writing to it."""
    desk = visit.desk
    async with visit.sit_down(ANA, hold=_LONG) as seat:
        await seat.sees("LIVE", "Dark mode")
        await seat.select("Cannot log in after password reset")
        await seat.press("enter")
        await seat.shoot("conversation", "Token clock skew")
        await seat.press("r")
        await seat.shoot("reply-empty", "PUBLIC")
        await seat.write("Hello Dora, the tokn should work now. @bo")
        await seat.pilot.pause(0.3)
        await seat.shoot("reply-mention")
        await seat.write(" ")
        number = seat.app.ticket.target_ticket.number if seat.app.ticket.target_ticket else 0
        await desk.execute(number, MIA, AddMessage("I have asked them, too.", MessageKind.NOTE))
        await seat.sees("I have asked them")
        await desk.execute(number, "dora@shop.example", AddMessage("Now it fails on my phone."))
        await seat.shoot("reply-collision")
        await seat.press("ctrl+s")
        await seat.pilot.pause(0.5)
        await seat.shoot("reply-not-sent")
        await seat.press("tab")
        await seat.shoot("reply-reading")
        await seat.press("tab", "ctrl+s")
        await seat.shoot("reply-held", "undo")
        await seat.press("z")
        await seat.shoot("reply-taken-back", "Taken back")
        await seat.press("escape", "R")
        await seat.shoot("note", "NOTE")
        await seat.write("Ask the platform team.")
        await seat.press("escape", "escape")
        await seat.shoot("queue-with-drafts")
        await seat.press("q")
        await seat.shoot("leave-asked")
        await seat.press("n")
        await seat.select("SSO loop on Safari")
        await seat.press("enter", "R")
        await seat.press("ctrl+t")
        await seat.shoot("macro-none")


async def walk_offline(visit: Visit) -> None:
    """The sign-in, and a server that is away."""
    async with visit.sit_down(ANA) as seat:
        await seat.sees("LIVE", "Dark mode")
        await visit.desk.stop()
        await seat.shoot("offline", "OFFLINE")
        await seat.select("VPN drops every 10 minutes")
        await seat.press("c")
        await seat.shoot("claimed", "to send")
        await seat.press("r")
        await seat.write("We look at it.")
        await seat.press("ctrl+s")
        await seat.shoot("replied", "to send")
        await seat.press("O")
        await seat.shoot("outbox")
        await seat.press("escape", "e")
        await seat.shoot("views-refused")
        await seat.press("escape", "f5")
        await seat.pilot.pause(0.5)
        await seat.shoot("own-figures")
        await seat.press("q", "4")
        await seat.pilot.pause(0.5)
        await seat.shoot("resolved")
