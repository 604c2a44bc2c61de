"""Walls between organizations and roles: every endpoint, called by everybody it is not for."""

import re
from typing import Any, get_args

import pytest
from msgspec import UNSET

from common.endpoint import Endpoint
from common.endpoints import ENDPOINTS, TICKET_COMMANDS
from common.people import Scope
from common.tickets.registry import TicketCommand
from server.rest.openapi.examples import find_example
from tests.support.desk import Org, Tenants
from tests.support.rest import Caller, Reply
from tests.support.uploads import PNG, make_form

WHO = {
    "session.open": "anyone",
    "session.end": "customer agent supervisor admin",
    "me.read": "customer agent supervisor admin",
    "me.password": "customer agent supervisor admin",
    "me.presence": "agent supervisor admin",
    "organization.read": "agent supervisor admin",
    "organization.edit": "admin",
    "sla.apply": "admin",
    "customer.sign_up": "anyone",
    "users.list": "agent supervisor admin",
    "user.read": "agent supervisor admin",
    "user.create": "admin",
    "user.edit": "admin",
    "user.erase": "admin",
    "user.clear_undeliverable": "supervisor admin",
    "api_keys.list": "admin",
    "api_key.create": "admin",
    "api_key.delete": "admin",
    "ticket.file": "customer agent supervisor admin tickets:write",
    "tickets.list": "customer agent supervisor admin tickets:read tickets:read-public",
    "queues.read": "agent supervisor admin",
    "ticket.read": "customer agent supervisor admin tickets:read tickets:read-public",
    "ticket.edit": "customer agent supervisor admin tickets:write",
    "ticket.rate": "customer agent supervisor admin",
    "ticket.redact": "agent supervisor admin",
    "messages.list": "customer agent supervisor admin tickets:read tickets:read-public",
    "message.add": "customer agent supervisor admin tickets:write",
    "attachments.send": "customer agent supervisor admin tickets:write",
    "attachment.read": "customer agent supervisor admin tickets:read tickets:read-public",
    "ticket.events": "agent supervisor admin",
    "ticket.follow": "agent supervisor admin",
    "ticket.unfollow": "agent supervisor admin",
    "ticket.followers": "agent supervisor admin",
    "ticket.mentionable": "agent supervisor admin",
    "notices.list": "customer agent supervisor admin",
    "notices.read": "customer agent supervisor admin",
    "preferences.read": "customer agent supervisor admin",
    "preferences.change": "customer agent supervisor admin",
    "events.list": "agent supervisor admin events:read",
    "stream.open": "agent supervisor admin",
    "webhooks.list": "admin",
    "webhook.create": "admin",
    "webhook.read": "admin",
    "webhook.edit": "admin",
    "webhook.delete": "admin",
    "webhook.rotate": "admin",
    "webhook.test": "admin",
    "webhook.replay": "admin",
    "deliveries.list": "admin",
    "delivery.replay": "admin",
    "reports.summary": "supervisor admin reports:read",
    "reports.summary_csv": "supervisor admin reports:read",
    "reports.rows": "supervisor admin reports:read",
    "reports.me": "agent supervisor admin",
    "customer.proof": "anyone",
    "addresses.list": "agent supervisor admin",
    "address.add": "agent supervisor admin",
    "address.remove": "agent supervisor admin",
    "user.merge": "supervisor admin",
    "user.unmerge": "supervisor admin",
    "ticket.revoke_links": "agent supervisor admin",
    "inboxes.list": "agent supervisor admin",
    "inbox.create": "admin",
    "inbox.delete": "admin",
    "mail.take": "admin mail:write",
    "held_mails.list": "supervisor admin",
    "held_mail.accept": "supervisor admin",
    "held_mail.discard": "supervisor admin",
    "held_mail.original": "supervisor admin",
    "ticket.original": "agent supervisor admin",
    "message.original": "agent supervisor admin",
    "ticket.quoted": "agent supervisor admin",
    "message.quoted": "agent supervisor admin",
    "participants.list": "agent supervisor admin",
    "participant.add": "agent supervisor admin",
    "participant.remove": "agent supervisor admin",
    "macros.list": "agent supervisor admin tickets:write",
    "macro.create": "agent supervisor admin",
    "macro.read": "agent supervisor admin tickets:write",
    "macro.edit": "agent supervisor admin",
    "macro.delete": "agent supervisor admin",
    "drafts.list": "agent supervisor admin",
    "draft.save": "agent supervisor admin",
    "draft.discard": "agent supervisor admin",
    "views.list": "agent supervisor admin tickets:write",
    "view.create": "agent supervisor admin",
    "view.read": "agent supervisor admin tickets:write",
    "view.edit": "agent supervisor admin",
    "view.delete": "agent supervisor admin",
    "tickets.bulk": "agent supervisor admin tickets:write",
    "ticket.watch": "agent supervisor admin",
}
"""The callers of each endpoint as docs/api.md lists them, independent of the code."""
for command in get_args(TicketCommand):
    # A new command of agents has its case at once, until the table says otherwise.
    WHO.setdefault(TICKET_COMMANDS[command].name, "agent supervisor admin")

