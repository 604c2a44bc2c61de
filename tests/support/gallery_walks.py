"""The walks through the workstation whose screens a person reads."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from common.library_endpoints import CREATE_MACRO, CREATE_VIEW
from common.macros import CreateMacro, MacroVerbs
from common.people import Presence
from common.saved_views import CreateView
from common.tickets.replying import MessageKind
from common.tickets.ticket import Status
from tests.support.desk import PASSWORD
from tests.support.gallery_work_walks import (
    walk_bulk,
    walk_offline,
    walk_outbox,
    walk_ticket,
    walk_verbs,
)
from tests.support.picture import ORG, PictureDesk, serve_desk
from tests.support.picture_stories import ANA, BO, MIA
from tests.support.screen_gallery import Visit
from tui.network.client import Client

PAST_DAYS: Final = 3


@asynccontextmanager
async def open_desk(folder: Path) -> AsyncIterator[PictureDesk]:
    """A served desk in the middle of its day."""
    async with serve_desk(folder, PAST_DAYS) as desk:
        for who in (ANA, BO):
            await desk.set_presence(who, Presence.AVAILABLE)
        yield desk


async def walk_queue(visit: Visit) -> None:
    """The tabs, filter and search."""
    async with visit.sit_down(ANA) as seat:
        await seat.shoot("open", "LIVE", "Dark mode")
        for key, name in zip("1245", ("mine", "unassigned", "resolved", "all"), strict=True):
            await seat.press(key)
            await seat.pilot.pause(0.2)
            await seat.shoot(name)
        await seat.press("3", "slash")
        await seat.shoot("filter-begins")
        await seat.write("p:u")
        await seat.shoot("filter-completed")
        await seat.press("tab")
        await seat.write(" @")
        await seat.shoot("filter-names")
        await seat.press("escape", "slash")
        await seat.write("p:urgnt")
        await seat.press("enter")
        await seat.shoot("filter-refused")
        await seat.press("escape", "slash")
        await seat.write("zebra")
        await seat.shoot("filter-no-match")
        await seat.press("enter")
        await seat.shoot("filter-no-match-kept")
        await seat.press("escape", "slash")
        await seat.write("p:>=high")
        await seat.press("enter")
        await seat.shoot("filter-kept")
        await seat.press("escape", "slash")
        await seat.write("?")
        await seat.shoot("search-begins")
        await seat.write("invalid token")
        await seat.press("enter")
        await seat.shoot("search-results", "found for")


async def walk_pages(visit: Visit) -> None:
    """The columns, the palette, the help, and what else covers the list."""
    async with visit.sit_down(ANA) as seat:
        await seat.sees("LIVE", "Dark mode")
        await seat.press("vertical_line")
        await seat.shoot("columns")
        await seat.press("j", "j", "j", "j", "space")
        await seat.shoot("columns-toggled")
        await seat.press("escape", "colon")
        await seat.shoot("palette")
        await seat.write("st")
        await seat.shoot("palette-typed")
        await seat.press("tab")
        await seat.write(" res")
        await seat.shoot("palette-argument")
        await seat.press("escape", "colon")
        await seat.write("xyzzy")
        await seat.shoot("palette-no-match")
        await seat.press("escape", "question_mark")
        await seat.shoot("help")
        await seat.press("slash")
        await seat.write("snooze")
        await seat.shoot("help-searched")
        await seat.press("escape", "escape", "0")
        await seat.shoot("go")
        await seat.press("escape", "b")
        await seat.shoot("presence")
        await seat.press("escape", "exclamation_mark")
        await seat.shoot("notifications")
        await seat.press("exclamation_mark", "O")
        await seat.shoot("outbox-empty")
        await seat.press("escape")


async def walk_views(visit: Visit) -> None:
    """Saved views: the tabs, saving, changing, deleting."""
    async with visit.sit_down(MIA) as seat:
        await seat.sees("LIVE", "Dark mode")
        await seat.press("e")
        await seat.shoot("menu-no-view")
        await seat.press("escape", "slash")
        await seat.write("p:>=high")
        await seat.press("ctrl+s")
        await seat.shoot("save-name")
        await seat.write("High and urgent")
        await seat.shoot("save-name-typed")
        await seat.press("enter")
        await seat.shoot("save-owner", "for everybody")
        await seat.press("down", "enter")
        await seat.shoot("saved", "is saved")
        await seat.press("e")
        await seat.shoot("menu")
        await seat.write("delete")
        await seat.press("enter")
        await seat.shoot("delete-asked", "Delete")
        await seat.press("n")
        async with Client(visit.desk.address, ORG) as client:
            await client.sign_in(MIA, PASSWORD)
            await make_views(client)
        await seat.press("ctrl+r")
        await seat.sees("Everything is up to date")
        await seat.pilot.pause(0.5)
        await seat.shoot("many-views")
        await seat.press("left_square_bracket")
        await seat.press("8")
        await seat.shoot("many-views-eighth")
        await seat.press("0")
        await seat.shoot("go")


async def make_views(client: Client) -> None:
    for name, filter_, shared in (
        ("VIP customers", "status:unresolved tag:vip", True),
        ("Printers and other hardware", "status:unresolved printer", True),
        ("Breached", "status:unresolved sla:breached", False),
        ("Waiting for customer", "status:unresolved waiting:customer", False),
        ("Resolved this week", "resolved:this-week", False),
    ):
        await client.call(CREATE_VIEW, body=CreateView(name=name, filter=filter_, shared=shared))


async def walk_macros(visit: Visit) -> None:
    """Macros: the list, writing one, choosing one."""
    async with visit.sit_down(MIA) as seat:
        await seat.sees("LIVE", "Dark mode")
        await seat.press("ctrl+t")
        await seat.shoot("none")
        async with Client(visit.desk.address, ORG) as client:
            await client.sign_in(MIA, PASSWORD)
            await make_macros(client)
        await seat.shoot("list", "Refund", "Photo")
        await seat.press("enter")
        await seat.shoot("edit")
        await seat.press("escape", "n")
        await seat.shoot("new")
        await seat.write("Broken")
        await seat.press("escape")
        await seat.shoot("leave-asked")
        await seat.press("y")
        await seat.press("d")
        await seat.shoot("delete-asked")
        await seat.press("n", "escape")
        await seat.select("Refund for order 88231")
        await seat.press("r")
        await seat.sees("PUBLIC")
        await seat.press("ctrl+t")
        await seat.shoot("choose")
        await seat.write("rf")
        await seat.shoot("choose-typed")
        await seat.press("enter")
        await seat.shoot("inserted")


async def make_macros(client: Client) -> None:
    verbs = MacroVerbs(status=Status.RESOLVED, add_tags=("refund",))
    body = "Dear {{customer.first_name}},\n\nyour money is on its way: {{ticket.link}}"
    for macro in (
        CreateMacro(name="Refund is on its way", body=body, shared=True, verbs=verbs),
        CreateMacro(name="Photo", body="Please send us a photo.", shared=True),
        CreateMacro(name="For the workshop", body="Look at the fan.", kind=MessageKind.NOTE),
    ):
        await client.call(CREATE_MACRO, body=macro)


async def walk_figures(visit: Visit) -> None:
    """Reports, the rows behind a figure, the wallboard, held mails."""
    async with visit.sit_down(MIA) as seat:
        await seat.sees("LIVE", "Dark mode")
        await seat.press("f3")
        await seat.shoot("report", "Backlog", "by day")
        await seat.press("t")
        await seat.shoot("report-table")
        await seat.press("enter")
        await seat.pilot.pause(0.5)
        await seat.shoot("report-rows")
        await seat.press("q", "5")
        await seat.shoot("report-dates")
        await seat.press("escape", "q", "f5")
        await seat.pilot.pause(0.5)
        await seat.shoot("own-figures")
        await seat.press("w")
        await seat.shoot("wallboard", "Unassigned")
        await seat.press("q")
        await seat.pilot.pause(0.3)
        await seat.press("f6")
        await seat.pilot.pause(0.3)
        await seat.shoot("held-mails")


async def walk_sign_in(visit: Visit) -> None:
    """The sign-in, and what it refuses."""
    async with visit.sit_down("nobody@acme.example") as seat:
        await seat.pilot.pause(1)
        await seat.shoot("refused", "Password")


async def walk_themes(visit: Visit) -> None:
    """The queue, a ticket and a choice in each theme."""
    for theme in ("light", "high-contrast", "mono"):
        async with visit.sit_down(ANA, theme=theme) as seat:
            await seat.shoot(f"{theme}-queue", "LIVE", "Dark mode")
            await seat.press("enter", "r")
            await seat.shoot(f"{theme}-reply", "PUBLIC")
            await seat.press("escape", "escape", "colon")
            await seat.shoot(f"{theme}-palette")


WALKS: Final[dict[str, Callable[[Visit], Awaitable[None]]]] = {
    "queue": walk_queue,
    "pages": walk_pages,
    "verbs": walk_verbs,
    "views": walk_views,
    "bulk": walk_bulk,
    "outbox": walk_outbox,
    "ticket": walk_ticket,
    "macros": walk_macros,
    "figures": walk_figures,
    "offline": walk_offline,
    "sign-in": walk_sign_in,
    "themes": walk_themes,
}
