"""People over REST: signing in, up and out, passwords, roles, erasing, settings."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters

from common.organization import Signup
from server import passwords
from tests.support.desk import PASSWORD, Org, Tenants
from tests.support.marks import on_sqlite
from tests.support.sqlite_file import make_sqlite_url
from tests.support.timed_desk import timed_desk


async def test_signing_in_answers_a_token_and_who_one_is(org: Org) -> None:
    agent = await org.agent("Ana")
    body = {"email": f" {agent.email.upper()} ", "password": PASSWORD}
    session = (await org.stranger.post("/sessions", body)).expect(201)
    assert set(session) == {"token", "expires_at", "user", "public_url"}
    assert session["token"].startswith("dws_")
    again = agent.having(token=session["token"])
    me = (await again.get("/me")).expect(200)
    assert me == session["user"]
    assert (me["id"], me["name"], me["role"], me["presence"]) == (
        agent.id,
        "Ana",
        "agent",
        "offline",
    )
    (await again.delete("/sessions/current")).expect(204)
    (await again.get("/me")).expect(401, "unauthenticated")
    (await agent.get("/me")).expect(200)


async def test_wrong_credentials_look_alike_whatever_is_wrong_with_them(tenants: Tenants) -> None:
    org = await tenants.found()
    gone, bare = await org.agent(), await org.customer()
    await org.admin.patch(f"/users/{gone.id}", {"active": False})
    await org.admin.file(customer_email="nopassword@example.test")
    right = org.admin.email
    answers = []
    for org_id, email, password in (
        (org.id, right, "wrong password"),
        (org.id, "nobody@example.test", PASSWORD),
        (99_998, right, PASSWORD),
        (org.id, gone.email, PASSWORD),
        (org.id, "nopassword@example.test", ""),
        (org.id, "no address", PASSWORD),
        (org.id, "", ""),
        (org.id, right, "x" * 1024),
    ):
        stranger = org.stranger.having(org_id=org_id)
        answers.append(await stranger.post("/sessions", {"email": email, "password": password}))
    for reply in answers:
        reply.expect(401, "bad-credentials")
        assert reply.unsigned == answers[0].unsigned
    (await org.stranger.post("/sessions", {"email": bare.email, "password": PASSWORD})).expect(201)


@pytest.fixture
async def dear_org(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, web: aiohttp.ClientSession
) -> AsyncIterator[Org]:
    """An organization on a server that hashes passwords at its own cost."""
    monkeypatch.setattr(passwords, "PasswordHasher", PasswordHasher)
    passwords._make_dummy_hash.cache_clear()
    async with timed_desk(make_sqlite_url(tmp_path)) as desk:
        yield await Tenants(desk, web).found()
    passwords._make_dummy_hash.cache_clear()


async def test_a_wrong_password_costs_as_much_where_nobody_has_the_address(
    dear_org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person's password is one that the server hashed, at the server's own cost."""
    costs: list[Parameters] = []
    verify = PasswordHasher.verify

    def count(hasher: PasswordHasher, stored: str, password: str) -> bool:
        costs.append(extract_parameters(stored))
        return verify(hasher, stored, password)

    body = {"email": "a@example.test", "name": "A", "password": PASSWORD}
    (await dear_org.admin.post("/users", body)).expect(201)
    monkeypatch.setattr(PasswordHasher, "verify", count)
    for email in ("a@example.test", "b@example.test"):
        wrong = {"email": email, "password": "wrong password"}
        (await dear_org.stranger.post("/sessions", wrong)).expect(401, "bad-credentials")
    known, unknown = costs
    assert known == unknown
    assert known.memory_cost >= 2**15, "kibibytes: nobody tries many at that price"


async def test_customers_sign_up_where_it_is_open(tenants: Tenants) -> None:
    shut, open_ = await tenants.found(), await tenants.found(signup=Signup.OPEN)
    body = {"email": "New@Example.test", "name": "New", "password": PASSWORD}
    (await shut.stranger.post("/customers", body)).expect(403, "forbidden")
    (await shut.stranger.having(org_id=99_998).post("/customers", body)).expect(404, "not-found")
    made = (await open_.stranger.post("/customers", body)).expect(201)
    assert (made["email"], made["role"]) == ("new@example.test", "customer")
    (await open_.stranger.post("/customers", body)).expect(409, "email-taken")
    taken = {**body, "email": open_.admin.email.upper()}
    (await open_.stranger.post("/customers", taken)).expect(409, "email-taken")
    for bad in ({"email": "no"}, {"password": "short"}, {"name": " "}, {"role": "admin"}):
        (await open_.stranger.post("/customers", {**body, **bad})).expect(422, "validation")
    body = {"email": "new@example.test", "password": PASSWORD}
    token = (await open_.stranger.post("/sessions", body)).expect(201)["token"]
    ticket = await open_.stranger.having(token=token).file()
    assert ticket["customer"]["id"] == made["id"]


