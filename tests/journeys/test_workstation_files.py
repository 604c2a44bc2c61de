"""Files at the workstation: read below their message, saved, opened, and sent with a reply."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

Sit = Callable[..., Any]
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a folder for downloads."""
    folder = tmp_path / "home"
    (folder / "Downloads").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_DOWNLOAD_DIR", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return folder


async def attach(desk: Any, number: int, *files: tuple[str, bytes], body: str = "See.") -> Any:
    """A message of the admin's with files."""
    form = aiohttp.FormData({"body": body}, quote_fields=False)
    for name, raw in files:
        form.add_field("file", raw, filename=name)
    path = f"/tickets/{number}/attachments"
    (await desk.org.admin.ask("POST", path, data=form)).expect(201)


async def test_a_file_is_saved_among_the_downloads_under_a_name_that_is_free(
    desk: Any, sit: Sit, home: Path
) -> None:
    number = await desk.file("Invoice is wrong")
    await attach(desk, number, ("../../in\u202evoice.pdf", PDF))
    (home / "Downloads" / "invoice.pdf").write_bytes(b"mine")
    async with sit(desk) as seat:
        await seat.sees("Invoice is wrong")
        await seat.press("enter")
        await seat.sees("+ invoice.pdf · application/pdf · ")
        await seat.press("f")
        await seat.sees("Save invoice.pdf (23 B) as", "~/Downloads/invoice.pdf")
        await seat.press("enter")
        await seat.sees("Saved as invoice-2.pdf in ~/Downloads")
    assert (home / "Downloads" / "invoice.pdf").read_bytes() == b"mine"
    saved = home / "Downloads" / "invoice-2.pdf"
    assert saved.read_bytes() == PDF
    assert saved.stat().st_mode & 0o777 == 0o600


async def test_of_several_files_one_is_chosen_and_a_bad_path_is_refused(
    desk: Any, sit: Sit, home: Path
) -> None:
    number = await desk.file("Invoice is wrong")
    await attach(desk, number, ("one.pdf", PDF), ("two.pdf", PDF + b"2"))
    (home / "Work" / "Dora").mkdir(parents=True)
    async with sit(desk) as seat:
        await seat.sees("Invoice is wrong")
        await seat.press("enter")
        await seat.sees("+ two.pdf")
        await seat.press("f")
        await seat.sees(f"Save which file of #{number}?", "▸ one.pdf")
        await seat.write("two")
        await seat.press("enter")
        await seat.sees("Save two.pdf")
        await seat.press("ctrl+u")
        await seat.write("~/nowhere/x")
        await seat.press("enter")
        await seat.sees("! There is no folder ~/nowhere.")
        await seat.press("ctrl+u")
        await seat.write("~/W")
        await seat.sees("▸ ~/Work/")
        await seat.press("tab")
        await seat.sees("▸ ~/Work/Dora/")
        await seat.press("tab", "enter")
        await seat.sees("Saved as two.pdf in ~/Work/Dora")
    assert (home / "Work" / "Dora" / "two.pdf").read_bytes() == PDF + b"2"


async def test_a_ticket_without_files_says_so(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("enter")
        await seat.sees("It does not work.")
        await seat.press("f")
        await seat.sees(f"#{number} has no files.")


async def test_a_file_is_opened_by_the_desktop_after_a_yes(
    desk: Any, sit: Sit, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await desk.file("Invoice is wrong")
    await attach(desk, number, ("one.pdf", PDF))
    tools = home / "bin"
    tools.mkdir()
    opener = tools / "xdg-open"
    opener.write_text(f'#!/bin/sh\ncp "$1" {home}/seen.pdf\n')
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    async with sit(desk) as seat:
        await seat.sees("Invoice is wrong")
        await seat.press("enter")
        await seat.sees("+ one.pdf")
        await seat.press("F")
        await seat.sees("Open one.pdf (application/pdf)?")
        await seat.press("y")
        await seat.sees("There is no desktop here to open files on: f saves them.")
        monkeypatch.setenv("DISPLAY", ":0")
        await seat.press("down", "F")
        await seat.sees("Open one.pdf (application/pdf)?")
        await seat.press("y")
        await seat.sees("one.pdf is open on your desktop.")
    assert (home / "seen.pdf").read_bytes() == PDF


async def test_a_reply_is_sent_with_files_or_with_files_alone(
    desk: Any, sit: Sit, home: Path
) -> None:
    number = await desk.file("Invoice is wrong")
    (home / "right.pdf").write_bytes(PDF)
    (home / "terms.txt").write_text("Terms")
    async with sit(desk, size=(60, 16)) as seat:
        await seat.sees("Invoice is wrong")
        await seat.press("r")
        await seat.sees("PUBLIC")
        await seat.write("Here.")
        await seat.press("ctrl+o")
        await seat.sees("Attach which file")
        await seat.write("ri")
        await seat.press("tab", "enter")
        await seat.sees("+ 1 file: right.pdf")
        await seat.press("ctrl+o")
        await seat.write("te")
        await seat.press("tab", "enter")
        await seat.sees("+ 2 files: right.pdf, terms.txt")
        await seat.press("ctrl+o")
        await seat.write("te")
        await seat.press("tab", "enter")
        await seat.sees("+ 1 file: right.pdf")
        await seat.press("ctrl+s")
        await seat.sees(f"The reply to #{number} is sent", "+ right.pdf · application/pdf")
        await seat.press("R", "ctrl+o")
        await seat.write("terms.txt")
        await seat.press("enter", "ctrl+s")
        await seat.sees(f"The note to #{number} is sent")
    reply, note = await desk.messages(number)
    assert (reply["body"], [it["name"] for it in reply["attachments"]]) == ("Here.", ["right.pdf"])
    assert (note["kind"], note["body"]) == ("note", "terms.txt")
    assert note["attachments"][0]["size"] == len("Terms")


async def test_a_file_that_cannot_be_sent_is_refused_and_a_vanished_one_keeps_the_draft(
    desk: Any, sit: Sit, home: Path
) -> None:
    await desk.file("Invoice is wrong")
    (home / "tool.exe").write_bytes(b"MZ")
    (home / "gone.pdf").write_bytes(PDF)
    async with sit(desk) as seat:
        await seat.sees("Invoice is wrong")
        await seat.press("r", "ctrl+o")
        await seat.sees("Attach which file")
        await seat.write("tool.exe")
        await seat.press("enter")
        await seat.sees("! Acme takes no .exe files.")
        await seat.press("ctrl+u")
        await seat.write("~/gone.pdf")
        await seat.press("enter")
        await seat.sees("+ 1 file: gone.pdf")
        await seat.write("Here.")
        (home / "gone.pdf").unlink()
        await seat.press("ctrl+s")
        await seat.sees("There is no file ~/gone.pdf.", "NOT SENT", "Here.")
    (home / "gone.pdf").write_bytes(PDF)
    async with sit(desk) as seat:
        await seat.sees("Invoice is wrong")
        await seat.press("r")
        await seat.sees("Here.", "+ 1 file: gone.pdf")
        await seat.press("ctrl+s")
        await seat.sees("is sent")
