"""Mail that does not arrive: the message is marked, its author is told once, the address rests."""

from datetime import timedelta
from functools import partial

import pytest
from msgspec.structs import replace

from common.accounts import EditUser
from common.people import Role
from common.preferences import NotificationKind
from common.tickets.replying import AddMessage
from common.tickets.sla import Target
from common.tickets.ticket import Ticket, WaitingOn
from common.wire import MessageView
from server.delivery.mail.mail_sender import RETRY_DELAYS
from server.desk.erasure import user_erasure
from server.desk.mail import delivery_failures
from server.desk.mail.delivery_failures import FailedMail
from server.desk.people import accounts
from server.domain.timestamps import to_microseconds
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import event_log
from server.storage.queries.outgoing import notifications
from server.storage.queries.outgoing.notifications import NotificationScope
from server.storage.queries.person import undelivered_mail
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.ticket import messages, tickets
from server.storage.queries.ticket.messages import MessageSlice
from tests.support.local_desk import ORG
from tests.support.mail_desk import Mailroom
from tests.support.marks import own_on_sqlite
from tests.support.smtp_server import Mailbox

GONE = "550 5.1.1 <carla@example.test>: user unknown"
CLEAN = "550 5.1.1 <(address)>: user unknown"


async def reply(room: Mailroom, number: int, body: str = "Try again.") -> Ticket:
    """An agent's reply that waits for the customer, with its mail on the way."""
    said = AddMessage(body, waiting_on=WaitingOn.CUSTOMER)
    ticket = await room.act(room.ana, number, said)
    written = (await read_messages(room, number))[-1]
    await room.owe(room.carla, replace(ticket, last_seq=written.seq))
    return ticket


async def read_messages(room: Mailroom, number: int) -> list[MessageView]:
    which = MessageSlice(newest_first=False, notes=True)
    return await room.database.read_snapshot(
        lambda it: messages.list_messages(it, ORG, number, which, 0, 100)
    )


async def marks(room: Mailroom, number: int) -> list[str | None]:
    """Every message's refusal."""
    return [
        it.undelivered.error if it.undelivered else None for it in await read_messages(room, number)
    ]


async def told_ana(room: Mailroom) -> list[str]:
    scope = NotificationScope(org_id=ORG, person_id=room.ana.id or 0, role=Role.AGENT)
    found = await room.database.read_snapshot(
        lambda it: notifications.list_notifications(it, scope, 100)
    )
    return [it.reason.value for it in found if it.kind is NotificationKind.UNDELIVERED]


async def ticket_now(room: Mailroom, number: int) -> Ticket:
    def job(reading: ReadTransaction) -> Ticket:
        found = tickets.find_ticket(reading, ORG, number)
        assert found is not None
        return found

    return await room.database.read_snapshot(job)


async def events(room: Mailroom, number: int) -> list[event_log.LogEntry]:
    found = await room.database.read_snapshot(
        lambda it: event_log.list_ticket_events(it, ORG, number, 0, 1000)
    )
    return [entry for entry in found if entry.type == "message.undelivered"]


async def test_a_refused_reply_is_marked_told_once_and_nothing_more_is_sent(
    room: Mailroom, box: Mailbox
) -> None:
    number = (await room.file()).number
    box.answer = lambda _: GONE
    await reply(room, number)
    await room.later()
    assert await marks(room, number) == [CLEAN]
    assert await told_ana(room) == ["author"]
    [event] = await events(room, number)
    assert event.actor_role is Role.SYSTEM
    assert event.detail.undelivered is not None
    assert event.detail.undelivered.person_id == room.carla.id

    asked: list[str] = []
    box.answer = asked.append
    await reply(room, number, "Once more.")
    await room.later()
    assert await marks(room, number) == [CLEAN, CLEAN]
    assert await told_ana(room) == ["author", "author"]
    assert set(await room.states()) == {"failed"}
    assert asked == [], "nothing goes to this address"


