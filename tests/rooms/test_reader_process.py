"""A huge mail is read in a process of its own: the same is read, and the event loop goes on."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.mail_intake import mail_gateway
from server.mail_intake.reader_process import read_in_process
from server.mail_reading.mail_reader import read_mail
from tests.support.mail_intake import Intake, compose, open_intake
from tests.support.mail_structures import STRUCTURES


@pytest.fixture
async def intake(desk_url: str, tmp_path: Path) -> AsyncIterator[Intake]:
    async with open_intake(desk_url, tmp_path / "files") as made:
        yield made


@pytest.mark.parametrize("sender", [None, "", "-x@cafe.example"])
def test_a_process_reads_the_same(sender: str | None) -> None:
    for compose_raw in list(STRUCTURES.values())[::8]:
        raw = compose_raw()
        assert read_in_process(raw, sender) == read_mail(raw, sender)


def test_without_a_process_the_mail_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = compose().as_bytes()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert read_in_process(raw, "a\0b") == read_mail(raw, "a\0b")


async def test_a_huge_mail_is_a_ticket_with_its_file(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_gateway, "_HUGE_BYTES", 50_000)
    monkeypatch.delattr(mail_gateway, "read_mail")
    mail = compose("See the file.")
    mail.add_attachment(b"\x07" * 60_000, "application", "octet-stream", filename="a.bin")
    assert await intake.send(mail) == {}
    assert await intake.description() == "See the file."
    assert [(it.name, it.size) for it in await intake.attachments()] == [("a.bin", 60_000)]
