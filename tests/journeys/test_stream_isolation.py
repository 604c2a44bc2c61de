"""Stream thieves get nothing: whatever they subscribe to, and whosever key they bring."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import zmq

from server.storage.connect import open_database
from server.storage.engine.statement import Statement, param
from server.storage.queries.person import sessions
from server.storage.tables.desk_tables import SessionModel
from tests.support.desk import PASSWORD, Org, ServedDesk, Tenants
from tests.support.marks import on_sqlite
from tests.support.postgres import Cluster
from tests.support.process import serving
from tests.support.rest import Caller
from tests.support.stream_listener import Keys, StreamListener, StreamListeners, Told
from tests.support.waiting import eventually


async def opened(caller: Caller, keys: Keys) -> Told:
    told: Told = (await caller.post("/stream", {"public_key": keys.public})).expect(200)
    return told


async def make_noise(org: Org) -> None:
    """Events of every kind of topic there is."""
    customer = await org.customer()
    number = (await customer.file("zebra"))["number"]
    await org.admin.write(number, "zebra")
    await org.admin.patch("", {"name": "zebra"})
    await org.admin.patch(f"/users/{customer.id}", {"name": "zebra"})
    await org.admin.put("/me/presence", {"state": "available"})


async def nothing_reaches(
    thieves: dict[str, StreamListener], org: Org, honest: StreamListener
) -> None:
    """The honest hear what happens; the thieves hear not even a heartbeat."""
    await make_noise(org)
    seq = (await org.admin.get("/events")).expect(200)["seq"]
    await honest.until_seq(seq)
    # Another heartbeat, so that whatever came after the noise has come too.
    await honest.until_type("heartbeat")
    for how, thief in thieves.items():
        stolen = await thief.for_a_while(0.05)
        assert stolen == [], how


@on_sqlite
async def test_topics_that_are_not_ones_own_give_nothing(
    tenants: Tenants, listeners: StreamListeners
) -> None:
    shift = next(tenants.desk.shifts) + 400
    victim, foreign = await tenants.found(1001 + shift), await tenants.found(10012 + 10 * shift)
    assert str(foreign.id).startswith(str(victim.id))
    agent = await victim.agent()
    honest, where = await listeners.of(agent)
    wide, narrow = f"{victim.id}/1/", f"{foreign.id}/1/"
    wishes = {
        "foreign topic": (foreign.admin, wide),
        "foreign kind": (foreign.admin, wide + "ticket"),
        "foreign user": (foreign.admin, f"{wide}user/{agent.id}"),
        "empty": (foreign.admin, ""),
        "a digit": (foreign.admin, "1"),
        "a prefix": (foreign.admin, str(victim.id)),
        "without slash": (foreign.admin, narrow[:-1]),
        "own organization alone": (foreign.admin, f"{foreign.id}"),
        "own without generation": (foreign.admin, f"{foreign.id}/"),
        "next generation": (foreign.admin, f"{foreign.id}/2/"),
        "prefix of a longer id": (victim.admin, str(victim.id)),
        "a colleague's own": (victim.admin, f"{wide}user/{agent.id}"),
        "victim's next generation": (victim.admin, f"{victim.id}/2/"),
        "victim without slash": (victim.admin, f"{victim.id}/1"),
    }
    thieves = {}
    for how, (caller, wish) in wishes.items():
        keys = Keys()
        thieves[how] = listeners.at(await opened(caller, keys), keys, wish)
    await nothing_reaches(thieves, victim, honest)
    assert where["topic"] == wide


@on_sqlite
async def test_a_foreign_listener_hears_its_own_and_no_byte_of_others(
    tenants: Tenants, listeners: StreamListeners
) -> None:
    here, there = await tenants.found(), await tenants.found()
    (mine, _), (theirs, _) = await asyncio.gather(
        listeners.of(here.admin), listeners.of(there.admin)
    )
    theirs.subscribe("")
    theirs.subscribe(f"{here.id}/1/")
    await make_noise(here)
    await make_noise(there)
    await mine.until(lambda told: told["type"] == "user.changed")
    await theirs.until_seq((await there.admin.get("/events")).expect(200)["seq"])
    assert {told["org"] for told in mine.told} == {here.id}
    assert {told["org"] for told in theirs.told} == {there.id}


@on_sqlite
async def test_without_a_key_that_the_server_knows_nobody_gets_in(
    org: Org, listeners: StreamListeners
) -> None:
    honest, where = await listeners.of(org.admin)
    known = Keys()
    await opened(org.admin, known)
    liar = Keys()
    liar.public = known.public  # somebody's public key, without the secret that belongs to it
    wrong_server = {**where, "server_public_key": Keys().public}
    thieves = {
        "unknown key": listeners.at(where, Keys(), where["topic"], ""),
        "no CURVE": listeners.at(where, None, where["topic"], ""),
        "a public key alone": listeners.at(where, liar, where["topic"], ""),
        "a key for another server": listeners.at(wrong_server, known, where["topic"]),
    }
    await nothing_reaches(thieves, org, honest)


@on_sqlite
async def test_customers_keys_and_strangers_open_no_stream(org: Org) -> None:
    body = {"public_key": Keys().public}
    for caller in (await org.customer(), await org.key()):
        (await caller.post("/stream", body)).expect(403, "forbidden")
    (await org.stranger.post("/stream", body)).expect(401, "unauthenticated")


_EXPIRE = Statement(
    SessionModel.update({SessionModel.expires_at: 1}).where(
        SessionModel.token_hash == param("token_hash")
    )
)
ENDINGS = ["signed out", "deactivated", "password", "role", "erased", "own password", "expired"]


async def end(org: Org, how: str, victim: Caller) -> None:
    """Ends a person's session, in one of the ways there are."""
    path = f"/users/{victim.id}"
    if how == "signed out":
        (await victim.delete("/sessions/current")).expect(204)
    elif how == "deactivated":
        (await org.admin.patch(path, {"active": False})).expect(200)
    elif how == "password":
        (await org.admin.patch(path, {"password": "another one"})).expect(200)
    elif how == "role":
        (await org.admin.patch(path, {"role": "supervisor"})).expect(200)
    elif how == "erased":
        (await org.admin.post(f"{path}/erase")).expect(200)
    elif how == "own password":
        other = await org.again(victim)
        body = {"current_password": PASSWORD, "new_password": "another one"}
        (await other.put("/me/password", body)).expect(204)
    elif how == "expired":
        token_hash = sessions.hash_token(victim.token)
        await org.write(lambda work: work.writing.write(_EXPIRE, token_hash=token_hash))


