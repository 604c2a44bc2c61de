"""Mailboxes as they are: with wrong passwords, silent servers, certificates and large mails."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from common.errors import Unavailable
from server.mail_intake.imap_poller import ImapPoller
from server.mail_intake.mail_addresses import ImapMailbox
from server.mail_intake.mail_gateway import MailGateway
from tests.support.imap_server import PASSWORD, USER, ImapMailboxStandIn, serve_mailbox
from tests.support.waiting import PATIENCE, eventually

HERE = "127.0.0.1"
LIMIT = 1000


class GatewayStandIn:
    """Accepts what is for an inbox; `away` is a database that cannot be written."""

    def __init__(self, mailbox: ImapMailboxStandIn) -> None:
        self.mailbox = mailbox
        self.accepted: list[tuple[bytes, set[int]]] = []
        self.refused = 0
        self.away = False
        self.poller: Any = None

    async def find_recipients(self, content: bytes, user: str) -> list[str]:
        return [] if b"nobody" in content else [user]

    async def accept(self, content: bytes, recipients: list[str]) -> dict[str, Any]:
        if self.away:
            self.refused += 1
            return {recipients[0]: Unavailable("The database is away.")}
        self.accepted.append((content, set(self.mailbox.seen)))
        return {recipients[0]: None}


@asynccontextmanager
async def polling(
    mailbox: ImapMailboxStandIn,
    password: str = PASSWORD,
    *,
    tls: bool = False,
    silence_seconds: float = PATIENCE,
) -> AsyncIterator[GatewayStandIn]:
    gateway = GatewayStandIn(mailbox)
    place = ImapMailbox(HERE, mailbox.port, USER, password, "INBOX", tls)
    poller = ImapPoller(
        cast("MailGateway", gateway),
        place,
        LIMIT,
        poll_seconds=0.01,
        silence_seconds=silence_seconds,
    )
    gateway.poller = poller
    poller.start()
    try:
        yield gateway
    finally:
        async with asyncio.timeout(PATIENCE / 2):
            await poller.stop()
        if mailbox.silent_at == "GREETING":
            mailbox.hang_up()  # a connection that was never greeted ends with the server's silence
        await until(lambda: mailbox.connections == 0)


async def until(so: Callable[[], bool]) -> None:
    async def ask() -> bool:
        return so()

    await eventually(ask)


def count_polls(mailbox: ImapMailboxStandIn) -> int:
    return sum(it.startswith("UID SEARCH") for it in mailbox.commands)


async def test_unseen_mail_is_taken_in_order_and_marked_after_it_was_accepted() -> None:
    async with serve_mailbox() as mailbox:
        mailbox.mails, mailbox.seen = [b"old", b"one", b"two) {3}\r\n"], {1}
        async with polling(mailbox) as gateway:
            await until(lambda: mailbox.seen == {1, 2, 3})
    assert gateway.accepted == [(b"one", {1}), (b"two) {3}\r\n", {1, 2})]
    assert not any("BODY[" in it for it in mailbox.commands)


async def test_mail_that_is_not_committed_stays_unseen_and_comes_again() -> None:
    async with serve_mailbox() as mailbox:
        mailbox.mails = [b"one"]
        async with polling(mailbox) as gateway:
            gateway.away = True
            await until(lambda: gateway.refused >= 2)
            assert mailbox.seen == set()
            gateway.away = False
            await until(lambda: mailbox.seen == {1})


async def test_mail_that_is_not_taken_is_left_and_logged_once() -> None:
    with capture_logs() as lines:
        async with serve_mailbox() as mailbox:
            mailbox.mails = [b"x" * (LIMIT + 1), b"for nobody", b"one"]
            async with polling(mailbox):
                await until(lambda: count_polls(mailbox) >= 3)
    assert [(it["uid"], it["reason"]) for it in lines] == [
        (1, "it is too large"),
        (2, "it is for no inbox"),
    ]
    assert mailbox.seen == {3}
    assert not any("FETCH 1 (BODY" in it for it in mailbox.commands)


@pytest.mark.parametrize(("way", "given"), [("LOGIN", "opensesame"), ("AUTHENTICATE", "sésame")])
async def test_a_refused_login_is_logged_once_without_the_password_and_tried_again(
    way: str, given: str
) -> None:
    with capture_logs() as lines:
        async with serve_mailbox() as mailbox:
            mailbox.mails = [b"one"]
            async with polling(mailbox, given):
                await until(lambda: sum(it.startswith(way) for it in mailbox.commands) >= 3)
                mailbox.password = given
                await until(lambda: mailbox.seen == {1})
    (line,) = lines
    assert (line["event"], line["host"]) == ("mailbox not read", HERE)
    assert "AUTHENTICATIONFAILED" in line["reason"]
    assert given not in str(line)


@pytest.mark.parametrize("command", ["GREETING", "CAPABILITY", "LOGIN", "SEARCH", "BODY", "LOGOUT"])
async def test_a_server_that_says_nothing_more_does_not_hold_the_poller(command: str) -> None:
    with capture_logs() as lines:
        async with serve_mailbox() as mailbox:
            mailbox.mails, mailbox.silent_at = [b"one"], command
            async with polling(mailbox, silence_seconds=0.3) as gateway:
                if command == "LOGOUT":
                    await until(lambda: count_polls(mailbox) >= 2)
                else:
                    await until(lambda: bool(lines))
                mailbox.silent_at = None
                gateway.poller._connection._silence_seconds = PATIENCE
                await until(lambda: mailbox.seen == {1})
    assert len(gateway.accepted) == 1
    assert [it["event"] for it in lines] == ["mailbox not read"] * (command != "LOGOUT")


@pytest.mark.parametrize("command", ["GREETING", "LOGIN", "BODY"])
async def test_a_poller_stops_at_once_while_the_server_says_nothing(command: str) -> None:
    async with serve_mailbox() as mailbox:
        mailbox.mails, mailbox.silent_at = [b"one"], command
        async with polling(mailbox):
            await until(
                lambda: (
                    mailbox.connections == 1
                    and (command == "GREETING" or command in "".join(mailbox.commands[-1:]))
                )
            )
    assert mailbox.seen == set()


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_mailbox_over_tls_gets_the_password_if_its_certificate_is_good(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trusted: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    trustme = pytest.importorskip("trustme", reason="trustme makes the certificates")
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (authority if trusted else trustme.CA()).cert_pem.write_to_path(tmp_path / "trusted.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    authority.issue_cert(HERE).configure_cert(context)
    with capture_logs() as lines:
        async with serve_mailbox(context) as mailbox:
            mailbox.mails = [b"one"]
            async with polling(mailbox, tls=True):
                await until(lambda: mailbox.seen == {1} or bool(lines))
    if trusted:
        assert (mailbox.seen, lines) == ({1}, [])
    else:
        assert mailbox.commands == []
        assert "certificate verify failed" in lines[0]["reason"]
