"""Drafts and macros of an agent with several terminals: each has what was written on the other."""

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from common.tickets.replying import MessageKind
from tests.support.waiting import eventually

REPLY = MessageKind.REPLY


@pytest.fixture
def sit_at(
    sit: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """An agent at a machine: each has a disk of its own."""
    monkeypatch.setattr("tui.network.draft_syncer._REST_SECONDS", 0.05)

    @contextlib.asynccontextmanager
    async def sitting(desk: Any, machine: str, **options: Any) -> AsyncIterator[Any]:
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / machine))
        async with sit(desk, **options) as seat:
            yield seat

    return sitting


async def saved(desk: Any, who: str = "ana") -> list[tuple[str, str]]:
    found = await desk.call(who, "GET", "/drafts")
    return [(it["body"], it["set_aside"]) for it in found["items"]]


async def until_saved(desk: Any, *expected: tuple[str, str]) -> None:
    async def is_saved() -> bool:
        return await saved(desk) == list(expected)

    await eventually(is_saved)


async def test_a_draft_is_on_the_other_machine_and_goes_everywhere_when_it_is_sent(
    desk: Any, sit_at: Any
) -> None:
    number = await desk.file("Cannot log in")
    async with sit_at(desk, "office") as office, sit_at(desk, "home") as home:
        await office.sees("Cannot log in")
        await home.sees("Cannot log in")
        await office.press("r")
        await office.sees("PUBLIC", "It does not work.")
        await office.write("Dear Dora")
        await until_saved(desk, ("Dear Dora", ""))
        # It is there by itself: in the list, and in the editor.
        await home.sees("1 draft", f"#{number}")
        assert "✎" in home.line(f"#{number}")
        await home.press("r")
        await home.sees("Dear Dora", "earlier draft", "It does not work.")
        await office.write(", try")
        await home.sees("Dear Dora, try", "from your other terminal")
        await home.press("ctrl+s")
        await home.sees("is sent")
        await office.sees("sent or discarded on your other terminal")
        await office.sees_no("PUBLIC-", "1 draft")
        await until_saved(desk)
    assert [one["body"] for one in await desk.messages(number)] == ["Dear Dora, try"]
    assert await saved(desk, "bo") == []


async def test_a_machine_that_starts_later_has_the_draft_and_names_files_that_stayed(
    desk: Any, sit_at: Any, tmp_path: Path
) -> None:
    number = await desk.file("Cannot log in")
    report = tmp_path / "report.txt"
    report.write_text("figures")
    async with sit_at(desk, "office") as office:
        await office.sees("Cannot log in")
        await office.press("R")
        await office.sees("NOTE", "It does not work.")
        await office.write("half a")
        office.app.ticket.draft_session.toggle_file(str(report))
        await office.sees("1 file: report.txt")
        # Leaving at once: what was typed last is on the server all the same.
        await office.press("ctrl+q")
        await office.until(lambda: not office.app.is_running, "the end")
    async with sit_at(desk, "home") as home:
        await home.sees("1 draft")
        await home.press("R")
        await home.sees("half a", "not sent from here, on your other machine: report.txt")
        await home.press("ctrl+l", "escape")
        await home.sees_no("1 draft")
        await until_saved(desk)
    async with sit_at(desk, "office") as office:
        await office.sees("LIVE", f"#{number}")
        await office.sees_no("1 draft")


async def test_two_texts_written_apart_are_both_there_and_f8_shows_the_other(
    desk: Any, sit_at: Any
) -> None:
    await desk.file("Cannot log in")
    async with sit_at(desk, "office") as office, sit_at(desk, "home") as home:
        await office.sees("Cannot log in")
        await home.sees("Cannot log in")
        # As if its line were cut: what it writes stays there.
        home.app.services.session.draft_syncer.set_live(is_live=False)
        await office.press("r")
        await office.sees("PUBLIC")
        await office.write("from the office")
        await until_saved(desk, ("from the office", ""))
        await home.press("r")
        await home.sees("PUBLIC")
        await home.write("from home")
        await home.sees("draft saved")
        home.app.services.session.draft_syncer.set_live(is_live=True)
        await home.sees("from home", "f8 your other version")
        await until_saved(desk, ("from home", "from the office"))
        await office.sees("from home", "f8 your other version")
        await office.press("f8")
        await office.sees("from the office")
        await office.sees_no("from home")
        await home.sees("from the office")
        # The one is sent; the other is the draft then.
        await office.press("ctrl+s")
        await office.sees("is sent", "1 draft")
        await until_saved(desk, ("from home", ""))
        await home.sees("from home")
        await home.press("f8")
        await home.sees("There is no other version of this text.")


async def test_a_draft_follows_its_ticket_into_a_merge_on_the_machine_too(
    desk: Any, sit_at: Any
) -> None:
    first, second = await desk.file("Cannot log in"), await desk.file("Again")
    async with sit_at(desk, "office") as office:
        await office.sees("Cannot log in", "Again")
        drafts = office.app.context.drafts
        drafts.save(first, REPLY, "to the first")
        await until_saved(desk, ("to the first", ""))
        drafts.save(second, REPLY, "to the second")
        await until_saved(desk, ("to the first", ""), ("to the second", ""))
        await desk.call("bo", "POST", f"/tickets/{first}/merge", {"into": second})
        await office.until(lambda: not drafts.has_draft(first), "the move")
        await until_saved(desk, ("to the second", "to the first"))
        held = drafts.get(second, REPLY)
        assert (held.text, held.set_aside) == ("to the second", "to the first")


async def test_an_own_macro_is_at_the_other_terminal_without_a_restart(
    desk: Any, sit_at: Any
) -> None:
    await desk.file("Cannot log in")
    async with sit_at(desk, "office") as office, sit_at(desk, "home") as home:
        await office.sees("Cannot log in")
        await home.sees("Cannot log in")
        made = await desk.call("ana", "POST", "/macros", {"name": "Mine", "body": "Hello there"})
        for seat in (office, home):
            macros = seat.app.context.macros
            await seat.until(lambda macros=macros: made["id"] in macros.macros, "the macro")
        await desk.call("ana", "DELETE", f"/macros/{made['id']}")
        await home.until(lambda: not home.app.context.macros.macros, "its end")
