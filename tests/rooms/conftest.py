"""Fixtures of rooms: a desk that sends mails, and the mailbox that they arrive in."""

from collections.abc import AsyncIterator

import pytest

from tests.support.mail_desk import Mailroom, mailroom
from tests.support.smtp_server import Mailbox, mailbox


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as made:
        yield made


@pytest.fixture
async def room(desk_url: str, box: Mailbox) -> AsyncIterator[Mailroom]:
    async with mailroom(desk_url, box) as made:
        yield made