TOKENS_OF_NOBODY = ("dws_wrong", "dwk_wrong")
GUARDED = [endpoint for endpoint in ENDPOINTS if not endpoint.is_open]
WITH_ID = [endpoint for endpoint in ENDPOINTS if "{" in endpoint.path]
each = pytest.mark.parametrize("endpoint", GUARDED, ids=lambda endpoint: endpoint.name)


def path_of(endpoint: Endpoint, id_: object) -> str:
    return re.sub(r"{\w+}", str(id_), endpoint.path)


async def call(caller: Caller, endpoint: Endpoint, id_: object = 1) -> Reply:
    """The endpoint with a body that is right in form: it is refused for its sender alone."""
    path = path_of(endpoint, id_)
    body = dict(find_example(endpoint))
    return await caller.ask(endpoint.method, path, body or UNSET)


async def misuse(caller: Caller, endpoint: Endpoint, id_: object = 1) -> Reply:
    """The endpoint with something in the request that it does not know."""
    path, wrong = path_of(endpoint, id_), {"nonsense": 1}
    if endpoint.body is not None:
        return await caller.ask(endpoint.method, path, wrong)
    return await caller.ask(endpoint.method, path, params=wrong)


async def everybody(org: Org) -> dict[str, Caller]:
    """A caller of each role, and of each scope."""
    return {
        "customer": await org.customer(),
        "agent": await org.agent(),
        "supervisor": await org.supervisor(),
        "admin": org.admin,
        **{scope.value: await org.key(scope) for scope in Scope},
    }


async def file_with_photo(customer: Caller) -> dict[str, Any]:
    """A ticket with a file."""
    form = make_form(("photo.png", PNG), subject="zebra", description="Please help.")
    ticket: dict[str, Any] = (await customer.ask("POST", "/tickets", data=form)).expect(201)
    return ticket


async def hold_mail(org: Org, n: int) -> tuple[int, int]:
    """An inbox, and a mail to it that is held."""
    address = f"help-{n}@{org.id}.example"
    inbox = (await org.admin.post("/inboxes", {"address": address})).expect(201)
    mail = (
        f"From: News <news@zebra.example>\r\nTo: {address}\r\nSubject: zebra\r\n"
        f"Precedence: bulk\r\nMessage-ID: <{n}@zebra.example>\r\n\r\nzebra\r\n"
    )
    headers = {"Content-Type": "message/rfc822"}
    sent = await org.admin.ask("POST", "/mails", data=mail.encode(), headers=headers)
    assert sent.status < 300, sent.body.decode()
    held = (await org.admin.get("/held-mails")).expect(200)["items"]
    return inbox["id"], held[-1]["id"]