@own_on_sqlite
async def test_a_reply_that_is_put_off_for_too_long_is_not_delivered_but_the_address_is_tried(
    room: Mailroom, box: Mailbox
) -> None:
    number = (await room.file()).number
    box.answer = lambda _: "450 4.2.0 greylisted"
    await reply(room, number)
    await room.later()
    for pause in RETRY_DELAYS[:-1]:
        await room.later(seconds=pause.total_seconds())
        assert await marks(room, number) == [None]
    await room.later(seconds=RETRY_DELAYS[-1].total_seconds())
    assert await marks(room, number) == ["450 4.2.0 greylisted"]
    box.answer = lambda _: None
    await reply(room, number, "Once more.")
    await room.later()
    assert await marks(room, number) == ["450 4.2.0 greylisted", None]
    assert len(box.mails) == 1


@own_on_sqlite
async def test_a_report_that_comes_back_later_and_again_is_told_once(
    room: Mailroom, box: Mailbox
) -> None:
    number = (await room.file()).number
    await reply(room, number)
    await room.later()
    assert (await room.states(), len(box.mails)) == (["sent"], 1)
    [written] = await read_messages(room, number)
    failed = FailedMail(
        person_id=room.carla.id or 0, number=number, seq=written.seq, error="550 5.2.1 disabled"
    )
    for _ in range(2):
        await room.do(
            make_system_actor(ORG), lambda it: delivery_failures.record_undelivered(it, failed)
        )
    assert await marks(room, number) == ["550 5.2.1 disabled"]
    assert await told_ana(room) == ["author"]
    assert len(await events(room, number)) == 1


@own_on_sqlite
async def test_what_is_wrong_with_the_message_does_not_stop_the_address(
    room: Mailroom, box: Mailbox
) -> None:
    number = (await room.file()).number
    box.answer = lambda _: "552 5.3.4 message too big"
    await reply(room, number)
    await room.later()
    box.answer = lambda _: None
    await reply(room, number, "Shorter.")
    await room.later()
    assert await marks(room, number) == ["552 5.3.4 message too big", None]


@pytest.mark.parametrize("how", ["supervisor", "address", "mail"])
@own_on_sqlite
async def test_a_stopped_address_gets_mail_again(room: Mailroom, box: Mailbox, how: str) -> None:
    number, carla = (await room.file()).number, room.carla
    box.answer = lambda _: GONE
    await reply(room, number)
    await room.later()
    box.answer = lambda _: None
    person_id = carla.id or 0
    if how == "supervisor":
        await room.do(room.ana, lambda it: delivery_failures.resume_mail(it, person_id))
    elif how == "address":
        new = EditUser(email="carla@new.test")
        await room.do(room.ana, lambda it: accounts.edit_user(it, person_id, new, None))
    else:
        address = carla.email or ""
        await room.do(
            make_system_actor(ORG), lambda it: delivery_failures.clear_undeliverable(it, address)
        )
    await reply(room, number, "Once more.")
    await room.later()
    assert await marks(room, number) == [CLEAN, None]
    assert len(box.mails) == 1


@own_on_sqlite
async def test_of_an_erased_person_only_the_code_of_the_refusal_stays(
    room: Mailroom, box: Mailbox
) -> None:
    number, carla = (await room.file()).number, room.carla
    box.answer = lambda _: "550 Carla Rossi is not here"
    await reply(room, number)
    await room.later()
    await room.do(room.ana, lambda it: user_erasure.erase_user(it, carla.id or 0))
    assert await marks(room, number) == ["550"]
    address = carla.email or ""
    assert (
        await room.database.read_snapshot(
            lambda it: undelivered_mail.find_undeliverable_address(it, ORG, address)
        )
        is None
    )


async def bounce(room: Mailroom, number: int, *which: int) -> None:
    """The report that replies did not reach Carla; the first reply is 0."""
    replies = [it for it in await read_messages(room, number) if it.author.role is Role.AGENT]
    for n in which:
        failed = FailedMail(
            person_id=room.carla.id or 0, number=number, seq=replies[n].seq, error="550 no"
        )
        job = partial(delivery_failures.record_undelivered, failed=failed)
        await room.do(make_system_actor(ORG), job)


