"""The author of a message learns whom it told by name."""

from common.people import Role
from tests.support.desk import Org
from tests.support.inbox import forget, news


async def test_the_answer_says_who_was_told_and_which_names_are_nobodys(org: Org) -> None:
    ana = await org.join(Role.AGENT, "Ana Lopez")
    wrong = await org.join(Role.AGENT, "First")
    right = await org.join(Role.AGENT, "First O'Neil")
    twins = [await org.join(Role.AGENT, "Max Stone") for _ in range(2)]
    carla = await org.customer("Carla")
    number = (await carla.file())["number"]
    await forget(ana, wrong, right, *twins)

    body = "@First\u00a0O\u2019Neil, @Joe, @Max Stone and @Ana Lopez: look. @Joe?"
    written = await ana.write(number, body, kind="note")

    assert written["mentions"] == {
        "told": [{"id": right.id, "name": "First O'Neil"}],
        "unknown": ["@Joe", "@Max Stone"],
    }
    assert await news(right) == [("mention", "mentioned")]
    assert await news(wrong) == await news(ana) == []
    assert [await news(twin) for twin in twins] == [[], []]


async def test_a_key_mentions_and_a_customer_does_not(org: Org) -> None:
    mia = await org.join(Role.AGENT, "Mia")
    carla = await org.customer("Carla")
    key = await org.key()
    number = (await carla.file())["number"]
    assert "mentions" not in await carla.write(number, "@Mia?")
    by_key = await key.write(number, "@Mia?", kind="note")
    assert by_key["mentions"] == {"told": [{"id": mia.id, "name": "Mia"}], "unknown": []}
    assert "mentions" not in await key.write(number, "No name.", kind="note")
    listed = (await mia.get(f"/tickets/{number}/messages")).expect(200)["items"]
    assert not any("mentions" in message for message in listed)


async def test_agents_see_by_what_handle_a_colleague_can_be_mentioned(org: Org) -> None:
    mia = await org.join(Role.AGENT, "Mia", email="m.berg@desk.example")
    gone = await org.join(Role.AGENT, "Gone")
    carla = await org.customer("Carla")
    (await org.admin.patch(f"/users/{gone.id}", {"active": False})).expect(200)
    listed = (await mia.get("/mentionable")).expect(200)["items"]
    assert {"id": mia.id, "name": "Mia", "handle": "m.berg"} in listed
    assert not {gone.id, carla.id} & {it["id"] for it in listed}