async def full(org: Org, tickets: int) -> dict[str, list[int]]:
    """Fills an organization, and answers the ids of what is in it."""
    customer = await org.customer("Zara")
    agent = await org.agent("Zeno")
    key = await org.key()
    # Nothing listens at this port: what is sent there fails, and is told to nobody.
    hook = await org.admin.post("/webhooks", {"url": "https://shop.example:1/zebra"})
    webhook_id = hook.expect(201)["id"]
    filed = [await file_with_photo(customer) for _ in range(tickets)]
    numbers = [ticket["number"] for ticket in filed]
    for number in numbers:
        await agent.write(number, "zebra crossing", kind="note")
    owed = (await org.admin.get(f"/webhooks/{webhook_id}/deliveries")).expect(200)["items"]
    inbox_id, held_id = await hold_mail(org, numbers[0])
    macro = (
        await org.admin.post("/macros", {"name": f"zebra {numbers[0]}", "body": "zebra"})
    ).expect(201)
    view = (
        await org.admin.post("/views", {"name": f"zebra {numbers[0]}", "filter": "zebra"})
    ).expect(201)
    return {
        "tickets": numbers,
        "attachments": [filed[0]["attachments"][0]["id"]],
        "users": [customer.id, agent.id],
        "api-keys": [key.id],
        "webhooks": [webhook_id],
        "deliveries": [owed[0]["id"]],
        "inboxes": [inbox_id],
        "held-mails": [held_id],
        "macros": [macro["id"]],
        "views": [view["id"]],
    }


def test_the_table_of_who_may_what_names_every_endpoint() -> None:
    assert set(WHO) == {endpoint.name for endpoint in ENDPOINTS}


async def test_an_id_of_another_organization_looks_like_one_that_does_not_exist(
    tenants: Tenants,
) -> None:
    here, there = await tenants.found(), await tenants.found()
    # More of everything there, so that its last ids are nobody's here.
    for _ in range(7):
        foreign = await full(there, 1)
    for role, caller in (await everybody(here)).items():
        for endpoint in WITH_ID:
            kind = endpoint.path.split("/")[1]
            for id_ in foreign[kind]:
                for ask in (call, misuse):
                    reply = await ask(caller, endpoint, id_)
                    nowhere = await ask(caller, endpoint, 987_654_321)
                    told = f"{role} {endpoint.name} {id_}: {reply.body.decode()}"
                    assert reply.status == nowhere.status, told
                    assert reply.status in {403, 404}, told
                    assert reply.unsigned == nowhere.unsigned, told


@pytest.mark.parametrize(
    ("site", "a", "b"),
    # An id that begins another one could be taken for it where ids are text: before the database.
    [("sqlite", 1001, 10012), ("sqlite", 10012, 1001), ("postgresql", 1001, 10012)],
    indirect=["site"],
)
async def test_a_token_opens_no_door_of_another_organization(
    tenants: Tenants, a: int, b: int
) -> None:
    shift = next(tenants.desk.shifts)
    here, there = await tenants.found(a + shift), await tenants.found(b + 10 * shift)
    foreign = await full(there, 1)
    seq = (await there.admin.get("/events")).expect(200)["seq"]
    for role, caller in (await everybody(here)).items():
        intruder, lost = caller.having(org_id=there.id), caller.having(org_id=99_999)
        for endpoint in GUARDED:
            id_ = foreign.get(endpoint.path.split("/")[1], [1])[0] if endpoint.path else 1
            for ask in (call, misuse):
                reply, nowhere = await ask(intruder, endpoint, id_), await ask(lost, endpoint, id_)
                told = f"{role} {endpoint.name}: {reply.body.decode()}"
                assert (reply.status, reply.slug) == (404, "not-found"), told
                assert reply.unsigned == nowhere.unsigned, told
    assert (await there.admin.get("/events")).expect(200)["seq"] == seq


async def test_nothing_foreign_is_in_any_list_or_search(tenants: Tenants) -> None:
    here, there = await tenants.found(), await tenants.found()
    await full(here, 2)
    await full(there, 3)
    before = (await here.admin.get("/events")).expect(200)["seq"]
    ours = ("zebra", "zeb", "crossing")
    for q in (*ours, str(there.id), f"org{there.id}x"):
        found = (await here.admin.get("/tickets", q=q)).expect(200)
        assert [it["number"] for it in found["items"]] == ([2, 1] if q in ours else [])
        assert found["seq"] == before
    for path in (
        "/tickets",
        "/tickets?sort=updated_at",
        "/users",
        "/api-keys",
        "/events",
        "/webhooks",
        "/notifications",
        "/inboxes",
        "/macros",
        "/drafts",
        "/views?include=counts",
        "/held-mails",
        "",
    ):
        reply = await here.admin.get(path)
        assert str(there.id) not in reply.body.decode(), path
    assert (await here.admin.get("/queues")).expect(200)["open"] == 2
    told = (await here.admin.get("/notifications")).expect(200)["items"]
    assert [notice["ticket"]["number"] for notice in told] == [2, 1]
    assert len((await here.admin.get("/users")).expect(200)["items"]) == 3
    assert len((await here.admin.get("/api-keys")).expect(200)["items"]) == 1
    found = (await here.admin.get("/users", q=f"@{there.id}.example")).expect(200)
    assert found["items"] == []