def target(ticket: Ticket, name: str) -> Target:
    found = getattr(ticket.sla, name)
    assert isinstance(found, Target)
    return found


@own_on_sqlite
async def test_the_first_response_is_taken_back_and_its_clock_runs_on_as_if_never_stopped(
    room: Mailroom,
) -> None:
    number = (await room.file()).number
    opened = await ticket_now(room, number)
    room.now += timedelta(hours=2)
    await reply(room, number)
    answered = await ticket_now(room, number)
    assert answered.first_response_at is not None
    assert target(answered, "resolution").since is None, "it waits for the customer"
    room.now += timedelta(hours=1)
    await bounce(room, number, 0)
    after = await ticket_now(room, number)
    assert (after.first_response_at, after.waiting_on) == (None, WaitingOn.AGENT)
    assert after.unanswered_since == opened.created_at
    for name in ("first_response", "resolution"):
        assert target(after, name).due == target(opened, name).due, name
        assert target(after, name).ended_at is None
    assert target(after, "first_response").alarm_at == target(opened, "first_response").alarm_at


@own_on_sqlite
async def test_what_came_due_meanwhile_is_told_at_once_with_its_own_time(room: Mailroom) -> None:
    number = (await room.file()).number
    due = target(await ticket_now(room, number), "first_response").due
    await reply(room, number)
    room.now += timedelta(hours=9)
    await bounce(room, number, 0)
    found = await room.database.read_snapshot(
        lambda it: event_log.list_ticket_events(it, ORG, number, 0, 1000)
    )
    told = [(it.type, to_microseconds(it.at)) for it in found if it.type == "sla.breached"]
    assert told == [("sla.breached", due)]


@own_on_sqlite
async def test_a_later_reply_that_stands_is_the_first_response(room: Mailroom) -> None:
    number = (await room.file()).number
    room.now += timedelta(hours=1)
    await reply(room, number)
    room.now += timedelta(hours=1)
    second = await reply(room, number, "Or this.")
    await bounce(room, number, 0)
    after = await ticket_now(room, number)
    assert after.first_response_at == second.happened_at
    assert after.unanswered_since is None
    assert target(after, "first_response").ended_at == to_microseconds(second.happened_at)
    assert after.waiting_on is WaitingOn.CUSTOMER, "the second reply may have arrived"
    await bounce(room, number, 1)
    last = await ticket_now(room, number)
    assert (last.first_response_at, last.waiting_on) == (None, WaitingOn.AGENT)
    assert target(last, "first_response").ended_at is None


@own_on_sqlite
async def test_what_the_customer_wrote_meanwhile_waits_since_the_older_message(
    room: Mailroom,
) -> None:
    number = (await room.file()).number
    await reply(room, number)
    room.now += timedelta(hours=1)
    asked = await room.act(room.carla, number, AddMessage("And then?"))
    room.now += timedelta(hours=1)
    await reply(room, number, "This.")
    room.now += timedelta(hours=1)
    await room.act(room.carla, number, AddMessage("Hello?"))
    await bounce(room, number, 1)
    after = await ticket_now(room, number)
    assert after.unanswered_since == asked.happened_at
    goal = target(after, "next_response").goal or 0
    assert target(after, "next_response").due == to_microseconds(asked.happened_at) + goal
    assert after.first_response_at is not None


@own_on_sqlite
async def test_a_copy_to_a_participant_that_fails_changes_no_clock(room: Mailroom) -> None:
    number = (await room.file()).number
    zoe = await room.join("Zoe", Role.CUSTOMER)
    before = await reply(room, number)
    [written] = await read_messages(room, number)
    failed = FailedMail(person_id=zoe.id or 0, number=number, seq=written.seq, error="550 no")
    await room.do(
        make_system_actor(ORG), lambda it: delivery_failures.record_undelivered(it, failed)
    )
    after = await ticket_now(room, number)
    assert await marks(room, number) == ["550 no"]
    assert (after.sla, after.first_response_at, after.waiting_on) == (
        before.sla,
        before.first_response_at,
        before.waiting_on,
    )
