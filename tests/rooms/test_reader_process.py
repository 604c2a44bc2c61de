"""A huge mail is read in a process of its own: the same is read, and the event loop goes on."""

import sys
from collections.abc import AsyncIterator
from itertools import cycle
from pathlib import Path

import pytest

from server.mail_intake import mail_readers, reader_process
from server.mail_intake.reader_process import read_in_process
from server.mail_reading.mail_reader import read_mail
from server.mail_reading.received_mail import ReadMail
from tests.support.mail_intake import Intake, compose, open_intake
from tests.support.mail_structures import STRUCTURES

RAW = compose().as_bytes()
SENDERS = (None, "", "-x@cafe.example")


@pytest.fixture
async def intake(desk_url: str, tmp_path: Path) -> AsyncIterator[Intake]:
    async with open_intake(desk_url, tmp_path / "files") as made:
        yield made


def test_a_process_reads_the_same() -> None:
    for compose_raw, sender in zip(list(STRUCTURES.values())[::8], cycle(SENDERS), strict=False):
        raw = compose_raw()
        assert read_in_process(raw, sender) == read_mail(raw, sender)


def test_without_a_process_the_mail_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert read_in_process(RAW, "a\0b") == read_mail(RAW, "a\0b")


def test_a_mail_that_takes_too_long_is_kept_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_process, "_SECONDS", 0)
    assert_kept_whole(read_in_process(RAW))


def test_a_mail_that_ends_its_reader_is_kept_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nkill -SEGV $$\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    assert_kept_whole(read_in_process(RAW))


def assert_kept_whole(read: ReadMail) -> None:
    assert [file.content for file in read.files] == [RAW]
    assert (read.subject, read.text) == ("It broke", "It does not work.")
    assert "could not be understood" in read.faults[-1]


async def test_a_huge_mail_is_a_ticket_with_its_file(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_readers, "_HUGE_BYTES", 50_000)
    monkeypatch.delattr(mail_readers, "read_mail")
    mail = compose("See the file.")
    mail.add_attachment(b"\x07" * 60_000, "application", "octet-stream", filename="a.bin")
    assert await intake.send(mail) == {}
    assert await intake.description() == "See the file."
    assert [(it.name, it.size) for it in await intake.attachments()] == [("a.bin", 60_000)]
