"""Mails that are owed: rows written with the deed, to whom wishes one, due when it may go."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from common.people import Actor, Role
from common.tickets.claiming import ClaimTicket
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Priority, Status
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import bulk_commands, ticket_commands, ticket_creation
from server.domain.timestamps import from_microseconds
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.person import recipients
from server.storage.tables.notification_tables import MailModel
from tests.support.desk import Org
from tests.support.rest import Caller

NIGHT = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
_ROWS = Statement(
    MailModel.select(
        MailModel.user_id,
        MailModel.reason,
        MailModel.seq,
        MailModel.due_at,
        MailModel.digest,
        MailModel.state,
    )
    .where(MailModel.org_id == param("org_id"))
    .order_by(MailModel.id)
)


def actor(org: Org, caller: Caller) -> Actor:
    return Actor(org.id, Role(caller.who["role"]), caller.id, caller.name, caller.email)


async def does(
    org: Org,
    caller: Caller,
    job: Callable[[UnitOfWork], Any],
    now: datetime = NIGHT,
    *,
    mail: bool = True,
) -> Any:
    """A turn at a desk that sends mails, or at one that does not."""
    who = actor(org, caller)
    return await org.desk.database.write(
        lambda writing: job(UnitOfWork(writing, who, now, mail=mail))
    )


async def filed(org: Org, carla: Caller, *, mail: bool = True) -> int:
    """A ticket's number."""
    command = FileTicket("It broke", "Please help")
    return int(
        (
            await does(
                org, carla, lambda work: ticket_creation.create_ticket(work, command), mail=mail
            )
        ).number
    )


async def owed(org: Org) -> list[tuple[Any, ...]]:
    """Returns the people to whom a mail is owed, and why, in the order of the rows."""
    rows = await org.desk.database.read_snapshot(
        lambda reading: reading.fetch_rows(_ROWS, org_id=org.id)
    )
    return [tuple(row) for row in rows]


async def to_whom(org: Org) -> list[tuple[int, str]]:
    return [(row[0], row[1]) for row in await owed(org)]


async def wish(caller: Caller, *topics: str, **more: Any) -> None:
    pairs = (topic.split(".") for topic in topics)
    notices = [
        {"kind": kind, "relation": relation, "channels": ["email"]} for kind, relation in pairs
    ]
    (await caller.put("/me/preferences", {"notices": notices, **more})).expect(200)


async def test_a_desk_that_sends_no_mail_owes_none(org: Org) -> None:
    await filed(org, await org.customer(), mail=False)
    assert await owed(org) == []


async def test_who_is_told_in_person_is_owed_no_mail_to_all(org: Org) -> None:
    sue, bo, carla = await org.supervisor(), await org.supervisor(), await org.customer()
    number = await filed(org, carla, mail=False)
    await does(
        org,
        sue,
        lambda work: ticket_commands.execute_command(work, number, ClaimTicket()),
        mail=False,
    )
    await wish(sue, "edited.team")
    await wish(bo, "edited.team")
    urgent = EditTicket(priority=Priority.URGENT)
    await does(org, org.admin, lambda work: ticket_commands.execute_command(work, number, urgent))
    assert await to_whom(org) == [(bo.id, "supervisor")]


async def test_a_customer_is_owed_a_receipt_the_answer_and_no_note(org: Org) -> None:
    ana, carla = await org.agent("Ana"), await org.customer()
    number = await filed(org, carla)
    note = AddMessage("between us", MessageKind.NOTE)
    await does(org, ana, lambda work: ticket_commands.execute_command(work, number, note))
    reply = AddMessage("It works again.", status=Status.RESOLVED)
    await does(org, ana, lambda work: ticket_commands.execute_command(work, number, reply))
    rows = await owed(org)
    assert [(row[0], row[1], row[5]) for row in rows] == [(carla.id, "customer", "queued")] * 2
    messages = (await carla.get(f"/tickets/{number}/messages")).expect(200)["items"]
    assert rows[1][2] == messages[0]["seq"]


