"""Mails that look like others, or come from ourselves, or have no words."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.domain.mail_ids import make_mail_id
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.organization import log_epochs
from server.storage.queries.organization.installation_secrets import MAIL_KEY, InstallationSecret
from server.storage.queries.organization.log_epochs import LogHead
from tests.support.mail_intake import ELSEWHERE, HELP, ORG, OTHER, Intake, compose, open_intake

EVE = "Eve <eve@shop.example>"


@pytest.fixture
async def intake(desk_url: str, tmp_path: Path) -> AsyncIterator[Intake]:
    async with open_intake(desk_url, tmp_path / "files") as made:
        yield made


def read_org_head(reading: ReadTransaction) -> LogHead:
    return log_epochs.read_head(reading, ORG)


async def test_mails_of_different_people_or_times_with_one_id_are_different_mails(
    intake: Intake,
) -> None:
    constant = ("Message-ID", "<constant@scanner>")
    first, later = (
        ("Date", "Mon, 1 Jun 2026 09:00:00 +0000"),
        ("Date", "Tue, 2 Jun 2026 09:00 +0000"),
    )
    mails = [
        compose("One.", headers=[constant, first]),
        compose("Two.", sender=EVE, headers=[constant, first]),
        compose("Three.", headers=[constant, later]),
    ]
    for mail in [*mails, *mails]:
        assert await intake.send(mail) == {}
    said = [await intake.description(it.number or 0) for it in await intake.mails()]
    assert said == ["One.", "Two.", "Three."]


async def test_our_own_mail_that_comes_back_is_held(intake: Intake) -> None:
    await intake.send(compose())
    customer, head = (await intake.ticket()).customer_id, await intake.read(read_org_head)
    secret = await InstallationSecret(intake.database, MAIL_KEY).get()
    own = make_mail_id(ORG, head.epoch, 1, 5, customer, secret)
    headers = [("Message-ID", f"<{own}@desk.example>"), ("References", "<4821.1@desk.example>")]
    await intake.send(compose("Our words.", sender="Acme <support@desk.example>", headers=headers))
    assert [(it.state, it.reason) for it in await intake.mails()][1:] == [("held", "own_mail")]


async def test_a_mail_without_words_says_so_in_the_organizations_language(intake: Intake) -> None:
    await intake.send(b"From: dora@shop.example\r\n\r\n", HELP, ELSEWHERE)
    told = [
        ((await intake.ticket(1, org_id)).subject, await intake.description(1, org_id))
        for org_id in (ORG, OTHER)
    ]
    assert told == [("(no subject)", "(no text)"), ("(kein Betreff)", "(kein Text)")]
