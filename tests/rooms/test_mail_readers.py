"""Many mails at once are read in a process that stays, and each is read whatever becomes of it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from typing import cast

import pytest
import uvloop

from server.mail_intake import mail_readers, reader_connection
from server.mail_intake.mail_addresses import parse_mail_listen
from server.mail_intake.mail_gateway import MailGateway
from server.mail_intake.mail_listener import MailListener
from server.mail_intake.mail_readers import MailReaders
from server.mail_intake.reader_connection import ReaderConnection, start_reader
from server.mail_reading.mail_reader import read_mail
from server.mail_reading.received_mail import ReadMail
from tests.support.mail_intake import compose
from tests.support.mail_structures import STRUCTURES

MANY = 99
RAW = compose().as_bytes()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[ReaderConnection]:
    """The connections to the processes that were started; here no mail can be read."""
    made: list[ReaderConnection] = []

    async def start() -> ReaderConnection:
        made.append(await start_reader())
        return made[-1]

    def refuse(*_: object) -> ReadMail:
        raise AssertionError("read in this process")

    monkeypatch.setattr(mail_readers, "start_reader", start)
    monkeypatch.setattr(mail_readers, "read_mail", refuse)
    return made


@pytest.fixture
async def readers(started: list[ReaderConnection]) -> AsyncIterator[MailReaders]:
    made = MailReaders()
    assert started == []
    yield made
    await made.close()


async def test_a_rush_is_read_by_one_process_in_any_order(
    readers: MailReaders, started: list[ReaderConnection]
) -> None:
    mails = [compose_raw() for compose_raw in STRUCTURES.values()] + [RAW + b"x" * 300_000]
    reads = [readers.read(it, "bob@cafe.example", at_once=MANY) for it in mails]
    assert await asyncio.gather(*reads) == [read_mail(it, "bob@cafe.example") for it in mails]
    assert await readers.read(RAW) == read_mail(RAW)
    assert len(started) == 1


async def test_mails_that_nobody_waits_for_do_not_mix_up_the_others(readers: MailReaders) -> None:
    await readers.read(RAW, at_once=MANY)
    mails = [compose(f"Number {number}").as_bytes() for number in range(20)]
    reads = [asyncio.ensure_future(readers.read(it, at_once=MANY)) for it in mails]
    await asyncio.sleep(0)
    for read in reads[::2]:
        read.cancel()
    assert [it.text for it in await asyncio.gather(*reads[1::2])] == [
        f"Number {number}" for number in range(1, 20, 2)
    ]


async def test_a_mail_alone_starts_no_process(
    started: list[ReaderConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_readers, "read_mail", read_mail)
    assert (await MailReaders().read(RAW)).text == "It does not work."
    assert started == []


async def test_mails_of_a_process_that_ends_are_read_elsewhere(
    readers: MailReaders, started: list[ReaderConnection]
) -> None:
    await readers.read(RAW, at_once=MANY)
    os.kill(started[0].pid, signal.SIGSTOP)
    reads = asyncio.gather(*[readers.read(RAW, at_once=MANY) for _ in range(3)])
    await asyncio.sleep(0)
    os.kill(started[0].pid, signal.SIGKILL)
    assert await reads == [read_mail(RAW)] * 3
    assert await readers.read(RAW, at_once=MANY) == read_mail(RAW)
    assert len(started) == 2


async def test_a_mail_that_takes_too_long_is_read_elsewhere(
    readers: MailReaders, started: list[ReaderConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    await readers.read(RAW, at_once=MANY)
    monkeypatch.setattr(reader_connection, "_LONGEST_SECONDS", 0)
    os.kill(started[0].pid, signal.SIGSTOP)
    assert await readers.read(RAW, at_once=MANY) == read_mail(RAW)
    assert not started[0].is_open


async def test_without_a_process_a_rush_is_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    reads = [MailReaders().read(RAW, "\udcff", at_once=MANY) for _ in range(3)]
    assert await asyncio.gather(*reads) == [read_mail(RAW, "\udcff")] * 3


async def test_a_process_outlives_the_signals_and_ends_with_its_readers(
    readers: MailReaders, started: list[ReaderConnection]
) -> None:
    await readers.read(RAW, at_once=MANY)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(started[0].pid, number)
    assert await readers.read(RAW) == read_mail(RAW)
    assert len(started) == 1
    await readers.close()
    with pytest.raises(ProcessLookupError):
        os.kill(started[0].pid, 0)


def test_the_server_s_event_loop_ends_open_connections_too() -> None:
    assert uvloop.run(hear_the_end()) == b""


async def hear_the_end() -> bytes:
    """Connects, lets the listener close, and returns what is heard after the greeting."""
    where = parse_mail_listen("lmtp://127.0.0.1:0")
    listener = MailListener(cast("MailGateway", None), where, 1_000)
    await listener.open()
    host, _, port = listener.url.rpartition("/")[2].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    assert (await reader.readline()).startswith(b"220")
    await listener.close()
    try:
        async with asyncio.timeout(30):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()