async def test_a_new_password_ends_the_other_sessions(org: Org) -> None:
    agent = await org.agent()
    other = await org.again(agent)
    wrong = {"current_password": "wrong password", "new_password": "another one"}
    refused = (await agent.put("/me/password", wrong)).expect(422, "validation")
    assert refused["errors"][0]["pointer"] == "/current_password"
    right = {"current_password": PASSWORD, "new_password": "another one"}
    (await agent.put("/me/password", right)).expect(204)
    (await agent.get("/me")).expect(200)
    (await other.get("/me")).expect(401, "unauthenticated")
    (await org.stranger.post("/sessions", {"email": agent.email, "password": PASSWORD})).expect(
        401, "bad-credentials"
    )
    body = {"email": agent.email, "password": "another one"}
    (await org.stranger.post("/sessions", body)).expect(201)


async def test_admins_keep_people(org: Org) -> None:
    body = {
        "email": "Ana@Example.test",
        "name": " Ana ",
        "role": "agent",
        "skills": ["b", "a", "b"],
    }
    reply = await org.admin.post("/users", {**body, "capacity": 3, "password": PASSWORD})
    ana = reply.expect(201)
    assert set(ana) >= {"id", "email", "name", "role", "skills", "capacity", "presence", "active"}
    assert (ana["email"], ana["name"], ana["skills"]) == ("ana@example.test", "Ana", ["b", "a"])
    assert (ana["capacity"], ana["presence"], ana["active"]) == (3, "offline", True)
    path = f"/users/{ana['id']}"
    assert reply.headers["Location"] == f"/v1/orgs/{org.id}{path}"
    (await org.admin.post("/users", {**body, "email": "ANA@example.test"})).expect(
        409, "email-taken"
    )
    before = (await org.admin.get("/queues")).expect(200)["seq"]
    edited = (await org.admin.patch(path, {"name": "Anna", "skills": []})).expect(200)
    assert (edited["name"], edited["skills"], edited["email"]) == ("Anna", [], ana["email"])
    (await org.admin.patch(path, {"name": "Anna"})).expect(200)
    events = await org.admin.events(before)
    assert [it["type"] for it in events] == ["user.changed"]
    assert events[0]["user"] == {
        "id": ana["id"], "name": "Anna", "role": "agent", "presence": "offline", "skills": [],
    }  # fmt: skip
    for bad in (
        {"role": "customer"}, {"role": "key"}, {"role": "system"}, {"role": "boss"}, {"name": None},
        {"capacity": -1}, {"capacity": 2**40}, {"email": "no"}, {"active": "yes"}, {"id": 5},
    ):  # fmt: skip
        (await org.admin.patch(path, bad)).expect(422, "validation")
    taken = await org.admin.patch(path, {"email": org.admin.email})
    taken.expect(409, "email-taken")


async def test_who_is_deactivated_is_out_at_once(org: Org) -> None:
    agent = await org.agent()
    (await org.admin.patch(f"/users/{agent.id}", {"active": False})).expect(200)
    (await agent.get("/me")).expect(401, "unauthenticated")
    body = {"email": agent.email, "password": PASSWORD}
    (await org.stranger.post("/sessions", body)).expect(401, "bad-credentials")
    (await org.admin.patch(f"/users/{agent.id}", {"active": True})).expect(200)
    (await agent.get("/me")).expect(401, "unauthenticated")
    (await org.stranger.post("/sessions", body)).expect(201)


async def test_the_last_admin_stays(org: Org) -> None:
    path = f"/users/{org.admin.id}"
    for edit in ({"active": False}, {"role": "agent"}):
        (await org.admin.patch(path, edit)).expect(409, "last-admin")
    (await org.admin.post(f"{path}/erase")).expect(409, "last-admin")
    (await org.admin.get("/me")).expect(200)