@pytest.mark.parametrize("how", ENDINGS)
@on_sqlite
async def test_an_ended_session_stops_hearing_within_a_second(
    org: Org, listeners: StreamListeners, how: str
) -> None:
    victim, agent = await org.agent(), await org.agent()
    keys = Keys()
    (gone, where), (honest, _) = await asyncio.gather(
        listeners.of(victim, keys), listeners.of(agent)
    )
    gone.subscribe(f"{org.id}/2/")  # in advance: the generation that comes next
    await end(org, how, victim)
    await honest.until_type("stream.moved")
    honest, new = await listeners.of(agent)
    assert new["topic"] == f"{org.id}/2/"
    gone.subscribe(f"{org.id}/2/")
    gone.subscribe("")
    late = listeners.at(where, keys, f"{org.id}/2/")  # a new connection with the old key
    before = len(gone.heard)
    await nothing_reaches({"with the old key": late}, org, honest)
    await gone.for_a_while(0.05)
    after = gone.heard[before:]
    assert all(topic.startswith(f"{org.id}/1/") for topic, _ in after)
    before_its_end = {"stream.moved", "user.changed", "heartbeat"}
    assert {told["type"] for _, told in after} <= before_its_end
    (await victim.post("/stream", {"public_key": Keys().public})).expect(401, "unauthenticated")


