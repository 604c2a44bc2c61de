"""Exports have what any command of agents did, and an import makes it again."""

from typing import Any, get_args

from common.endpoints import TICKET_COMMANDS
from common.tickets.registry import TicketCommand
from server.rest.openapi.examples import find_example
from tests.support.desk import Org, Tenants
from tests.support.import_lines import given_out, taken_in
from tests.support.marks import on_sqlite
from tests.support.rest import Caller


async def do_everything(org: Org) -> None:
    """Does every command with its documented example, each to a new ticket.

    One that undoes another one comes after it in the registry, and is done to the same ticket.
    """
    agent, customer, other = await org.agent(), await org.customer(), await org.customer()
    present: dict[str, Any] = {
        "user_id": agent.id,
        "into": (await customer.file())["number"],
        "customer_email": other.email,
    }
    before = present["into"]
    for command in get_args(TicketCommand):
        number = (await customer.file())["number"]
        await customer.write(number, "Two matters.")
        [message] = await org.admin.everything(f"/tickets/{number}/messages")
        known = present | {"message_ids": [message["id"]]}
        if not await changes_ticket(org.admin, number, command, known):
            assert await changes_ticket(org.admin, before, command, known), command.__name__
        before = number


async def changes_ticket(caller: Caller, number: int, command: type, known: dict[str, Any]) -> bool:
    """Sends a command's example with the values known here; says whether it did anything."""
    endpoint = TICKET_COMMANDS[command]
    body = {name: known.get(name, value) for name, value in find_example(endpoint).items()}
    before = (await caller.ticket(number))["version"]
    reply = await caller.ask(endpoint.method, endpoint.path.format(number=number), body)
    assert reply.status < 300 or reply.status == 409, f"{endpoint.name}: {reply.body.decode()}"
    return bool((await caller.ticket(number))["version"] > before)


async def event_types(caller: Caller) -> dict[int, list[str]]:
    """The types of the events of each ticket, by its number."""
    found: dict[int, list[str]] = {}
    for event in await caller.events():
        if "ticket" in event:
            found.setdefault(event["ticket"]["number"], []).append(event["type"])
    return found


@on_sqlite
async def test_the_events_of_every_command_of_agents_move(tenants: Tenants) -> None:
    here, there = await tenants.found(), await tenants.found()
    await do_everything(here)
    lines = await given_out(here)
    await taken_in(there, *lines)
    assert await event_types(there.admin) == await event_types(here.admin)
    exported = [line for line in await given_out(there) if "ticket" in line]
    assert exported == [line for line in lines if "ticket" in line]
