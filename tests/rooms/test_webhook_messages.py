"""Messages to webhooks, and what is kept of them: secrets, scopes, the erased, replays."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from common.people import Actor, Role
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage, MessageKind
from common.webhooks import EditWebhook, ReplayRange, WebhookScope
from server.desk.administration import webhook_admin
from server.desk.erasure import user_erasure
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_commands, ticket_creation
from tests.support.local_desk import ADMIN, ORG, TICKET
from tests.support.webhook_desk import WebhookDesk
from tests.support.webhook_receiver import Receiver, receiving


@pytest.fixture
async def house(desk_url: str) -> AsyncIterator[WebhookDesk]:
    async with WebhookDesk.open(desk_url) as house:
        yield house


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


async def test_both_secrets_sign_for_a_day_after_a_rotation(
    house: WebhookDesk, receiver: Receiver
) -> None:
    to = await house.subscribe(receiver.url, events=("ticket.created",))
    new = await house.desk.write(ADMIN, lambda work: webhook_admin.rotate_secret(work, to.id))
    secrets = [new.secrets[0].text, to.secrets[0].text]
    for hours, valid in ((0, secrets), (23, secrets), (25, secrets[:1])):
        house.now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC) + timedelta(hours=hours)
        await house.file()
        await house.send()
        got = receiver.got[-1]
        signed = [Webhook(it).sign(got.id, house.now, got.body.decode()) for it in valid]
        assert got.headers["webhook-signature"].split() == signed


async def test_customers_receivers_never_get_a_note_or_an_internal_field(
    house: WebhookDesk, receiver: Receiver
) -> None:
    to = await house.subscribe(receiver.url, scope=WebhookScope.CUSTOMER)
    number = await house.file()
    await house.say(number, "a secret between us", MessageKind.NOTE)
    await house.say(number, "public words")
    while "queued" in await house.states(to):
        await house.send()
    told = b"".join(it.body for it in receiver.got)
    assert b"public words" in told
    for hidden in (b"a secret", b"note", b'"tags"', b'"routing"', b'"sla"', b"user.changed"):
        assert hidden not in told
    assert {"ticket.created", "message.added"} <= set(receiver.types)


async def test_a_note_that_was_owed_before_the_scope_changed_is_not_sent(
    house: WebhookDesk, receiver: Receiver
) -> None:
    to = await house.subscribe(receiver.url, events=("message.added",))
    await house.say(await house.file(), "a secret between us", MessageKind.NOTE)
    edit = EditWebhook(scope=WebhookScope.CUSTOMER)
    await house.desk.write(
        ADMIN, lambda work: webhook_admin.edit_webhook(work, to.id, edit, allow_private=True)
    )
    await house.send()
    assert receiver.got == []
    assert await house.states(to) == ["dead"]
    assert (await house.endpoint(to)).dead_since is None


async def test_the_words_of_who_was_erased_are_not_sent(
    house: WebhookDesk, receiver: Receiver
) -> None:
    await house.subscribe(receiver.url, events=("message.added",))

    def customer(work: UnitOfWork) -> Actor:
        person = accounts.create_customer(work, "carl@example.test", "Carl")
        return Actor(ORG, Role.CUSTOMER, person.id, person.name)

    carl = await house.desk.write(ADMIN, customer)
    filed = await house.desk.write(
        carl, lambda work: ticket_creation.create_ticket(work, FileTicket("It", "So"))
    )
    words = AddMessage("my private words")
    await house.desk.write(
        carl, lambda work: ticket_commands.execute_command(work, filed.number, words)
    )
    await house.desk.write(ADMIN, lambda work: user_erasure.erase_user(work, carl.id or 0))
    await house.send()
    (got,) = receiver.got
    assert got.json["data"]["message"]["body"] == "(erased)"
    assert b"Carl" not in got.body


async def test_history_that_is_moved_in_is_told_to_nobody(
    house: WebhookDesk, receiver: Receiver
) -> None:
    to = await house.subscribe(receiver.url)
    await house.database.write(
        lambda writing: ticket_creation.create_ticket(
            UnitOfWork(writing, ADMIN, house.now, live=False), TICKET
        )
    )
    assert await house.rows(to) == []


async def test_a_range_is_replayed_oldest_first_and_what_waits_is_left_alone(
    house: WebhookDesk, receiver: Receiver
) -> None:
    to = await house.subscribe(receiver.url, events=("ticket.created",))
    for _ in range(4):
        await house.file()
        await house.send()
    await house.file()
    seqs = [row.seq for row in await house.rows(to)]
    command = ReplayRange(from_seq=seqs[1], to_seq=seqs[4])
    again = await house.desk.write(
        ADMIN, lambda work: webhook_admin.replay_range(work, to.id, command)
    )
    assert again == 3
    await house.send()
    assert sorted(receiver.seqs) == sorted(seqs + seqs[1:4])
    late = ReplayRange(since=house.now + timedelta(seconds=1))
    assert (
        await house.desk.write(ADMIN, lambda work: webhook_admin.replay_range(work, to.id, late))
        == 0
    )


async def test_what_was_finished_a_month_ago_and_what_was_deleted_is_dropped(
    house: WebhookDesk, receiver: Receiver
) -> None:
    to = await house.subscribe(receiver.url, events=("ticket.created",))
    for days in (0, 29, 2):
        house.now += timedelta(days=days)
        await house.file()
        await house.send()
    await house.sender.purge_old_deliveries()
    assert len(await house.rows(to)) == 2
    await house.desk.write(ADMIN, lambda work: webhook_admin.delete_webhook(work, to.id))
    await house.sender.purge_old_deliveries()
    assert await house.rows(to) == []
    assert (await house.subscribe(receiver.url)).id == to.id + 1
