"""A real Postfix before us and behind us: what it delivers is here, and what it refuses is told."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiosmtplib
import pytest
from structlog.testing import capture_logs

from server.delivery.mail import smtp_client
from server.mail_intake.mail_addresses import parse_mail_listen
from server.mail_intake.mail_listener import MailListener
from tests.rooms.test_mail_relays import make_context
from tests.support.mail_desk import Mailroom
from tests.support.mail_intake import HELP, Intake, compose, open_intake
from tests.support.marks import own_on_sqlite
from tests.support.postfix_server import needs_postfix, postfix
from tests.support.smtp_server import Mailbox
from tests.support.waiting import PATIENCE, eventually

pytestmark = needs_postfix


@pytest.fixture
async def intake(desk_url: str, tmp_path: Path) -> AsyncIterator[Intake]:
    async with open_intake(desk_url, tmp_path / "files") as made:
        yield made


@own_on_sqlite
async def test_postfix_delivers_over_lmtp_and_tries_again_while_we_are_away(
    intake: Intake,
) -> None:
    port = int(intake.listener.url.rpartition(":")[2])
    with postfix(f"lmtp:inet:127.0.0.1:{port}") as mta:
        mail = compose("It does not work. Größe: 3 cm", subject="Über")
        await aiosmtplib.send(mail, hostname="127.0.0.1", port=mta.port, start_tls=False)

        async def has_come(count: int) -> bool:
            return len(await intake.mails()) == count

        await eventually(lambda: has_come(1))
        assert await intake.description() == "It does not work. Größe: 3 cm"
        assert (await intake.ticket()).subject == "Über"
        await intake.listener.close()
        second = compose("Still not.", headers=[("Message-ID", "<two@shop.example>")])
        await aiosmtplib.send(second, hostname="127.0.0.1", port=mta.port, start_tls=False)

        async def is_deferred() -> bool:
            return "status=deferred" in mta.log

        await eventually(is_deferred)
        again = MailListener(intake.gateway, parse_mail_listen(f"lmtp://127.0.0.1:{port}"), 100_000)
        await again.open()
        mta.flush()
        await eventually(lambda: has_come(2))
        await again.close()


@own_on_sqlite
async def test_postfix_is_told_of_an_unknown_mailbox(intake: Intake) -> None:
    port = int(intake.listener.url.rpartition(":")[2])
    with postfix(f"lmtp:inet:127.0.0.1:{port}") as mta:
        mail = compose(to="nobody@acme.example")
        await aiosmtplib.send(mail, hostname="127.0.0.1", port=mta.port, start_tls=False)

        async def is_bounced() -> bool:
            return "status=bounced" in mta.log

        await eventually(is_bounced)
        assert "550 5.1.1 No such mailbox here" in mta.log
        assert await intake.mails() == []
        assert HELP not in mta.log


@pytest.mark.parametrize(
    ("kind", "says"), [("good", ""), ("expired", "expired"), ("self-signed", "self-signed")]
)
@own_on_sqlite
async def test_our_mail_goes_through_postfix_by_starttls_if_its_certificate_proves_it(
    room: Mailroom,
    box: Mailbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    says: str,
) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    chain = make_context(kind, keys, monkeypatch, chain=keys / "chain.pem")
    assert chain is not None
    transport = f"smtp:[127.0.0.1]:{box.port}"
    more = f"smtpd_tls_chain_files = {keys / 'chain.pem'}"
    with postfix(transport, domain="example.test", tls="may", more=more) as mta:
        await room.owe(room.carla, await room.file())
        sender = room.server(room.database, f"smtp+starttls://127.0.0.1:{mta.port}")
        with capture_logs() as lines:
            await sender.send_due_mails()
        await sender.stop()
        if says:
            assert [says in str(line.get("error")) for line in lines] == [True]
            assert (await room.mails(), box.mails) == ([("queued", 0, None)], [])
            return
        assert await room.states() == ["sent"]
        [mail] = await box.comes()
        assert (mail.to, mail.subject) == (room.carla.email, "[#1] It broke")


@pytest.mark.parametrize(
    ("restriction", "seconds", "expected"),
    [
        (
            "check_recipient_access inline:{ {example.test = 450 4.2.0 Greylisted} }",
            PATIENCE,
            ("queued", 1, "450 4.2.0"),
        ),
        ("sleep 20", 1.0, ("queued", 1, "Timed out")),
    ],
)
@own_on_sqlite
async def test_postfix_that_greylists_or_hangs_gets_the_mail_later(
    room: Mailroom,
    box: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
    restriction: str,
    seconds: float,
    expected: tuple[str, int, str],
) -> None:
    monkeypatch.setattr(smtp_client, "TIMEOUT_SECONDS", seconds)
    transport = f"smtp:[127.0.0.1]:{box.port}"
    more = f"smtpd_recipient_restrictions = {restriction}"
    with postfix(transport, domain="example.test", more=more) as mta:
        await room.owe(room.carla, await room.file())
        sender = room.server(room.database, f"smtp://127.0.0.1:{mta.port}")
        await sender.send_due_mails()
        await sender.stop()
        [(state, attempts, error)] = await room.mails()
        assert (state, attempts) == expected[:2]
        assert (error or "").startswith(expected[2])
    assert box.mails == []


@own_on_sqlite
async def test_a_greylisted_mail_arrives_with_a_later_attempt(
    room: Mailroom, box: Mailbox, tmp_path: Path
) -> None:
    """The policy refuses what it sees for the first time, as those that greylist do."""
    seen = tmp_path / "seen"

    async def judge(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await reader.readuntil(b"\n\n")).strip():
            action = "DUNNO" if seen.exists() else "DEFER_IF_PERMIT Greylisted"
            seen.write_bytes(request)
            writer.write(f"action={action}\n\n".encode())

    policy = await asyncio.start_server(judge, "127.0.0.1", 0)
    port = policy.sockets[0].getsockname()[1]
    more = f"smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:{port}"
    transport = f"smtp:[127.0.0.1]:{box.port}"
    with postfix(transport, domain="example.test", more=more) as mta:
        await room.owe(room.carla, await room.file())
        sender = room.server(room.database, f"smtp://127.0.0.1:{mta.port}")
        await sender.send_due_mails()
        [(state, attempts, error)] = await room.mails()
        assert (state, attempts) == ("queued", 1)
        assert (error or "").startswith("450 4.7.1")
        assert box.mails == []
        room.now += timedelta(hours=1)
        await sender.send_due_mails()
        await sender.stop()
        assert await room.states() == ["sent"]
        [mail] = await box.comes()
        assert (mail.to, mail.subject) == (room.carla.email, "[#1] It broke")
    policy.close()