async def test_agents_are_owed_what_they_wish_each_one_mail(org: Org) -> None:
    sue, ana, carla = await org.supervisor(), await org.agent(), await org.customer()
    await wish(sue, "created.unassigned", "edited.unassigned")
    await filed(org, carla)
    assert await to_whom(org) == [(carla.id, "customer"), (sue.id, "team")]
    assert ana.id not in dict(await to_whom(org))


async def test_all_agents_are_owed_what_the_organization_wishes_for_them(org: Org) -> None:
    ana, bob, carla = await org.agent(), await org.agent(), await org.customer()
    house = {"kind": "created", "relation": "unassigned", "channels": ["email"]}
    (await org.admin.patch("", {"notifications": {"agents": [house]}})).expect(200)
    silent = {"notices": [{**house, "channels": []}]}
    (await bob.put("/me/preferences", silent)).expect(200)
    (await org.admin.put("/me/preferences", silent)).expect(200)
    await filed(org, carla)
    assert await to_whom(org) == [(carla.id, "customer"), (ana.id, "team")]


async def test_nobody_is_owed_a_mail_of_their_own_deed(org: Org) -> None:
    ana = await org.agent()
    await wish(ana, "created.unassigned")
    command = FileTicket("It broke", "Please help", customer_email="c@example.test")
    await does(org, ana, lambda work: ticket_creation.create_ticket(work, command))
    assert ana.id not in dict(await to_whom(org))


async def test_who_has_left_is_owed_nothing(org: Org) -> None:
    ana, carla = await org.agent(), await org.customer()
    await wish(ana, "created.unassigned")
    for person in (ana, carla):
        (await org.admin.patch(f"/users/{person.id}", {"active": False})).expect(200)
    await filed(org, carla)
    assert await owed(org) == []


async def test_a_mail_waits_for_the_end_of_quiet_hours_and_for_its_digest(org: Org) -> None:
    ana, bob, carla = await org.agent(), await org.agent(), await org.customer()
    quiet = {"from": "22:00", "to": "07:00", "timezone": "UTC"}
    await wish(ana, "created.unassigned", quiet_hours=quiet)
    await wish(bob, "created.unassigned", digest="daily")
    await filed(org, carla)
    due = {row[0]: (from_microseconds(row[3]), bool(row[4])) for row in await owed(org)}
    assert due == {
        carla.id: (NIGHT, False),
        ana.id: (datetime(2026, 3, 3, 7, tzinfo=UTC), False),
        bob.id: (datetime(2026, 3, 3, 8, tzinfo=UTC), True),
    }


async def test_what_stands_in_the_inbox_alone_owes_no_mail(org: Org) -> None:
    carla = await org.customer()
    muted = {"kind": "created", "relation": "mine", "channels": ["in_app"]}
    (await carla.put("/me/preferences", {"notices": [muted]})).expect(200)
    await filed(org, carla)
    assert await owed(org) == []


async def test_the_wishes_of_a_person_are_read_once_in_a_transaction(
    org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    carla, ana = await org.customer(), await org.agent()
    numbers = [await filed(org, carla) for _ in range(3)]
    before, asked = await to_whom(org), []
    list_addressees = recipients.list_mail_addressees

    def list_and_note(reading: ReadTransaction, org_id: int, ids: list[int]) -> Any:
        asked.append(ids)
        return list_addressees(reading, org_id, ids)

    monkeypatch.setattr(recipients, "list_mail_addressees", list_and_note)
    resolve = EditTicket(status=Status.RESOLVED)
    await does(
        org,
        ana,
        lambda work: bulk_commands.execute_on_tickets(work, numbers, resolve, dry_run=False),
    )
    assert (await to_whom(org))[len(before) :] == [(carla.id, "customer")] * 3
    assert asked == [[carla.id]]
