"""`deskwire --layout single`: a dialogue of plain lines, for screen readers."""

import asyncio
import codecs
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.desk import PASSWORD, Org
from tests.support.deskwire_command import acting_as
from tests.support.marks import on_sqlite
from tests.support.process import HOUSE
from tests.support.rest import Caller
from tests.support.waiting import PATIENCE, eventually

pytestmark = on_sqlite
DRAWN = re.compile(r"[\u2500-\u259f\x1b]")
"""Box drawing, blocks, and whatever steers a terminal."""


class Dialogue:
    """A line desk, and all that it has said."""

    def __init__(self, process: "asyncio.subprocess.Process") -> None:
        self.process = process
        self.said = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())

    async def hears(self, part: str) -> None:
        """Waits until something is said."""
        assert self.process.stdout is not None
        while part not in self.said:
            try:
                async with asyncio.timeout(PATIENCE):
                    piece = await self.process.stdout.read(4096)
            except TimeoutError:
                piece = b""
            assert piece, self.said
            self.said += self._decoder.decode(piece)


@asynccontextmanager
async def at_line_desk(caller: Caller, **env: str) -> AsyncIterator[Dialogue]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tui", "--layout", "single",
        cwd=HOUSE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, **acting_as(caller), "PYTHONUNBUFFERED": "1", **env},
    )  # fmt: skip
    dialogue = Dialogue(process)
    try:
        yield dialogue
        dialogue.type("quit")
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 0
        assert not DRAWN.search(dialogue.said)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_ticket_is_worked_without_a_screen(org: Org) -> None:
    customer = await org.customer("Dora")
    first, second = await customer.file("It broke"), await customer.file("It burns")
    ana = await org.agent("Ana")
    async with at_line_desk(ana) as desk:
        await desk.hears("signed in as Ana")
        desk.type("list")
        await desk.hears(f"#{first['number']} It broke, normal priority, open, from Dora")
        await desk.hears(f"#{second['number']} It burns")
        desk.type("next")
        await desk.hears("Please help.")
        desk.type("claim")
        await desk.hears("It broke: in progress, normal, Ana")
        desk.type('reply It\'s on its way; "soon".')
        await desk.hears("Reply ")
        desk.type(f"note {second['number']} Another one.")
        await desk.hears("Note ")
        desk.type("claim")
        await desk.hears("It burns: in progress")
        for wrong, answer in (
            ("sell 3", "no command sell"), ('show "', "Not understood"), ("claim 9", "not exist"),
            ("set --priority most", "most"), ("reply", "as reply TEXT"),
            (f"note {second['number']}", "as note TEXT"),
        ):  # fmt: skip
            desk.type(wrong)
            await desk.hears(answer)
        desk.type("resolve")
        await desk.hears("It burns: resolved")
    messages = await org.admin.everything(f"/tickets/{first['number']}/messages")
    assert [it["body"] for it in messages] == ['It\'s on its way; "soon".']


async def test_tabs_are_lines_and_each_is_listed_by_its_number_or_name(org: Org) -> None:
    customer, ana = await org.customer("Dora"), await org.agent("Ana")
    broken, burning = await customer.file("It broke"), await customer.file("It burns")
    await ana.claim(broken["number"])
    await ana.edit(burning["number"], priority="urgent")
    await org.admin.post("/views", {"name": "Hot things", "filter": "p:urgent", "shared": True})
    await ana.post("/views", {"name": "Cold", "filter": "status:resolved"})
    async with at_line_desk(ana) as desk:
        desk.type("tabs")
        await desk.hears("1 mine: 1 ticket\n2 unassigned: 1 ticket\n3 open: 2 tickets\n")
        await desk.hears("6 Hot things, everybody's: 1 ticket\n7 Cold, your own: 0 tickets\n")
        desk.type("tab 1")
        await desk.hears("#1 It broke, normal priority, in progress")
        assert "It burns" not in desk.said
        desk.type("tab hot")
        await desk.hears("#2 It burns, urgent priority")
        desk.type("next")
        await desk.hears("Please help.")
        desk.type("tab cold")
        await desk.hears("No tickets.")
        desk.type("tab sales")
        await desk.hears("No tab is called sales: tabs lists them.")


async def test_what_happens_is_announced_in_plain_lines(org: Org) -> None:
    customer, ana = await org.customer("Dora"), await org.agent("Ana")
    ticket = await customer.file("It broke")
    await ana.claim(ticket["number"])
    async with at_line_desk(ana) as desk:
        await desk.hears("> ")
        await asyncio.gather(desk.hears("New normal ticket"), _file_until(desk, customer))
        await customer.write(ticket["number"], "Any news?\nDora")
        await desk.hears(f"Dora wrote on #{ticket['number']} It broke: Any news?\n")
        await org.admin.edit(ticket["number"], priority="urgent")
        await desk.hears(f"#{ticket['number']} It broke: ")
        assert (await ana.get("/me")).json["presence"] == "available"


async def _file_until(desk: Dialogue, customer: Caller) -> None:
    """Files tickets until one is announced: the stream opens some time after the prompt."""

    async def is_announced() -> bool:
        await customer.file("It stinks")
        return "New normal ticket" in desk.said

    await eventually(is_announced, every=0.1)


async def test_a_password_signs_in_and_the_end_signs_out(org: Org) -> None:
    ana = await org.agent("Ana")
    async with at_line_desk(
        ana, DESKWIRE_TOKEN="", DESKWIRE_EMAIL=ana.email, DESKWIRE_PASSWORD=PASSWORD
    ) as desk:
        await desk.hears("signed in as Ana")
