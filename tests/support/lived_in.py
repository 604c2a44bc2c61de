"""A small organization in which everything has happened that can happen to a ticket."""

from common.people import Scope
from server.clock import utc_now
from server.desk.mail import delivery_failures
from server.desk.mail.delivery_failures import FailedMail
from server.desk.recording.unit_of_work import UnitOfWork
from server.storage.queries.person.name_resolver import make_system_actor
from tests.support.desk import Org


async def lived_in(org: Org) -> None:
    """Everything that can happen to a ticket, by everybody who can do it."""
    ana, bo, sue = await org.agent("Ana"), await org.agent("Bo"), await org.supervisor("Sue")
    carl, key = await org.customer("Carl"), await org.key(Scope.TICKETS_WRITE)
    await carl.file("Resolved, thanked for, resolved again", priority="high")
    await ana.write(1, "Try turning it off.", waiting_on="customer")
    await bo.write(1, "Did you try the switch?", kind="note")
    await ana.edit(1, status="resolved", priority="low", tags=["switch", "power"])
    await carl.write(1, "It is still off.")
    await bo.claim(1)
    await bo.edit(1, status="resolved")
    await ana.file("Filed for somebody", customer_email="dora@shop.example")
    await ana.claim(2)
    await sue.post("/tickets/2/assign", {"user_id": bo.id})
    await bo.edit(2, snoozed_until="2999-01-01T00:00:00Z", waiting_on="third_party")
    await bo.edit(2, status="open", subject="Given back")
    (await sue.post("/tickets/2/assign", {"user_id": ana.id})).expect(200)
    (await ana.post("/tickets/2/release")).expect(200)
    await key.file("Filed by a machine", customer_email="dora@shop.example")
    await key.write(3, "Says the machine.")
    await sue.edit(3, status="closed", reason="spam")
    await sue.edit(3, status="in_progress", reason="It was no spam")
    await carl.file("Closed and asked about")
    await carl.edit(4, status="resolved")
    await carl.edit(4, status="closed")
    await carl.write(4, "One more thing.")
    await undelivered(org, 5, carl.id)
    await carl.file("Erased")
    (await org.admin.post(f"/users/{bo.id}/erase")).expect(200)


async def undelivered(org: Org, number: int, person_id: int) -> None:
    """The agent's reply comes back."""
    ana = await org.agent("Ana")
    written = await ana.write(number, "Have you tried?", waiting_on="customer")
    failed = FailedMail(person_id=person_id, number=number, seq=written["seq"], error="550 no")
    system = make_system_actor(org.id)
    await org.desk.database.write(
        lambda writing: delivery_failures.record_undelivered(
            UnitOfWork(writing, system, utc_now()), failed
        )
    )
