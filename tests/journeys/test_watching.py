"""Watching tickets: colleagues see it at once, the log never, other organizations not at all."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.support.desk import Org, Tenants
from tests.support.stream_listener import StreamListeners

Sit = Callable[..., Any]


async def test_a_watch_is_a_signal_to_colleagues_and_no_event(
    tenants: Tenants, org: Org, listeners: StreamListeners
) -> None:
    ann, ben = await org.agent("Ann"), await org.agent("Ben")
    other = await (await tenants.found()).agent()
    number = (await (await org.customer()).file())["number"]
    (hearing, _), (strange, _) = await listeners.of(ben), await listeners.of(other)
    await hearing.until_type("heartbeat")
    await strange.until_type("heartbeat")
    before = (await ann.get("/events")).expect(200)["seq"]
    (await ann.post(f"/tickets/{number}/watch", {"typing": True})).expect(204)
    heard = await hearing.until_type("ticket.watched")
    assert heard["watch"] == {
        "number": number, "user": {"id": ann.id, "name": "Ann"}, "typing": True, "left": False,
    }  # fmt: skip
    assert (await ann.get("/events")).expect(200)["seq"] == before
    await strange.until_type("heartbeat")
    assert all(told["type"] != "ticket.watched" for told in strange.told)
    (await ann.post("/tickets/99/watch", {})).expect(404, "not-found")
    (await ann.post(f"/tickets/{number}/watch", {"typing": 1})).expect(422, "validation")


async def test_an_agent_sees_who_else_writes_to_the_ticket(desk: Any, sit: Sit) -> None:
    number = await desk.file("Cannot log in")
    async with sit(desk) as ana, sit(desk, "bo", hold=timedelta(minutes=5)) as bo:
        await ana.sees("Cannot log in")
        await bo.sees("Cannot log in")
        await ana.press("enter")
        await ana.sees("It does not work.")
        await bo.press("enter")
        await ana.sees("◉ Bo Lindqvist is looking")
        await bo.press("r")
        await bo.sees("PUBLIC")
        await bo.write("Dear Dora")
        await ana.sees("◉ Bo Lindqvist is writing")
        await bo.press("ctrl+s")
        await bo.sees("in 300 s · z undo")
        await ana.sees("◉ Bo Lindqvist is looking")
        await bo.press("z")
        await bo.sees("PUBLIC", "Dear Dora")
        await bo.press("escape", "q")
        await ana.sees_no("◉ Bo")
        assert ana.app.ticket.number == number
