"""An imported ticket has the name that it had where it comes from, for agents and keys."""

from common.people import Role, Scope
from tests.support.desk import Org
from tests.support.import_lines import CARL, case, taken_in
from tests.support.stream_listener import StreamListeners


async def test_the_old_name_of_a_ticket_stands_in_it_for_agents_and_keys(
    org: Org, listeners: StreamListeners
) -> None:
    carl = await org.join(Role.CUSTOMER, email=CARL)
    listener, _ = await listeners.of(await org.agent())
    await taken_in(org, case("Case1"), case("Case2"))
    filed = await carl.file()
    key = await org.key(Scope.TICKETS_READ)
    told = await listener.until_type("ticket.created")

    for caller in (org.admin, key):
        found = await caller.everything("/tickets", external_id="Case2", sort="updated_at")
        assert [ticket["external_id"] for ticket in found] == ["Case2"]
    both = [("external_id", "Case1"), ("external_id", "Case2"), ("external_id", "Case3")]
    assert len((await org.admin.ask("GET", "/tickets", params=both)).expect(200)["items"]) == 2
    assert (told["ticket"]["external_id"], told["changes"]) == ("Case1", {})
    assert (await org.admin.ticket(filed["number"]))["external_id"] is None
    for ticket in [filed, await carl.ticket(1), *await carl.everything("/tickets")]:
        assert "external_id" not in ticket
    assert await carl.everything("/tickets", external_id="Case1") == []


async def test_a_ticket_keeps_its_old_name_in_all_that_happens_to_it(org: Org) -> None:
    await taken_in(org, case("Case1"))
    agent = await org.agent()
    await agent.claim(1)
    claimed = [it for it in await agent.events() if it["type"] == "ticket.claimed"]

    assert claimed[0]["ticket"]["external_id"] == "Case1"
    assert "external_id" not in claimed[0]["changes"]