@on_sqlite
async def test_what_floods_the_gate_with_nonsense_stops_nobody(
    tenants: Tenants, listeners: StreamListeners
) -> None:
    here, there = await tenants.found(), await tenants.found()
    keys = Keys()
    where = await opened(there.admin, keys)
    flood = listeners.context.socket(zmq.XSUB)
    flood.linger = 0
    flood.curve_publickey, flood.curve_secretkey = keys.public.encode(), keys.secret.encode()
    flood.curve_serverkey = where["server_public_key"].encode()
    flood.connect(where["endpoint"])
    for n in range(2000):
        await flood.send(b"\x01" + f"{here.id}/1/{n}".encode())
    await flood.send(b"\x02 nonsense")
    honest, _ = await listeners.of(here.admin)
    await make_noise(here)
    await honest.until_seq((await here.admin.get("/events")).expect(200)["seq"])
    assert not await flood.poll(50)


# -- two servers on one database


@pytest.fixture
async def pair(postgres: Cluster, tmp_path: Path) -> AsyncIterator[tuple[ServedDesk, str]]:
    """A desk on one server, and the address of another server on the same database."""
    url = postgres.migrated()
    with (
        serving(url, tmp_path / "one.log") as one,
        serving(url, tmp_path / "two.log") as two,
    ):
        database = open_database(url)
        yield ServedDesk(url, one, database), two.http
        database.close()


async def test_two_servers_on_one_database_are_one_desk(
    pair: tuple[ServedDesk, str], web: aiohttp.ClientSession, listeners: StreamListeners
) -> None:
    desk, elsewhere = pair
    org = await Tenants(desk, web).found()
    agent, leaver, customer = await org.agent(), await org.agent(), await org.customer()
    (listener, where), (gone, _) = await asyncio.gather(
        listeners.of(agent.at(elsewhere)), listeners.of(leaver.at(elsewhere))
    )
    # What one writes, the other's stream carries.
    ticket = await customer.file()
    told = await listener.until_type("ticket.created")
    assert told["ticket"]["number"] == ticket["number"]
    assert listener.events == await agent.events(where["seq"])
    # A session ended on one stops on the other within a second, its stream too.
    (await leaver.at(elsewhere).get("/me")).expect(200)
    (await leaver.delete("/sessions/current")).expect(204)

    async def refused() -> bool:
        return (await leaver.at(elsewhere).get("/me")).status == 401

    await eventually(refused)
    gone.subscribe(f"{org.id}/2/")
    await listener.until_type("stream.moved")
    # Opened on the other right then: the ended one is not let in with it.
    again, new = await listeners.of(agent.at(elsewhere))
    assert new["topic"] == f"{org.id}/2/"
    gone.subscribe(f"{org.id}/2/")
    await customer.file()
    await again.until_type("ticket.created")
    assert [it["type"] for it in await gone.for_a_while(0.1) if it["seq"] > told["seq"]] == []


async def test_a_stream_opened_on_one_server_lets_nobody_stay_whom_the_other_has_ended(
    pair: tuple[ServedDesk, str], web: aiohttp.ClientSession, listeners: StreamListeners
) -> None:
    """The other server has not looked yet: the answer to POST /stream may be the first it hears."""
    desk, elsewhere = pair
    org = await Tenants(desk, web).found()
    agent, leaver, customer = await org.agent(), await org.agent(), await org.customer()
    (stale, _), (gone, _) = await asyncio.gather(
        listeners.of(agent.at(elsewhere)), listeners.of(leaver.at(elsewhere))
    )
    (await leaver.delete("/sessions/current")).expect(204)
    fresh, new = await listeners.of(agent.at(elsewhere))
    assert new["topic"] == f"{org.id}/2/"
    await stale.until_type("stream.moved")
    gone.subscribe(f"{org.id}/2/")
    await fresh.until_type("heartbeat")
    await customer.file()
    await fresh.until_type("ticket.created")
    await gone.for_a_while(0.2)
    assert gone.events == []
