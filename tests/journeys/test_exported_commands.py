"""Exports have what any command of agents did, and an import makes it again."""

from typing import Any, get_args

from common.endpoints import TICKET_COMMANDS
from common.tickets.registry import TicketCommand
from server.rest.openapi.examples import find_example
from tests.support.desk import Org, Tenants
from tests.support.import_lines import given_out, taken_in
from tests.support.marks import on_sqlite
from tests.support.rest import Caller

TICKET, ANOTHER = 1, 2


async def do_everything(org: Org) -> None:
    """Does every command to one ticket with its documented example, in the registry's order.

    A command that undoes another one comes after it in the registry.
    """
    agent, customer, other = await org.agent(), await org.customer(), await org.customer()
    for number in (TICKET, ANOTHER):
        await customer.file(subject=f"Case {number}")
    await customer.write(TICKET, "Two matters.")
    said = await org.admin.everything(f"/tickets/{TICKET}/messages")
    present: dict[str, Any] = {
        "user_id": agent.id,
        "into": ANOTHER,
        "message_ids": [said[0]["id"]],
        "customer_email": other.email,
    }
    for command in get_args(TicketCommand):
        endpoint = TICKET_COMMANDS[command]
        example = find_example(endpoint)
        body = {name: present.get(name, value) for name, value in example.items()}
        before = (await org.admin.ticket(TICKET))["version"]
        reply = await org.admin.ask(endpoint.method, endpoint.path.format(number=TICKET), body)
        assert reply.status < 300, f"{endpoint.name}: {reply.body.decode()}"
        after = (await org.admin.ticket(TICKET))["version"]
        assert after > before, f"{endpoint.name} did nothing"


async def types_of(caller: Caller, number: int) -> list[str]:
    items = (await caller.get(f"/tickets/{number}/events")).expect(200)["items"]
    return [item["type"] for item in items]


@on_sqlite
async def test_the_events_of_every_command_of_agents_move(tenants: Tenants) -> None:
    here, there = await tenants.found(), await tenants.found()
    await do_everything(here)
    lines = await given_out(here)
    await taken_in(there, *lines)
    for number in (TICKET, ANOTHER):
        assert await types_of(there.admin, number) == await types_of(here.admin, number)
    exported = [line for line in await given_out(there) if "ticket" in line]
    assert exported == [line for line in lines if "ticket" in line]