async def test_an_erased_person_is_gone_from_everywhere_and_the_figures_stay(org: Org) -> None:
    customer, agent = await org.customer("Carla Zebra"), await org.agent("Ana")
    await customer.file("Zebra trouble", description="Zebra words")
    await agent.edit(1, tags=["zebra-crossing"], subject="Zebra case")
    await agent.edit(1, tags=["other"])
    await customer.write(1, "More zebra words")
    await agent.write(1, "An answer")
    count = len(await agent.events())
    erased = (await org.admin.post(f"/users/{customer.id}/erase")).expect(200)
    assert (erased["name"], erased["active"]) == ("Erased", False)
    assert erased["email"] != customer.email
    (await customer.get("/me")).expect(401, "unauthenticated")
    paths = ["/tickets", "/tickets/1?include=messages", "/events?limit=1000", "/users",
             "/tickets/1/events", f"/users/{customer.id}", "/tickets?q=zebra"]  # fmt: skip
    for path in paths:
        text = (await org.admin.get(path)).body.decode().lower()
        assert "zebra" not in text, path
        assert customer.email not in text, path
    assert (await agent.get("/queues")).expect(200)["in_progress"] == 1
    told = await agent.events(after=count)
    assert [it["type"] for it in told] == ["ticket.redacted", "user.changed"]
    assert await agent.ticket(1) | {
        "subject": "(erased)",
        "description": "(erased)",
        "tags": [],
    } == (await agent.ticket(1))
    (await org.admin.post(f"/users/{customer.id}/erase")).expect(200)
    assert len(await agent.events()) == count + 2
    again = await agent.file(customer_email=customer.email)
    assert again["customer"]["id"] != customer.id


async def test_settings_are_replaced_field_by_field_and_told(balanced: Org) -> None:
    org, agent = balanced, await balanced.join(skills=("code",))
    settings = (await agent.get("")).expect(200)
    assert settings == (await agent.get("/")).expect(200)
    assert (settings["org_id"], settings["timezone"], settings["signup"]) == (
        org.id,
        "UTC",
        "closed",
    )
    assert settings["auto_close_hours"] == 96
    assert settings["assignment"] == {"mode": "balanced", "owner_timeout_minutes": None}
    (await agent.patch("", {"name": "Mine"})).expect(403, "forbidden")
    edit: dict[str, Any] = {
        "name": "New", "timezone": "Europe/Rome", "holidays": ["2026-12-25"],
        "categories": [{"slug": "bugs", "name": "Bugs", "required_skills": ["code"]}],
        "default_category": "bugs", "assignment": {"mode": "manual"},
    }  # fmt: skip
    edited = (await org.admin.patch("/", edit)).expect(200)
    assert edited["categories"][0]["optional_skills"] == []
    assert edited["business_hours"] == settings["business_hours"]
    before = (await agent.get("/queues")).expect(200)["seq"]
    assert (await org.admin.patch("", {"name": "New"})).expect(200) == edited
    assert (await agent.get("/queues")).expect(200)["seq"] == before
    event = (await agent.events())[-1]
    assert (event["type"], event["actor"]["id"]) == ("org.changed", org.admin.id)
    assert (await (await org.customer()).file())["category"] == "bugs"


BAD_SETTINGS: list[tuple[dict[str, Any], str]] = [
    ({"timezone": "Rome"}, "/timezone"),
    ({"timezone": "localtime"}, "/timezone"),
    ({"timezone": "../../etc/passwd"}, "/timezone"),
    ({"default_category": "none"}, "/default_category"),
    ({"categories": []}, "/categories"),
    ({"categories": [{"slug": "a", "name": "A"}]}, "/default_category"),
    ({"categories": [{"slug": "general", "name": "A"}] * 2}, "/categories/1/slug"),
    ({"business_hours": {"mon": [["17:00", "09:00"]]}}, "/business_hours/mon/0"),
    ({"business_hours": {"mon": [["25:00", "26:00"]]}}, "/business_hours/mon/0/0"),
    ({"holidays": ["2026-02-30"]}, "/holidays/0"),
    ({"signup": "maybe"}, "/signup"),
    ({"auto_close_hours": 0}, "/auto_close_hours"),
    ({"reopen_closed_days": -1}, "/reopen_closed_days"),
    ({"org_id": 4821}, "/org_id"),
    ({"assignment": {"mode": "chance"}}, "/assignment/mode"),
]


@pytest.mark.parametrize(("edit", "pointer"), BAD_SETTINGS, ids=lambda it: str(it)[:40])
@on_sqlite
async def test_settings_that_cannot_be_are_refused(
    org: Org, edit: dict[str, Any], pointer: str
) -> None:
    errors = (await org.admin.patch("", edit)).expect(422, "validation")["errors"]
    assert pointer in {it["pointer"] for it in errors}


async def test_a_key_is_shown_once(org: Org) -> None:
    made = (await org.admin.post("/api-keys", {"name": "A", "scopes": ["events:read"]})).expect(201)
    assert made["key"].startswith("dwk_")
    [listed] = (await org.admin.get("/api-keys")).expect(200)["items"]
    assert listed == {name: value for name, value in made.items() if name != "key"}
    odd: list[dict[str, Any]] = [{"scopes": []}, {"scopes": ["all"]}, {"name": ""}, {"scopes": "x"}]
    for bad in odd:
        body = {"name": "A", "scopes": ["events:read"], **bad}
        (await org.admin.post("/api-keys", body)).expect(422, "validation")
