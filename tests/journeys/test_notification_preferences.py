"""People's wishes for notifications over REST: their own word, the organization's, then ours."""

from typing import Any

import pytest

from tests.support.desk import Org
from tests.support.inbox import heard, inbox
from tests.support.rest import Caller


async def wish(caller: Caller, kind: str, relation: str, *channels: str) -> None:
    body = {"notices": [{"kind": kind, "relation": relation, "channels": channels}]}
    (await caller.put("/me/preferences", body)).expect(200)


async def test_what_one_does_not_wish_to_hear_is_not_in_the_inbox(org: Org) -> None:
    agent, carla = await org.agent(), await org.customer()
    await carla.file()
    await wish(agent, "created", "unassigned")
    page = await inbox(agent)
    assert (page["items"], page["unread"]) == ([], 0)
    await wish(agent, "created", "unassigned", "in_app")
    assert (await inbox(agent))["unread"] == 1


async def test_without_mail_what_is_wished_by_mail_stands_in_the_inbox(org: Org) -> None:
    agent, carla = await org.agent(), await org.customer()
    await wish(agent, "created", "unassigned", "email")
    await carla.file()
    assert await heard(agent) == [("created", "team")]


async def test_a_customer_may_wish_to_hear_who_is_on_it(org: Org) -> None:
    agent, carla = await org.agent("Ana"), await org.customer()
    ticket = await carla.file()
    await agent.claim(ticket["number"])
    assert await heard(carla) == [("created", "customer")]
    await wish(carla, "assigned", "mine", "in_app")
    assert await heard(carla) == [("assigned", "customer"), ("created", "customer")]


async def test_mentions_assignments_and_breaches_cannot_be_silenced(org: Org) -> None:
    agent = await org.agent()
    kinds = ["mention", "assigned", "sla_breached", "note"]
    wishes = [{"kind": kind, "relation": "mine", "channels": []} for kind in kinds]
    problem = (await agent.put("/me/preferences", {"notices": wishes})).expect(422, "validation")
    assert [it["pointer"] for it in problem["errors"]] == [
        f"/notices/{n}/channels" for n in range(3)
    ]


async def test_the_organization_says_what_is_told_unless_somebody_says_otherwise(
    org: Org,
) -> None:
    agent, carla = await org.agent(), await org.customer()
    silent = {"kind": "created", "relation": "unassigned", "channels": []}
    (await org.admin.patch("", {"notifications": {"agents": [silent]}})).expect(200)
    await carla.file()
    assert await heard(agent) == []
    shown = (await agent.get("/me/preferences")).expect(200)
    assert silent in shown["notices"]
    await wish(agent, "created", "unassigned", "in_app")
    assert await heard(agent) == [("created", "team")]


async def test_what_one_does_not_wish_in_person_is_not_told_as_one_of_all(org: Org) -> None:
    sue, carla = await org.supervisor(), await org.customer()
    number = (await carla.file())["number"]
    await sue.claim(number)
    await wish(sue, "edited", "mine")
    (await org.admin.patch(f"/tickets/{number}", {"priority": "urgent"})).expect(200)
    page = await inbox(sue)
    assert [it["kind"] for it in page["items"]] == ["created"]
    assert page["unread"] == 1
    await wish(sue, "edited", "mine", "in_app")
    assert (await heard(sue))[0] == ("edited", "mine")


async def test_bad_defaults_are_refused_with_a_pointer(org: Org) -> None:
    bad = {"agents": [{"kind": "mention", "relation": "mine", "channels": []}]}
    problem = (await org.admin.patch("", {"notifications": bad})).expect(422, "validation")
    assert problem["errors"][0]["pointer"] == "/notifications/agents/0/channels"


async def test_preferences_are_kept_as_they_were_sent(org: Org) -> None:
    agent = await org.agent()
    quiet = {"from": "22:00", "to": "07:00", "timezone": "Europe/Rome"}
    body = {"quiet_hours": quiet, "digest": "hourly"}
    changed = (await agent.put("/me/preferences", body)).expect(200)
    assert changed == (await agent.get("/me/preferences")).expect(200)
    assert (changed["quiet_hours"], changed["digest"]) == (quiet, "hourly")
    # All of it can be sent back.
    assert (await agent.put("/me/preferences", changed)).expect(200) == changed


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"digest": "yearly"}, "/digest"),
        ({"quiet_hours": {"from": "25:00", "to": "07:00", "timezone": "UTC"}}, "/quiet_hours/from"),
        ({"quiet_hours": {"from": "07:00", "to": "07:00", "timezone": "UTC"}}, "/quiet_hours/to"),
        (
            {"quiet_hours": {"from": "22:00", "to": "07:00", "timezone": "Mars"}},
            "/quiet_hours/timezone",
        ),
        (
            {"notices": [{"kind": "nonsense", "relation": "mine", "channels": []}]},
            "/notices/0/kind",
        ),
        (
            {"notices": [{"kind": "created", "relation": "mine", "channels": []}]},
            "/notices/0/relation",
        ),
    ],
)
async def test_bad_preferences_are_refused_with_a_pointer(
    org: Org, body: dict[str, Any], pointer: str
) -> None:
    agent = await org.agent()
    problem = (await agent.put("/me/preferences", body)).expect(422, "validation")
    assert problem["errors"][0]["pointer"] == pointer