@pytest.mark.parametrize(
    ("site", "token"),
    [
        # The database gets a hash of the token: it has two statements, and no odd letters.
        *((site, token) for site in ("sqlite", "postgresql") for token in TOKENS_OF_NOBODY),
        *(("sqlite", token) for token in ("", "x", "dws_\u00e9", "\udcff\udcfe")),
    ],
    indirect=["site"],
)
async def test_without_a_good_token_every_guarded_endpoint_says_401_and_no_more(
    org: Org, token: str
) -> None:
    stranger = org.stranger.having(token=token)
    nowhere = (await stranger.having(org_id=99_999).get("/me")).unsigned
    for endpoint in GUARDED:
        for ask in (call, misuse):
            reply = await ask(stranger, endpoint, 1)
            assert (reply.status, reply.slug) == (401, "unauthenticated"), endpoint.name
            assert reply.unsigned == nowhere
            assert reply.headers["WWW-Authenticate"].startswith("Bearer")


async def test_each_endpoint_is_open_to_its_roles_and_scopes_and_closed_to_all_others(
    org: Org,
) -> None:
    """403 comes before 404 and 422, so a request that is wrong tells who was let in."""
    for who, caller in (await everybody(org)).items():
        for endpoint in GUARDED:
            reply = await misuse(caller, endpoint, 987_654_321)
            let_in = 404 if endpoint in WITH_ID else 422
            expected = let_in if who in WHO[endpoint.name].split() else 403
            assert reply.status == expected, f"{who} {endpoint.name} {reply.body.decode()}"


async def test_a_customer_meets_another_customers_ticket_as_one_that_does_not_exist(
    org: Org,
) -> None:
    owner, other, agent = await org.customer(), await org.customer(), await org.agent()
    ticket = await owner.file("zebra")
    await agent.write(ticket["number"], "zebra")
    before = await agent.events()
    for endpoint in WITH_ID:
        if endpoint.path.startswith("/tickets") and "customer" in WHO[endpoint.name]:
            for ask in (call, misuse):
                reply = await ask(other, endpoint, ticket["number"])
                nowhere = await ask(other, endpoint, 987_654_321)
                assert reply.status == 404, endpoint.name
                assert reply.unsigned == nowhere.unsigned
    for params in ({}, {"q": "zebra"}, {"customer": owner.id}, {"status": "open"}):
        assert (await other.get("/tickets", **params)).expect(200)["items"] == []
    assert await agent.events() == before


async def test_agents_see_of_people_what_they_need_and_supervisors_all(org: Org) -> None:
    agent, supervisor = await org.agent(), await org.supervisor()
    customer = await org.customer()
    short = {"id", "name", "role", "presence", "skills"}
    for person in (customer.id, supervisor.id, agent.id):
        path = f"/users/{person}"
        assert set((await agent.get(path)).expect(200)) == short
        assert set((await supervisor.get(path)).expect(200)) > short | {"email", "active"}
    for listed in (await agent.get("/users")).expect(200)["items"]:
        assert set(listed) == short


async def test_no_answer_ever_shows_a_secret(org: Org) -> None:
    """Tokens, keys and hashes: shown once where they are made, or never."""
    agent, key = await org.agent(), await org.key()
    secrets = [agent.token, key.token, org.admin.token, "argon2"]
    hook = (await org.admin.post("/webhooks", {"url": "https://shop.example:1/"})).expect(201)
    secrets.append(hook["secret"])
    paths = ["/webhooks", f"/webhooks/{hook['id']}", f"/webhooks/{hook['id']}/deliveries"]
    paths += ["/users", f"/users/{agent.id}", "/api-keys", "/events", "", "/me", "//metrics"]
    for path in paths:
        body = (await org.admin.get(path)).body.decode()
        assert not any(secret in body for secret in secrets), path
